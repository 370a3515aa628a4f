//! Opcodes with their arguments: numbers, strings, names that are written once.

use super::super::NOTE;
use super::super::opcodes::*;
use super::{NO_MEMO, Writer};
use crate::value::{NodeId, small_int};

impl Writer<'_> {
    pub(super) fn op(&mut self, op: u8) {
        self.out.bytes.push(op);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.out.bytes.extend_from_slice(bytes);
    }

    pub(super) fn memoize(&mut self) -> u32 {
        self.op(MEMOIZE);
        self.next_memo += 1;
        self.next_memo - 1
    }

    pub(super) fn get(&mut self, memo: u32) {
        match u8::try_from(memo) {
            Ok(byte) => self.raw(&[BINGET, byte]),
            Err(_) => {
                self.op(LONG_BINGET);
                self.raw(&memo.to_le_bytes());
            }
        }
    }

    /// Memoizes what has just been pushed if it will be needed again.
    pub(super) fn remember(&mut self, id: NodeId) {
        if self.shared[id as usize] && self.memo[id as usize] == NO_MEMO {
            self.memo[id as usize] = self.memoize();
        }
    }

    /// Writes what `make` writes, or refers to it if that was done before.
    pub(super) fn once(&mut self, name: &[u8], make: impl FnOnce(&mut Self)) {
        if let Some(&memo) = self.names.get(name) {
            return self.get(memo);
        }
        make(self);
        let memo = self.memoize();
        self.names.insert(name.to_vec(), memo);
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        if let Ok(len) = u8::try_from(text.len()) {
            self.raw(&[SHORT_BINUNICODE, len]);
        } else if let Ok(len) = u32::try_from(text.len()) {
            self.op(BINUNICODE);
            self.raw(&len.to_le_bytes());
        } else {
            self.op(BINUNICODE8);
            self.raw(&(text.len() as u64).to_le_bytes());
        }
        self.raw(text);
    }

    pub(super) fn name(&mut self, text: &str) {
        self.once(text.as_bytes(), |writer| writer.text(text.as_bytes()));
    }

    pub(super) fn global(&mut self, module: &str, name: &str) {
        self.once(format!("{module} {name}").as_bytes(), |writer| {
            writer.name(module);
            writer.name(name);
            writer.op(STACK_GLOBAL);
        });
    }

    pub(super) fn note(&mut self, kind: &[u8]) {
        let note = [NOTE, kind].concat();
        self.once(&note, |writer| writer.text(&note));
        self.op(POP);
    }

    pub(super) fn int(&mut self, value: i64) {
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

    pub(super) fn long(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) => self.raw(&[LONG1, len]),
            Err(_) => {
                self.op(LONG4);
                self.raw(&(bytes.len() as u32).to_le_bytes());
            }
        }
        self.raw(bytes);
    }

    pub(super) fn float(&mut self, value: f64) {
        self.op(BINFLOAT);
        self.raw(&value.to_be_bytes());
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.op(if value { NEWTRUE } else { NEWFALSE });
    }
}
