//! Tuples, which can be referred to before they exist.

use super::super::opcodes::*;
use super::{NO_MEMO, Writer, unsupported};
use crate::Result;
use crate::value::NodeId;

impl Writer<'_> {
    pub(super) fn enter(&mut self, id: NodeId) -> Result<()> {
        let open = self.open.entry(id).or_default();
        *open += 1;
        if *open > 2 {
            return unsupported("a tuple or object cannot be made from itself".into());
        }
        Ok(())
    }

    pub(super) fn leave(&mut self, id: NodeId) {
        if let Some(open) = self.open.get_mut(&id) {
            *open -= 1;
        }
    }

    pub(super) fn end_tuple(&mut self, id: NodeId, len: usize) {
        self.leave(id);
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            // Its own content referred to it, so it has been made on the way: drop the items.
            if len > 3 {
                self.out.op(POP_MARK);
            } else {
                (0..len).for_each(|_| self.out.op(POP));
            }
            return self.out.get(memo);
        }
        self.out
            .op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][len.min(4)]);
        self.remember(id);
    }
}
