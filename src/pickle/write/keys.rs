//! Which values Python can have as keys of a dictionary and in a set.

use std::collections::HashSet;

use super::Writer;
use crate::value::datetime_fields as fields_of;
use crate::value::{Construct, Node, NodeId, PyObject, small_int};

/// How deep a key may be.
const MAX_KEY_DEPTH: usize = 100;

/// Classes whose instances Python refuses as keys.
const UNHASHABLE: [(&str, &str); 12] = [
    ("builtins", "bytearray"),
    ("builtins", "dict"),
    ("builtins", "list"),
    ("builtins", "set"),
    ("collections", "Counter"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("collections", "deque"),
    ("numpy", "matrix"),
    ("numpy.ma", "MaskedArray"),
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
];

impl Writer<'_> {
    /// Whether Python can have these as keys, and keeps them apart: 1, 1.0, 1n and true are one key there.
    pub(super) fn can_be_keys<'b>(
        &mut self,
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

    /// What has been found is kept: tuples of shared tuples would be walked exponentially often.
    pub(super) fn is_hashable(&mut self, id: NodeId, depth: usize) -> bool {
        let graph = self.graph;
        match graph.node(id) {
            Node::List(_) | Node::Dict(_) | Node::Map(_) | Node::Set(_) => false,
            Node::Array(_) | Node::Tagged(_) => false,
            Node::Date(ms) => fields_of(ms).is_some(),
            Node::Tuple(_) | Node::Object(_) => {
                if let Some(&known) = self.hashable.get(&id) {
                    return known;
                }
                let is_hashable = depth < MAX_KEY_DEPTH
                    && match graph.node(id) {
                        Node::Object(index) => {
                            self.is_hashable_object(&graph.objects[index as usize], depth)
                        }
                        _ => graph
                            .children(id)
                            .iter()
                            .all(|&item| self.is_hashable(item, depth + 1)),
                    };
                self.hashable.insert(id, is_hashable);
                is_hashable
            }
            _ => true,
        }
    }

    /// Whether an object can be a key: those that were read as keys are, so all of which nothing else is known.
    fn is_hashable_object(&mut self, object: &PyObject, depth: usize) -> bool {
        let graph = self.graph;
        if object.construct == Construct::Global {
            return true;
        }
        let is_container = [object.list_items, object.dict_items]
            .iter()
            .any(|&items| graph.node(items) != Node::None);
        let unhashable = |(module, name): &(&str, &str)| {
            let [found_module, found_name] = object.global.map(|id| graph.str(id));
            found_name == Some(name.as_bytes()) && found_module == Some(module.as_bytes())
        };
        match graph.frozenset(object) {
            Some(items) => items.iter().all(|&item| self.is_hashable(item, depth + 1)),
            None => !is_container && !UNHASHABLE.iter().any(unhashable),
        }
    }
}
