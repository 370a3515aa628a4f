//! Objects of Python classes, as inert data, and those of Python's own types among them.

use super::{Graph, Node, NodeId};

/// How Python makes an object again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Construct {
    /// The class or function itself, not an instance: no arguments.
    Global,
    /// `callable(*args)`.
    Call,
    /// `cls.__new__(cls, *args)`.
    New,
}

/// An object of a Python class that joblite does not know, as inert data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyObject {
    /// How it is made.
    pub construct: Construct,
    /// Module and qualified name, two [`Node::Str`]; both empty where `callable` is an object.
    pub global: [NodeId; 2],
    /// What is called, where no module has it by name: a [`Node::Object`], otherwise [`Node::None`].
    pub callable: NodeId,
    /// Arguments, a [`Node::Tuple`].
    pub args: NodeId,
    /// Keyword arguments, a [`Node::Dict`], or [`Node::None`].
    pub kwargs: NodeId,
    /// What `__setstate__` gets, or [`Node::None`].
    pub state: NodeId,
    /// What is called with the object and its state instead of `__setstate__`: a [`Node::Object`],
    /// or [`Node::None`].
    pub state_setter: NodeId,
    /// Appended items, a [`Node::List`], or [`Node::None`].
    pub list_items: NodeId,
    /// Assigned items, a [`Node::Map`], or [`Node::None`].
    pub dict_items: NodeId,
}

impl Graph {
    /// Adds an object that is made from these arguments and nothing more.
    pub fn push_object(
        &mut self,
        construct: Construct,
        global: [NodeId; 2],
        args: NodeId,
    ) -> NodeId {
        let none = self.push(Node::None);
        // Places of their own, which become containers when there are items.
        let (list_items, dict_items) = (self.push(Node::None), self.push(Node::None));
        self.objects.push(PyObject {
            construct,
            global,
            callable: none,
            args,
            kwargs: none,
            state: none,
            state_setter: none,
            list_items,
            dict_items,
        });
        self.push(Node::Object(self.objects.len() as u32 - 1))
    }

    /// Whether this is a call of `builtins.<name>` and nothing more.
    fn is_builtin_call(&self, object: &PyObject, name: &[u8]) -> bool {
        let [module, found] = object.global;
        let none = |id| self.node(id) == Node::None;
        object.construct == Construct::Call
            && self.str(found) == Some(name)
            && self.str(module) == Some(b"builtins")
            && none(object.callable)
            && none(object.kwargs)
            && none(object.state)
            && none(object.list_items)
            && none(object.dict_items)
    }

    /// What a frozenset holds: an object that is `builtins.frozenset([...])`.
    pub fn frozenset(&self, object: &PyObject) -> Option<&[NodeId]> {
        let &[items] = self.children(object.args) else {
            return None;
        };
        let is_list = matches!(
            self.node(items),
            Node::List(_) | Node::Tuple(_) | Node::Set(_)
        );
        (is_list && self.is_builtin_call(object, b"frozenset")).then(|| self.children(items))
    }

    /// The buffer of a bytearray: an object that is `builtins.bytearray(b"...")`.
    pub fn bytearray(&self, object: &PyObject) -> Option<u32> {
        match *self.children(object.args) {
            [bytes] if self.is_builtin_call(object, b"bytearray") => match self.node(bytes) {
                Node::Bytes(buffer) => Some(buffer),
                _ => None,
            },
            _ => None,
        }
    }
}
