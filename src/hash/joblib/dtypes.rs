//! `pickle.dumps(dtype)`, byte for byte: NumPy's `dtype.__reduce__` as CPython's own pickler writes it.
//!
//! That pickler refers to what it has written before by identity. Shared are: the class, the dtypes
//! that NumPy has one object of (numbers in native order, bool, object), strings of one Latin-1
//! character, of which CPython has one object each, and field names that are identifiers, which
//! Python's compiler interns. Every other string and dtype is an object of its own.

use std::collections::HashMap;

use super::emit::{put_get, put_int};
use crate::pickle::opcodes::*;
use crate::value::{ByteOrder, Dtype, Field};

/// Beyond this CPython begins another frame; no dtype of use comes near.
const FRAME_TARGET: usize = 65_536;

/// From as many fields on CPython writes them in several batches.
const MAX_FIELDS: usize = 1000;

/// `NPY_NEEDS_PYAPI`, which every structured dtype has.
const NEEDS_PYAPI: u8 = 16;
/// `NPY_FROM_FIELDS`: what a structured dtype has from its fields.
const FROM_FIELDS: u8 = 27;
/// `NPY_ALIGNED_STRUCT`.
const ALIGNED: u8 = 128;

/// The pickle, or `None` for a dtype that is too large.
pub(super) fn dumps(dtype: &Dtype, protocol: u8) -> Option<Vec<u8>> {
    let mut writer = Writer {
        out: vec![],
        next: 0,
        shared: HashMap::new(),
    };
    writer.dtype(dtype)?;
    writer.out.push(STOP);
    let len = writer.out.len();
    let mut pickle = vec![PROTO, protocol, FRAME];
    pickle.extend((len as u64).to_le_bytes());
    pickle.extend(writer.out);
    (len < FRAME_TARGET).then_some(pickle)
}

/// An object that is there once.
#[derive(PartialEq, Eq, Hash)]
enum Shared {
    Class,
    Text(Vec<u8>),
    Number(u8, u32),
}

struct Writer {
    out: Vec<u8>,
    next: u32,
    shared: HashMap<Shared, u32>,
}

impl Writer {
    fn memoize(&mut self) -> u32 {
        self.out.push(MEMOIZE);
        self.next += 1;
        self.next - 1
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn int(&mut self, value: i64) {
        put_int(&mut self.out, value);
    }

    /// A string that is an object of its own.
    fn text(&mut self, text: &[u8]) -> u32 {
        match u8::try_from(text.len()) {
            Ok(len) => self.raw(&[SHORT_BINUNICODE, len]),
            Err(_) => {
                self.out.push(BINUNICODE);
                self.raw(&(text.len() as u32).to_le_bytes());
            }
        }
        self.raw(text);
        self.memoize()
    }

    fn shared_text(&mut self, text: &[u8]) -> u32 {
        let key = Shared::Text(text.to_vec());
        if let Some(&memo) = self.shared.get(&key) {
            put_get(&mut self.out, memo);
            return memo;
        }
        let memo = self.text(text);
        self.shared.insert(key, memo);
        memo
    }

    fn field_name(&mut self, name: &[u8]) -> u32 {
        let latin1 = matches!(name, [0..0x80] | [0xc2..=0xc3, _]);
        let identifier = name
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if latin1 || identifier {
            self.shared_text(name)
        } else {
            self.text(name)
        }
    }

    /// `numpy.dtype(name, False, True)`; gives its place in the memo.
    fn call(&mut self, name: &str) -> u32 {
        match self.shared.get(&Shared::Class) {
            Some(&memo) => put_get(&mut self.out, memo),
            None => {
                self.text(b"numpy");
                self.text(b"dtype");
                self.out.push(STACK_GLOBAL);
                let memo = self.memoize();
                self.shared.insert(Shared::Class, memo);
            }
        }
        self.text(name.as_bytes());
        self.raw(&[NEWFALSE, NEWTRUE, TUPLE3]);
        self.memoize();
        self.out.push(REDUCE);
        self.memoize()
    }

    fn dtype(&mut self, dtype: &Dtype) -> Option<()> {
        match dtype {
            Dtype::Plain {
                kind,
                itemsize,
                byte_order,
                unit,
            } => {
                self.plain(*kind, *itemsize, *byte_order, unit);
                Some(())
            }
            Dtype::Struct {
                fields,
                itemsize,
                alignment,
                ..
            } => {
                self.call(&format!("V{itemsize}"));
                self.raw(&[MARK, BININT1, 3]);
                self.shared_text(b"|");
                self.out.push(NONE);
                self.fields(fields)?;
                self.int(i64::from(*itemsize));
                self.int(i64::from(*alignment));
                self.int(i64::from(flags(dtype)));
                self.end_state();
                Some(())
            }
        }
    }

    fn plain(&mut self, kind: u8, itemsize: u32, byte_order: ByteOrder, unit: &str) {
        let single = b"biufcO".contains(&kind) && byte_order != ByteOrder::Big;
        let key = Shared::Number(kind, itemsize);
        if single && let Some(&memo) = self.shared.get(&key) {
            return put_get(&mut self.out, memo);
        }
        let size = if kind == b'U' { itemsize / 4 } else { itemsize };
        let memo = self.call(&format!("{}{size}", char::from(kind)));
        if single {
            self.shared.insert(key, memo);
        }
        let is_date = b"mM".contains(&kind);
        self.raw(&[MARK, BININT1, if is_date { 4 } else { 3 }]);
        self.shared_text(match byte_order {
            ByteOrder::Little => b"<",
            ByteOrder::Big => b">",
            ByteOrder::None => b"|",
        });
        self.raw(&[NONE, NONE, NONE]);
        let (itemsize, alignment) = match kind {
            b'U' => (i64::from(itemsize), 4),
            b'S' | b'V' => (i64::from(itemsize), 1),
            _ => (-1, -1),
        };
        self.int(itemsize);
        self.int(alignment);
        self.int(i64::from(plain_flags(kind)));
        if is_date {
            self.unit(unit);
        }
        self.end_state();
    }

    /// `(None, (b'ns', 1, 1, 1))`: metadata, then unit, number, denominator, events.
    fn unit(&mut self, unit: &str) {
        let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = unit[..unit.len() - name.len()].parse().unwrap_or(1);
        let name = if name.is_empty() { "generic" } else { name };
        self.raw(&[NONE, MARK, SHORT_BINBYTES, name.len() as u8]);
        self.raw(name.as_bytes());
        self.memoize();
        self.int(number);
        self.raw(&[BININT1, 1, BININT1, 1, TUPLE]);
        self.memoize();
        self.out.push(TUPLE2);
        self.memoize();
    }

    fn end_state(&mut self) {
        self.out.push(TUPLE);
        self.memoize();
        self.out.push(BUILD);
    }

    /// The tuple of names, and the dictionary of dtypes and offsets.
    fn fields(&mut self, fields: &[Field]) -> Option<()> {
        if fields.len() >= MAX_FIELDS {
            return None;
        }
        if fields.len() > 3 {
            self.out.push(MARK);
        }
        let names: Vec<u32> = fields
            .iter()
            .map(|field| self.field_name(&field.name))
            .collect();
        self.end_tuple(fields.len());
        self.out.push(EMPTY_DICT);
        self.memoize();
        if fields.len() > 1 {
            self.out.push(MARK);
        }
        for (field, name) in fields.iter().zip(names) {
            put_get(&mut self.out, name);
            if field.shape.is_empty() {
                self.dtype(&field.dtype)?;
            } else {
                self.subarray(field)?;
            }
            self.int(i64::from(field.offset));
            self.out.push(TUPLE2);
            self.memoize();
        }
        match fields.len() {
            0 => {}
            1 => self.out.push(SETITEM),
            _ => self.out.push(SETITEMS),
        }
        // Pickles of dtypes that share fields can be much longer than the dtypes.
        (self.out.len() < FRAME_TARGET).then_some(())
    }

    fn end_tuple(&mut self, len: usize) {
        self.out
            .push([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][len.min(4)]);
        if len > 0 {
            self.memoize();
        }
    }

    fn subarray(&mut self, field: &Field) -> Option<()> {
        let base = &field.dtype;
        let nbytes = field
            .shape
            .iter()
            .try_fold(u64::from(base.itemsize()), |nbytes, &n| {
                nbytes.checked_mul(n)
            })?;
        self.call(&format!("V{nbytes}"));
        self.raw(&[MARK, BININT1, 3]);
        self.shared_text(b"|");
        self.dtype(base)?;
        if field.shape.len() > 3 {
            self.out.push(MARK);
        }
        for &n in &field.shape {
            self.int(i64::try_from(n).ok()?);
        }
        self.end_tuple(field.shape.len());
        self.out.push(TUPLE2);
        self.memoize();
        self.raw(&[NONE, NONE]);
        self.int(i64::try_from(nbytes).ok()?);
        self.int(i64::from(base.alignment()));
        self.int(i64::from(flags(base)));
        self.end_state();
        Some(())
    }
}

fn plain_flags(kind: u8) -> u8 {
    match kind {
        b'O' => 63,
        b'U' => 8,
        _ => 0,
    }
}

/// NumPy's `dtype.flags`.
fn flags(dtype: &Dtype) -> u8 {
    match dtype {
        Dtype::Plain { kind, .. } => plain_flags(*kind),
        Dtype::Struct {
            fields, aligned, ..
        } => {
            let own = NEEDS_PYAPI | if *aligned { ALIGNED } else { 0 };
            fields
                .iter()
                .fold(own, |all, field| all | flags(&field.dtype) & FROM_FIELDS)
        }
    }
}

/// Whether a field has a title, which is pickled as one more field.
pub(super) fn has_titles(dtype: &Dtype) -> bool {
    match dtype {
        Dtype::Plain { .. } => false,
        Dtype::Struct { fields, .. } => fields
            .iter()
            .any(|field| field.title.is_some() || has_titles(&field.dtype)),
    }
}
