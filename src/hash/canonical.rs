//! The hash of a value: BLAKE3 of its canonical form, the first 128 bits in hex.
//!
//! The canonical form depends on content alone: not on the order of object keys, Map and Set entries,
//! nor on which containers are shared. `src/ts/values/hash-walk.ts` writes the same bytes straight
//! from JavaScript's objects; `tests/fixtures/hash-vectors.json` holds both to it.
//!
//! # The canonical form, version 1
//!
//! The bytes that are hashed are [`VERSION`], then the value. A value is a tag and what the table
//! says. Numbers are little endian. `len` is a byte, or 255 and a u32 where it is 255 or more.
//!
//! | tag | value | then |
//! |---|---|---|
//! | 0 1 2 3 | null, undefined, false, true | |
//! | 4 | a hole, in an array | |
//! | 5 | a number that is an i32, but not -0 | i32 |
//! | 6 | any other number | f64; every NaN is 0x7ff8000000000000 |
//! | 7 | string | len, UTF-8 |
//! | 8 | string with lone surrogates | len, UTF-16LE |
//! | 9 | array | u32 n, n values |
//! | 10 | plain object | u32 n, n times key (tag 7 or 8) and value, by the keys' UTF-16 code units |
//! | 11, 12 | Map, Set | u32 n, the n digests of the entries in order; an entry is key and value, or a value |
//! | 13 | bigint | len, shortest two's complement |
//! | 14 | Date | f64 milliseconds |
//! | 15 | a container that encloses this place | u32 distance: 1 is the innermost |
//! | 16 | ArrayBuffer | content |
//! | 17 | typed array | u8 ([`TYPED_ARRAYS`](crate::value::TYPED_ARRAYS)), content |
//! | 18 | NDArray | dtype's `descr` as a value, u8 (1 for order F and more than one dimension), u32 n, n f64 of the shape, content |
//! | 19 | the same of dtype object | u32 n, n f64 of the shape, the elements as an array |
//! | 20 | PyTuple | u32 n, n values |
//! | 21 | PyObject | u8 (0 global, 1 call, 2 new), module, name, args, state, list items, dict items; with 4 added to the u8 where one of them is not null also callable, kwargs, state setter |
//! | 22 | any other object | its kind as a string, its data as a value; of an error all but its stack |
//! | 23, 24 | string as 7, 8 of 65,536 bytes or more | f64 length in bytes, digest of them |
//! | 25 | PyFrozenSet, `builtins.frozenset([...])` | as a Set |
//! | 26 | NDArray of records with objects in them | dtype's `descr` as a value, then as 19 |
//! | 255 | a container of more than 1,024 bytes | digest of them |
//!
//! `content` is the f64 length in bytes, then the bytes if they are fewer than 1,024, otherwise their
//! digest. Elements are hashed as they lie in memory: two NaN of different bits in a typed array
//! differ, a view stands for its own bytes only. A digest is the 256 bits of BLAKE3.
//!
//! Containers are those of tags 9 to 12, 20 to 22 and 25; they also count for distances. One of more than
//! 1,024 bytes, tag included, is replaced by its digest wherever it stands: so a value that shares
//! large containers is hashed in linear time (the digest is kept), and equals one that has copies.
//! A digest is not kept where a reference leads out of the container. Cycles that would have the same
//! containers walked too often are an error. How often a short container is walked is up to the
//! walker: what it writes is the same.

mod arrays;
mod containers;
mod output;

use std::collections::{HashMap, HashSet};

use crate::value::{Graph, Node, NodeId, Tagged, check_depth};
use crate::{Error, Result};

/// The first byte of everything that is hashed.
pub const VERSION: u8 = 1;

/// A container of more bytes is replaced by its digest; contents of as many are.
pub const INLINE_BYTES: usize = 1024;

/// Strings of as many bytes are replaced by their digest.
pub const LONG_STRING: usize = 65536;

/// Walks of containers that a reference leads out of, before the ratio below is looked at.
pub const FREE_WALKS: usize = 100_000;

/// How often, on average, such a container may be walked.
pub const WALKS_EACH: usize = 64;

/// A container is remembered, however short it is, where more than so many were walked for it:
/// shared Maps, which are short, would be walked exponentially often.
const REMEMBERED: usize = 16;

/// The hash of a value: 32 hexadecimal digits.
///
/// ```
/// use joblite::{hash::hash_value, value::{Graph, Node}};
/// let mut graph = Graph::default();
/// graph.root = graph.push(Node::None);
/// assert_eq!(hash_value(&graph)?, "687376c930d7020a32f04c396fc2e5ea");
/// # Ok::<(), joblite::Error>(())
/// ```
///
/// # Errors
/// `UNSUPPORTED_VALUE` if the bytes of a buffer are not in the graph or cycles are too entangled;
/// `TOO_LARGE` beyond [`MAX_DEPTH`](crate::value::MAX_DEPTH).
pub fn hash_value(graph: &Graph) -> Result<String> {
    let mut walker = Walker::new(graph, vec![VERSION]);
    walker.value(graph.root)?;
    Ok(hex128(&walker.out))
}

/// The first 128 bits of BLAKE3, in hexadecimal digits.
pub fn hex128(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

struct Walker<'a> {
    graph: &'a Graph,
    out: Vec<u8>,
    path: Vec<NodeId>,
    /// What was written for containers that may be met again.
    written: HashMap<NodeId, Box<[u8]>>,
    /// How many containers have been walked.
    entered: usize,
    /// The outermost place on the path that the current container refers to.
    lowest: usize,
    escaped: HashSet<NodeId>,
    walks: usize,
}

impl<'a> Walker<'a> {
    /// Writes after what `out` has.
    fn new(graph: &'a Graph, out: Vec<u8>) -> Self {
        Self {
            graph,
            out,
            path: vec![],
            written: HashMap::new(),
            entered: 0,
            lowest: usize::MAX,
            escaped: HashSet::new(),
            walks: 0,
        }
    }

    fn value(&mut self, id: NodeId) -> Result<()> {
        let graph = self.graph;
        match graph.node(id) {
            Node::None => self.tag(0),
            Node::Undefined => self.tag(1),
            Node::Bool(value) => self.tag(2 + u8::from(value)),
            Node::Hole => self.tag(4),
            Node::Int(value) => self.number(value as f64),
            Node::Float(value) => self.number(value),
            Node::Str(span) => self.string(graph.text(span)),
            Node::BigInt(span) => {
                self.tag(13);
                self.len(span.len as usize);
                self.out.extend_from_slice(graph.text(span));
            }
            Node::Date(ms) => {
                self.tag(14);
                self.float(ms);
            }
            Node::Bytes(buffer) => {
                self.tag(16);
                self.content(buffer)?;
            }
            Node::Array(index) => self.array(index, None)?,
            Node::Tagged(index) => {
                let Tagged { kind, value } = graph.tagged[index as usize];
                match (graph.str(kind), graph.node(value)) {
                    (Some(b"Uint8ClampedArray"), Node::Array(array)) => {
                        return self.array(array, Some(2));
                    }
                    (Some(b"NDArray"), Node::Array(array)) => return self.ndarray(array),
                    _ => return self.container(id),
                }
            }
            _ => return self.container(id),
        }
        Ok(())
    }

    fn container(&mut self, id: NodeId) -> Result<()> {
        self.enclose(id, |walker| walker.inside(id))
    }

    /// Writes a container by `write`, or a reference to it, or its digest.
    fn enclose(&mut self, id: NodeId, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if let Some(place) = self.path.iter().rposition(|&open| open == id) {
            self.tag(15);
            self.count(self.path.len() - place);
            self.lowest = self.lowest.min(place);
            return Ok(());
        }
        if let Some(bytes) = self.written.get(&id) {
            self.out.extend_from_slice(bytes);
            return Ok(());
        }
        let depth = self.path.len();
        check_depth(depth, 0)?;
        self.path.push(id);
        let before = self.entered;
        self.entered += 1;
        let outside = std::mem::replace(&mut self.lowest, usize::MAX);
        let start = self.out.len();
        write(self)?;
        self.path.pop();
        let escapes = self.lowest < depth;
        self.lowest = if escapes {
            outside.min(self.lowest)
        } else {
            outside
        };
        if escapes {
            self.escaped.insert(id);
            self.walks += 1;
            if self.walks > FREE_WALKS && self.walks > WALKS_EACH * self.escaped.len() {
                return Err(Error::UnsupportedValue {
                    path: "$".into(),
                    reason: "its cycles are too entangled to hash".into(),
                });
            }
        }
        let long = self.out.len() - start > INLINE_BYTES;
        self.shorten(start);
        if !escapes && (long || self.entered - before > REMEMBERED) {
            self.written.insert(id, self.out[start..].into());
        }
        Ok(())
    }
}
