//! Objects, whose keys are written once for all that have the same.

use super::super::*;
use super::{IN_RUN, Todo, UNSEEN, Values, Writer};
use crate::value::NodeId;

/// Above this many keys an object has no shape: comparing shapes would cost more than it saves.
const SHAPE_KEYS: usize = 40;

/// A key of as many bytes is not written again where it can be referred to.
const LONG_KEY: usize = 256;

pub(super) struct Shape {
    /// Those of the last object that had this shape.
    pub(super) keys: Vec<NodeId>,
    /// The shape that followed this one last time.
    pub(super) next: usize,
}

impl<'a> Writer<'a> {
    /// Whether no long key of this object has been written before: a shape refers to it.
    fn may_write_keys(&mut self, items: &[NodeId]) -> bool {
        items.iter().step_by(2).all(|&key| {
            let number = &mut self.numbers[key as usize];
            let is_new = *number == UNSEEN;
            if is_new {
                *number = IN_RUN;
            }
            is_new || self.graph.str(key).is_none_or(|key| key.len() < LONG_KEY)
        })
    }

    pub(super) fn dict(&mut self, items: &'a [NodeId], depth: usize, todo: &mut Vec<Todo<'a>>) {
        let n = items.len() / 2;
        if n > SHAPE_KEYS && self.may_write_keys(items) {
            self.op(DICT);
            self.number(n as u64);
            for &id in items.iter().step_by(2) {
                self.text(self.graph.str(id).unwrap_or_default());
            }
        } else {
            let has = |shape: &Shape| {
                shape.keys.len() == n && shape.keys.iter().eq(items.iter().step_by(2))
            };
            let last = self.last_shape;
            let next = self.ordered[last].next;
            let shape = if has(&self.ordered[next]) {
                next
            } else if has(&self.ordered[last]) {
                last
            } else {
                self.shape(items)
            };
            self.ordered[last].next = shape;
            self.last_shape = shape;
            self.op(OBJECT);
            self.number(shape as u64 - 1);
        }
        if n > 0 {
            todo.push(Todo::Values(Values {
                items: &items[1..],
                step: 2,
                depth,
                of_list: false,
            }));
        }
    }

    /// The position of the shape of an object that has these items; writes it if it is new.
    fn shape(&mut self, items: &[NodeId]) -> usize {
        let graph = self.graph;
        let mut keys = std::mem::take(&mut self.extra);
        keys.clear();
        for &id in items.iter().step_by(2) {
            keys.push(
                *self
                    .keys
                    .entry(graph.str(id).unwrap_or_default())
                    .or_insert(id),
            );
        }
        let own = items.iter().step_by(2).copied();
        let shape = match self.shapes.get(&keys) {
            Some(&shape) => {
                self.ordered[shape].keys.clear();
                self.ordered[shape].keys.extend(own);
                shape
            }
            None => {
                let shape = self.ordered.len();
                self.ordered.push(Shape {
                    keys: own.collect(),
                    next: shape,
                });
                self.op(SHAPE);
                self.number(keys.len() as u64);
                for &key in &keys {
                    self.str(key);
                }
                self.shapes.insert(keys.clone(), shape);
                shape
            }
        };
        self.extra = keys;
        shape
    }
}
