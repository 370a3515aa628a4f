//! What joblite can hold: one value as a graph of nodes in an arena.
//!
//! Nodes refer to each other by index, so shared references and cycles survive, nothing recurses
//! when a graph is dropped, and a damaged file cannot make it grow beyond the bytes that it has.
//! The contents of arrays and byte strings are [`Buffer`]s beside the nodes: in a browser they stay
//! in JavaScript and only their lengths are known here.
//!
//! Not here: any format. The tape, the pickle and the hash read and build graphs.

mod array;
mod dates;
mod dtype;
pub mod text;

pub use array::{Data, NdArray, Order, TYPED_ARRAYS};
pub(crate) use dates::{fields_of as datetime_fields, microseconds as datetime_microseconds};
pub(crate) use dtype::shape_of;
pub use dtype::{ByteOrder, Dtype, Field};

/// Position of a node in its [`Graph`].
pub type NodeId = u32;

/// The largest integer that a JavaScript number holds exactly, 2^53 - 1.
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// How many containers may enclose a value, in every format: what JavaScript's stacks hold, and
/// Python's own limit when it pickles.
pub const MAX_DEPTH: usize = 1000;

/// That a value may stand inside `depth` containers.
pub(crate) fn check_depth(depth: usize, offset: u64) -> crate::Result<()> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    let limit = MAX_DEPTH as u64;
    Err(crate::Error::TooLarge {
        offset,
        what: "depth".into(),
        actual: limit + 1,
        limit,
    })
}

/// A stretch of the graph's items or of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First position.
    pub start: u32,
    /// Number of items, or of bytes.
    pub len: u32,
}

/// One value; containers name their content by [`Span`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// `null`, `None`.
    None,
    /// `undefined`, which Python sees as `None`.
    Undefined,
    /// A hole of a sparse array.
    Hole,
    /// A boolean.
    Bool(bool),
    /// An integer within ±(2^53 - 1): a JavaScript number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A JavaScript bigint, two's complement, little endian, in the text arena; never empty.
    BigInt(Span),
    /// A string, in generalised UTF-8: lone surrogates are three bytes each.
    Str(Span),
    /// A byte string; the index of its [`Buffer`].
    Bytes(u32),
    /// An array.
    List(Span),
    /// A Python tuple.
    Tuple(Span),
    /// A plain object: key, value, key, value; all keys are strings.
    Dict(Span),
    /// A dictionary with any keys, a JavaScript `Map`: key, value, key, value.
    Map(Span),
    /// A set.
    Set(Span),
    /// An instant, in milliseconds since 1970 UTC; may be NaN.
    Date(f64),
    /// An n-dimensional array: index into [`Graph::arrays`].
    Array(u32),
    /// An instance of a Python class, as data: index into [`Graph::objects`].
    Object(u32),
    /// A value that only JavaScript tells apart: index into [`Graph::tagged`].
    Tagged(u32),
}

impl Node {
    /// A JavaScript number: an integer where Python would have one.
    pub fn number(value: f64) -> Node {
        let integral = value.trunc() == value && value.abs() <= MAX_SAFE_INTEGER as f64;
        if integral && (value != 0.0 || value.is_sign_positive()) {
            Node::Int(value as i64)
        } else {
            Node::Float(value)
        }
    }

    /// Whether nothing is in it and nothing refers to it as a container.
    pub(crate) fn is_scalar(self) -> bool {
        matches!(
            self,
            Node::None
                | Node::Undefined
                | Node::Hole
                | Node::Bool(_)
                | Node::Int(_)
                | Node::Float(_)
                | Node::BigInt(_)
                | Node::Str(_)
        )
    }
}

/// The content of an array or a byte string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buffer {
    /// Length in bytes.
    pub len: u64,
    /// Where it begins in the file it was read from, in bytes.
    pub offset: u64,
    /// The bytes, unless they stay outside.
    pub bytes: Option<Vec<u8>>,
    /// How many of the bytes are 0x80 or more, where `bytes` is not there to tell; only protocol 2 asks.
    pub high: u64,
}

impl Buffer {
    /// A buffer of these bytes, which are in no file.
    pub fn held(bytes: Vec<u8>) -> Buffer {
        Buffer {
            len: bytes.len() as u64,
            offset: u64::MAX,
            bytes: Some(bytes),
            high: 0,
        }
    }

    /// Its length in bytes as a text of Latin-1 characters in UTF-8.
    pub fn latin1_len(&self) -> u64 {
        let high = match &self.bytes {
            Some(bytes) => bytes.iter().filter(|&&byte| byte >= 0x80).count() as u64,
            None => self.high,
        };
        self.len.saturating_add(high)
    }
}

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

/// A note on a value that Python skips: `kind` is what follows `joblite:` in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tagged {
    /// Such as `RegExp`, a [`Node::Str`].
    pub kind: NodeId,
    /// The data, never a tuple.
    pub value: NodeId,
}

/// One value: nodes, the arenas they point into, and the root.
///
/// ```
/// use joblite::value::{Graph, Node};
/// let mut graph = Graph::default();
/// let one = graph.push(Node::Int(1));
/// let list = graph.push_list(&[one, one]);
/// graph.root = list;
/// assert_eq!(graph.children(list), [one, one]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    items: Vec<NodeId>,
    text: Vec<u8>,
    /// Contents of arrays and byte strings.
    pub buffers: Vec<Buffer>,
    /// n-dimensional arrays.
    pub arrays: Vec<NdArray>,
    /// Objects of Python classes.
    pub objects: Vec<PyObject>,
    /// Values with a note.
    pub tagged: Vec<Tagged>,
    /// The value itself.
    pub root: NodeId,
}

impl Graph {
    /// An empty graph with room for so many nodes, items and bytes of text.
    pub(crate) fn with_capacity(nodes: usize, items: usize, text: usize) -> Graph {
        Graph {
            nodes: Vec::with_capacity(nodes),
            items: Vec::with_capacity(items),
            text: Vec::with_capacity(text),
            ..Graph::default()
        }
    }

    /// Bytes of all strings and bigints together.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Number of nodes, reachable or not.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    /// Puts another node at `id`, for containers that are filled after they were made.
    pub fn set(&mut self, id: NodeId, node: Node) {
        self.nodes[id as usize] = node;
    }

    /// Adds a node.
    pub fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        (self.nodes.len() - 1) as NodeId
    }

    /// Adds a string, in generalised UTF-8.
    pub fn push_str(&mut self, utf8: &[u8]) -> NodeId {
        let span = self.push_text(utf8);
        self.push(Node::Str(span))
    }

    /// Adds an integer, from two's complement little endian bytes: a number where it is safe, otherwise a bigint.
    pub fn push_int_bytes(&mut self, bytes: &[u8]) -> NodeId {
        match small_int(bytes) {
            Some(int) if is_safe(int) => self.push(Node::Int(int)),
            _ => self.push_bigint(bytes),
        }
    }

    /// Adds a bigint, from two's complement little endian bytes, in its shortest form.
    pub fn push_bigint(&mut self, bytes: &[u8]) -> NodeId {
        let span = self.push_text(if bytes.is_empty() {
            &[0]
        } else {
            shortest(bytes)
        });
        self.push(Node::BigInt(span))
    }

    /// Adds a list of these items.
    pub fn push_list(&mut self, items: &[NodeId]) -> NodeId {
        let span = self.push_items(items);
        self.push(Node::List(span))
    }

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

    /// Adds bytes to the text arena.
    pub fn push_text(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        Span {
            start,
            len: bytes.len() as u32,
        }
    }

    /// Adds a stretch of items.
    pub fn push_items(&mut self, items: &[NodeId]) -> Span {
        let mut span = Span::default();
        self.extend(&mut span, items);
        span
    }

    /// Appends to a stretch. A stretch owns as many places as the next power of two says, so that
    /// containers that are filled in turns cost linear time.
    pub fn extend(&mut self, span: &mut Span, items: &[NodeId]) {
        let (len, added) = (span.len as usize, items.len());
        let owned = if len == 0 { 0 } else { len.next_power_of_two() };
        if len + added > owned {
            let start = self.items.len();
            let old = span.start as usize..span.start as usize + len;
            self.items.extend_from_within(old);
            self.items.extend_from_slice(items);
            self.items
                .resize(start + (len + added).next_power_of_two(), 0);
            span.start = start as u32;
        } else {
            let at = span.start as usize + len;
            self.items[at..at + added].copy_from_slice(items);
        }
        span.len += added as u32;
    }

    /// The items of a stretch.
    pub fn items(&self, span: Span) -> &[NodeId] {
        &self.items[span.start as usize..(span.start + span.len) as usize]
    }

    /// The bytes of a string or bigint.
    pub fn text(&self, span: Span) -> &[u8] {
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }

    /// The bytes of the string at `id`, if it is one.
    pub fn str(&self, id: NodeId) -> Option<&[u8]> {
        match self.node(id) {
            Node::Str(span) => Some(self.text(span)),
            _ => None,
        }
    }

    /// What a list, tuple, dictionary, map or set holds; nothing for any other node.
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        match self.node(id) {
            Node::List(span)
            | Node::Tuple(span)
            | Node::Dict(span)
            | Node::Map(span)
            | Node::Set(span) => self.items(span),
            _ => &[],
        }
    }

    /// The bytes of the byte string at `id`, if they are here.
    pub fn bytes(&self, id: NodeId) -> Option<&[u8]> {
        match self.node(id) {
            Node::Bytes(index) => self.buffers[index as usize].bytes.as_deref(),
            _ => None,
        }
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

    /// Which nodes are referred to more than once.
    pub fn shared(&self) -> Vec<bool> {
        let mut seen = vec![0u8; self.nodes.len()];
        let mut count = |id: NodeId| seen[id as usize] = (seen[id as usize] + 1).min(2);
        count(self.root);
        for id in 0..self.nodes.len() as NodeId {
            self.children(id).iter().for_each(|&child| count(child));
        }
        for array in &self.arrays {
            if let Data::Objects(span) = array.data {
                self.items(span).iter().for_each(|&child| count(child));
            }
        }
        for object in &self.objects {
            [
                object.callable,
                object.args,
                object.kwargs,
                object.state,
                object.state_setter,
                object.list_items,
                object.dict_items,
            ]
            .into_iter()
            .for_each(&mut count);
        }
        for tagged in &self.tagged {
            count(tagged.value);
        }
        seen.into_iter().map(|n| n > 1).collect()
    }
}

/// Two's complement without bytes that only repeat the sign.
fn shortest(bytes: &[u8]) -> &[u8] {
    let mut end = bytes.len();
    while end > 1 {
        let fill = if bytes[end - 2] & 0x80 == 0 { 0 } else { 0xff };
        if bytes[end - 1] != fill {
            break;
        }
        end -= 1;
    }
    &bytes[..end]
}

/// Whether a JavaScript number holds this integer exactly.
pub fn is_safe(int: i64) -> bool {
    int.unsigned_abs() <= MAX_SAFE_INTEGER as u64
}

/// The integer of two's complement little endian bytes, if it has no more than 64 bits.
pub fn small_int(bytes: &[u8]) -> Option<i64> {
    let bytes = shortest(bytes);
    if bytes.len() > 8 {
        return None;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_keeps_its_items_while_others_grow() {
        let mut graph = Graph::default();
        let (mut a, mut b) = (Span::default(), Span::default());
        for i in 0..100 {
            graph.extend(&mut a, &[i]);
            graph.extend(&mut b, &[i + 1000, i + 2000]);
        }
        assert_eq!(graph.items(a), (0..100).collect::<Vec<_>>());
        assert_eq!(graph.items(b).len(), 200);
        assert!(graph.items.len() < 1000);
    }

    #[test]
    fn integers_are_numbers_only_where_they_are_safe() {
        let mut graph = Graph::default();
        let safe = graph.push_int_bytes(&MAX_SAFE_INTEGER.to_le_bytes());
        let unsafe_ = graph.push_int_bytes(&(-MAX_SAFE_INTEGER - 1).to_le_bytes());
        assert_eq!(graph.node(safe), Node::Int(MAX_SAFE_INTEGER));
        assert!(matches!(graph.node(unsafe_), Node::BigInt(span) if span.len == 7));
        let least = graph.push_int_bytes(&i64::MIN.to_le_bytes());
        assert!(matches!(graph.node(least), Node::BigInt(span) if span.len == 8));
        let wide = graph.push_int_bytes(&[100, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(graph.node(wide), Node::Int(100));
        let zero = graph.push_int_bytes(&[]);
        assert_eq!(graph.node(zero), Node::Int(0));
    }
}
