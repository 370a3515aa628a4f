//! Objects of Python's classes, and sets: what is made by a call, after what it is made from.

use super::super::opcodes::*;
use super::{NO_MEMO, Todo, Writer, unsupported};
use crate::Result;
use crate::value::{Construct, Graph, NdArray, Node, NodeId, Order, PyObject};

impl<'a> Writer<'a> {
    pub(super) fn object(&mut self, id: NodeId, object: &'a PyObject) -> Result<()> {
        let graph = self.graph;
        if object.construct == Construct::Global {
            return self.named(object.global);
        }
        self.enter(id)?;
        if let Some(items) = graph.frozenset(object) {
            return self.frozenset(id, items);
        }
        if let (Some(buffer), 5) = (graph.bytearray(object), self.out.protocol) {
            self.leave(id);
            self.out.op(BYTEARRAY8);
            let len = graph.buffers[buffer as usize].len;
            self.out.raw(&len.to_le_bytes());
            self.out.cut(buffer, &graph.buffers[buffer as usize], false);
            self.remember(id);
            return Ok(());
        }
        let has_kwargs = match graph.node(object.kwargs) {
            Node::None => false,
            Node::Dict(span) => span.len > 0,
            _ => return unsupported("keyword arguments that are no plain object".into()),
        };
        let (op, todo) = match (object.construct, has_kwargs) {
            (Construct::Call, false) => (REDUCE, vec![Todo::Args(object.args)]),
            (Construct::Call, true) => return self.partial(id, object),
            (_, false) => (NEWOBJ, vec![Todo::Args(object.args)]),
            (_, true) if self.out.protocol >= 4 => (
                NEWOBJ_EX,
                vec![Todo::Args(object.args), Todo::Value(object.kwargs)],
            ),
            (_, true) => {
                // What protocols 2 and 3 have no opcode for.
                self.out.global("copyreg", "__newobj_ex__")?;
                let todo = vec![
                    Todo::Args(object.args),
                    Todo::Value(object.kwargs),
                    Todo::Op(TUPLE3),
                ];
                (REDUCE, todo)
            }
        };
        let parts = if op == NEWOBJ_EX { 3 } else { 2 };
        self.todo.push(Todo::Made { id, parts, op });
        self.todo.extend(todo.into_iter().rev());
        self.todo.push(self.callable(object));
        Ok(())
    }

    /// A call with keyword arguments, for which pickle has no opcode: `partial(callable)` is given the
    /// arguments as its state, then called.
    fn partial(&mut self, id: NodeId, object: &'a PyObject) -> Result<()> {
        self.out.global("functools", "partial")?;
        self.todo.push(Todo::Made {
            id,
            parts: 2,
            op: REDUCE,
        });
        let state = [
            Todo::Args(object.args),
            Todo::Value(object.kwargs),
            Todo::Op(NONE),
            Todo::Op(TUPLE),
            Todo::Op(BUILD),
            Todo::Op(EMPTY_TUPLE),
        ];
        self.todo.extend(state.into_iter().rev());
        self.todo.push(self.callable(object));
        let call = [Todo::Op(TUPLE1), Todo::Op(REDUCE), Todo::Op(MARK)];
        self.todo.extend(call.into_iter().rev());
        self.todo.push(self.callable(object));
        Ok(())
    }

    /// What is called.
    fn callable(&self, object: &PyObject) -> Todo<'a> {
        match self.graph.node(object.callable) {
            Node::None => Todo::Name(object.global),
            _ => Todo::Value(object.callable),
        }
    }

    /// A class or function by its module and name.
    pub(super) fn named(&mut self, global: [NodeId; 2]) -> Result<()> {
        let graph: &Graph = self.graph;
        let [module, name] =
            global.map(|id| std::str::from_utf8(graph.str(id).unwrap_or_default()));
        let (Ok(module), Ok(name)) = (module, name) else {
            return unsupported("a name with lone surrogates".into());
        };
        self.out.global(module, name)
    }

    /// What an object or a set is made from has been written.
    pub(super) fn made(&mut self, id: NodeId, parts: usize, op: u8) {
        self.leave(id);
        let graph = self.graph;
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            // Its own content referred to it, so it has been made on the way.
            (0..parts).for_each(|_| self.out.op(POP));
            return self.out.get(memo);
        }
        self.out.op(op);
        let Node::Object(index) = graph.node(id) else {
            return self.remember(id);
        };
        let object = &graph.objects[index as usize];
        let has_setter = graph.node(object.state_setter) != Node::None;
        self.shared[id as usize] |= has_setter;
        self.remember(id);
        if has_setter {
            let todo = [
                Todo::Value(object.state_setter),
                Todo::Get(id),
                Todo::Value(object.state),
                Todo::Op(TUPLE2),
                Todo::Op(REDUCE),
                Todo::Op(POP),
            ];
            self.todo.extend(todo.into_iter().rev());
        } else if graph.node(object.state) != Node::None {
            self.todo
                .extend([Todo::Op(BUILD), Todo::Value(object.state)]);
        }
        for (items, op) in [(object.dict_items, SETITEMS), (object.list_items, APPENDS)] {
            let items = graph.children(items);
            if !items.is_empty() {
                self.todo.push(Todo::Items {
                    items,
                    batch: 0,
                    op,
                });
            }
        }
    }

    fn frozenset(&mut self, id: NodeId, items: &'a [NodeId]) -> Result<()> {
        if !items.iter().all(|&item| self.is_hashable(item, 0)) {
            return unsupported("a frozenset of what Python cannot hash".into());
        }
        if self.out.protocol < 4 {
            self.out.global("builtins", "frozenset")?;
            self.call_with_list(id, items);
        } else {
            self.out.op(MARK);
            self.todo.push(Todo::FrozenSet(id));
            self.todo
                .extend(items.iter().rev().map(|&item| Todo::Value(item)));
        }
        Ok(())
    }

    pub(super) fn end_frozenset(&mut self, id: NodeId) {
        self.leave(id);
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            self.out.op(POP_MARK);
            return self.out.get(memo);
        }
        self.out.op(FROZENSET);
        self.remember(id);
    }

    pub(super) fn set(&mut self, id: NodeId, items: &'a [NodeId]) -> Result<()> {
        if self.out.protocol >= 4 {
            self.begin(EMPTY_SET, id, items, ADDITEMS);
            return Ok(());
        }
        self.enter(id)?;
        self.out.global("builtins", "set")?;
        self.call_with_list(id, items);
        Ok(())
    }

    /// A call of what has just been written with a list of these items.
    fn call_with_list(&mut self, id: NodeId, items: &'a [NodeId]) {
        self.out.op(EMPTY_LIST);
        self.todo.push(Todo::Made {
            id,
            parts: 2,
            op: REDUCE,
        });
        self.todo.push(Todo::Op(TUPLE1));
        if !items.is_empty() {
            self.todo.push(Todo::Items {
                items,
                batch: 0,
                op: APPENDS,
            });
        }
    }

    /// An array of objects, by the state that NumPy's arrays take. Differs from joblib, which nests a pickle of its own
    /// that cannot share references with the rest; `joblib.load` reads both.
    pub(super) fn object_array(
        &mut self,
        id: NodeId,
        array: &NdArray,
        items: &'a [NodeId],
    ) -> Result<()> {
        // NumPy's own `_reconstruct` is in a module that has had several names.
        self.out.global("numpy", "ndarray")?;
        self.out.raw(&[BININT1, 0, TUPLE1, TUPLE1, NEWOBJ]);
        self.remember(id);
        self.out.raw(&[MARK, BININT1, 1]);
        self.out.shape(&array.shape);
        self.out.dtype(&array.dtype)?;
        self.out.bool(array.order == Order::F);
        self.out.op(EMPTY_LIST);
        self.todo.extend([Todo::Op(BUILD), Todo::Op(TUPLE)]);
        if !items.is_empty() {
            self.todo.push(Todo::Items {
                items,
                batch: 0,
                op: APPENDS,
            });
        }
        Ok(())
    }
}
