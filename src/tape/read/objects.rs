//! Objects of Python's classes on a tape.

use super::Reader;
use crate::Result;
use crate::value::{Construct, Node, NodeId, PyObject};

impl Reader<'_> {
    pub(super) fn py_object(&mut self, construct: Construct, values: &[NodeId]) -> Result<Node> {
        let &[
            module,
            name,
            args,
            state,
            list_items,
            dict_items,
            ref more @ ..,
        ] = values
        else {
            return self.input.bad("an object");
        };
        if self.graph.str(module).is_none() || self.graph.str(name).is_none() {
            return self.input.bad("module and name");
        }
        let [callable, kwargs, state_setter] = match *more {
            [callable, kwargs, state_setter] => [callable, kwargs, state_setter],
            _ => [self.graph.push(Node::None); 3],
        };
        for callable in [callable, state_setter] {
            if !matches!(self.graph.node(callable), Node::Object(_) | Node::None) {
                return self.input.bad("an object that can be called");
            }
        }
        self.graph.objects.push(PyObject {
            construct,
            global: [module, name],
            callable,
            args,
            kwargs,
            state,
            state_setter,
            list_items,
            dict_items,
        });
        Ok(Node::Object(self.graph.objects.len() as u32 - 1))
    }

    /// A call of a function of Python's.
    pub(super) fn call_of(&mut self, global: [&str; 2], args: &[NodeId]) -> Node {
        let global = global.map(|text| self.graph.push_str(text.as_bytes()));
        let span = self.graph.push_items(args);
        let args = self.graph.push(Node::Tuple(span));
        let object = self.graph.push_object(Construct::Call, global, args);
        self.graph.node(object)
    }
}
