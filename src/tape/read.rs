//! From a tape to a graph.

mod datetime;
mod input;

use super::*;
use crate::value::{
    Buffer, Construct, Data, Dtype, Graph, NdArray, Node, NodeId, Order, PyObject, Span,
    TYPED_ARRAYS, Tagged, check_depth,
};
use crate::{Error, Result};

/// Reads a tape: its ops, its text in generalised UTF-8, and the lengths of its buffers in bytes.
///
/// # Errors
/// `CORRUPT_DATA` if it is no tape, `UNSUPPORTED_DTYPE`, `TOO_LARGE` beyond [`MAX_DEPTH`](crate::value::MAX_DEPTH).
pub fn read(ops: &[u8], text: &[u8], buffer_sizes: &[u64]) -> Result<Graph> {
    // What bigints and halves of surrogate pairs add to the text is less than this.
    let nbytes = text.len() as u64 + 3 * ops.len() as u64;
    if nbytes > u64::from(u32::MAX) {
        return Err(Error::TooLarge {
            offset: 0,
            what: "a tape in bytes".into(),
            actual: nbytes,
            limit: u64::from(u32::MAX),
        });
    }
    // What records and lists of numbers come to: growing step by step would copy everything again and again.
    let mut graph = Graph::with_capacity(ops.len() / 3, ops.len() / 2, text.len());
    graph.buffers = buffer_sizes
        .iter()
        .map(|&len| Buffer {
            len,
            ..Buffer::default()
        })
        .collect();
    let ascii = text.is_ascii();
    let referred = ops.first().is_some_and(|flags| flags & HAS_REFERENCES != 0);
    let mut reader = Reader {
        ops,
        at: 1,
        text,
        text_at: 0,
        half: None,
        ascii,
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
    ops: &'a [u8],
    at: usize,
    text: &'a [u8],
    text_at: usize,
    /// The second half of a pair whose first half ended the string before.
    half: Option<u16>,
    ascii: bool,
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
                check_depth(frames.len(), self.at as u64)?;
                frames.push(Frame {
                    node,
                    kind,
                    missing,
                    base,
                });
            }
        }
        self.graph.root = values[0];
        if self.at == self.ops.len() {
            Ok(())
        } else {
            self.bad("the end")
        }
    }

    /// Reads one op if it is a scalar's.
    fn scalar(&mut self) -> Result<Option<Node>> {
        let Some(&op) = self.ops.get(self.at) else {
            return Ok(None);
        };
        if !matches!(op, NULL..=FLOAT) {
            return Ok(None);
        }
        self.at += 1;
        Ok(Some(match op {
            NULL => Node::None,
            UNDEFINED => Node::Undefined,
            FALSE => Node::Bool(false),
            TRUE => Node::Bool(true),
            BYTE => Node::Int(i64::from(self.take::<1>()?[0])),
            INT => Node::Int(i64::from(i32::from_le_bytes(self.take()?))),
            _ => Node::number(f64::from_le_bytes(self.take()?)),
        }))
    }

    /// Reads one op that is no scalar's: puts a finished value on `values`, or gives the container that it opens.
    fn value(
        &mut self,
        values: &mut Vec<NodeId>,
        parent: Option<&mut Frame>,
    ) -> Result<Option<(NodeId, Kind, usize)>> {
        let mut op = self.take::<1>()?[0];
        while op == SHAPE {
            let n = self.count(2)?;
            let keys = (0..n).map(|_| self.key()).collect::<Result<_>>()?;
            self.shapes.push(keys);
            op = self.take::<1>()?[0];
        }
        match op {
            STR | STR_REF => {
                self.at -= 1;
                values.push(self.key()?);
            }
            HOLES => {
                let n = self.number()?;
                self.holes = self.holes.saturating_add(n);
                let Some(Frame {
                    kind: Kind::List,
                    missing,
                    ..
                }) = parent
                else {
                    return self.bad("holes inside an array");
                };
                if n == 0 || n - 1 > *missing || self.holes > MAX_HOLES {
                    return self.bad("as many holes as fit");
                }
                *missing -= n - 1;
                let hole = self.graph.push(Node::Hole);
                values.extend(std::iter::repeat_n(hole, n));
            }
            REF => {
                let n = self.number()?;
                let Some(&id) = self.containers.as_ref().and_then(|all| all.get(n)) else {
                    return self.bad("a container number");
                };
                values.push(id);
            }
            BIGINT => {
                let n = self.count(1)?;
                let bytes = &self.ops[self.at..self.at + n];
                self.at += n;
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
            ARRAY => (Kind::List, self.number()?),
            TUPLE => (Kind::Tuple, self.count(1)?),
            SET => (Kind::Set, self.count(1)?),
            MAP => (Kind::Map, 2 * self.count(2)?),
            OBJECT => {
                let shape = self.number()?;
                let Some(keys) = self.shapes.get(shape) else {
                    return self.bad("a shape");
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
            FROZENSET => (Kind::FrozenSet, self.count(1)?),
            DATETIME => (Kind::DateTime(f64::from_le_bytes(self.take()?)), 3),
            PYOBJECT => {
                let [made] = self.take()?;
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

    fn order(&mut self) -> Result<Order> {
        let [order] = self.take()?;
        Ok(if order == 1 { Order::F } else { Order::C })
    }

    /// Containers without values of their own.
    fn leaf(&mut self, op: u8) -> Result<Node> {
        let items = match op {
            STRINGS => self.string_run()?,
            INTS => {
                let n = self.count(4)?;
                self.align();
                let mut items = Vec::with_capacity(n);
                for _ in 0..n {
                    let node = Node::Int(i32::from_le_bytes(self.take()?).into());
                    items.push(self.graph.push(node));
                }
                items
            }
            FLOATS => {
                let n = self.count(8)?;
                self.align();
                let mut items = Vec::with_capacity(n);
                for _ in 0..n {
                    let node = Node::number(f64::from_le_bytes(self.take()?));
                    items.push(self.graph.push(node));
                }
                items
            }
            DATE => return Ok(Node::Date(f64::from_le_bytes(self.take()?))),
            BYTES => return Ok(Node::Bytes(self.buffer()?)),
            TYPED => return self.typed(),
            _ => return self.bad("an op"),
        };
        Ok(Node::List(self.graph.push_items(&items)))
    }

    fn typed(&mut self) -> Result<Node> {
        let [number] = self.take()?;
        let Some(&(name, kind, itemsize)) = TYPED_ARRAYS.get(usize::from(number)) else {
            return self.bad("a typed array");
        };
        let buffer = self.buffer()?;
        let shape = vec![self.graph.buffers[buffer as usize].len / u64::from(itemsize)];
        let dtype = Dtype::native(kind, itemsize);
        self.graph.arrays.push(NdArray {
            dtype,
            shape,
            order: Order::C,
            data: Data::Buffer(buffer),
        });
        let array = Node::Array(self.graph.arrays.len() as u32 - 1);
        if name != "Uint8ClampedArray" {
            return Ok(array);
        }
        let value = self.graph.push(array);
        let kind = self.graph.push_str(name.as_bytes());
        Ok(self.tag(kind, value))
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
                _ => return self.bad("a dtype with objects"),
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

    fn py_object(&mut self, construct: Construct, values: &[NodeId]) -> Result<Node> {
        let &[
            module,
            name,
            args,
            state,
            list_items,
            dict_items,
            ref more @ ..,
        ] = values
        else {
            return self.bad("an object");
        };
        if self.graph.str(module).is_none() || self.graph.str(name).is_none() {
            return self.bad("module and name");
        }
        let [callable, kwargs, state_setter] = match *more {
            [callable, kwargs, state_setter] => [callable, kwargs, state_setter],
            _ => [self.graph.push(Node::None); 3],
        };
        for callable in [callable, state_setter] {
            if !matches!(self.graph.node(callable), Node::Object(_) | Node::None) {
                return self.bad("an object that can be called");
            }
        }
        self.graph.objects.push(PyObject {
            construct,
            global: [module, name],
            callable,
            args,
            kwargs,
            state,
            state_setter,
            list_items,
            dict_items,
        });
        Ok(Node::Object(self.graph.objects.len() as u32 - 1))
    }

    /// A call of a function of Python's.
    fn call_of(&mut self, global: [&str; 2], args: &[NodeId]) -> Node {
        let global = global.map(|text| self.graph.push_str(text.as_bytes()));
        let span = self.graph.push_items(args);
        let args = self.graph.push(Node::Tuple(span));
        let object = self.graph.push_object(Construct::Call, global, args);
        self.graph.node(object)
    }

    /// An array whose elements are values, in a list.
    fn objects(
        &mut self,
        dtype: Dtype,
        order: Order,
        shape: NodeId,
        elements: NodeId,
    ) -> Result<Node> {
        let Some(shape) = crate::value::shape_of(&self.graph, shape) else {
            return self.bad("a shape");
        };
        let Node::List(span) = self.graph.node(elements) else {
            return self.bad("elements");
        };
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Objects(span),
        };
        if array.count() != Some(u64::from(span.len)) {
            return self.bad("as many elements as the shape has");
        }
        self.graph.arrays.push(array);
        Ok(Node::Array(self.graph.arrays.len() as u32 - 1))
    }

    fn array(&mut self, values: &[NodeId], order: Order, buffer: u32) -> Result<Node> {
        let Some(dtype) = Dtype::from_node(&self.graph, values[0]) else {
            let name = self
                .graph
                .str(values[0])
                .map_or("of fields".into(), |name| {
                    String::from_utf8_lossy(name).into_owned()
                });
            return Err(Error::UnsupportedDtype {
                offset: self.at as u64,
                dtype: name,
            });
        };
        let Some(shape) = crate::value::shape_of(&self.graph, values[1]) else {
            return self.bad("a shape");
        };
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Buffer(buffer),
        };
        let nbytes = array
            .count()
            .and_then(|count| count.checked_mul(u64::from(array.dtype.itemsize())));
        if array.dtype.is_object() {
            return self.bad("a dtype without objects");
        }
        if nbytes != Some(self.graph.buffers[buffer as usize].len) {
            return self.bad("as many bytes as the shape says");
        }
        let like_typed = array.typed().is_some();
        self.graph.arrays.push(array);
        let node = Node::Array(self.graph.arrays.len() as u32 - 1);
        if !like_typed {
            return Ok(node);
        }
        // Without a note it would come back as a typed array.
        let value = self.graph.push(node);
        let kind = self.graph.push_str(b"NDArray");
        Ok(self.tag(kind, value))
    }
}
