//! From a graph to joblib's pickle of it.

mod arrays;
mod containers;
mod opcodes;
mod order;

use std::collections::HashMap;

use super::emit::put_long;
use super::{Cut, MAX_AGAIN, MAX_PICKLE, Stream, path};
use crate::pickle::opcodes::*;
use crate::value::datetime_fields;
use crate::value::{Data, Graph, Node, NodeId, Tagged, check_depth, shortest, small_int};
use crate::{Error, Result};

/// How often each value may be looked at as a key, on average, and how often anyway.
const KEYS_EACH: usize = 64;
const FREE_KEYS: usize = 1 << 24;

/// The arrays and dtypes of a graph, then its pickle. `protocol` is that of dtypes.
pub(super) fn walk(graph: &Graph, protocol: u8) -> Result<(Stream, Stream)> {
    let memo = Memo::All(vec![0; graph.len()]);
    let mut walker = Walker::new(
        graph,
        protocol,
        memo,
        FREE_KEYS + KEYS_EACH * graph.len(),
        0,
    );
    walker.pickle(graph.root)?;
    Ok((walker.before, walker.stream))
}

/// Numbers in the memo, from 1 on.
enum Memo {
    All(Vec<u32>),
    /// Where only a few values of the graph are looked at.
    Few(HashMap<NodeId, u32>),
}

pub(super) struct Walker<'a> {
    graph: &'a Graph,
    protocol: u8,
    before: Stream,
    stream: Stream,
    memo: Memo,
    next: u32,
    /// Memo of what joblib and the pickler bring with them: classes, the time zone.
    names: HashMap<&'static str, u32>,
    /// Containers that enclose the current value, each with the position of the item in it.
    path: Vec<(NodeId, usize)>,
    /// Bytes that were hashed for keys.
    spent: usize,
    keys: usize,
    seen: Vec<bool>,
    again: u64,
}

impl<'a> Walker<'a> {
    fn new(graph: &'a Graph, protocol: u8, memo: Memo, keys: usize, spent: usize) -> Self {
        Walker {
            graph,
            protocol,
            before: Stream::default(),
            stream: Stream::default(),
            memo,
            next: 0,
            names: HashMap::new(),
            path: vec![],
            spent,
            keys,
            seen: vec![],
            again: 0,
        }
    }

    fn pickle(&mut self, id: NodeId) -> Result<()> {
        self.raw(&[PROTO, 3]);
        self.value(id)?;
        self.op(STOP);
        Ok(())
    }

    fn remember(&mut self, id: NodeId) {
        let number = self.put() + 1;
        match &mut self.memo {
            Memo::All(all) => all[id as usize] = number,
            Memo::Few(few) => {
                few.insert(id, number);
            }
        }
    }

    fn memo(&self, id: NodeId) -> Option<u32> {
        let number = match &self.memo {
            Memo::All(all) => all[id as usize],
            Memo::Few(few) => few.get(&id).copied().unwrap_or(0),
        };
        number.checked_sub(1)
    }

    fn unsupported<T>(&self, reason: impl Into<String>) -> Result<T> {
        Err(Error::UnsupportedValue {
            path: path::of(self.graph, &self.path),
            reason: reason.into(),
        })
    }

    fn check_size(&self) -> Result<()> {
        let size = self.stream.bytes.len() + self.before.bytes.len() + self.spent;
        if size <= MAX_PICKLE {
            return Ok(());
        }
        Err(Error::TooLarge {
            offset: 0,
            what: "joblib's pickle of the value".into(),
            actual: size as u64,
            limit: MAX_PICKLE as u64,
        })
    }

    /// Counts the bytes of a buffer: those that are shared are hashed each time.
    fn count(&mut self, buffer: u32) -> Result<()> {
        if self.seen.is_empty() {
            self.seen = vec![false; self.graph.buffers.len()];
        }
        if std::mem::replace(&mut self.seen[buffer as usize], true) {
            self.again += self.graph.buffers[buffer as usize].len;
        }
        if self.again <= MAX_AGAIN {
            return Ok(());
        }
        Err(Error::TooLarge {
            offset: 0,
            what: "what shared arrays add to the hash".into(),
            actual: self.again,
            limit: MAX_AGAIN,
        })
    }

    fn child(&mut self, parent: NodeId, position: usize, id: NodeId) -> Result<()> {
        self.path.push((parent, position));
        self.value(id)?;
        self.path.pop();
        Ok(())
    }

    fn value(&mut self, id: NodeId) -> Result<()> {
        let graph = self.graph;
        match graph.node(id) {
            Node::None => self.op(NONE),
            Node::Bool(value) => self.op(if value { NEWTRUE } else { NEWFALSE }),
            Node::Int(value) => self.int(value),
            Node::Float(value) => self.float(value),
            Node::BigInt(span) => {
                let bytes = shortest(graph.text(span));
                match small_int(bytes) {
                    Some(value) => self.int(value),
                    None => put_long(&mut self.stream.bytes, bytes),
                }
            }
            Node::Str(span) => self.text(graph.text(span))?,
            Node::Bytes(buffer) => self.bytes(buffer)?,
            Node::Undefined => return self.unsupported("undefined has no equal in Python"),
            Node::Hole => return self.unsupported("a hole has no equal in Python"),
            Node::Object(_) => {
                return self.unsupported("joblib's hash of a Python object is not known here");
            }
            Node::Tagged(index) => {
                let Tagged { kind, value } = graph.tagged[index as usize];
                match (graph.str(kind), graph.node(value)) {
                    (Some(b"Uint8ClampedArray" | b"NDArray"), Node::Array(_)) => {
                        return self.value(value);
                    }
                    _ => {
                        return self.unsupported(
                            "it has no equal in Python, or one that joblib hashes otherwise",
                        );
                    }
                }
            }
            node => {
                check_depth(self.path.len(), 0)?;
                self.check_size()?;
                if let Some(memo) = self.memo(id) {
                    self.get(memo);
                    return Ok(());
                }
                return self.container(id, node);
            }
        }
        Ok(())
    }

    fn container(&mut self, id: NodeId, node: Node) -> Result<()> {
        let graph = self.graph;
        match node {
            Node::List(span) => self.list(Some(id), id, graph.items(span)),
            Node::Tuple(span) => self.tuple(id, graph.items(span)),
            Node::Dict(span) => self.dict(id, graph.items(span)),
            Node::Map(span) => self.map(id, graph.items(span)),
            Node::Set(span) => self.set(id, graph.items(span)),
            Node::Array(index) => match graph.arrays[index as usize].data {
                Data::Buffer(buffer) => self.array(&graph.arrays[index as usize], buffer),
                Data::Objects(span) => {
                    self.object_array(id, &graph.arrays[index as usize], graph.items(span))
                }
            },
            Node::Date(ms) => self.date(id, ms),
            _ => self.unsupported("it has no equal in Python"),
        }
    }

    fn bytes(&mut self, buffer: u32) -> Result<()> {
        let len = self.graph.buffers[buffer as usize].len;
        if let Ok(len) = u8::try_from(len) {
            self.raw(&[SHORT_BINBYTES, len]);
        } else if let Ok(len) = u32::try_from(len) {
            self.op(BINBYTES);
            self.raw(&len.to_le_bytes());
        } else {
            return self.unsupported("joblib hashes no bytes of 4 GiB or more");
        }
        let at = self.stream.bytes.len();
        self.stream.cuts.push(Cut { at, buffer });
        self.check_size()?;
        self.count(buffer)
    }

    /// `datetime.datetime(..., tzinfo=datetime.timezone.utc)`.
    fn date(&mut self, id: NodeId, ms: f64) -> Result<()> {
        let Some(fields) = datetime_fields(ms) else {
            return self.unsupported("Python has no such date");
        };
        self.class("datetime\ndatetime\n");
        self.raw(&[SHORT_BINBYTES, 10]);
        self.raw(&fields);
        self.once("utc", |walker| {
            walker.class("datetime\ntimezone\n");
            walker.class("datetime\ntimedelta\n");
            walker.tuple_of_ints([0, 0, 0].into_iter());
            walker.op(REDUCE);
            walker.put();
            walker.op(TUPLE1);
            walker.put();
            walker.op(REDUCE);
        });
        self.op(TUPLE2);
        self.put();
        self.op(REDUCE);
        self.remember(id);
        Ok(())
    }
}
