//! From a graph to a tape.

mod arrays;
mod output;
mod runs;
mod shapes;

use std::collections::HashMap;

use self::shapes::Shape;
use super::*;
use crate::Result;
use crate::value::{Construct, Data, Graph, Node, NodeId, check_depth};

const UNSEEN: u32 = u32::MAX;

/// Of strings that a run has: they have no number, and no other run may write them again.
const IN_RUN: u32 = u32::MAX - 1;

/// A part of the text that is decoded at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextBlock {
    /// Its length in bytes.
    pub len: u32,
    /// Whether it has no lone surrogates, so that a UTF-8 decoder reads it.
    pub well_formed: bool,
}

/// A tape; see the module.
#[derive(Debug, Default)]
pub struct Tape {
    /// Ops and numbers.
    pub ops: Vec<u8>,
    /// All strings, generalised UTF-8.
    pub text: Vec<u8>,
    /// How the text is cut into blocks.
    pub blocks: Vec<TextBlock>,
    /// The graph's buffers, in the order in which the tape numbers them.
    pub buffers: Vec<u32>,
}

/// Writes a graph as a tape.
///
/// # Errors
/// `TOO_LARGE` beyond [`MAX_DEPTH`](crate::value::MAX_DEPTH), `UNSUPPORTED_DTYPE` for fields that overlap.
pub fn write(graph: &Graph) -> Result<Tape> {
    let n = graph.len();
    let mut writer = Writer {
        graph,
        tape: Tape {
            ops: {
                let mut ops = Vec::with_capacity(4 * n);
                ops.push(0);
                ops
            },
            text: Vec::with_capacity(graph.text_len()),
            ..Tape::default()
        },
        numbers: vec![UNSEEN; n],
        next_string: 0,
        next_container: 0,
        block_units: 0,
        block_start: 0,
        shapes: HashMap::new(),
        // One that no object has.
        ordered: vec![Shape {
            keys: vec![UNSEEN],
            next: 0,
        }],
        last_shape: 0,
        keys: HashMap::new(),
        extra: Vec::new(),
    };
    writer.run()?;
    writer.end_block();
    Ok(writer.tape)
}

/// What is still to be written, last first.
enum Todo<'a> {
    Values(Values<'a>),
    One(NodeId, usize),
}

/// These nodes, each taking the step.
struct Values<'a> {
    items: &'a [NodeId],
    step: usize,
    depth: usize,
    /// Whether there can be holes among them.
    of_list: bool,
}

struct Writer<'a> {
    graph: &'a Graph,
    tape: Tape,
    /// Of strings and containers that have been written.
    numbers: Vec<u32>,
    next_string: u32,
    next_container: u32,
    block_units: usize,
    block_start: usize,
    /// By their keys, each the first node of its text: positions in `ordered`.
    shapes: HashMap<Vec<NodeId>, usize>,
    /// In the order of their numbers, from 1.
    ordered: Vec<Shape>,
    /// That of the object before.
    last_shape: usize,
    /// The first node of each key, so that shapes are equal where their keys are.
    keys: HashMap<&'a [u8], NodeId>,
    extra: Vec<NodeId>,
}

impl<'a> Writer<'a> {
    fn run(&mut self) -> Result<()> {
        let mut todo = vec![Todo::One(self.graph.root, 0)];
        while let Some(next) = todo.pop() {
            match next {
                Todo::One(id, depth) => self.value(id, depth, &mut todo)?,
                Todo::Values(values) => self.values(values, &mut todo)?,
            }
        }
        Ok(())
    }

    /// Writes values up to the first that has values in it, after which the others are to be written.
    fn values(&mut self, mut values: Values<'a>, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        while let Some(&id) = values.items.first() {
            let node = self.graph.node(id);
            if node == Node::Hole && values.of_list {
                // Holes in a row are one op.
                let is_hole = |&&id: &&NodeId| self.graph.node(id) == Node::Hole;
                let n = values.items.iter().take_while(is_hole).count();
                self.op(HOLES);
                self.number(n as u64);
                values.items = &values.items[n..];
                continue;
            }
            values.items = values.items.get(values.step..).unwrap_or_default();
            let depth = values.depth;
            if !node.is_scalar() {
                todo.push(Todo::Values(values));
                return self.value(id, depth, todo);
            }
            self.value(id, depth, todo)?;
        }
        Ok(())
    }

    fn value(&mut self, id: NodeId, depth: usize, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        let graph = self.graph;
        match graph.node(id) {
            Node::None => self.op(NULL),
            Node::Undefined | Node::Hole => self.op(UNDEFINED),
            Node::Bool(value) => self.op(if value { TRUE } else { FALSE }),
            Node::Int(value) => self.int(value),
            Node::Float(value) => self.float(value),
            Node::Str(_) => self.str(id),
            Node::BigInt(span) => {
                self.op(BIGINT);
                let bytes = graph.text(span);
                self.number(bytes.len() as u64);
                self.tape.ops.extend_from_slice(bytes);
            }
            node => {
                let number = self.numbers[id as usize];
                if number != UNSEEN {
                    self.tape.ops[0] |= HAS_REFERENCES;
                    self.op(REF);
                    self.number(u64::from(number));
                    return Ok(());
                }
                check_depth(depth, 0)?;
                self.numbers[id as usize] = self.next_container;
                self.next_container += 1;
                return self.container(node, depth + 1, todo);
            }
        }
        Ok(())
    }

    fn container(&mut self, node: Node, depth: usize, todo: &mut Vec<Todo<'a>>) -> Result<()> {
        let graph = self.graph;
        match node {
            Node::List(span) => {
                let items = graph.items(span);
                if !self.list_run(items) {
                    self.items(ARRAY, items, 1, depth, todo);
                }
            }
            Node::Tuple(span) => self.items(TUPLE, graph.items(span), 1, depth, todo),
            Node::Set(span) => self.items(SET, graph.items(span), 1, depth, todo),
            Node::Map(span) => self.items(MAP, graph.items(span), 2, depth, todo),
            Node::Dict(span) => self.dict(graph.items(span), depth, todo),
            Node::Date(ms) => {
                self.op(DATE);
                self.tape.ops.extend(ms.to_le_bytes());
            }
            Node::Bytes(buffer) => {
                self.op(BYTES);
                self.buffer(buffer);
            }
            Node::Array(index) => self.array(&graph.arrays[index as usize], false, depth, todo)?,
            Node::Object(index) => {
                let object = &graph.objects[index as usize];
                self.op(PYOBJECT);
                let made = match object.construct {
                    Construct::Global => 0,
                    Construct::Call => 1,
                    Construct::New => 2,
                };
                let more = [object.state_setter, object.kwargs, object.callable];
                if more.iter().all(|&id| graph.node(id) == Node::None) {
                    self.op(made);
                } else {
                    self.op(made | EXTENDED);
                    todo.extend(more.map(|id| Todo::One(id, depth)));
                }
                let [module, name] = object.global;
                for id in [
                    object.dict_items,
                    object.list_items,
                    object.state,
                    object.args,
                    name,
                    module,
                ] {
                    todo.push(Todo::One(id, depth));
                }
            }
            Node::Tagged(index) => {
                let tagged = &graph.tagged[index as usize];
                let (kind, inner) = (
                    graph.str(tagged.kind).unwrap_or_default(),
                    graph.node(tagged.value),
                );
                match (kind, inner) {
                    (b"Uint8ClampedArray", Node::Array(array)) => {
                        let array = &graph.arrays[array as usize];
                        if let (Some(_), Data::Buffer(buffer)) = (array.typed(), array.data) {
                            self.tape.ops.extend([TYPED, 2]);
                            self.buffer(buffer);
                            return Ok(());
                        }
                    }
                    (b"NDArray", Node::Array(array)) => {
                        return self.array(&graph.arrays[array as usize], true, depth, todo);
                    }
                    _ => {}
                }
                self.op(NOTE);
                self.str(tagged.kind);
                todo.push(Todo::One(tagged.value, depth));
            }
            _ => self.op(NULL),
        }
        Ok(())
    }

    fn items(
        &mut self,
        op: u8,
        items: &'a [NodeId],
        step: usize,
        depth: usize,
        todo: &mut Vec<Todo<'a>>,
    ) {
        self.op(op);
        self.number((items.len() / step) as u64);
        todo.push(Todo::Values(Values {
            items,
            step: 1,
            depth,
            of_list: op == ARRAY,
        }));
    }
}
