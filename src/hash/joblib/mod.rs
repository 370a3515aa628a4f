//! What Python's `joblib.hash` gives for the equal value: MD5 or SHA-1 of a pickle that joblib writes
//! only for this (<https://github.com/joblib/joblib/blob/main/joblib/hashing.py>).
//!
//! Python's own pickler, protocol 3, with joblib's changes: strings and bytes are not memoized, so that
//! equal ones are the same; keys of dictionaries and items of sets are ordered; the bytes of an array and
//! the pickle of a dtype go to the digest at once, so before the pickle of the whole value.
//!
//! The equal value is that of `dump`, as Python makes it in the first place: numbers that JavaScript
//! holds as integers are ints, an ArrayBuffer is bytes, a Date a datetime in UTC; an array without
//! elements has the strides of a new one, zeros. References shared in JavaScript are shared in Python.

mod digest;
mod dtypes;
mod emit;
mod keys;
mod path;
mod walk;

pub use digest::{Digest, HashName};

use crate::value::Graph;
use crate::{Error, Result};

/// Bytes of a value's pickle, of all it says more than once too: strings, sets and arrays that are
/// shared are written each time.
pub const MAX_PICKLE: usize = 1 << 29;

/// Bytes of arrays and byte strings that may be hashed again, because they are shared.
pub const MAX_AGAIN: u64 = 1 << 32;

/// What Python's `joblib.hash(value, hash_name)` gives.
///
/// `python` is Python's version, such as `(3, 14)`: the default protocol of its pickles is in the hash of
/// every array.
///
/// ```
/// use joblite::{hash::joblib::{HashName, joblib_hash}, value::{Graph, Node}};
/// let mut graph = Graph::default();
/// graph.root = graph.push(Node::Int(1));
/// assert_eq!(joblib_hash(&graph, HashName::Md5, (3, 14))?, "366da3d0fc5e8ed36f9eac8083a46ae8");
/// # Ok::<(), joblite::Error>(())
/// ```
///
/// # Errors
/// `UNSUPPORTED_VALUE`, with its path, for what has no equal in Python or another one for each Python;
/// `TOO_LARGE` beyond [`MAX_DEPTH`](crate::value::MAX_DEPTH), [`MAX_PICKLE`] or [`MAX_AGAIN`].
pub fn joblib_hash(graph: &Graph, hash_name: HashName, python: (u32, u32)) -> Result<String> {
    let plan = Plan::new(graph, python)?;
    let mut digest = Digest::new(hash_name);
    for piece in plan.pieces() {
        match piece {
            Piece::Bytes(bytes) => digest.update(bytes),
            Piece::Buffer(buffer) => {
                let bytes = graph.buffers[buffer as usize].bytes.as_deref();
                digest.update(bytes.ok_or_else(|| Error::UnsupportedValue {
                    path: "$".into(),
                    reason: "the bytes of an array are not here".into(),
                })?);
            }
        }
    }
    Ok(digest.finish())
}

/// Bytes in which buffers have places.
#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    cuts: Vec<Cut>,
}

/// Before position `at` of the bytes stands this buffer.
#[derive(Debug)]
struct Cut {
    at: usize,
    buffer: u32,
}

/// What is hashed, in order, without the contents of buffers.
#[derive(Debug)]
pub struct Plan {
    /// Arrays and dtypes.
    before: Stream,
    stream: Stream,
}

/// A stretch of what is hashed.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// These bytes.
    Bytes(&'a [u8]),
    /// All bytes of this buffer of the graph.
    Buffer(u32),
}

impl Plan {
    /// Looks through a graph. The bytes of its [`key_buffers`] have to be there.
    ///
    /// # Errors
    /// As [`joblib_hash`].
    pub fn new(graph: &Graph, python: (u32, u32)) -> Result<Plan> {
        // `pickle.DEFAULT_PROTOCOL`, which joblib's dtypes are written by.
        let protocol = if python >= (3, 14) { 5 } else { 4 };
        let (before, stream) = walk::walk(graph, protocol)?;
        Ok(Plan { before, stream })
    }

    /// The pieces in the order in which they are hashed.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        (0..).map_while(|index| self.piece(index))
    }

    /// The piece of this number, while there are any.
    pub fn piece(&self, index: usize) -> Option<Piece<'_>> {
        let first = 2 * self.before.cuts.len() + 1;
        match index.checked_sub(first) {
            None => piece_of(&self.before, index),
            Some(index) => piece_of(&self.stream, index),
        }
    }
}

/// Bytes up to a cut, its buffer, and so on; at last the bytes that are left.
fn piece_of(stream: &Stream, index: usize) -> Option<Piece<'_>> {
    let cut = index / 2;
    if index % 2 == 1 {
        return Some(Piece::Buffer(stream.cuts.get(cut)?.buffer));
    }
    let start = match cut.checked_sub(1) {
        Some(last) => stream.cuts.get(last)?.at,
        None => 0,
    };
    let end = stream
        .cuts
        .get(cut)
        .map_or(stream.bytes.len(), |cut| cut.at);
    Some(Piece::Bytes(&stream.bytes[start..end]))
}

/// The buffers of byte strings that are keys or stand in sets: their content decides the order.
pub fn key_buffers(graph: &Graph) -> Vec<u32> {
    keys::key_buffers(graph)
}
