//! What the opcodes make of classes and calls: objects, arrays, and what else they stand for.

use super::super::opcodes::*;
use super::super::{calls, globals, numpy, settle};
use super::machine::MAX_NBYTES;
use super::{Expect, Machine, Parser, Pending, Step};
use crate::value::{Buffer, Construct, Data, NdArray, Node, NodeId, Span};
use crate::{Error, Result};

/// Pickles inside pickles: arrays of objects that hold arrays of objects.
const MAX_NESTED: usize = 100;

impl Parser {
    pub(super) fn push_global(&mut self, global: [NodeId; 2]) -> Result<()> {
        self.admit(global)?;
        let none = self.graph.push(Node::None);
        let id = self.graph.push_object(Construct::Global, global, none);
        self.push(id);
        Ok(())
    }

    /// One of Python's own names.
    pub(super) fn builtin(&mut self, name: &str) -> [NodeId; 2] {
        let module = self.graph.push_str(b"builtins");
        [module, self.graph.push_str(name.as_bytes())]
    }

    pub(super) fn push_frozenset(&mut self, items: Span) {
        let items = self.graph.push(Node::List(items));
        let span = self.graph.push_items(&[items]);
        let args = self.graph.push(Node::Tuple(span));
        let global = self.builtin("frozenset");
        let id = self.graph.push_object(Construct::Call, global, args);
        self.push(id);
    }

    /// An instance in the way of protocol 0: without arguments no constructor is called.
    pub(super) fn instantiate(&mut self, global: [NodeId; 2], args: &[NodeId]) -> Result<()> {
        let construct = if args.is_empty() {
            Construct::New
        } else {
            Construct::Call
        };
        let span = self.graph.push_items(args);
        let args = self.graph.push(Node::Tuple(span));
        self.make(construct, global, args)
    }

    /// A call, as what it stands for or as an object.
    fn make(&mut self, construct: Construct, global: [NodeId; 2], args: NodeId) -> Result<()> {
        let mut made = None;
        if construct == Construct::Call {
            self.budget.read(self.offset);
            made = calls::call(&mut self.graph, global, args, &mut self.budget);
            self.within_budget()?;
        }
        let id = match made {
            Some(id) => id,
            None => self.graph.push_object(construct, global, args),
        };
        self.push(id);
        Ok(())
    }

    pub(super) fn op_reduce(&mut self, op: u8) -> Result<()> {
        let kwargs = if op == NEWOBJ_EX {
            Some(self.pop()?)
        } else {
            None
        };
        let (args, callable) = (self.pop()?, self.pop()?);
        if !matches!(self.graph.node(args), Node::Tuple(_)) {
            return self.bad("a tuple of arguments", "another value");
        }
        let construct = if op == REDUCE {
            Construct::Call
        } else {
            Construct::New
        };
        let global = globals::global_of(&self.graph, callable);
        match (global, kwargs) {
            (Some(global), None) => self.make(construct, global, args),
            (Some(global), Some(kwargs)) => {
                let made =
                    calls::push_with_kwargs(&mut self.graph, construct, global, args, kwargs);
                match made {
                    Some(id) => {
                        self.push(id);
                        Ok(())
                    }
                    None => self.bad("a dictionary of keyword arguments", "another value"),
                }
            }
            (None, None)
                if op == REDUCE && matches!(self.graph.node(callable), Node::Object(_)) =>
            {
                self.budget.read(self.offset);
                let made = calls::call_partial(&mut self.graph, callable, args, &mut self.budget);
                self.within_budget()?;
                let id = match made {
                    Some(id) => id,
                    None => self.call_of(callable, args),
                };
                self.push(id);
                Ok(())
            }
            _ => self.bad("a class or function", "another value"),
        }
    }

    /// The call of something that no module has by name.
    fn call_of(&mut self, callable: NodeId, args: NodeId) -> NodeId {
        let empty = self.graph.push_str(b"");
        let id = self
            .graph
            .push_object(Construct::Call, [empty, empty], args);
        if let Some(object) = self.graph.objects.last_mut() {
            object.callable = callable;
        }
        id
    }

    /// A call `f(object, state)` of which the result is dropped gives the object its state.
    pub(super) fn set_state(&mut self, call: NodeId) {
        let Some(object) = globals::object(&self.graph, call) else {
            return;
        };
        let &[target, state] = self.graph.children(object.args) else {
            return;
        };
        let (construct, callable, global) = (object.construct, object.callable, object.global);
        let Node::Object(index) = self.graph.node(target) else {
            return;
        };
        let target = &self.graph.objects[index as usize];
        let has_state = self.graph.node(target.state) != Node::None;
        if construct != Construct::Call || target.construct == Construct::Global || has_state {
            return;
        }
        let setter = if self.graph.node(callable) == Node::None {
            let none = self.graph.push(Node::None);
            self.graph.push_object(Construct::Global, global, none)
        } else {
            callable
        };
        let target = &mut self.graph.objects[index as usize];
        target.state = state;
        target.state_setter = setter;
    }

    pub(super) fn build(&mut self, id: NodeId, state: NodeId) -> Result<()> {
        let Node::Object(index) = self.graph.node(id) else {
            return self.bad("an object", "another value");
        };
        let index = index as usize;
        let object = &self.graph.objects[index];
        if object.construct == Construct::Global {
            return self.bad("an object", "a class");
        }
        if globals::is(&self.graph, object.global, &globals::NUMPY_ARRAY_WRAPPER) {
            return self.wrapper(state);
        }
        let object = object.clone();
        self.budget.read(self.offset);
        let built = numpy::built(&mut self.graph, &object, state, &mut self.budget);
        self.within_budget()?;
        match built {
            Some(numpy::Built::Node(node)) => self.graph.set(id, node),
            Some(numpy::Built::Nothing) => {
                return self.bad("the state of an array", "another value");
            }
            None => {
                self.graph.objects[index].state = state;
                let dtype = numpy::aligned_dtype(&mut self.graph, id, &mut self.budget);
                self.within_budget()?;
                if let Some(node) = dtype {
                    self.graph.set(id, node);
                }
            }
        }
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
            kept,
            shape,
            order,
            aligned,
            matrix,
        } = wrapper;
        let is_object = dtype.is_object();
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Objects(Span::default()),
        };
        if is_object {
            if self.outer.len() >= MAX_NESTED {
                return Err(Error::TooLarge {
                    offset: self.offset,
                    what: "depth of nested pickles".into(),
                    actual: MAX_NESTED as u64 + 1,
                    limit: MAX_NESTED as u64,
                });
            }
            self.machine.stack.pop();
            let nested = Machine {
                array: kept.is_none().then_some((array, matrix)),
                ..Machine::default()
            };
            self.outer
                .push(std::mem::replace(&mut self.machine, nested));
            return Ok(());
        }
        let nbytes = array.nbytes();
        let nbytes = self.size("an array in bytes", nbytes.unwrap_or(u64::MAX), MAX_NBYTES)?;
        let pending = Pending {
            array,
            nbytes,
            matrix,
            kept,
        };
        self.expect = if aligned {
            Expect::PadLength(pending)
        } else {
            Expect::Padding(0, pending)
        };
        Ok(())
    }

    /// The data of an array begin: it takes the place of its description.
    pub(super) fn array_data(&mut self, pending: Pending, used: usize) -> Step {
        let offset = self.offset + used as u64;
        let index = self.graph.buffers.len() as u32;
        let Pending {
            mut array,
            nbytes,
            matrix,
            kept,
        } = pending;
        self.graph.buffers.push(Buffer {
            len: nbytes,
            offset,
            ..Buffer::default()
        });
        array.data = Data::Buffer(index);
        self.machine.stack.pop();
        match kept {
            Some(dtype) => {
                let node = numpy::kept_array(&mut self.graph, dtype, &array, index);
                self.push_node(node);
            }
            None => self.push_array(array, matrix),
        }
        Step::Buffer {
            index,
            offset,
            len: nbytes,
        }
    }

    fn push_array(&mut self, array: NdArray, matrix: bool) {
        self.graph.arrays.push(array);
        let node = Node::Array(self.graph.arrays.len() as u32 - 1);
        if matrix {
            let array = self.graph.push(node);
            let matrix = numpy::matrix_of(&mut self.graph, array);
            self.push_node(matrix);
        } else {
            self.push_node(node);
        }
    }

    /// The end of a pickle: of the file's, or of one nested for an array of objects.
    pub(super) fn stop(&mut self) -> Result<()> {
        let result = self.pop()?;
        let Some(outer) = self.outer.pop() else {
            self.graph.root = result;
            settle::settle(&mut self.graph);
            self.done = true;
            return Ok(());
        };
        let Some((described, matrix)) = std::mem::replace(&mut self.machine, outer).array else {
            self.push(result);
            return Ok(());
        };
        let found = numpy::array_of(&self.graph, result);
        match found.map(|array| (array.data, array.order)) {
            Some((data @ Data::Objects(span), order))
                if described.count() == Some(u64::from(span.len)) =>
            {
                let array = NdArray {
                    data,
                    order,
                    ..described
                };
                self.push_array(array, matrix);
                Ok(())
            }
            Some(_) => self.bad("as many objects as the array has", "another number"),
            None => self.bad("an array of objects", "another value"),
        }
    }
}
