//! What the opcodes do to the stack, the memo and the graph.

use super::super::opcodes::*;
use super::super::{NOTE, calls, globals};
use super::input::Input;
use super::{Parsed, Parser, Step};
use crate::value::{Buffer, Node, NodeId, Span, Tagged};
use crate::{Error, Result};

/// Byte strings up to this long are kept in the graph: those that describe dates and scalars are needed.
const KEPT_BYTES: u64 = 255;

/// Largest content of an array or byte string: what a JavaScript number counts exactly.
pub(super) const MAX_NBYTES: u64 = 1 << 53;

impl Parser {
    /// Pushes a node, with the note that waits for it.
    pub(super) fn push(&mut self, id: NodeId) {
        if self.machine.notes.is_empty() {
            return self.machine.stack.push(id);
        }
        let height = self.machine.stack.len();
        while self
            .machine
            .notes
            .last()
            .is_some_and(|&(at, _)| at > height)
        {
            self.machine.notes.pop();
        }
        let mut id = id;
        if !globals::is_on_the_way(&self.graph, id) {
            // The last note stands next to the value.
            while let Some((_, kind)) = self.machine.notes.pop_if(|&mut (at, _)| at == height) {
                id = self.tag(kind, id);
            }
        }
        self.machine.stack.push(id);
    }

    fn tag(&mut self, kind: NodeId, value: NodeId) -> NodeId {
        let graph = &mut self.graph;
        let name = graph.str(kind).unwrap_or_default();
        let node = match (name, graph.node(value)) {
            (b"undefined", Node::None) => Node::Undefined,
            (b"hole", Node::None) => Node::Hole,
            (b"bigint", Node::Int(int)) => return graph.push_bigint(&int.to_le_bytes()),
            (b"Date", Node::Float(ms)) => Node::Date(ms),
            (b"Date", Node::Int(ms)) => Node::Date(ms as f64),
            (b"Map", Node::Dict(span)) => Node::Map(span),
            _ => {
                graph.tagged.push(Tagged { kind, value });
                Node::Tagged(graph.tagged.len() as u32 - 1)
            }
        };
        graph.push(node)
    }

    pub(super) fn pop(&mut self) -> Result<NodeId> {
        let floor = self.machine.marks.last().copied().unwrap_or(0);
        if self.machine.stack.len() > floor
            && let Some(id) = self.machine.stack.pop()
        {
            return Ok(id);
        }
        self.bad("a value on the stack", "none")
    }

    pub(super) fn top(&self) -> Result<NodeId> {
        match self.machine.stack.last() {
            Some(&id) => Ok(id),
            None => self.bad("a value on the stack", "none"),
        }
    }

    /// Takes the last mark away: the items above it begin at this place of the stack.
    pub(super) fn mark(&mut self) -> Result<usize> {
        match self.machine.marks.pop() {
            Some(mark) if mark <= self.machine.stack.len() => Ok(mark),
            _ => self.bad("a mark on the stack", "none"),
        }
    }

    /// The items above the last mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<NodeId>> {
        let mark = self.mark()?;
        Ok(self.machine.stack.split_off(mark))
    }

    pub(super) fn push_node(&mut self, node: Node) {
        let id = self.graph.push(node);
        self.push(id);
    }

    pub(super) fn size(&self, what: &str, actual: u64, limit: u64) -> Result<u64> {
        if actual > limit {
            return Err(Error::TooLarge {
                offset: self.offset,
                what: what.into(),
                actual,
                limit,
            });
        }
        Ok(actual)
    }

    pub(super) fn within_budget(&self) -> Result<()> {
        match self.budget.exceeded() {
            Some((actual, limit)) => self
                .size("what is derived from other values", actual, limit)
                .map(|_| ()),
            None => Ok(()),
        }
    }

    /// Removes the top; if it is a note, it waits for the next value.
    pub(super) fn op_pop(&mut self) -> Result<()> {
        if self
            .machine
            .marks
            .last()
            .is_some_and(|&mark| mark == self.machine.stack.len())
        {
            self.machine.marks.pop();
            return Ok(());
        }
        let id = self.pop()?;
        let id = self.untag(id);
        self.set_state(id);
        if let Some(kind) = self.graph.str(id).and_then(|text| text.strip_prefix(NOTE)) {
            let kind = kind.to_vec();
            self.budget.read(self.offset);
            // Usual ones are free.
            self.budget.spend(kind.len().saturating_sub(64));
            self.within_budget()?;
            let kind = self.graph.push_str(&kind);
            self.machine.notes.push((self.machine.stack.len(), kind));
        }
        Ok(())
    }

    /// Takes a note back that was given to a string which is only on the way to the value it is for.
    /// To be called when the string has been popped.
    pub(super) fn untag(&mut self, id: NodeId) -> NodeId {
        let Node::Tagged(index) = self.graph.node(id) else {
            return id;
        };
        let Tagged { kind, value } = self.graph.tagged[index as usize];
        if self.graph.str(value).is_none() {
            return id;
        }
        self.machine.notes.push((self.machine.stack.len(), kind));
        value
    }

    pub(super) fn op_bytes(&mut self, op: u8, input: &mut Input) -> Parsed<Option<Step>> {
        let len = match op {
            SHORT_BINBYTES => input.length::<1>(),
            BINBYTES => input.length::<4>(),
            _ => input.length::<8>(),
        };
        let Some(len) = len else { return Ok(None) };
        let len = self.size("a byte string", len, MAX_NBYTES)?;
        let offset = self.offset + input.at as u64;
        let bytes = if len <= KEPT_BYTES {
            let Some(bytes) = input.take(len as usize) else {
                return Ok(None);
            };
            Some(bytes.to_vec())
        } else {
            None
        };
        let outside = bytes.is_none();
        let index = self.graph.buffers.len() as u32;
        self.graph.buffers.push(Buffer {
            len,
            offset,
            bytes,
            high: 0,
        });
        let node = self.graph.push(Node::Bytes(index));
        if op == BYTEARRAY8 {
            let global = self.builtin("bytearray");
            let object = calls::push_bytearray(&mut self.graph, global, node);
            self.push(object);
        } else {
            self.push(node);
        }
        Ok(Some(outside.then_some(Step::Buffer { index, offset, len })))
    }

    pub(super) fn op_tuple(&mut self, op: u8) -> Result<()> {
        let start = if op == TUPLE {
            self.mark()?
        } else {
            let floor = self.machine.marks.last().copied().unwrap_or(0);
            let count = usize::from(op - TUPLE1) + 1;
            match self.machine.stack.len().checked_sub(count) {
                Some(start) if start >= floor => start,
                _ => return self.bad("a value on the stack", "none"),
            }
        };
        let span = self.graph.push_items(&self.machine.stack[start..]);
        self.machine.stack.truncate(start);
        self.push_node(Node::Tuple(span));
        Ok(())
    }

    /// Appends, adds or sets the items from `start` of the stack on what stands below them.
    pub(super) fn add(&mut self, op: u8, start: usize) -> Result<()> {
        // The stack is lent out for as long.
        let stack = std::mem::take(&mut self.machine.stack);
        let added = match start.checked_sub(1) {
            Some(place) => self.add_items(op, stack[place], &stack[start..]),
            None => self.bad("a container on the stack", "none"),
        };
        self.machine.stack = stack;
        self.machine.stack.truncate(start);
        added
    }

    fn add_items(&mut self, op: u8, mut id: NodeId, items: &[NodeId]) -> Result<()> {
        let pairs = matches!(op, SETITEM | SETITEMS);
        if pairs && !items.len().is_multiple_of(2) {
            return self.bad("a value for each key", "a key");
        }
        if let Node::Tagged(index) = self.graph.node(id) {
            id = self.graph.tagged[index as usize].value;
        }
        if let Node::Object(index) = self.graph.node(id) {
            // Nothing added leaves nothing behind.
            if items.is_empty() {
                return Ok(());
            }
            let object = &self.graph.objects[index as usize];
            if object.construct == crate::value::Construct::Global {
                return self.bad("a container that takes these items", "a class or function");
            }
            let place = if pairs {
                object.dict_items
            } else {
                object.list_items
            };
            if self.graph.node(place) == Node::None {
                let empty = Span::default();
                self.graph.set(
                    place,
                    if pairs {
                        Node::Map(empty)
                    } else {
                        Node::List(empty)
                    },
                );
            }
            id = place;
        }
        let node = self.graph.node(id);
        let (mut span, rebuild): (Span, fn(Span) -> Node) = match (node, pairs, op) {
            (Node::List(span), false, APPEND | APPENDS) => (span, Node::List),
            (Node::Set(span), false, ADDITEMS) => (span, Node::Set),
            (Node::List(span), false, ADDITEMS) => (span, Node::List),
            (Node::Dict(span), true, _) => (span, Node::Dict),
            (Node::Map(span), true, _) => (span, Node::Map),
            _ => return self.bad("a container that takes these items", "another value"),
        };
        self.graph.extend(&mut span, items);
        self.graph.set(id, rebuild(span));
        Ok(())
    }
}
