//! NumPy's scalars of the kinds that are plain values: numbers, text and bytes.

use super::budget::Budget;
use super::calls::{bytes_of, push_bytes};
use super::numpy::dtype;
use crate::value::{ByteOrder, Dtype, Graph, Node, NodeId, text};

/// A NumPy scalar as the number, text or bytes that it is.
pub(super) fn scalar(
    graph: &mut Graph,
    dtype: NodeId,
    value: NodeId,
    budget: &mut Budget,
) -> Option<NodeId> {
    let Dtype::Plain {
        kind, byte_order, ..
    } = self::dtype(graph, dtype, budget)?
    else {
        return None;
    };
    let bytes = bytes_of(graph, value)?;
    budget.spend(bytes.len())?;
    let mut bytes = bytes.to_vec();
    let unit = if kind == b'U' { 4 } else { bytes.len() };
    if byte_order == ByteOrder::Big && unit > 0 {
        bytes.chunks_mut(unit).for_each(<[u8]>::reverse);
    }
    let node = match (kind, bytes.len()) {
        (b'b', 1) => Node::Bool(bytes[0] != 0),
        (b'f', 8) => Node::number(f64::from_le_bytes(bytes.try_into().ok()?)),
        (b'f', 4) => Node::number(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        (b'f', 2) => Node::number(half(u16::from_le_bytes(bytes.try_into().ok()?))),
        (b'i', 1 | 2 | 4 | 8) => return Some(graph.push_int_bytes(&bytes)),
        (b'u', 1 | 2 | 4 | 8) => {
            bytes.push(0);
            return Some(graph.push_int_bytes(&bytes));
        }
        (b'U', _) => {
            let text = utf32(&bytes)?;
            return Some(graph.push_str(&text));
        }
        (b'S', _) => {
            let end = bytes.iter().rposition(|&byte| byte != 0);
            bytes.truncate(end.map_or(0, |at| at + 1));
            return Some(push_bytes(graph, bytes));
        }
        _ => return None,
    };
    Some(graph.push(node))
}

/// The number that a float16 is.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let value = match bits >> 10 & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -value } else { value }
}

/// Generalised UTF-8 of UTF-32 code units, without the zeros that fill the end.
fn utf32(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut utf8 = Vec::with_capacity(bytes.len() / 2);
    for unit in bytes.chunks_exact(4) {
        let code = u32::from_le_bytes(unit.try_into().ok()?);
        text::push_code_point(&mut utf8, code)?;
    }
    let end = utf8.iter().rposition(|&byte| byte != 0);
    utf8.truncate(end.map_or(0, |at| at + 1));
    Some(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_numbers() {
        for (bits, value) in [
            (0x3e00, 1.5),
            (0xc000, -2.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x7bff, 65504.0),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7e00).is_nan());
        assert!(half(0x8000).is_sign_negative());
    }
}
