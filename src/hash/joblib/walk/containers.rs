//! Lists, tuples, dictionaries and sets.

use super::super::keys::{Comparison, Key};
use super::Walker;
use super::order::Item;
use crate::Result;
use crate::pickle::opcodes::*;
use crate::value::NodeId;

impl Walker<'_> {
    /// A list of `items`, which stand in the container `parent`.
    pub(super) fn list(
        &mut self,
        id: Option<NodeId>,
        parent: NodeId,
        items: &[NodeId],
    ) -> Result<()> {
        self.op(EMPTY_LIST);
        match id {
            Some(id) => self.remember(id),
            None => {
                self.put();
            }
        }
        self.batches(items.len(), APPEND, APPENDS, |walker, i| {
            walker.child(parent, i, items[i])
        })
    }

    pub(super) fn tuple(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let n = items.len();
        if n > 3 {
            self.op(MARK);
        }
        for (i, &item) in items.iter().enumerate() {
            self.child(id, i, item)?;
        }
        if let Some(memo) = self.memo(id) {
            // A list in it led back to it, so it has been made on the way.
            match n {
                0..=3 => (0..n).for_each(|_| self.op(POP)),
                _ => self.op(POP_MARK),
            }
            self.get(memo);
            return Ok(());
        }
        self.op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][n.min(4)]);
        if n > 0 {
            self.remember(id);
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let graph = self.graph;
        // Of a key that was set twice the last value counts: the sort is stable, the first is kept.
        let mut keys: Vec<(Key, usize)> = (0..items.len() / 2)
            .rev()
            .map(|i| {
                let key = graph.str(items[2 * i]).unwrap_or_default();
                (Key::Str(key), 2 * i)
            })
            .collect();
        Comparison::default().sort(&mut keys);
        keys.dedup_by(|(a, _), (b, _)| matches!((a, b), (Key::Str(a), Key::Str(b)) if a == b));
        self.op(EMPTY_DICT);
        self.remember(id);
        self.batches(keys.len(), SETITEM, SETITEMS, |walker, i| {
            let at = keys[i].1;
            walker.child(id, at, items[at])?;
            walker.child(id, at + 1, items[at + 1])
        })
    }

    pub(super) fn map(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let keys = self.ordered(id, items, 2)?;
        self.op(EMPTY_DICT);
        self.remember(id);
        self.batches(keys.len(), SETITEM, SETITEMS, |walker, i| {
            let (key, at) = &keys[i];
            walker.item(id, *at, key)?;
            walker.child(id, at + 1, items[at + 1])
        })
    }

    /// A `_ConsistentSet`, made anew for each place where the set stands.
    pub(super) fn set(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let ordered = self.ordered(id, items, 1)?;
        self.instance("joblib.hashing\n_ConsistentSet\n");
        self.text(b"_sequence")?;
        self.op(EMPTY_LIST);
        self.put();
        self.batches(ordered.len(), APPEND, APPENDS, |walker, i| {
            let (item, at) = &ordered[i];
            walker.item(id, *at, item)
        })?;
        self.raw(&[SETITEM, BUILD]);
        Ok(())
    }

    fn item(&mut self, parent: NodeId, at: usize, item: &Item) -> Result<()> {
        match item {
            Item::Node(id) => self.child(parent, at, *id),
            Item::Hash(hash) => self.text(hash.as_bytes()),
        }
    }
}
