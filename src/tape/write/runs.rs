//! Runs: long lists of only numbers or only new strings, without an op for each.

use super::super::*;
use super::{IN_RUN, UNSEEN, Writer};
use crate::value::{Node, NodeId};

/// Below this many items a list is not written as a run.
const RUN_ITEMS: usize = 9;

impl Writer<'_> {
    /// Writes a long list of only numbers or only new strings; `false` if it is another one.
    pub(super) fn list_run(&mut self, items: &[NodeId]) -> bool {
        if items.len() < RUN_ITEMS {
            return false;
        }
        let graph = self.graph;
        let all = |test: &dyn Fn(Node) -> bool| items.iter().all(|&id| test(graph.node(id)));
        match graph.node(items[0]) {
            Node::Str(_) if self.are_new_strings(items) => {
                self.op(STRINGS);
                self.number(items.len() as u64);
                for &id in items {
                    self.text(graph.str(id).unwrap_or_default());
                }
            }
            Node::Int(_)
                if all(&|node| matches!(node, Node::Int(n) if i32::try_from(n).is_ok())) =>
            {
                self.number_run(INTS, items.len());
                for &id in items {
                    if let Node::Int(n) = graph.node(id) {
                        self.tape.ops.extend((n as i32).to_le_bytes());
                    }
                }
            }
            Node::Int(_) | Node::Float(_)
                if all(&|node| matches!(node, Node::Int(_) | Node::Float(_))) =>
            {
                self.number_run(FLOATS, items.len());
                for &id in items {
                    let value = match graph.node(id) {
                        Node::Int(n) => n as f64,
                        Node::Float(x) => x,
                        _ => 0.0,
                    };
                    self.tape.ops.extend(value.to_le_bytes());
                }
            }
            _ => return false,
        }
        true
    }

    /// Whether these are all strings, each for the first time; they are no longer new then.
    fn are_new_strings(&mut self, items: &[NodeId]) -> bool {
        for (i, &id) in items.iter().enumerate() {
            let is_new =
                matches!(self.graph.node(id), Node::Str(_)) && self.numbers[id as usize] == UNSEEN;
            if !is_new {
                for &id in &items[..i] {
                    self.numbers[id as usize] = UNSEEN;
                }
                return false;
            }
            self.numbers[id as usize] = IN_RUN;
        }
        true
    }
}
