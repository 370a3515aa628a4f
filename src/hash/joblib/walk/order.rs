//! The order in which joblib writes keys of dictionaries and items of sets.

use std::collections::HashMap;

use super::super::keys::{Comparison, Key, NoKey, key_of};
use super::super::{Digest, HashName};
use super::{Memo, Walker};
use crate::Result;
use crate::value::NodeId;

/// A key or item as joblib writes it: itself, or its hash where Python cannot order it.
pub(super) enum Item {
    Node(NodeId),
    Hash(String),
}

impl Walker<'_> {
    /// Every `step`th item in joblib's order, with its position.
    pub(super) fn ordered(
        &mut self,
        parent: NodeId,
        items: &[NodeId],
        step: usize,
    ) -> Result<Vec<(Item, usize)>> {
        let graph = self.graph;
        let mut keys: Vec<(Key, usize)> = Vec::with_capacity(items.len() / step);
        for at in (0..items.len()).step_by(step) {
            match key_of(graph, items[at], self.path.len() + 1, &mut self.keys) {
                Ok(key) => keys.push((key, at)),
                Err(NoKey::Error(error)) => return Err(error),
                Err(NoKey::Reason(reason)) => {
                    self.path.push((parent, at));
                    return self.unsupported(reason);
                }
            }
        }
        let mut comparison = Comparison::default();
        comparison.sort(&mut keys);
        if comparison.nan {
            return self.unsupported("a NaN beside other numbers has no place in Python's order");
        }
        if comparison.equal {
            return self.unsupported("two keys or items of it are one in Python");
        }
        if !comparison.unorderable {
            let nodes = keys.into_iter().map(|(_, at)| (Item::Node(items[at]), at));
            return Ok(nodes.collect());
        }
        let mut hashed = Vec::with_capacity(keys.len());
        for (_, at) in keys {
            self.path.push((parent, at));
            hashed.push((self.hash_of_key(items[at])?, at));
            self.path.pop();
        }
        let mut order: Vec<(Key, usize)> = hashed
            .iter()
            .enumerate()
            .map(|(i, (hash, _))| (Key::Str(hash.as_bytes()), i))
            .collect();
        // By the same sort as keys: each kind of sort is code of its own.
        Comparison::default().sort(&mut order);
        let hashes = order.into_iter().map(|(_, i)| {
            let (hash, at) = &hashed[i];
            (Item::Hash(hash.clone()), *at)
        });
        Ok(hashes.collect())
    }

    /// `joblib.hash(key)`: MD5, whatever the whole is hashed with.
    fn hash_of_key(&mut self, id: NodeId) -> Result<String> {
        let graph = self.graph;
        let spent = self.spent + self.stream.bytes.len() + self.before.bytes.len();
        let memo = Memo::Few(HashMap::new());
        let mut inner = Walker::new(graph, self.protocol, memo, self.keys, spent);
        inner.path.clone_from(&self.path);
        inner.pickle(id)?;
        let mut digest = Digest::new(HashName::Md5);
        let mut at = 0;
        for cut in &inner.stream.cuts {
            digest.update(&inner.stream.bytes[at..cut.at]);
            let content = graph.buffers[cut.buffer as usize].bytes.as_deref();
            let content = content.unwrap_or_default();
            digest.update(content);
            self.spent += content.len();
            at = cut.at;
        }
        digest.update(&inner.stream.bytes[at..]);
        // A digest of any length costs as much as a short one.
        self.spent += inner.stream.bytes.len().max(64);
        self.check_size()?;
        Ok(digest.finish())
    }
}
