//! What containers hold, in an order that does not depend on theirs.

use std::collections::HashMap;

use super::Walker;
use crate::Result;
use crate::value::{Construct, Node, NodeId, Tagged, text};

impl Walker<'_> {
    pub(super) fn inside(&mut self, id: NodeId) -> Result<()> {
        let graph = self.graph;
        match graph.node(id) {
            Node::List(span) => self.values(9, graph.items(span)),
            Node::Tuple(span) => self.values(20, graph.items(span)),
            Node::Dict(span) => self.object(graph.items(span), &[]),
            Node::Map(span) => self.unordered(11, graph.items(span), 2),
            Node::Set(span) => self.unordered(12, graph.items(span), 1),
            Node::Object(index) => self.py_object(index),
            Node::Tagged(index) => self.tagged(index),
            _ => self.value(id),
        }
    }

    fn py_object(&mut self, index: u32) -> Result<()> {
        let graph = self.graph;
        let object = &graph.objects[index as usize];
        if let Some(items) = graph.frozenset(object) {
            return self.unordered(25, items, 1);
        }
        self.tag(21);
        let made = match object.construct {
            Construct::Global => 0,
            Construct::Call => 1,
            Construct::New => 2,
        };
        let more = [object.callable, object.kwargs, object.state_setter];
        let extended = more.iter().any(|&id| graph.node(id) != Node::None);
        self.out.push(if extended { made | 4 } else { made });
        let [module, name] = object.global;
        for id in [
            module,
            name,
            object.args,
            object.state,
            object.list_items,
            object.dict_items,
        ] {
            self.value(id)?;
        }
        if extended {
            more.into_iter().try_for_each(|id| self.value(id))?;
        }
        Ok(())
    }

    fn tagged(&mut self, index: u32) -> Result<()> {
        let graph = self.graph;
        let Tagged { kind, value } = graph.tagged[index as usize];
        let kind = graph.str(kind).unwrap_or_default();
        self.tag(22);
        self.string(kind);
        match graph.node(value) {
            Node::Dict(span) if kind.starts_with(b"Error:") => {
                // A container of its own, as everywhere.
                self.path.push(value);
                let start = self.out.len();
                self.object(graph.items(span), b"stack")?;
                self.path.pop();
                self.shorten(start);
                Ok(())
            }
            _ => self.value(value),
        }
    }

    pub(super) fn values(&mut self, tag: u8, items: &[NodeId]) -> Result<()> {
        self.tag(tag);
        self.count(items.len());
        for &item in items {
            self.value(item)?;
        }
        Ok(())
    }

    fn object(&mut self, items: &[NodeId], without: &[u8]) -> Result<()> {
        let graph = self.graph;
        let key = |pair: &&[NodeId]| graph.str(pair[0]).unwrap_or_default();
        // A key that was set twice has its last value.
        let mut last: HashMap<&[u8], NodeId> = HashMap::new();
        for pair in items
            .chunks_exact(2)
            .filter(|pair| without.is_empty() || key(pair) != without)
        {
            last.insert(key(&pair), pair[1]);
        }
        let mut pairs: Vec<(&[u8], NodeId)> = last.into_iter().collect();
        pairs.sort_by(|(a, _), (b, _)| {
            if a.is_ascii() && b.is_ascii() {
                a.cmp(b)
            } else {
                text::utf16(a).cmp(text::utf16(b))
            }
        });
        self.tag(10);
        self.count(pairs.len());
        for (key, value) in pairs {
            self.string(key);
            self.value(value)?;
        }
        Ok(())
    }

    fn unordered(&mut self, tag: u8, items: &[NodeId], step: usize) -> Result<()> {
        let mut digests = Vec::with_capacity(items.len() / step);
        for entry in items.chunks_exact(step) {
            let start = self.out.len();
            entry.iter().try_for_each(|&item| self.value(item))?;
            digests.push(*blake3::hash(&self.out[start..]).as_bytes());
            self.out.truncate(start);
        }
        digests.sort_unstable();
        self.tag(tag);
        self.count(digests.len());
        self.out.extend(digests.as_flattened());
        Ok(())
    }
}
