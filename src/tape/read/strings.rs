//! Strings, and references to those that came before.

use super::super::*;
use super::Reader;
use crate::Result;
use crate::value::NodeId;

impl Reader<'_> {
    fn string(&mut self, units: usize) -> Result<NodeId> {
        let text = self.input.string(units)?;
        Ok(self.graph.push_str(&text))
    }

    pub(super) fn key(&mut self) -> Result<NodeId> {
        let [op] = self.input.take()?;
        self.string_of(op)
    }

    pub(super) fn string_of(&mut self, op: u8) -> Result<NodeId> {
        let n = self.input.number()?;
        match op {
            STR => {
                let id = self.string(n)?;
                self.strings.push(id);
                Ok(id)
            }
            STR_REF => match self.strings.get(n) {
                Some(&id) => Ok(id),
                None => self.input.bad("a string number"),
            },
            _ => self.input.bad("a string"),
        }
    }

    pub(super) fn string_run(&mut self) -> Result<Vec<NodeId>> {
        let n = self.input.count(1)?;
        let mut ids = Vec::with_capacity(n);
        for _ in 0..n {
            let units = self.input.number()?;
            ids.push(self.string(units)?);
        }
        Ok(ids)
    }
}
