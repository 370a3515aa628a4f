//! The opcodes of protocols 0 and 1 that end with a line, and Python 2's strings.

use super::super::opcodes::*;
use super::super::{calls, globals, names};
use super::input::Input;
use super::{Parsed, Parser, Step};
use crate::value::{Node, NodeId, text};
use crate::{Error, Result};

/// Longest line of a name or a number, in bytes. Python itself reads no integer of more than 4,300 digits.
const MAX_LINE: usize = 1 << 12;

/// Longest integer in decimal digits, as in Python.
const MAX_DIGITS: usize = 4300;

/// Longest line of a string.
const MAX_TEXT: usize = 1 << 28;

impl Parser {
    /// The next line, of at most so many bytes.
    fn line<'b>(&mut self, input: &mut Input<'b>, limit: usize) -> Parsed<&'b [u8]> {
        let line = input.line(&mut self.scanned);
        let len = line.map_or(input.bytes.len() - input.at, <[u8]>::len);
        self.size("a line", len as u64, limit as u64)?;
        Ok(line)
    }

    /// A module and a name.
    pub(super) fn two_lines<'b>(&mut self, input: &mut Input<'b>) -> Parsed<[&'b [u8]; 2]> {
        let Some(module) = self.line(input, MAX_LINE)? else {
            return Ok(None);
        };
        // The second line is looked for from its start again; both are short.
        let Some(name) = self.line(input, MAX_LINE)? else {
            self.scanned = 0;
            return Ok(None);
        };
        if text::first_invalid(module)
            .or(text::first_invalid(name))
            .is_some()
        {
            return self.bad("UTF-8", "other bytes");
        }
        Ok(Some([module, name]))
    }

    /// Module and name as nodes, by their names in Python 3.
    pub(super) fn named(&mut self, module: &[u8], name: &[u8]) -> Result<[NodeId; 2]> {
        let [module, name] = if self.machine.protocol < 3 {
            names::to_python3(module, name)
        } else {
            [module, name]
        };
        Ok([self.graph.push_str(module), self.graph.push_str(name)])
    }

    /// The same of nodes.
    pub(super) fn renamed(&mut self, global: [NodeId; 2]) -> [NodeId; 2] {
        if self.machine.protocol >= 3 {
            return global;
        }
        let [module, name] = global.map(|id| self.graph.str(id).unwrap_or_default());
        let renamed = names::to_python3(module, name).map(<[u8]>::to_vec);
        renamed.map(|text| self.graph.push_str(&text))
    }

    /// A number of the memo.
    pub(super) fn memo_line(&mut self, input: &mut Input) -> Parsed<u32> {
        let Some(line) = self.line(input, MAX_LINE)? else {
            return Ok(None);
        };
        match parse(line) {
            Some(number) => Ok(Some(number)),
            None => self.bad("a memo number", &shown(line)),
        }
    }

    /// A number or a string that is told by a line.
    pub(super) fn op_line(&mut self, op: u8, input: &mut Input) -> Parsed<Option<Step>> {
        let limit = match op {
            STRING | UNICODE => MAX_TEXT,
            _ => MAX_DIGITS + 3,
        };
        let Some(line) = self.line(input, limit)? else {
            return Ok(None);
        };
        let node = match (op, line) {
            (INT, b"00") => Some(Node::Bool(false)),
            (INT, b"01") => Some(Node::Bool(true)),
            (INT | LONG, _) => {
                let line = line.strip_suffix(b"L").unwrap_or(line);
                match decimal(line) {
                    Some(bytes) => {
                        let id = self.graph.push_int_bytes(&bytes);
                        self.push(id);
                        return Ok(Some(None));
                    }
                    None => None,
                }
            }
            (FLOAT, _) => parse(line).map(Node::Float),
            (STRING, _) => match unquoted(line).and_then(unescape) {
                Some(bytes) => {
                    self.push_python2_str(&bytes);
                    return Ok(Some(None));
                }
                None => None,
            },
            _ => match raw_unicode(line) {
                Some(text) => {
                    let id = self.graph.push_str(&text);
                    self.push(id);
                    return Ok(Some(None));
                }
                None => None,
            },
        };
        match node {
            Some(node) => self.push_node(node),
            None => return self.bad("a number or a string in a line", &shown(line)),
        }
        Ok(Some(None))
    }

    /// A `str` of Python 2: text if it can be, otherwise bytes.
    pub(super) fn push_python2_str(&mut self, bytes: &[u8]) {
        let id = if std::str::from_utf8(bytes).is_ok() {
            self.graph.push_str(bytes)
        } else {
            calls::push_bytes(&mut self.graph, bytes.to_vec())
        };
        self.push(id);
    }

    /// That `strict` admits a global, and that it is none of joblib's oldest format.
    pub(super) fn admit(&self, global: [NodeId; 2]) -> Result<()> {
        let graph = &self.graph;
        if globals::is_sibling_file(graph, global) {
            return Err(Error::UnsupportedValue {
                path: "$".into(),
                reason:
                    "its arrays are in files beside this one, as joblib before 0.10 wrote them; \
                         load it with joblib in Python and dump it again"
                        .into(),
            });
        }
        if self.strict && !globals::is_known(graph, global) {
            let [module, name] = global
                .map(|id| String::from_utf8_lossy(graph.str(id).unwrap_or_default()).into_owned());
            return Err(Error::UnsupportedGlobal {
                offset: self.offset,
                module,
                name,
            });
        }
        Ok(())
    }
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(32)]).into_owned()
}

fn parse<T: std::str::FromStr>(line: &[u8]) -> Option<T> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

/// Two's complement of a decimal integer.
fn decimal(line: &[u8]) -> Option<Vec<u8>> {
    let line = line.trim_ascii();
    let (negative, digits) = match line {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Nine digits at a time into a number of 32-bit limbs.
    let mut limbs: Vec<u32> = Vec::new();
    for chunk in digits.chunks(9) {
        let (mut carry, mut scale) = (0u64, 1u64);
        for &digit in chunk {
            carry = carry * 10 + u64::from(digit - b'0');
            scale *= 10;
        }
        for limb in &mut limbs {
            let wide = u64::from(*limb) * scale + carry;
            *limb = wide as u32;
            carry = wide >> 32;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let mut bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes.push(0);
    if negative {
        let mut carry = true;
        for byte in &mut bytes {
            let (sum, overflows) = (!*byte).overflowing_add(u8::from(carry));
            *byte = sum;
            carry = overflows;
        }
    }
    Some(bytes)
}

/// What stands between the quotes.
fn unquoted(line: &[u8]) -> Option<&[u8]> {
    match line.trim_ascii() {
        [first @ (b'\'' | b'"'), text @ .., last] if first == last => Some(text),
        _ => None,
    }
}

/// What Python's `repr` of bytes escaped.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let byte = match rest.next()? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'x' => {
                let high = hex(rest.next()?)?;
                (high << 4 | hex(rest.next()?)?) as u8
            }
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    match rest.clone().next() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value << 3 | u32::from(digit - b'0');
                            rest.next();
                        }
                        _ => break,
                    }
                }
                value as u8
            }
            byte @ (b'\\' | b'\'' | b'"') => byte,
            other => {
                bytes.push(b'\\');
                other
            }
        };
        bytes.push(byte);
    }
    Some(bytes)
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

/// Python's `raw-unicode-escape`: bytes are Latin-1, and only `\u` and `\U` are escapes.
fn raw_unicode(line: &[u8]) -> Option<Vec<u8>> {
    let mut utf8 = Vec::with_capacity(line.len());
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += 1;
        if byte != b'\\' {
            text::push_code_point(&mut utf8, u32::from(byte))?;
            continue;
        }
        let digits = match line.get(at) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(&other) => {
                utf8.push(b'\\');
                text::push_code_point(&mut utf8, u32::from(other))?;
                at += 1;
                continue;
            }
            None => {
                utf8.push(b'\\');
                continue;
            }
        };
        let digits = line.get(at + 1..at + 1 + digits)?;
        at += 1 + digits.len();
        let code = digits
            .iter()
            .try_fold(0u32, |code, &digit| Some(code << 4 | hex(digit)?))?;
        text::push_code_point(&mut utf8, code)?;
    }
    Some(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::small_int;

    #[test]
    fn decimal_integers() {
        for (text, value) in [
            ("0", 0),
            ("-1", -1),
            ("127", 127),
            ("-128", -128),
            ("4294967296", 1 << 32),
            ("-9223372036854775808", i64::MIN),
        ] {
            let mut bytes = decimal(text.as_bytes()).expect(text);
            while bytes.len() > 8 {
                bytes.pop();
            }
            assert_eq!(small_int(&bytes), Some(value), "{text}");
        }
        assert_eq!(decimal(b"1_000"), None);
        assert_eq!(decimal(b"-"), None);
        assert_eq!(decimal("9".repeat(4301).as_bytes()), None);
    }

    #[test]
    fn escapes() {
        assert_eq!(
            unescape(br"a\\n\n\x00\377\0b\'").as_deref(),
            Some(&b"a\\n\n\x00\xff\x00b'"[..])
        );
        assert_eq!(unescape(br"\x0"), None);
        assert_eq!(
            raw_unicode(b"\xe9\\u20ac\\U0001f600\\\\u0041").as_deref(),
            Some("é€😀\\\\u0041".as_bytes())
        );
        assert_eq!(raw_unicode(br"\u00"), None);
        assert_eq!(unquoted(b"'"), None);
    }
}
