//! From a graph to a tape.

mod output;

use std::collections::HashMap;

use super::*;
use crate::value::{
    Construct, Data, Dtype, Graph, NdArray, Node, NodeId, Order, TYPED_ARRAYS, check_depth,
};
use crate::{Error, Result};

/// Above this many keys an object has no shape: comparing shapes would cost more than it saves.
const SHAPE_KEYS: usize = 40;

/// A key of as many bytes is not written again where it can be referred to.
const LONG_KEY: usize = 256;

/// Below this many items a list is not written as a run.
const RUN_ITEMS: usize = 9;

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

struct Shape {
    /// Those of the last object that had this shape.
    keys: Vec<NodeId>,
    /// The shape that followed this one last time.
    next: usize,
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

    /// Writes a long list of only numbers or only new strings; `false` if it is another one.
    fn list_run(&mut self, items: &[NodeId]) -> bool {
        if items.len() < RUN_ITEMS {
            return false;
        }
        let graph = self.graph;
        let all = |test: &dyn Fn(Node) -> bool| items.iter().all(|&id| test(graph.node(id)));
        match graph.node(items[0]) {
            Node::Str(_) if self.are_new_strings(items) => {
                self.op(STRINGS);
                self.number(items.len() as u64);
                for &id in items {
                    self.text(graph.str(id).unwrap_or_default());
                }
            }
            Node::Int(_)
                if all(&|node| matches!(node, Node::Int(n) if i32::try_from(n).is_ok())) =>
            {
                self.number_run(INTS, items.len());
                for &id in items {
                    if let Node::Int(n) = graph.node(id) {
                        self.tape.ops.extend((n as i32).to_le_bytes());
                    }
                }
            }
            Node::Int(_) | Node::Float(_)
                if all(&|node| matches!(node, Node::Int(_) | Node::Float(_))) =>
            {
                self.number_run(FLOATS, items.len());
                for &id in items {
                    let value = match graph.node(id) {
                        Node::Int(n) => n as f64,
                        Node::Float(x) => x,
                        _ => 0.0,
                    };
                    self.tape.ops.extend(value.to_le_bytes());
                }
            }
            _ => return false,
        }
        true
    }

    /// Whether these are all strings, each for the first time; they are no longer new then.
    fn are_new_strings(&mut self, items: &[NodeId]) -> bool {
        for (i, &id) in items.iter().enumerate() {
            let is_new =
                matches!(self.graph.node(id), Node::Str(_)) && self.numbers[id as usize] == UNSEEN;
            if !is_new {
                for &id in &items[..i] {
                    self.numbers[id as usize] = UNSEEN;
                }
                return false;
            }
            self.numbers[id as usize] = IN_RUN;
        }
        true
    }

    /// Whether no long key of this object has been written before: a shape refers to it.
    fn may_write_keys(&mut self, items: &[NodeId]) -> bool {
        items.iter().step_by(2).all(|&key| {
            let number = &mut self.numbers[key as usize];
            let is_new = *number == UNSEEN;
            if is_new {
                *number = IN_RUN;
            }
            is_new || self.graph.str(key).is_none_or(|key| key.len() < LONG_KEY)
        })
    }

    fn dict(&mut self, items: &'a [NodeId], depth: usize, todo: &mut Vec<Todo<'a>>) {
        let n = items.len() / 2;
        if n > SHAPE_KEYS && self.may_write_keys(items) {
            self.op(DICT);
            self.number(n as u64);
            for &id in items.iter().step_by(2) {
                self.text(self.graph.str(id).unwrap_or_default());
            }
        } else {
            let has = |shape: &Shape| {
                shape.keys.len() == n && shape.keys.iter().eq(items.iter().step_by(2))
            };
            let last = self.last_shape;
            let next = self.ordered[last].next;
            let shape = if has(&self.ordered[next]) {
                next
            } else if has(&self.ordered[last]) {
                last
            } else {
                self.shape(items)
            };
            self.ordered[last].next = shape;
            self.last_shape = shape;
            self.op(OBJECT);
            self.number(shape as u64 - 1);
        }
        if n > 0 {
            todo.push(Todo::Values(Values {
                items: &items[1..],
                step: 2,
                depth,
                of_list: false,
            }));
        }
    }

    /// The position of the shape of an object that has these items; writes it if it is new.
    fn shape(&mut self, items: &[NodeId]) -> usize {
        let graph = self.graph;
        let mut keys = std::mem::take(&mut self.extra);
        keys.clear();
        for &id in items.iter().step_by(2) {
            keys.push(
                *self
                    .keys
                    .entry(graph.str(id).unwrap_or_default())
                    .or_insert(id),
            );
        }
        let own = items.iter().step_by(2).copied();
        let shape = match self.shapes.get(&keys) {
            Some(&shape) => {
                self.ordered[shape].keys.clear();
                self.ordered[shape].keys.extend(own);
                shape
            }
            None => {
                let shape = self.ordered.len();
                self.ordered.push(Shape {
                    keys: own.collect(),
                    next: shape,
                });
                self.op(SHAPE);
                self.number(keys.len() as u64);
                for &key in &keys {
                    self.str(key);
                }
                self.shapes.insert(keys.clone(), shape);
                shape
            }
        };
        self.extra = keys;
        shape
    }

    fn array(
        &mut self,
        array: &'a NdArray,
        as_ndarray: bool,
        depth: usize,
        todo: &mut Vec<Todo<'a>>,
    ) -> Result<()> {
        let buffer = match array.data {
            Data::Objects(span) => {
                let is_plain = matches!(array.dtype, Dtype::Plain { .. });
                self.op(if is_plain { OBJECTS } else { RECORDS });
                self.op(u8::from(array.order == Order::F));
                if !is_plain {
                    self.dtype(&array.dtype)?;
                }
                self.shape_value(&array.shape);
                // The list of elements is not a node of its own.
                self.next_container += 1;
                self.items(ARRAY, self.graph.items(span), 1, depth, todo);
                return Ok(());
            }
            Data::Buffer(buffer) => buffer,
        };
        if let (Some(typed), false) = (array.typed(), as_ndarray) {
            let typed = TYPED_ARRAYS.len().min(typed) as u8;
            self.tape.ops.extend([TYPED, typed]);
            self.buffer(buffer);
            return Ok(());
        }
        self.op(NDARRAY);
        self.op(u8::from(array.order == Order::F));
        self.buffer(buffer);
        self.dtype(&array.dtype)?;
        self.shape_value(&array.shape);
        Ok(())
    }

    fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        let mut descr = Graph::default();
        let Some(root) = dtype.to_node(&mut descr) else {
            return Err(Error::UnsupportedDtype {
                offset: 0,
                dtype: "with fields that overlap or are out of order".into(),
            });
        };
        self.descr(&descr, root);
        Ok(())
    }
}
