//! Integers of any size as bytes: two's complement, little endian.

/// The largest integer that a JavaScript number holds exactly, 2^53 - 1.
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Whether a JavaScript number holds this integer exactly.
pub fn is_safe(int: i64) -> bool {
    int.unsigned_abs() <= MAX_SAFE_INTEGER as u64
}

/// The integer of two's complement little endian bytes, if it has no more than 64 bits.
pub fn small_int(bytes: &[u8]) -> Option<i64> {
    let bytes = shortest(bytes);
    if bytes.len() > 8 {
        return None;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

/// Two's complement without the bytes that only repeat the sign; at least one byte, if there is one.
pub(crate) fn shortest(bytes: &[u8]) -> &[u8] {
    let mut end = bytes.len();
    while end > 1 {
        let fill = if bytes[end - 2] & 0x80 == 0 { 0 } else { 0xff };
        if bytes[end - 1] != fill {
            break;
        }
        end -= 1;
    }
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::super::{Graph, Node};
    use super::*;

    #[test]
    fn integers_are_numbers_only_where_they_are_safe() {
        let mut graph = Graph::default();
        let safe = graph.push_int_bytes(&MAX_SAFE_INTEGER.to_le_bytes());
        let unsafe_ = graph.push_int_bytes(&(-MAX_SAFE_INTEGER - 1).to_le_bytes());
        assert_eq!(graph.node(safe), Node::Int(MAX_SAFE_INTEGER));
        assert!(matches!(graph.node(unsafe_), Node::BigInt(span) if span.len == 7));
        let least = graph.push_int_bytes(&i64::MIN.to_le_bytes());
        assert!(matches!(graph.node(least), Node::BigInt(span) if span.len == 8));
        let wide = graph.push_int_bytes(&[100, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(graph.node(wide), Node::Int(100));
        let zero = graph.push_int_bytes(&[]);
        assert_eq!(graph.node(zero), Node::Int(0));
    }
}
