//! Bytes, numbers and strings of a tape, in the order in which they come.

use std::borrow::Cow;

use crate::value::text;
use crate::{Error, Result};

/// A tape and how far it has been read.
pub(crate) struct Input<'a> {
    ops: &'a [u8],
    at: usize,
    text: &'a [u8],
    text_at: usize,
    /// The second half of a pair whose first half ended the string before.
    half: Option<u16>,
    /// Whether every character is one byte.
    ascii: bool,
}

impl<'a> Input<'a> {
    /// A tape from its first value on.
    ///
    /// # Errors
    /// `TOO_LARGE` beyond 4 GiB of what is made of it.
    pub(crate) fn new(ops: &'a [u8], text: &'a [u8]) -> Result<Input<'a>> {
        // What bigints and halves of surrogate pairs add to the text is less than this.
        let nbytes = text.len() as u64 + 3 * ops.len() as u64;
        if nbytes > u64::from(u32::MAX) {
            return Err(Error::TooLarge {
                offset: 0,
                what: "a tape in bytes".into(),
                actual: nbytes,
                limit: u64::from(u32::MAX),
            });
        }
        Ok(Input {
            ops,
            at: 1,
            text,
            text_at: 0,
            half: None,
            ascii: text.is_ascii(),
        })
    }

    /// Where it has been read to.
    pub(crate) fn at(&self) -> u64 {
        self.at as u64
    }

    /// Whether all ops have been read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.ops.len()
    }

    /// The next op, left where it is.
    pub(crate) fn next_op(&self) -> Option<u8> {
        self.ops.get(self.at).copied()
    }

    /// What was expected is not what comes.
    pub(crate) fn bad<T>(&self, expected: &str) -> Result<T> {
        let actual = self
            .ops
            .get(self.at.wrapping_sub(1))
            .map_or("nothing".into(), |op| format!("op {op}"));
        Err(Error::CorruptData {
            offset: self.at as u64,
            expected: format!("{expected} in a tape"),
            actual,
        })
    }

    /// The next `N` bytes.
    #[inline]
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self
            .ops
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<N>())
        {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => self.bad("more bytes"),
        }
    }

    /// A LEB128 number.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<usize> {
        match self.ops.get(self.at) {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(usize::from(byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<usize> {
        let mut number = 0u64;
        for shift in (0..56).step_by(7) {
            let [byte] = self.take()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return usize::try_from(number).or_else(|_| self.bad("a number"));
            }
        }
        self.bad("a number")
    }

    /// The next bytes, of which `count` has told that they are there.
    pub(crate) fn bytes(&mut self, n: usize) -> &'a [u8] {
        self.at += n;
        &self.ops[self.at - n..self.at]
    }

    /// A count of things of which each takes at least `size` more bytes.
    pub(crate) fn count(&mut self, size: usize) -> Result<usize> {
        let n = self.number()?;
        if n > (self.ops.len() - self.at) / size {
            self.bad("as many items as were announced")
        } else {
            Ok(n)
        }
    }

    /// The next string of `units` UTF-16 code units.
    #[inline]
    pub(crate) fn string(&mut self, units: usize) -> Result<Cow<'a, [u8]>> {
        if !self.ascii {
            return self.wide_string(units);
        }
        match self
            .text
            .get(self.text_at..)
            .and_then(|rest| rest.get(..units))
        {
            Some(text) => {
                self.text_at += units;
                Ok(Cow::Borrowed(text))
            }
            None => self.bad("more text"),
        }
    }

    /// The same where not every character is one byte.
    fn wide_string(&mut self, units: usize) -> Result<Cow<'a, [u8]>> {
        let start = self.text_at;
        let mut left = units;
        let first = if left > 0 { self.half.take() } else { None };
        left -= usize::from(first.is_some());
        while left > 0 {
            let Some(&lead) = self.text.get(self.text_at) else {
                return self.bad("more text");
            };
            let width = match lead {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                _ => 4,
            };
            if width == 4 && left == 1 {
                break;
            }
            left -= if width == 4 { 2 } else { 1 };
            self.text_at += width;
        }
        let Some(whole) = self.text.get(start..self.text_at) else {
            return self.bad("more text");
        };
        if left == 0 && first.is_none() {
            return Ok(Cow::Borrowed(whole));
        }
        // A string begins or ends inside a pair of surrogates.
        let mut wtf8 = Vec::with_capacity(whole.len() + 6);
        first
            .into_iter()
            .for_each(|unit| text::push_surrogate(&mut wtf8, unit));
        wtf8.extend_from_slice(whole);
        if left == 1 {
            let Some(pair) = self.text.get(self.text_at..self.text_at + 4) else {
                return self.bad("more text");
            };
            let mut units = text::utf16(pair);
            units
                .next()
                .into_iter()
                .for_each(|unit| text::push_surrogate(&mut wtf8, unit));
            self.half = units.next();
            self.text_at += 4;
        }
        Ok(Cow::Owned(wtf8))
    }

    /// Skips to a multiple of 8.
    pub(crate) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }
}
