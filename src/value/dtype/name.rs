//! NumPy's names of plain dtypes, such as `<f8`.

use super::{ByteOrder, Dtype};

/// No plain dtype is spelled longer, in bytes.
const MAX_NAME: usize = 64;

/// Units of NumPy's datetime64, coarse to fine.
const UNITS: [&str; 14] = [
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic",
];

impl Dtype {
    /// Reads NumPy's form, such as `<f8`; without a byte order it is the native one.
    pub fn parse(text: &[u8]) -> Option<Dtype> {
        let text = (text.len() <= MAX_NAME).then_some(text)?;
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.is_ascii())?;
        let (byte_order, rest) = match text.as_bytes().first()? {
            b'<' | b'=' => (ByteOrder::Little, &text[1..]),
            b'>' => (ByteOrder::Big, &text[1..]),
            b'|' => (ByteOrder::None, &text[1..]),
            _ => (ByteOrder::Little, text),
        };
        let kind = *rest.as_bytes().first()?;
        let rest = &rest[1..];
        let (digits, unit) = match rest.find('[') {
            Some(at) => (&rest[..at], rest[at + 1..].strip_suffix(']')?),
            None => (rest, ""),
        };
        let number = if digits.is_empty() {
            0
        } else {
            digits.parse::<u32>().ok()?
        };
        Dtype::plain(kind, number, byte_order, unit)
    }

    /// A plain dtype from its parts; `number` counts characters for `U`, bytes otherwise.
    pub fn plain(kind: u8, number: u32, byte_order: ByteOrder, unit: &str) -> Option<Dtype> {
        let known = match kind {
            b'b' => number == 1,
            b'i' | b'u' => [1, 2, 4, 8].contains(&number),
            b'f' => [2, 4, 8, 12, 16].contains(&number),
            b'c' => [8, 16, 24, 32].contains(&number),
            b'm' | b'M' => number == 8 && unit_is_known(unit),
            b'S' | b'V' => true,
            b'U' => number <= u32::MAX / 4,
            b'O' => number == 8 || number == 4 || number == 0,
            _ => false,
        };
        if !known || (!unit.is_empty() && kind != b'm' && kind != b'M') {
            return None;
        }
        let itemsize = match kind {
            b'U' => number * 4,
            b'O' => 8,
            _ => number,
        };
        let byte_order = match byte_order {
            _ if itemsize == 1 || b"bSVO".contains(&kind) => ByteOrder::None,
            ByteOrder::None => ByteOrder::Little,
            given => given,
        };
        let unit = match unit.strip_prefix('1') {
            Some(name) if !name.starts_with(|c: char| c.is_ascii_digit()) => name,
            _ => unit,
        };
        let unit = if unit == "generic" { "" } else { unit };
        Some(Dtype::Plain {
            kind,
            itemsize,
            byte_order,
            unit: unit.to_owned(),
        })
    }

    /// NumPy's form of a plain dtype, such as `<f8`; of a structured one the raw `|V<itemsize>`.
    pub fn name(&self) -> String {
        match self {
            Dtype::Plain {
                kind,
                itemsize,
                byte_order,
                unit,
            } => {
                let order = match byte_order {
                    ByteOrder::Little => '<',
                    ByteOrder::Big => '>',
                    ByteOrder::None => '|',
                };
                let kind = char::from(*kind);
                match kind {
                    'O' => "|O".to_owned(),
                    'U' => format!("{order}U{}", itemsize / 4),
                    _ if unit.is_empty() => format!("{order}{kind}{itemsize}"),
                    _ => format!("{order}{kind}{itemsize}[{unit}]"),
                }
            }
            Dtype::Struct { itemsize, .. } => format!("|V{itemsize}"),
        }
    }
}

fn unit_is_known(unit: &str) -> bool {
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.is_empty() || UNITS.contains(&name) && unit.len() - name.len() <= 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive() {
        for name in [
            "<f8", ">i4", "|b1", "|u1", "<U5", "|S3", "<M8[ns]", "<m8[25s]", "<c16", "|V7", "<f2",
            "<U0", "<M8",
        ] {
            assert_eq!(
                Dtype::parse(name.as_bytes())
                    .map(|dtype| dtype.name())
                    .as_deref(),
                Some(name)
            );
        }
        for (given, name) in [
            ("U1", "<U1"),
            ("=U1", "<U1"),
            (">S5", "|S5"),
            (">u1", "|u1"),
            ("O8", "|O"),
            ("|f8", "<f8"),
            ("M8[1ns]", "<M8[ns]"),
            ("m8[generic]", "<m8"),
        ] {
            assert_eq!(
                Dtype::parse(given.as_bytes())
                    .map(|dtype| dtype.name())
                    .as_deref(),
                Some(name)
            );
        }
        for bad in [
            "",
            "<",
            "x8",
            "<f3",
            "<f8[ns]",
            "<M8[parsec]",
            "<f99999999999",
            "b2",
            "®",
            "<é8",
        ] {
            assert_eq!(Dtype::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
