//! Opcodes with their arguments: numbers, strings, dates, names that are written once.

use std::collections::HashMap;

use super::super::opcodes::*;
use super::super::{NOTE, names};
use super::{Pickle, unsupported};
use crate::value::datetime_fields as fields_of;
use crate::value::{is_safe, small_int};
use crate::{Error, Result};

/// What the writer itself needs more than once.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// Strings.
    Text,
    /// Classes and functions.
    Global,
    /// NumPy's dtypes, and `datetime.timezone.utc`.
    Dtype,
}

/// A pickle that is being written, whatever it is written from.
pub(crate) struct Output {
    pub(super) pickle: Pickle,
    pub(super) protocol: u8,
    /// Bytes of buffers so far.
    pub(super) outside: u64,
    next_memo: u32,
    /// Memo of what the writer itself needs more than once, by [`Known`].
    names: [HashMap<Vec<u8>, u32>; 3],
}

impl Output {
    /// The beginning of a pickle, with room for so many bytes.
    ///
    /// # Errors
    /// `UNSUPPORTED_VALUE` for a protocol that is not written.
    pub(crate) fn new(protocol: u8, capacity: usize) -> Result<Output> {
        if !(2..=5).contains(&protocol) {
            return unsupported(format!(
                "pickle protocol {protocol} is not written, only 2 to 5"
            ));
        }
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend([PROTO, protocol]);
        Ok(Output {
            pickle: Pickle {
                bytes,
                cuts: vec![],
            },
            protocol,
            outside: 0,
            next_memo: 0,
            names: Default::default(),
        })
    }

    /// Ends the pickle.
    pub(crate) fn finish(mut self) -> Pickle {
        self.op(STOP);
        self.pickle
    }

    pub(crate) fn op(&mut self, op: u8) {
        self.pickle.bytes.push(op);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.pickle.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn memoize(&mut self) -> u32 {
        let memo = self.next_memo;
        self.next_memo += 1;
        if self.protocol >= 4 {
            self.op(MEMOIZE);
        } else if let Ok(byte) = u8::try_from(memo) {
            self.raw(&[BINPUT, byte]);
        } else {
            self.op(LONG_BINPUT);
            self.raw(&memo.to_le_bytes());
        }
        memo
    }

    pub(crate) fn get(&mut self, memo: u32) {
        match u8::try_from(memo) {
            Ok(byte) => self.raw(&[BINGET, byte]),
            Err(_) => {
                self.op(LONG_BINGET);
                self.raw(&memo.to_le_bytes());
            }
        }
    }

    /// Writes what `make` writes, or refers to it if that was done before.
    pub(super) fn once(
        &mut self,
        known: Known,
        name: &[u8],
        make: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        if let Some(&memo) = self.names[known as usize].get(name) {
            self.get(memo);
            return Ok(());
        }
        make(self)?;
        let memo = self.memoize();
        self.names[known as usize].insert(name.to_vec(), memo);
        Ok(())
    }

    pub(crate) fn text(&mut self, text: &[u8]) -> Result<()> {
        self.text_header(text.len() as u64)?;
        self.raw(text);
        Ok(())
    }

    /// What stands before a string of so many bytes.
    pub(crate) fn text_header(&mut self, len: u64) -> Result<()> {
        if let (Ok(len), true) = (u8::try_from(len), self.protocol >= 4) {
            self.raw(&[SHORT_BINUNICODE, len]);
        } else if let Ok(len) = u32::try_from(len) {
            self.op(BINUNICODE);
            self.raw(&len.to_le_bytes());
        } else {
            self.before_protocol_4("a string", len)?;
            self.op(BINUNICODE8);
            self.raw(&len.to_le_bytes());
        }
        Ok(())
    }

    /// Refuses what is too long for protocols 2 and 3.
    pub(crate) fn before_protocol_4(&self, what: &str, len: u64) -> Result<()> {
        if self.protocol >= 4 {
            return Ok(());
        }
        Err(Error::TooLarge {
            offset: self.pickle.bytes.len() as u64 + self.outside,
            what: format!("{what} in protocol {}", self.protocol),
            actual: len,
            limit: u64::from(u32::MAX),
        })
    }

    /// A byte string of at most 255 bytes.
    pub(crate) fn short_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.protocol >= 3 {
            self.raw(&[SHORT_BINBYTES, bytes.len() as u8]);
            self.raw(bytes);
            return Ok(());
        }
        let text: String = bytes.iter().copied().map(char::from).collect();
        self.global("_codecs", "encode")?;
        self.text(text.as_bytes())?;
        self.end_encode()
    }

    /// The rest of a call of `_codecs.encode`, after the text.
    pub(crate) fn end_encode(&mut self) -> Result<()> {
        self.name("latin1")?;
        self.raw(&[TUPLE2, REDUCE]);
        Ok(())
    }

    pub(crate) fn name(&mut self, text: &str) -> Result<()> {
        self.once(Known::Text, text.as_bytes(), |out| {
            out.text(text.as_bytes())
        })
    }

    pub(crate) fn global(&mut self, module: &str, name: &str) -> Result<()> {
        let key = format!("{} {module} {name}", module.len());
        self.once(Known::Global, key.as_bytes(), |out| {
            if out.protocol < 4 {
                return out.global_line(module, name);
            }
            out.name(module)?;
            out.name(name)?;
            out.op(STACK_GLOBAL);
            Ok(())
        })
    }

    /// A class or function in a line each, as protocols 2 and 3 have it: there a name inside a class is
    /// an attribute of it.
    fn global_line(&mut self, module: &str, name: &str) -> Result<()> {
        if let Some((class, attribute)) = name.rsplit_once('.') {
            self.global("builtins", "getattr")?;
            self.global(module, class)?;
            self.name(attribute)?;
            self.raw(&[TUPLE2, REDUCE]);
            return Ok(());
        }
        let (module, name) = if self.protocol < 3 {
            names::to_python2(module, name)
        } else {
            (module, name)
        };
        let fits = |text: &str| !text.contains('\n') && (self.protocol > 2 || text.is_ascii());
        if !fits(module) || !fits(name) {
            return unsupported(format!(
                "protocol {} has no place for the name {module}.{name}",
                self.protocol
            ));
        }
        self.op(GLOBAL);
        self.raw(format!("{module}\n{name}\n").as_bytes());
        Ok(())
    }

    pub(crate) fn note(&mut self, kind: &[u8]) -> Result<()> {
        let note = [NOTE, kind].concat();
        self.once(Known::Text, &note, |out| out.text(&note))?;
        self.op(POP);
        Ok(())
    }

    pub(crate) fn int(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.raw(&[BININT1, byte]);
        } else if let Ok(short) = u16::try_from(value) {
            self.op(BININT2);
            self.raw(&short.to_le_bytes());
        } else if let Ok(int) = i32::try_from(value) {
            self.op(BININT);
            self.raw(&int.to_le_bytes());
        } else {
            let bytes = value.to_le_bytes();
            let mut len = 8;
            while len > 5 && small_int(&bytes[..len - 1]) == Some(value) {
                len -= 1;
            }
            self.long(&bytes[..len]);
        }
    }

    pub(crate) fn long(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) => self.raw(&[LONG1, len]),
            Err(_) => {
                self.op(LONG4);
                self.raw(&(bytes.len() as u32).to_le_bytes());
            }
        }
        self.raw(bytes);
    }

    pub(crate) fn float(&mut self, value: f64) {
        self.op(BINFLOAT);
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.op(if value { NEWTRUE } else { NEWFALSE });
    }

    /// A bigint, from two's complement bytes in their shortest form.
    pub(crate) fn bigint(&mut self, bytes: &[u8]) -> Result<()> {
        if small_int(bytes).is_some_and(is_safe) {
            self.note(b"bigint")?;
        }
        self.long(bytes);
        Ok(())
    }

    /// `datetime.datetime(..., tzinfo=timezone.utc)`, or milliseconds where Python has no such date.
    pub(crate) fn date(&mut self, ms: f64) -> Result<()> {
        let Some(fields) = fields_of(ms) else {
            self.note(b"Date")?;
            self.float(ms);
            return Ok(());
        };
        self.global("datetime", "datetime")?;
        self.short_bytes(&fields)?;
        self.once(Known::Dtype, b"utc", |out| {
            out.global("datetime", "timezone")?;
            out.global("datetime", "timedelta")?;
            out.raw(&[
                BININT1, 0, BININT1, 0, BININT1, 0, TUPLE3, REDUCE, TUPLE1, REDUCE,
            ]);
            Ok(())
        })?;
        self.raw(&[TUPLE2, REDUCE]);
        Ok(())
    }
}
