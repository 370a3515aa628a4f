//! The kinds of values: what a node says of itself.

use super::{MAX_SAFE_INTEGER, NodeId};

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
    /// A byte string; the index of its [`Buffer`](super::Buffer).
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
    /// An n-dimensional array: index into [`Graph::arrays`](super::Graph::arrays).
    Array(u32),
    /// An instance of a Python class, as data: index into [`Graph::objects`](super::Graph::objects).
    Object(u32),
    /// A value that only JavaScript tells apart: index into [`Graph::tagged`](super::Graph::tagged).
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

/// A note on a value that Python skips: `kind` is what follows `joblite:` in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tagged {
    /// Such as `RegExp`, a [`Node::Str`].
    pub kind: NodeId,
    /// The data, never a tuple.
    pub value: NodeId,
}
