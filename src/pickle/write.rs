//! From a graph to joblib's file: pickle protocols 2 to 5, arrays and byte strings left out.

mod arrays;
mod keys;
mod objects;
mod output;
mod tuples;

use std::collections::HashMap;

pub(crate) use self::output::Output;
use super::opcodes::*;
use crate::value::{Data, Graph, Node, NodeId};
use crate::{Error, Result};

/// Items between two appends, as in Python: bounds the stack of the reader.
pub(crate) const BATCH: usize = 1000;

const NO_MEMO: u32 = u32::MAX;

/// Where a buffer belongs in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Position in [`Pickle::bytes`] before which it stands.
    pub at: usize,
    /// Index of the graph's buffer.
    pub buffer: u32,
    /// Whether its bytes stand there as Latin-1 characters in UTF-8: as text, since protocol 2 has no bytes.
    pub latin1: bool,
}

/// A pickle without its buffers: `bytes[..cuts[0].at]`, buffer, bytes up to the next cut, and so on.
#[derive(Debug, Default)]
pub struct Pickle {
    /// Opcodes and padding.
    pub bytes: Vec<u8>,
    /// Where the buffers go, in order.
    pub cuts: Vec<Cut>,
}

/// Writes a graph in a protocol from 2 to 5.
///
/// # Errors
/// `UNSUPPORTED_VALUE` for tuples that contain themselves other than through a list or a dictionary,
/// for names that the protocol has no place for, for frozensets of what Python cannot hash, and for a
/// protocol that is not written; `TOO_LARGE` for strings of 4 GiB before protocol 4.
pub fn write(graph: &Graph, protocol: u8) -> Result<Pickle> {
    let out = Output::new(protocol, graph.text_len() + 4 * graph.len())?;
    let mut shared = graph.shared();
    let cyclic = |id: u32| match graph.node(id) {
        Node::Tuple(_) | Node::Object(_) => true,
        Node::Set(_) => protocol < 4,
        _ => false,
    };
    if (0..graph.len() as NodeId).any(|id| shared[id as usize] && cyclic(id)) {
        // A tuple can be referred to before it exists; then every container has to be known by its number.
        shared.fill(true);
    }
    let memo = vec![NO_MEMO; graph.len()];
    let mut writer = Writer {
        graph,
        out,
        shared,
        memo,
        open: HashMap::new(),
        hashable: HashMap::new(),
        todo: vec![],
    };
    writer.run()?;
    Ok(writer.out.finish())
}

/// What is still to be written, last first.
enum Todo<'a> {
    Value(NodeId),
    Op(u8),
    Items {
        items: &'a [NodeId],
        batch: usize,
        op: u8,
    },
    /// Key and value in turn, each pair as a tuple.
    Pairs(&'a [NodeId]),
    /// All items of a tuple have been written.
    Tuple(NodeId, usize),
    /// What an object or set is made from has been written, so many things on the stack: the op.
    Made {
        id: NodeId,
        parts: usize,
        op: u8,
    },
    /// A class or function.
    Name([NodeId; 2]),
    /// From the memo.
    Get(NodeId),
    /// The items of a frozenset have been written.
    FrozenSet(NodeId),
    /// As [`Todo::Value`], but a list is written as a tuple.
    Args(NodeId),
}

struct Writer<'a> {
    graph: &'a Graph,
    out: Output,
    shared: Vec<bool>,
    memo: Vec<u32>,
    /// How often a tuple or object has been begun and not ended.
    open: HashMap<NodeId, u32>,
    /// Which tuples and objects can be keys, as far as it has been asked.
    hashable: HashMap<NodeId, bool>,
    todo: Vec<Todo<'a>>,
}

impl<'a> Writer<'a> {
    fn run(&mut self) -> Result<()> {
        self.todo.push(Todo::Value(self.graph.root));
        while let Some(next) = self.todo.pop() {
            match next {
                Todo::Value(id) => self.value(id)?,
                Todo::Op(op) => self.out.op(op),
                Todo::Items { items, batch, op } => self.items(items, batch, op)?,
                Todo::Pairs(items) => {
                    if let [key, value, rest @ ..] = items {
                        let then = [
                            Todo::Pairs(rest),
                            Todo::Op(APPEND),
                            Todo::Op(TUPLE2),
                            Todo::Value(*value),
                            Todo::Value(*key),
                        ];
                        self.todo.extend(then);
                    }
                }
                Todo::Tuple(id, len) => self.end_tuple(id, len),
                Todo::Made { id, parts, op } => self.made(id, parts, op),
                Todo::Name(global) => self.named(global)?,
                Todo::Get(id) => self.out.get(self.memo[id as usize]),
                Todo::FrozenSet(id) => self.end_frozenset(id),
                Todo::Args(id) => match self.graph.node(id) {
                    Node::None => self.out.op(EMPTY_TUPLE),
                    Node::List(span) => {
                        self.out.op(MARK);
                        self.todo.push(Todo::Op(TUPLE));
                        self.todo.extend(
                            self.graph
                                .items(span)
                                .iter()
                                .rev()
                                .map(|&item| Todo::Value(item)),
                        );
                    }
                    _ => self.value(id)?,
                },
            }
        }
        Ok(())
    }

    fn items(&mut self, items: &'a [NodeId], mut batch: usize, op: u8) -> Result<()> {
        for (at, &id) in items.iter().enumerate() {
            if batch == 0 {
                self.out.op(MARK);
                // An even number, so that keys and values stay together.
                batch = BATCH;
            }
            batch -= 1;
            let rest = &items[at + 1..];
            if self.is_one_op(id) {
                self.value(id)?;
                if batch == 0 || rest.is_empty() {
                    self.out.op(op);
                }
                continue;
            }
            let depth = self.todo.len();
            self.todo.push(Todo::Items {
                items: rest,
                batch,
                op,
            });
            self.value(id)?;
            if batch == 0 || rest.is_empty() {
                if self.todo.len() == depth + 1 {
                    self.out.op(op);
                } else {
                    // The value has parts to be written first.
                    self.todo.insert(depth + 1, Todo::Op(op));
                    return Ok(());
                }
            }
            if self.todo.len() > depth + 1 {
                return Ok(());
            }
            self.todo.pop();
        }
        Ok(())
    }

    /// Whether a value has no parts that would have to be written after it.
    fn is_one_op(&self, id: NodeId) -> bool {
        matches!(
            self.graph.node(id),
            Node::None | Node::Bool(_) | Node::Int(_) | Node::Float(_) | Node::Str(_)
        )
    }

    fn value(&mut self, id: NodeId) -> Result<()> {
        let graph = self.graph;
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            self.out.get(memo);
            return Ok(());
        }
        match graph.node(id) {
            Node::None => self.out.op(NONE),
            Node::Undefined => {
                self.out.note(b"undefined")?;
                self.out.op(NONE);
            }
            Node::Hole => {
                self.out.note(b"hole")?;
                self.out.op(NONE);
            }
            Node::Bool(value) => self.out.bool(value),
            Node::Int(value) => self.out.int(value),
            Node::Float(value) => self.out.float(value),
            Node::BigInt(span) => {
                self.out.bigint(graph.text(span))?;
            }
            Node::Str(span) => {
                self.out.text(graph.text(span))?;
                self.remember(id);
            }
            Node::Bytes(buffer) => {
                self.out.bytes(buffer, &graph.buffers[buffer as usize])?;
                self.remember(id);
            }
            Node::List(span) => self.begin(EMPTY_LIST, id, graph.items(span), APPENDS),
            Node::Dict(span) => self.begin(EMPTY_DICT, id, graph.items(span), SETITEMS),
            Node::Map(span) => {
                self.out.note(b"Map")?;
                let items = graph.items(span);
                if self.can_be_keys(items.iter().step_by(2)) {
                    self.begin(EMPTY_DICT, id, items, SETITEMS);
                } else {
                    self.out.op(EMPTY_LIST);
                    self.remember(id);
                    self.todo.push(Todo::Pairs(items));
                }
            }
            Node::Set(span) => {
                let items = graph.items(span);
                if self.can_be_keys(items.iter()) {
                    self.set(id, items)?;
                } else {
                    self.out.note(b"Set")?;
                    self.begin(EMPTY_LIST, id, items, APPENDS);
                }
            }
            Node::Tuple(span) => {
                self.enter(id)?;
                let items = graph.items(span);
                if items.len() > 3 {
                    self.out.op(MARK);
                }
                self.todo.push(Todo::Tuple(id, items.len()));
                self.todo
                    .extend(items.iter().rev().map(|&item| Todo::Value(item)));
            }
            Node::Date(ms) => {
                self.out.date(ms)?;
                self.remember(id);
            }
            Node::Array(index) => {
                let array = &graph.arrays[index as usize];
                match array.data {
                    Data::Buffer(buffer) => {
                        let content = &graph.buffers[buffer as usize];
                        self.out.array(array, buffer, content)?;
                        self.remember(id);
                    }
                    Data::Objects(span) => self.object_array(id, array, graph.items(span))?,
                }
            }
            Node::Object(index) => self.object(id, &graph.objects[index as usize])?,
            Node::Tagged(index) => {
                let tagged = &graph.tagged[index as usize];
                self.out.note(graph.str(tagged.kind).unwrap_or_default())?;
                // The memo has to know the value before its content is written, in case of a cycle.
                self.shared[tagged.value as usize] |= self.shared[id as usize];
                self.value(tagged.value)?;
                match self.memo[tagged.value as usize] {
                    NO_MEMO => self.remember(id),
                    memo => self.memo[id as usize] = memo,
                }
            }
        }
        Ok(())
    }

    /// Memoizes what has just been pushed if it will be needed again.
    fn remember(&mut self, id: NodeId) {
        if self.shared[id as usize] && self.memo[id as usize] == NO_MEMO {
            self.memo[id as usize] = self.out.memoize();
        }
    }

    fn begin(&mut self, op: u8, id: NodeId, items: &'a [NodeId], then: u8) {
        self.out.op(op);
        self.remember(id);
        if !items.is_empty() {
            self.todo.push(Todo::Items {
                items,
                batch: 0,
                op: then,
            });
        }
    }
}

fn unsupported<T>(reason: String) -> Result<T> {
    Err(Error::UnsupportedValue {
        path: "$".into(),
        reason,
    })
}
