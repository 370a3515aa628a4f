//! What the opcodes do to the stack, the memo and the graph.

use super::super::opcodes::*;
use super::super::{NOTE, globals, numpy};
use super::input::Input;
use super::{Expect, Machine, Parsed, Parser, Pending, Step};
use crate::value::{
    Buffer, Construct, Data, Dtype, NdArray, Node, NodeId, Order, PyObject, Span, Tagged,
};
use crate::{Error, Result};

/// Byte strings up to this long are kept in the graph: those that describe dates and scalars are needed.
const KEPT_BYTES: u64 = 255;

/// Largest content of an array or byte string: what a JavaScript number counts exactly.
const MAX_NBYTES: u64 = 1 << 53;

/// Pickles inside pickles: arrays of objects that hold arrays of objects.
const MAX_NESTED: usize = 100;

impl Parser {
    pub(super) fn array_data(&mut self, pending: Pending, used: usize) -> Step {
        let offset = self.offset + used as u64;
        let index = self.graph.buffers.len() as u32;
        let Pending { mut array, nbytes } = pending;
        self.graph.buffers.push(Buffer {
            len: nbytes,
            offset,
            bytes: None,
        });
        array.data = Data::Buffer(index);
        self.graph.arrays.push(array);
        let node = self
            .graph
            .push(Node::Array(self.graph.arrays.len() as u32 - 1));
        self.machine.stack.pop();
        self.push(node);
        Step::Buffer {
            index,
            offset,
            len: nbytes,
        }
    }

    /// Pushes a node, with the note that waits for it.
    pub(super) fn push(&mut self, id: NodeId) {
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

    /// The items above the last mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<NodeId>> {
        match self.machine.marks.pop() {
            Some(mark) if mark <= self.machine.stack.len() => {
                Ok(self.machine.stack.split_off(mark))
            }
            _ => self.bad("a mark on the stack", "none"),
        }
    }

    pub(super) fn push_node(&mut self, node: Node) {
        let id = self.graph.push(node);
        self.push(id);
    }

    pub(super) fn push_global(&mut self, global: [NodeId; 2]) {
        let id = self.push_object(Construct::Global, global, None);
        self.push(id);
    }

    fn push_object(
        &mut self,
        construct: Construct,
        global: [NodeId; 2],
        args: Option<NodeId>,
    ) -> NodeId {
        let mut none = || self.graph.push(Node::None);
        let (args, state) = (args.unwrap_or_else(&mut none), none());
        let object = PyObject {
            construct,
            global,
            args,
            state,
            list_items: none(),
            dict_items: none(),
        };
        self.graph.objects.push(object);
        self.graph
            .push(Node::Object(self.graph.objects.len() as u32 - 1))
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

    fn within_budget(&self) -> Result<()> {
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
        self.graph.buffers.push(Buffer { len, offset, bytes });
        self.push_node(Node::Bytes(index));
        Ok(Some(outside.then_some(Step::Buffer { index, offset, len })))
    }

    pub(super) fn op_tuple(&mut self, op: u8) -> Result<()> {
        let items = match op {
            TUPLE | FROZENSET => self.pop_mark()?,
            _ => {
                let mut items = (0..=op - TUPLE1)
                    .map(|_| self.pop())
                    .collect::<Result<Vec<_>>>()?;
                items.reverse();
                items
            }
        };
        let span = self.graph.push_items(&items);
        self.push_node(if op == FROZENSET {
            Node::Set(span)
        } else {
            Node::Tuple(span)
        });
        Ok(())
    }

    /// Appends, adds or sets items on what is at the top.
    pub(super) fn add(&mut self, op: u8, items: &[NodeId]) -> Result<()> {
        let pairs = matches!(op, SETITEM | SETITEMS);
        if pairs && !items.len().is_multiple_of(2) {
            return self.bad("a value for each key", "a key");
        }
        let mut id = self.top()?;
        if let Node::Tagged(index) = self.graph.node(id) {
            id = self.graph.tagged[index as usize].value;
        }
        if let Node::Object(index) = self.graph.node(id) {
            let object = &self.graph.objects[index as usize];
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

    pub(super) fn op_reduce(&mut self, op: u8) -> Result<()> {
        if op == NEWOBJ_EX {
            // Keyword arguments have no place in the data that is kept.
            let keywords = self.pop()?;
            if !self.graph.children(keywords).is_empty() {
                return Err(Error::UnsupportedOpcode {
                    offset: self.offset,
                    opcode: op,
                });
            }
        }
        let (args, callable) = (self.pop()?, self.pop()?);
        if !matches!(self.graph.node(args), Node::Tuple(_)) {
            return self.bad("a tuple of arguments", "another value");
        }
        let global = match self.graph.node(callable) {
            Node::Object(index)
                if self.graph.objects[index as usize].construct == Construct::Global =>
            {
                self.graph.objects[index as usize].global
            }
            _ => return self.bad("a class or function", "another value"),
        };
        let construct = if op == REDUCE {
            Construct::Call
        } else {
            Construct::New
        };
        self.budget.read(self.offset);
        let made = globals::call(&mut self.graph, global, args, &mut self.budget);
        self.within_budget()?;
        let id = match made {
            Some(id) => id,
            None => self.push_object(construct, global, Some(args)),
        };
        self.push(id);
        Ok(())
    }

    pub(super) fn build(&mut self, id: NodeId, state: NodeId) -> Result<()> {
        let Node::Object(index) = self.graph.node(id) else {
            return self.bad("an object", "another value");
        };
        let index = index as usize;
        let object = self.graph.objects[index].clone();
        if globals::is(&self.graph, object.global, &globals::NUMPY_ARRAY_WRAPPER) {
            return self.wrapper(state);
        }
        if globals::is(&self.graph, object.global, &globals::RECONSTRUCT) {
            self.budget.read(self.offset);
            let array = numpy::numpy_state(&self.graph, state, &mut self.budget);
            self.within_budget()?;
            let Some(array) = array else {
                return self.bad("the state of an array", "another value");
            };
            self.graph.arrays.push(array);
            self.graph
                .set(id, Node::Array(self.graph.arrays.len() as u32 - 1));
            return Ok(());
        }
        self.graph.objects[index].state = state;
        Ok(())
    }

    /// An array in joblib's way: its description is known, its data follow.
    fn wrapper(&mut self, state: NodeId) -> Result<()> {
        self.budget.read(self.offset);
        let wrapper = numpy::wrapper(&self.graph, state, &mut self.budget);
        self.within_budget()?;
        let Some(wrapper) = wrapper else {
            return self.bad("the description of an array that is known", "another one");
        };
        let numpy::Wrapper {
            dtype,
            shape,
            order,
            aligned,
        } = wrapper;
        let is_object = matches!(dtype, Dtype::Plain { kind: b'O', .. });
        if dtype.is_object() && !is_object {
            return Err(Error::UnsupportedDtype {
                offset: self.offset,
                dtype: "structured with objects".into(),
            });
        }
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Objects(Span::default()),
        };
        if is_object {
            if self.outer.len() >= MAX_NESTED {
                return self
                    .size(
                        "depth of nested pickles",
                        MAX_NESTED as u64 + 1,
                        MAX_NESTED as u64,
                    )
                    .map(|_| ());
            }
            self.machine.stack.pop();
            let nested = Machine {
                array: Some(array),
                ..Machine::default()
            };
            self.outer
                .push(std::mem::replace(&mut self.machine, nested));
            return Ok(());
        }
        let nbytes = array
            .count()
            .and_then(|count| count.checked_mul(u64::from(array.dtype.itemsize())));
        let nbytes = self.size("an array in bytes", nbytes.unwrap_or(u64::MAX), MAX_NBYTES)?;
        let pending = Pending { array, nbytes };
        self.expect = if aligned {
            Expect::PadLength(pending)
        } else {
            Expect::Padding(0, pending)
        };
        Ok(())
    }

    /// The end of a pickle: of the file's, or of one nested for an array of objects.
    pub(super) fn stop(&mut self) -> Result<()> {
        let result = self.pop()?;
        let Some(outer) = self.outer.pop() else {
            self.graph.root = result;
            globals::settle(&mut self.graph);
            self.done = true;
            return Ok(());
        };
        let Some(described) = std::mem::replace(&mut self.machine, outer).array else {
            return Ok(());
        };
        let data = match self.graph.node(result) {
            Node::Array(index) => self.graph.arrays[index as usize].data,
            _ => return self.bad("an array of objects", "another value"),
        };
        match data {
            Data::Objects(span) if described.count() == Some(u64::from(span.len)) => {
                self.graph.arrays.push(NdArray {
                    data,
                    order: Order::C,
                    ..described
                });
                self.push_node(Node::Array(self.graph.arrays.len() as u32 - 1));
                Ok(())
            }
            _ => self.bad("as many objects as the array has", "another number"),
        }
    }
}
