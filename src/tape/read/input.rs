//! Bytes, numbers and strings of a tape, in the order in which they come.

use super::super::*;
use super::Reader;
use crate::value::{NodeId, text};
use crate::{Error, Result};

impl Reader<'_> {
    pub(super) fn bad<T>(&self, expected: &str) -> Result<T> {
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

    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
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

    #[inline]
    pub(super) fn number(&mut self) -> Result<usize> {
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

    /// A count of things of which each takes at least `size` more bytes.
    pub(super) fn count(&mut self, size: usize) -> Result<usize> {
        let n = self.number()?;
        if n > (self.ops.len() - self.at) / size {
            self.bad("as many items as were announced")
        } else {
            Ok(n)
        }
    }

    /// The next string of `units` UTF-16 code units.
    pub(super) fn string(&mut self, units: usize) -> Result<NodeId> {
        let start = self.text_at;
        if self.ascii {
            let Some(text) = self.text.get(start..).and_then(|rest| rest.get(..units)) else {
                return self.bad("more text");
            };
            self.text_at += units;
            return Ok(self.graph.push_str(text));
        }
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
            return Ok(self.graph.push_str(whole));
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
        Ok(self.graph.push_str(&wtf8))
    }

    pub(super) fn key(&mut self) -> Result<NodeId> {
        let [op] = self.take()?;
        let n = self.number()?;
        match op {
            STR => {
                let id = self.string(n)?;
                self.strings.push(id);
                Ok(id)
            }
            STR_REF => match self.strings.get(n) {
                Some(&id) => Ok(id),
                None => self.bad("a string number"),
            },
            _ => self.bad("a string"),
        }
    }

    pub(super) fn string_run(&mut self) -> Result<Vec<NodeId>> {
        let n = self.count(1)?;
        let mut ids = Vec::with_capacity(n);
        for _ in 0..n {
            let units = self.number()?;
            ids.push(self.string(units)?);
        }
        Ok(ids)
    }

    pub(super) fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    pub(super) fn buffer(&mut self) -> Result<u32> {
        let index = self.number()?;
        if index < self.graph.buffers.len() {
            Ok(index as u32)
        } else {
            self.bad("a buffer")
        }
    }
}
