//! Which values Python can have as keys of a dictionary and in a set.

use std::collections::HashSet;

use super::super::dates::fields_of;
use super::Writer;
use crate::value::{Node, NodeId, small_int};

impl Writer<'_> {
    /// Whether Python can have these as keys, and keeps them apart: 1, 1.0, 1n and true are one key there.
    pub(super) fn can_be_keys<'b>(
        &self,
        mut keys: impl Iterator<Item = &'b NodeId> + Clone,
    ) -> bool {
        if keys
            .clone()
            .all(|&id| matches!(self.graph.node(id), Node::Str(_)))
        {
            return true;
        }
        let mut numbers = HashSet::new();
        let mut nones = 0;
        keys.all(|&id| match self.graph.node(id) {
            Node::Bool(value) => numbers.insert(u64::from(value)),
            Node::Int(value) => numbers.insert(value as u64),
            Node::BigInt(span) => {
                small_int(self.graph.text(span)).is_none_or(|value| numbers.insert(value as u64))
            }
            Node::Float(value) => value != 0.0 || numbers.insert(0),
            Node::None | Node::Undefined => {
                nones += 1;
                nones < 2
            }
            _ => self.is_hashable(id, 0),
        })
    }

    pub(super) fn is_hashable(&self, id: NodeId, depth: usize) -> bool {
        match self.graph.node(id) {
            Node::Tuple(span) => {
                depth < 16
                    && self
                        .graph
                        .items(span)
                        .iter()
                        .all(|&item| self.is_hashable(item, depth + 1))
            }
            Node::List(_) | Node::Dict(_) | Node::Map(_) | Node::Set(_) => false,
            Node::Array(_) | Node::Object(_) | Node::Tagged(_) => false,
            Node::Date(ms) => fields_of(ms).is_some(),
            _ => true,
        }
    }
}
