//! The opcodes that several kinds of values begin or end with, as Python's pickler writes them.

use super::super::emit::{put_get, put_int};
use super::Walker;
use crate::Result;
use crate::pickle::opcodes::*;

/// Items between two appends, as in Python's pickler.
const BATCH: usize = 1000;

impl Walker<'_> {
    pub(super) fn op(&mut self, op: u8) {
        self.stream.bytes.push(op);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.stream.bytes.extend_from_slice(bytes);
    }

    pub(super) fn int(&mut self, value: i64) {
        put_int(&mut self.stream.bytes, value);
    }

    pub(super) fn get(&mut self, memo: u32) {
        put_get(&mut self.stream.bytes, memo);
    }

    /// Memoizes what was just written; gives its number.
    pub(super) fn put(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        match u8::try_from(number) {
            Ok(byte) => self.raw(&[BINPUT, byte]),
            Err(_) => {
                self.op(LONG_BINPUT);
                self.raw(&number.to_le_bytes());
            }
        }
        number
    }

    /// Writes what is there once, or refers to it.
    pub(super) fn once(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        if let Some(&memo) = self.names.get(name) {
            return self.get(memo);
        }
        write(self);
        let memo = self.put();
        self.names.insert(name, memo);
    }

    /// A class; `name` is its module and name, each with a line's end.
    pub(super) fn class(&mut self, name: &'static str) {
        self.once(name, |walker| {
            walker.op(GLOBAL);
            walker.raw(name.as_bytes());
        });
    }

    pub(super) fn text(&mut self, text: &[u8]) -> Result<()> {
        self.op(BINUNICODE);
        self.raw(&(text.len() as u32).to_le_bytes());
        self.raw(text);
        self.check_size()
    }

    pub(super) fn float(&mut self, value: f64) {
        // A NaN of Python's has these bits; JavaScript does not tell its NaNs apart.
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.op(BINFLOAT);
        self.raw(&bits.to_be_bytes());
    }

    /// Writes `n` times what `write` does, as Python's pickler does in batches.
    pub(super) fn batches(
        &mut self,
        n: usize,
        one: u8,
        several: u8,
        mut write: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        for start in (0..n).step_by(BATCH) {
            let end = n.min(start + BATCH);
            if end - start > 1 {
                self.op(MARK);
            }
            (start..end).try_for_each(|i| write(self, i))?;
            self.op(if end - start > 1 { several } else { one });
        }
        Ok(())
    }

    /// A tuple that is made for the occasion.
    pub(super) fn tuple_of_ints(&mut self, items: impl ExactSizeIterator<Item = u64>) {
        let n = items.len();
        if n > 3 {
            self.op(MARK);
        }
        items.for_each(|item| self.int(i64::try_from(item).unwrap_or(i64::MAX)));
        self.op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][n.min(4)]);
        if n > 0 {
            self.put();
        }
    }

    /// An object of a class of joblib's, up to the dictionary of its one attribute.
    pub(super) fn instance(&mut self, class: &'static str) {
        self.class(class);
        self.raw(&[EMPTY_TUPLE, NEWOBJ]);
        self.put();
        self.op(EMPTY_DICT);
        self.put();
    }
}
