//! Generalised UTF-8: UTF-8 in which a lone surrogate is encoded as three bytes, as Python's
//! `surrogatepass` does. It holds every JavaScript string.

/// The first position at which `bytes` is not generalised UTF-8, if any.
pub fn first_invalid(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match std::str::from_utf8(&bytes[at..]) {
            Ok(_) => return None,
            Err(error) => {
                at += error.valid_up_to();
                match bytes[at..] {
                    [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => at += 3,
                    _ => return Some(at),
                }
            }
        }
    }
}

/// Whether there is no surrogate in `bytes`, which are generalised UTF-8.
pub fn is_well_formed(bytes: &[u8]) -> bool {
    bytes.is_ascii() || std::str::from_utf8(bytes).is_ok()
}

/// Length in UTF-16 code units.
pub fn utf16_len(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes
        .iter()
        .map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0))
        .sum()
}

/// The UTF-16 code units of generalised UTF-8.
pub fn utf16(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut at = 0;
    let mut low = None;
    std::iter::from_fn(move || {
        if let Some(unit) = low.take() {
            return Some(unit);
        }
        let tail = |n: usize| u32::from(bytes.get(at + n).copied().unwrap_or(0) & 0x3f);
        let lead = u32::from(*bytes.get(at)?);
        let (width, code) = match lead {
            0..0x80 => (1, lead),
            0x80..0xe0 => (2, (lead & 0x1f) << 6 | tail(1)),
            0xe0..0xf0 => (3, (lead & 0xf) << 12 | tail(1) << 6 | tail(2)),
            _ => (4, (lead & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)),
        };
        at += width;
        if code < 0x10000 {
            return Some(code as u16);
        }
        low = Some(0xdc00 | (code & 0x3ff) as u16);
        Some((0xd800 + ((code - 0x10000) >> 10)) as u16)
    })
}

/// Appends a surrogate code unit.
pub fn push_surrogate(text: &mut Vec<u8>, unit: u16) {
    text.extend([
        0xed,
        0x80 | (unit >> 6 & 0x3f) as u8,
        0x80 | (unit & 0x3f) as u8,
    ]);
}

/// Appends a code point, which may be a surrogate. `None` beyond the last one.
pub fn push_code_point(text: &mut Vec<u8>, code: u32) -> Option<()> {
    if let Some(character) = char::from_u32(code) {
        let mut utf8 = [0; 4];
        text.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        return Some(());
    }
    let unit = u16::try_from(code).ok()?;
    let high = text.len().checked_sub(3).and_then(|at| match text[at..] {
        [0xed, second @ 0xa0..=0xaf, third] => {
            Some(u32::from(second & 0xf) << 6 | u32::from(third & 0x3f))
        }
        _ => None,
    });
    // Two halves of a pair are one character, as in JavaScript.
    match high {
        Some(high) if code >= 0xdc00 => {
            text.truncate(text.len() - 3);
            push_code_point(text, 0x10000 + (high << 10) + (code & 0x3ff))
        }
        _ => {
            push_surrogate(text, unit);
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_pass() {
        let text = b"a\xed\xa0\xbd\xc3\xa9\xf0\x9f\x98\x80";
        assert_eq!(first_invalid(text), None);
        assert!(!is_well_formed(text));
        assert_eq!(utf16_len(text), 5);
        assert_eq!(
            utf16(text).collect::<Vec<_>>(),
            [97, 0xd83d, 0xe9, 0xd83d, 0xde00]
        );
        let mut pushed = Vec::new();
        push_surrogate(&mut pushed, 0xd83d);
        assert_eq!(pushed, &text[1..4]);
        let mut points = Vec::new();
        for code in [0x61, 0xdc00, 0xd83d, 0xde00] {
            push_code_point(&mut points, code).expect("a code point");
        }
        assert_eq!(points, b"a\xed\xb0\x80\xf0\x9f\x98\x80");
        assert_eq!(push_code_point(&mut points, 0x11_0000), None);
        assert_eq!(first_invalid(b"ab\xff"), Some(2));
        assert_eq!(first_invalid(b"ab\xed\xa0"), Some(2));
        assert_eq!(first_invalid(b"\xc0\x80"), Some(0));
    }
}
