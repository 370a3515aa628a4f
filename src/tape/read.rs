//! From a tape to a graph.

mod arrays;
mod datetime;
mod objects;
mod strings;

use super::input::Input;
use super::*;
use crate::Result;
use crate::value::{
    Buffer, Construct, Dtype, Graph, Node, NodeId, Order, Span, Tagged, check_depth,
};

/// Reads a tape: its ops, its text in generalised UTF-8, and the lengths of its buffers in bytes.
///
/// # Errors
/// `CORRUPT_DATA` if it is no tape, `UNSUPPORTED_DTYPE`, `TOO_LARGE` beyond [`MAX_DEPTH`](crate::value::MAX_DEPTH).
pub fn read(ops: &[u8], text: &[u8], buffer_sizes: &[u64]) -> Result<Graph> {
    let input = Input::new(ops, text)?;
    // What records and lists of numbers come to: growing step by step would copy everything again and again.
    let mut graph = Graph::with_capacity(ops.len() / 3, ops.len() / 2, text.len());
    graph.buffers = buffer_sizes
        .iter()
        .map(|&len| Buffer {
            len,
            ..Buffer::default()
        })
        .collect();
    let referred = ops.first().is_some_and(|flags| flags & HAS_REFERENCES != 0);
    let mut reader = Reader {
        input,
        graph,
        strings: vec![],
        shapes: vec![],
        containers: referred.then(Vec::new),
        holes: 0,
    };
    reader.run()?;
    Ok(reader.graph)
}

enum Kind {
    List,
    Tuple,
    Set,
    Map,
    /// Keys of an object, and how many have been placed.
    Keys(Vec<NodeId>, usize),
    Shape(usize, usize),
    NdArray(Order, u32),
    Objects(Order),
    Records(Order),
    FrozenSet,
    DateTime(f64),
    PyObject(Construct),
    Note(NodeId),
}

/// A container that is being filled.
struct Frame {
    node: NodeId,
    kind: Kind,
    missing: usize,
    base: usize,
}

struct Reader<'a> {
    input: Input<'a>,
    graph: Graph,
    strings: Vec<NodeId>,
    shapes: Vec<Vec<NodeId>>,
    /// By number, if there are references to them.
    containers: Option<Vec<NodeId>>,
    holes: usize,
}

impl Reader<'_> {
    fn container(&mut self) -> NodeId {
        let id = self.graph.push(Node::None);
        if let Some(containers) = &mut self.containers {
            containers.push(id);
        }
        id
    }

    fn run(&mut self) -> Result<()> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut values: Vec<NodeId> = Vec::new();
        loop {
            // Close what is full.
            while let Some(frame) = frames.pop_if(|frame| frame.missing == 0) {
                self.close(&frame, &values[frame.base..])?;
                values.truncate(frame.base);
                values.push(frame.node);
            }
            match frames.last_mut() {
                None if !values.is_empty() => break,
                None => {}
                Some(frame) => {
                    frame.missing -= 1;
                    match &mut frame.kind {
                        Kind::Keys(keys, at) => {
                            values.push(keys[*at]);
                            *at += 1;
                        }
                        Kind::Shape(shape, at) => {
                            values.push(self.shapes[*shape][*at]);
                            *at += 1;
                        }
                        _ => {}
                    }
                }
            }
            // Most values are scalars: they are spared the way through `value`.
            if let Some(node) = self.scalar()? {
                values.push(self.graph.push(node));
                continue;
            }
            let base = values.len();
            let opened = self.value(&mut values, frames.last_mut())?;
            if let Some((node, kind, missing)) = opened {
                check_depth(frames.len(), self.input.at())?;
                frames.push(Frame {
                    node,
                    kind,
                    missing,
                    base,
                });
            }
        }
        self.graph.root = values[0];
        if self.input.is_at_end() {
            Ok(())
        } else {
            self.input.bad("the end")
        }
    }

    /// Reads one op if it is a scalar's.
    fn scalar(&mut self) -> Result<Option<Node>> {
        let Some(op @ NULL..=FLOAT) = self.input.next_op() else {
            return Ok(None);
        };
        self.input.bytes(1);
        Ok(Some(match op {
            NULL => Node::None,
            UNDEFINED => Node::Undefined,
            FALSE => Node::Bool(false),
            TRUE => Node::Bool(true),
            BYTE => Node::Int(i64::from(self.input.take::<1>()?[0])),
            INT => Node::Int(i64::from(i32::from_le_bytes(self.input.take()?))),
            _ => Node::number(f64::from_le_bytes(self.input.take()?)),
        }))
    }

    /// Reads one op that is no scalar's: puts a finished value on `values`, or gives the container that it opens.
    fn value(
        &mut self,
        values: &mut Vec<NodeId>,
        parent: Option<&mut Frame>,
    ) -> Result<Option<(NodeId, Kind, usize)>> {
        let mut op = self.input.take::<1>()?[0];
        while op == SHAPE {
            let n = self.input.count(2)?;
            let keys = (0..n).map(|_| self.key()).collect::<Result<_>>()?;
            self.shapes.push(keys);
            op = self.input.take::<1>()?[0];
        }
        match op {
            STR | STR_REF => values.push(self.string_of(op)?),
            HOLES => {
                let n = self.input.number()?;
                self.holes = self.holes.saturating_add(n);
                let Some(Frame {
                    kind: Kind::List,
                    missing,
                    ..
                }) = parent
                else {
                    return self.input.bad("holes inside an array");
                };
                if n == 0 || n - 1 > *missing || self.holes > MAX_HOLES {
                    return self.input.bad("as many holes as fit");
                }
                *missing -= n - 1;
                let hole = self.graph.push(Node::Hole);
                values.extend(std::iter::repeat_n(hole, n));
            }
            REF => {
                let n = self.input.number()?;
                let Some(&id) = self.containers.as_ref().and_then(|all| all.get(n)) else {
                    return self.input.bad("a container number");
                };
                values.push(id);
            }
            BIGINT => {
                let n = self.input.count(1)?;
                let bytes = self.input.bytes(n);
                values.push(self.graph.push_bigint(bytes));
            }
            _ => return self.open(op, values),
        }
        Ok(None)
    }

    fn open(&mut self, op: u8, values: &mut Vec<NodeId>) -> Result<Option<(NodeId, Kind, usize)>> {
        let id = self.container();
        let opened = match op {
            // One op for many holes is the only item that can be shorter than a byte.
            ARRAY => (Kind::List, self.input.number()?),
            TUPLE => (Kind::Tuple, self.input.count(1)?),
            SET => (Kind::Set, self.input.count(1)?),
            MAP => (Kind::Map, 2 * self.input.count(2)?),
            OBJECT => {
                let shape = self.input.number()?;
                let Some(keys) = self.shapes.get(shape) else {
                    return self.input.bad("a shape");
                };
                (Kind::Shape(shape, 0), keys.len())
            }
            DICT => {
                let keys = self.string_run()?;
                let n = keys.len();
                (Kind::Keys(keys, 0), n)
            }
            NDARRAY => {
                let order = self.order()?;
                (Kind::NdArray(order, self.buffer()?), 2)
            }
            OBJECTS => (Kind::Objects(self.order()?), 2),
            RECORDS => (Kind::Records(self.order()?), 3),
            FROZENSET => (Kind::FrozenSet, self.input.count(1)?),
            DATETIME => (Kind::DateTime(f64::from_le_bytes(self.input.take()?)), 3),
            PYOBJECT => {
                let [made] = self.input.take()?;
                let construct = match made & !EXTENDED {
                    0 => Construct::Global,
                    1 => Construct::Call,
                    _ => Construct::New,
                };
                let fields = if made & EXTENDED == 0 { 6 } else { 9 };
                (Kind::PyObject(construct), fields)
            }
            NOTE => (Kind::Note(self.key()?), 1),
            _ => {
                let node = self.leaf(op)?;
                self.graph.set(id, node);
                values.push(id);
                return Ok(None);
            }
        };
        Ok(Some((id, opened.0, opened.1)))
    }

    /// Containers without values of their own.
    fn leaf(&mut self, op: u8) -> Result<Node> {
        let items = match op {
            STRINGS => self.string_run()?,
            INTS => {
                let n = self.input.count(4)?;
                self.input.align();
                let mut items = Vec::with_capacity(n);
                for _ in 0..n {
                    let node = Node::Int(i32::from_le_bytes(self.input.take()?).into());
                    items.push(self.graph.push(node));
                }
                items
            }
            FLOATS => {
                let n = self.input.count(8)?;
                self.input.align();
                let mut items = Vec::with_capacity(n);
                for _ in 0..n {
                    let node = Node::number(f64::from_le_bytes(self.input.take()?));
                    items.push(self.graph.push(node));
                }
                items
            }
            DATE => return Ok(Node::Date(f64::from_le_bytes(self.input.take()?))),
            BYTES => return Ok(Node::Bytes(self.buffer()?)),
            TYPED => return self.typed(),
            _ => return self.input.bad("an op"),
        };
        Ok(Node::List(self.graph.push_items(&items)))
    }

    fn tag(&mut self, kind: NodeId, value: NodeId) -> Node {
        self.graph.tagged.push(Tagged { kind, value });
        Node::Tagged(self.graph.tagged.len() as u32 - 1)
    }

    fn close(&mut self, frame: &Frame, values: &[NodeId]) -> Result<()> {
        let mut span = || -> Span { self.graph.push_items(values) };
        let node = match frame.kind {
            Kind::List => Node::List(span()),
            Kind::Tuple => Node::Tuple(span()),
            Kind::Set => Node::Set(span()),
            Kind::Map => Node::Map(span()),
            Kind::Keys(..) | Kind::Shape(..) => Node::Dict(span()),
            Kind::NdArray(order, buffer) => self.array(values, order, buffer)?,
            Kind::Objects(order) => {
                self.objects(Dtype::native(b'O', 8), order, values[0], values[1])?
            }
            Kind::Records(order) => match Dtype::from_node(&self.graph, values[0]) {
                Some(dtype) if dtype.is_object() => {
                    self.objects(dtype, order, values[1], values[2])?
                }
                _ => return self.input.bad("a dtype with objects"),
            },
            Kind::FrozenSet => {
                let items = self.graph.push_list(values);
                self.call_of(["builtins", "frozenset"], &[items])
            }
            Kind::DateTime(ms) => self.datetime(ms, values)?,
            Kind::PyObject(construct) => self.py_object(construct, values)?,
            Kind::Note(kind) => self.tag(kind, values[0]),
        };
        self.graph.set(frame.node, node);
        Ok(())
    }

    pub(super) fn buffer(&mut self) -> Result<u32> {
        let index = self.input.number()?;
        if index < self.graph.buffers.len() {
            Ok(index as u32)
        } else {
            self.input.bad("a buffer")
        }
    }
}
