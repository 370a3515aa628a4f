//! Ops, numbers and text as a tape has them.

use super::super::*;
use super::{IN_RUN, TextBlock, Writer};
use crate::value::{Graph, Node, NodeId, text};

impl Writer<'_> {
    pub(super) fn op(&mut self, op: u8) {
        self.tape.ops.push(op);
    }

    pub(super) fn number(&mut self, mut n: u64) {
        while n > 0x7f {
            self.tape.ops.push((n & 0x7f | 0x80) as u8);
            n >>= 7;
        }
        self.tape.ops.push(n as u8);
    }

    pub(super) fn end_block(&mut self) {
        let len = self.tape.text.len() - self.block_start;
        if len > 0 {
            let well_formed = text::is_well_formed(&self.tape.text[self.block_start..]);
            self.tape.blocks.push(TextBlock {
                len: len as u32,
                well_formed,
            });
        }
        self.block_start = self.tape.text.len();
        self.block_units = 0;
    }

    /// Adds to the text and writes the length.
    pub(super) fn text(&mut self, text: &[u8]) {
        let units = text::utf16_len(text);
        if self.block_units + units > BLOCK_UNITS && self.block_units > 0 {
            self.end_block();
        }
        self.block_units += units;
        self.tape.text.extend_from_slice(text);
        self.number(units as u64);
    }

    pub(super) fn str(&mut self, id: NodeId) {
        let number = self.numbers[id as usize];
        if number < IN_RUN {
            self.op(STR_REF);
            return self.number(u64::from(number));
        }
        self.numbers[id as usize] = self.next_string;
        self.next_string += 1;
        self.op(STR);
        self.text(self.graph.str(id).unwrap_or_default());
    }

    /// A string of the engine's own.
    pub(super) fn literal(&mut self, text: &[u8]) {
        self.next_string += 1;
        self.op(STR);
        self.text(text);
    }

    pub(super) fn int(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.tape.ops.extend([BYTE, byte]);
        } else if let Ok(int) = i32::try_from(value) {
            self.op(INT);
            self.tape.ops.extend(int.to_le_bytes());
        } else {
            self.float(value as f64);
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        self.op(FLOAT);
        self.tape.ops.extend(value.to_le_bytes());
    }

    pub(super) fn buffer(&mut self, index: u32) {
        self.number(self.tape.buffers.len() as u64);
        self.tape.buffers.push(index);
    }

    /// A dtype's description: nested lists of strings and integers.
    pub(super) fn descr(&mut self, descr: &Graph, id: NodeId) {
        match descr.node(id) {
            Node::Str(span) => self.literal(descr.text(span)),
            Node::Int(n) => self.int(n),
            _ => {
                let items = descr.children(id);
                self.next_container += 1;
                self.op(ARRAY);
                self.number(items.len() as u64);
                items.iter().for_each(|&item| self.descr(descr, item));
            }
        }
    }

    pub(super) fn shape_value(&mut self, shape: &[u64]) {
        self.next_container += 1;
        self.op(ARRAY);
        self.number(shape.len() as u64);
        for &n in shape {
            self.int(n as i64);
        }
    }

    pub(super) fn number_run(&mut self, op: u8, n: usize) {
        self.op(op);
        self.number(n as u64);
        self.tape
            .ops
            .resize(self.tape.ops.len().next_multiple_of(8), 0);
    }
}
