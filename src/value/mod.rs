//! What joblite can hold: one value as a graph of nodes in an arena.
//!
//! Nodes refer to each other by index, so shared references and cycles survive, nothing recurses
//! when a graph is dropped, and a damaged file cannot make it grow beyond the bytes that it has.
//! The contents of arrays and byte strings are [`Buffer`]s beside the nodes: in a browser they stay
//! in JavaScript and only their lengths are known here.
//!
//! Not here: any format. The tape, the pickle and the hash read and build graphs.

mod array;
mod buffer;
mod dates;
mod dtype;
mod graph;
mod int;
mod node;
mod object;
pub mod text;

pub use array::{Data, NdArray, Order, TYPED_ARRAYS};
pub use buffer::Buffer;
pub(crate) use dates::{fields_of as datetime_fields, microseconds as datetime_microseconds};
pub(crate) use dtype::shape_of;
pub use dtype::{ByteOrder, Dtype, Field};
pub use graph::Graph;
pub(crate) use int::shortest;
pub use int::{MAX_SAFE_INTEGER, is_safe, small_int};
pub use node::{Node, Span, Tagged};
pub use object::{Construct, PyObject};

/// Position of a node in its [`Graph`].
pub type NodeId = u32;

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
