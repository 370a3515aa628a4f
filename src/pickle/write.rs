//! From a graph to joblib's file: pickle protocol 5, arrays and byte strings left out.

use std::collections::{HashMap, HashSet};

use super::opcodes::*;
use super::{ALIGNMENT, NOTE};
use crate::value::{
    ByteOrder, Construct, Data, Dtype, Graph, MAX_SAFE_INTEGER, NdArray, Node, NodeId, Order,
    small_int,
};
use crate::{Error, Result};

/// Items between two appends, as in Python: bounds the stack of the reader.
const BATCH: usize = 1000;

const NO_MEMO: u32 = u32::MAX;

/// Where a buffer belongs in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Position in [`Pickle::bytes`] before which it stands.
    pub at: usize,
    /// Index of the graph's buffer.
    pub buffer: u32,
}

/// A pickle without its buffers: `bytes[..cuts[0].at]`, buffer, bytes up to the next cut, and so on.
#[derive(Debug, Default)]
pub struct Pickle {
    /// Opcodes and padding.
    pub bytes: Vec<u8>,
    /// Where the buffers go, in order.
    pub cuts: Vec<Cut>,
}

/// Writes a graph.
///
/// # Errors
/// `UNSUPPORTED_VALUE` for tuples that contain themselves other than through a list or a dictionary.
pub fn write(graph: &Graph) -> Result<Pickle> {
    let mut shared = graph.shared();
    let cyclic = |id: u32| matches!(graph.node(id), Node::Tuple(_) | Node::Object(_));
    if (0..graph.len() as NodeId).any(|id| shared[id as usize] && cyclic(id)) {
        // A tuple can be referred to before it exists; then every container has to be known by its number.
        shared.fill(true);
    }
    let memo = vec![NO_MEMO; graph.len()];
    let mut writer = Writer {
        graph,
        out: Pickle {
            bytes: vec![PROTO, 5],
            cuts: vec![],
        },
        outside: 0,
        shared,
        memo,
        next_memo: 0,
        names: HashMap::new(),
        open: HashMap::new(),
        todo: vec![],
    };
    writer.run()?;
    Ok(writer.out)
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
    /// Callable and arguments of an object have been written.
    Object(NodeId),
    /// As [`Todo::Value`], but a list is written as a tuple.
    Args(NodeId),
}

struct Writer<'a> {
    graph: &'a Graph,
    out: Pickle,
    /// Bytes of buffers so far.
    outside: u64,
    shared: Vec<bool>,
    memo: Vec<u32>,
    next_memo: u32,
    /// Memo of the strings, classes and dtypes that the writer itself needs.
    names: HashMap<Vec<u8>, u32>,
    /// How often a tuple or object has been begun and not ended.
    open: HashMap<NodeId, u32>,
    todo: Vec<Todo<'a>>,
}

impl<'a> Writer<'a> {
    fn op(&mut self, op: u8) {
        self.out.bytes.push(op);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.bytes.extend_from_slice(bytes);
    }

    fn memoize(&mut self) -> u32 {
        self.op(MEMOIZE);
        self.next_memo += 1;
        self.next_memo - 1
    }

    fn get(&mut self, memo: u32) {
        match u8::try_from(memo) {
            Ok(byte) => self.raw(&[BINGET, byte]),
            Err(_) => {
                self.op(LONG_BINGET);
                self.raw(&memo.to_le_bytes());
            }
        }
    }

    /// Memoizes what has just been pushed if it will be needed again.
    fn remember(&mut self, id: NodeId) {
        if self.shared[id as usize] && self.memo[id as usize] == NO_MEMO {
            self.memo[id as usize] = self.memoize();
        }
    }

    /// Writes what `make` writes, or refers to it if that was done before.
    fn once(&mut self, name: &[u8], make: impl FnOnce(&mut Self)) {
        if let Some(&memo) = self.names.get(name) {
            return self.get(memo);
        }
        make(self);
        let memo = self.memoize();
        self.names.insert(name.to_vec(), memo);
    }

    fn text(&mut self, text: &[u8]) {
        if let Ok(len) = u8::try_from(text.len()) {
            self.raw(&[SHORT_BINUNICODE, len]);
        } else if let Ok(len) = u32::try_from(text.len()) {
            self.op(BINUNICODE);
            self.raw(&len.to_le_bytes());
        } else {
            self.op(BINUNICODE8);
            self.raw(&(text.len() as u64).to_le_bytes());
        }
        self.raw(text);
    }

    fn name(&mut self, text: &str) {
        self.once(text.as_bytes(), |writer| writer.text(text.as_bytes()));
    }

    fn global(&mut self, module: &str, name: &str) {
        self.once(format!("{module} {name}").as_bytes(), |writer| {
            writer.name(module);
            writer.name(name);
            writer.op(STACK_GLOBAL);
        });
    }

    fn note(&mut self, kind: &[u8]) {
        let note = [NOTE, kind].concat();
        self.once(&note, |writer| writer.text(&note));
        self.op(POP);
    }

    fn int(&mut self, value: i64) {
        if let Ok(byte) = u8::try_from(value) {
            self.raw(&[BININT1, byte]);
        } else if let Ok(short) = u16::try_from(value) {
            self.op(BININT2);
            self.raw(&short.to_le_bytes());
        } else if let Ok(int) = i32::try_from(value) {
            self.op(BININT);
            self.raw(&int.to_le_bytes());
        } else {
            let bytes = value.to_le_bytes();
            let mut len = 8;
            while len > 5 && small_int(&bytes[..len - 1]) == Some(value) {
                len -= 1;
            }
            self.long(&bytes[..len]);
        }
    }

    fn long(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) => self.raw(&[LONG1, len]),
            Err(_) => {
                self.op(LONG4);
                self.raw(&(bytes.len() as u32).to_le_bytes());
            }
        }
        self.raw(bytes);
    }

    fn float(&mut self, value: f64) {
        self.op(BINFLOAT);
        self.raw(&value.to_be_bytes());
    }

    fn bool(&mut self, value: bool) {
        self.op(if value { NEWTRUE } else { NEWFALSE });
    }

    fn run(&mut self) -> Result<()> {
        self.todo.push(Todo::Value(self.graph.root));
        while let Some(next) = self.todo.pop() {
            match next {
                Todo::Value(id) => self.value(id)?,
                Todo::Op(op) => self.op(op),
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
                Todo::Object(id) => self.end_object(id),
                Todo::Args(id) => match self.graph.node(id) {
                    Node::None => self.op(EMPTY_TUPLE),
                    Node::List(span) => {
                        self.op(MARK);
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
        self.op(STOP);
        Ok(())
    }

    fn items(&mut self, items: &'a [NodeId], mut batch: usize, op: u8) -> Result<()> {
        for (at, &id) in items.iter().enumerate() {
            if batch == 0 {
                self.op(MARK);
                // An even number, so that keys and values stay together.
                batch = BATCH;
            }
            batch -= 1;
            let depth = self.todo.len();
            let rest = &items[at + 1..];
            self.todo.push(Todo::Items {
                items: rest,
                batch,
                op,
            });
            self.value(id)?;
            if batch == 0 || rest.is_empty() {
                if self.todo.len() == depth + 1 {
                    self.op(op);
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

    fn value(&mut self, id: NodeId) -> Result<()> {
        let graph = self.graph;
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            self.get(memo);
            return Ok(());
        }
        match graph.node(id) {
            Node::None => self.op(NONE),
            Node::Undefined => {
                self.note(b"undefined");
                self.op(NONE);
            }
            Node::Hole => {
                self.note(b"hole");
                self.op(NONE);
            }
            Node::Bool(value) => self.bool(value),
            Node::Int(value) => self.int(value),
            Node::Float(value) => self.float(value),
            Node::BigInt(span) => {
                let bytes = graph.text(span);
                if small_int(bytes).is_some_and(|int| int.abs() <= MAX_SAFE_INTEGER) {
                    self.note(b"bigint");
                }
                self.long(bytes);
            }
            Node::Str(span) => {
                self.text(graph.text(span));
                self.remember(id);
            }
            Node::Bytes(buffer) => {
                self.bytes(buffer);
                self.remember(id);
            }
            Node::List(span) => self.begin(EMPTY_LIST, id, graph.items(span), APPENDS),
            Node::Dict(span) => self.begin(EMPTY_DICT, id, graph.items(span), SETITEMS),
            Node::Map(span) => {
                self.note(b"Map");
                let items = graph.items(span);
                if self.can_be_keys(items.iter().step_by(2)) {
                    self.begin(EMPTY_DICT, id, items, SETITEMS);
                } else {
                    self.op(EMPTY_LIST);
                    self.remember(id);
                    self.todo.push(Todo::Pairs(items));
                }
            }
            Node::Set(span) => {
                let items = graph.items(span);
                if self.can_be_keys(items.iter()) {
                    self.begin(EMPTY_SET, id, items, ADDITEMS);
                } else {
                    self.note(b"Set");
                    self.begin(EMPTY_LIST, id, items, APPENDS);
                }
            }
            Node::Tuple(span) => {
                self.enter(id)?;
                let items = graph.items(span);
                if items.len() > 3 {
                    self.op(MARK);
                }
                self.todo.push(Todo::Tuple(id, items.len()));
                self.todo
                    .extend(items.iter().rev().map(|&item| Todo::Value(item)));
            }
            Node::Date(ms) => {
                self.date(ms);
                self.remember(id);
            }
            Node::Array(index) => self.array(id, &graph.arrays[index as usize]),
            Node::Object(index) => {
                self.enter(id)?;
                let object = &graph.objects[index as usize];
                let [module, name] = object
                    .global
                    .map(|id| String::from_utf8_lossy(graph.str(id).unwrap_or_default()));
                self.global(&module, &name);
                self.todo.push(Todo::Object(id));
                if object.construct != Construct::Global {
                    self.todo.push(Todo::Args(object.args));
                }
            }
            Node::Tagged(index) => {
                let tagged = &graph.tagged[index as usize];
                self.note(graph.str(tagged.kind).unwrap_or_default());
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

    fn begin(&mut self, op: u8, id: NodeId, items: &'a [NodeId], then: u8) {
        self.op(op);
        self.remember(id);
        if !items.is_empty() {
            self.todo.push(Todo::Items {
                items,
                batch: 0,
                op: then,
            });
        }
    }

    fn enter(&mut self, id: NodeId) -> Result<()> {
        let open = self.open.entry(id).or_default();
        *open += 1;
        if *open > 2 {
            return Err(Error::UnsupportedValue {
                path: "$".into(),
                reason: "a tuple or object cannot be made from itself".into(),
            });
        }
        Ok(())
    }

    fn leave(&mut self, id: NodeId) {
        if let Some(open) = self.open.get_mut(&id) {
            *open -= 1;
        }
    }

    fn end_tuple(&mut self, id: NodeId, len: usize) {
        self.leave(id);
        let memo = self.memo[id as usize];
        if memo != NO_MEMO {
            // Its own content referred to it, so it has been made on the way: drop the items.
            if len > 3 {
                self.op(POP_MARK);
            } else {
                (0..len).for_each(|_| self.op(POP));
            }
            return self.get(memo);
        }
        self.op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][len.min(4)]);
        self.remember(id);
    }

    fn end_object(&mut self, id: NodeId) {
        self.leave(id);
        let graph = self.graph;
        let Node::Object(index) = graph.node(id) else {
            return;
        };
        let object = &graph.objects[index as usize];
        let memo = self.memo[id as usize];
        match object.construct {
            Construct::Global => return,
            _ if memo != NO_MEMO => {
                self.raw(&[POP, POP]);
                return self.get(memo);
            }
            Construct::Call => self.op(REDUCE),
            Construct::New => self.op(NEWOBJ),
        }
        self.remember(id);
        if graph.node(object.state) != Node::None {
            self.todo
                .extend([Todo::Op(BUILD), Todo::Value(object.state)]);
        }
        for (items, op) in [(object.dict_items, SETITEMS), (object.list_items, APPENDS)] {
            let items = graph.children(items);
            if !items.is_empty() {
                self.todo.push(Todo::Items {
                    items,
                    batch: 0,
                    op,
                });
            }
        }
    }

    /// Whether Python can have these as keys, and keeps them apart: 1, 1.0, 1n and true are one key there.
    fn can_be_keys<'b>(&self, mut keys: impl Iterator<Item = &'b NodeId> + Clone) -> bool {
        if keys
            .clone()
            .all(|&id| matches!(self.graph.node(id), Node::Str(_)))
        {
            return true;
        }
        let mut numbers = HashSet::new();
        let mut nones = 0;
        keys.all(|&id| match self.graph.node(id) {
            Node::Bool(value) => numbers.insert(u64::from(value)),
            Node::Int(value) => numbers.insert(value as u64),
            Node::BigInt(span) => {
                small_int(self.graph.text(span)).is_none_or(|value| numbers.insert(value as u64))
            }
            Node::Float(value) => value != 0.0 || numbers.insert(0),
            Node::None | Node::Undefined => {
                nones += 1;
                nones < 2
            }
            _ => self.is_hashable(id, 0),
        })
    }

    fn is_hashable(&self, id: NodeId, depth: usize) -> bool {
        match self.graph.node(id) {
            Node::Tuple(span) => {
                depth < 16
                    && self
                        .graph
                        .items(span)
                        .iter()
                        .all(|&item| self.is_hashable(item, depth + 1))
            }
            Node::List(_) | Node::Dict(_) | Node::Map(_) | Node::Set(_) => false,
            Node::Array(_) | Node::Object(_) | Node::Tagged(_) => false,
            Node::Date(ms) => civil(ms).is_some(),
            _ => true,
        }
    }

    fn cut(&mut self, buffer: u32) {
        self.out.cuts.push(Cut {
            at: self.out.bytes.len(),
            buffer,
        });
        self.outside += self.graph.buffers[buffer as usize].len;
    }

    fn bytes(&mut self, buffer: u32) {
        let len = self.graph.buffers[buffer as usize].len;
        if let Ok(len) = u8::try_from(len) {
            self.raw(&[SHORT_BINBYTES, len]);
        } else if let Ok(len) = u32::try_from(len) {
            self.op(BINBYTES);
            self.raw(&len.to_le_bytes());
        } else {
            self.op(BINBYTES8);
            self.raw(&len.to_le_bytes());
        }
        self.cut(buffer);
    }

    /// `datetime.datetime(..., tzinfo=timezone.utc)`, or milliseconds where Python has no such date.
    fn date(&mut self, ms: f64) {
        let Some(fields) = civil(ms) else {
            self.note(b"Date");
            return self.float(ms);
        };
        self.global("datetime", "datetime");
        self.raw(&[SHORT_BINBYTES, 10]);
        self.raw(&fields);
        self.once(b"utc", |writer| {
            writer.global("datetime", "timezone");
            writer.global("datetime", "timedelta");
            writer.raw(&[
                BININT1, 0, BININT1, 0, BININT1, 0, TUPLE3, REDUCE, TUPLE1, REDUCE,
            ]);
        });
        self.raw(&[TUPLE2, REDUCE]);
    }

    fn array(&mut self, id: NodeId, array: &NdArray) {
        let buffer = match array.data {
            Data::Buffer(buffer) => buffer,
            Data::Objects(span) => return self.object_array(id, array, self.graph.items(span)),
        };
        self.global("joblib.numpy_pickle", "NumpyArrayWrapper");
        self.raw(&[EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK]);
        self.name("subclass");
        self.global("numpy", "ndarray");
        self.name("shape");
        self.shape(&array.shape);
        self.name("order");
        self.name(if array.order == Order::C { "C" } else { "F" });
        self.name("dtype");
        self.dtype(&array.dtype);
        self.name("allow_mmap");
        self.bool(true);
        self.name("numpy_array_alignment_bytes");
        self.int(ALIGNMENT as i64);
        self.raw(&[SETITEMS, BUILD]);
        let position = self.out.bytes.len() as u64 + self.outside;
        let padding = ALIGNMENT - (position + 1) % ALIGNMENT;
        self.op(padding as u8);
        (0..padding).for_each(|_| self.op(0xff));
        self.cut(buffer);
        self.remember(id);
    }

    /// An array of objects, by NumPy's own way. Differs from joblib, which nests a pickle of its own
    /// that cannot share references with the rest; `joblib.load` reads both.
    fn object_array(&mut self, id: NodeId, array: &NdArray, items: &'a [NodeId]) {
        self.global("numpy._core.multiarray", "_reconstruct");
        self.global("numpy", "ndarray");
        self.raw(&[BININT1, 0, TUPLE1, SHORT_BINBYTES, 1, b'b', TUPLE3, REDUCE]);
        self.remember(id);
        self.raw(&[MARK, BININT1, 1]);
        self.shape(&array.shape);
        self.dtype(&array.dtype);
        self.raw(&[NEWFALSE, EMPTY_LIST]);
        self.todo.extend([Todo::Op(BUILD), Todo::Op(TUPLE)]);
        if !items.is_empty() {
            self.todo.push(Todo::Items {
                items,
                batch: 0,
                op: APPENDS,
            });
        }
    }

    fn shape(&mut self, shape: &[u64]) {
        self.op(MARK);
        shape.iter().for_each(|&n| self.int(n as i64));
        self.op(TUPLE);
    }

    /// What NumPy's `dtype.__reduce__` says.
    fn dtype(&mut self, dtype: &Dtype) {
        match dtype {
            Dtype::Plain {
                kind,
                itemsize,
                byte_order,
                unit,
            } => {
                self.once(format!("dtype {}", dtype.name()).as_bytes(), |writer| {
                    let size = if *kind == b'U' {
                        itemsize / 4
                    } else {
                        *itemsize
                    };
                    let name = format!("{}{size}", char::from(*kind));
                    writer.dtype_call(&name);
                    writer.op(MARK);
                    writer.int(if matches!(kind, b'm' | b'M') { 4 } else { 3 });
                    writer.name(match byte_order {
                        ByteOrder::Little => "<",
                        ByteOrder::Big => ">",
                        ByteOrder::None => "|",
                    });
                    writer.raw(&[NONE, NONE, NONE]);
                    // Item size and alignment matter only for kinds of variable size.
                    let variable = b"SUV".contains(kind);
                    writer.int(if variable { i64::from(*itemsize) } else { -1 });
                    writer.int(if variable {
                        if *kind == b'U' { 4 } else { 1 }
                    } else {
                        -1
                    });
                    writer.int(match kind {
                        b'O' => 63,
                        b'U' => 8,
                        _ => 0,
                    });
                    if matches!(kind, b'm' | b'M') {
                        writer.unit(unit);
                    }
                    writer.raw(&[TUPLE, BUILD]);
                });
            }
            Dtype::Struct {
                fields,
                itemsize,
                alignment,
                aligned,
            } => {
                self.dtype_call(&format!("V{itemsize}"));
                self.op(MARK);
                self.int(3);
                self.name("|");
                self.raw(&[NONE, MARK]);
                fields.iter().for_each(|field| self.text(&field.name));
                self.raw(&[TUPLE, EMPTY_DICT, MARK]);
                for field in fields {
                    self.text(&field.name);
                    if field.shape.is_empty() {
                        self.dtype(&field.dtype);
                    } else {
                        self.subarray(&field.dtype, &field.shape);
                    }
                    self.int(i64::from(field.offset));
                    self.op(TUPLE2);
                }
                self.op(SETITEMS);
                self.int(i64::from(*itemsize));
                self.int(i64::from(*alignment));
                self.int(if *aligned { 144 } else { 16 });
                self.raw(&[TUPLE, BUILD]);
            }
        }
    }

    fn subarray(&mut self, dtype: &Dtype, shape: &[u64]) {
        let nbytes = shape
            .iter()
            .fold(u64::from(dtype.itemsize()), |nbytes, &n| {
                nbytes.saturating_mul(n)
            });
        self.dtype_call(&format!("V{nbytes}"));
        self.op(MARK);
        self.int(3);
        self.name("|");
        self.dtype(dtype);
        self.shape(shape);
        self.raw(&[TUPLE2, NONE, NONE]);
        self.int(i64::try_from(nbytes).unwrap_or(i64::MAX));
        self.int(1);
        self.int(0);
        self.raw(&[TUPLE, BUILD]);
    }

    fn dtype_call(&mut self, name: &str) {
        self.global("numpy", "dtype");
        self.name(name);
        self.raw(&[NEWFALSE, NEWTRUE, TUPLE3, REDUCE]);
    }

    /// `(None, (b'ns', 1, 1, 1))`: metadata, then unit, number, denominator, events.
    fn unit(&mut self, unit: &str) {
        let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = unit[..unit.len() - name.len()].parse().unwrap_or(1);
        let name = if name.is_empty() { "generic" } else { name };
        self.raw(&[NONE, MARK, SHORT_BINBYTES, name.len() as u8]);
        self.raw(name.as_bytes());
        self.int(number);
        self.raw(&[BININT1, 1, BININT1, 1, TUPLE, TUPLE2]);
    }
}

/// The ten bytes of a Python datetime, for the years 1 to 9999.
fn civil(ms: f64) -> Option<[u8; 10]> {
    const FIRST: f64 = -62_135_596_800_000.0;
    const LAST: f64 = 253_402_300_799_999.0;
    if !(FIRST..=LAST).contains(&ms) {
        return None;
    }
    let ms = ms as i64;
    let (days, ms) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // Howard Hinnant's `civil_from_days`, <https://howardhinnant.github.io/date_algorithms.html>.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let us = ms % 1000 * 1000;
    let seconds = ms / 1000;
    let fields = [
        year >> 8,
        year & 255,
        month,
        day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        us >> 16,
        us >> 8 & 255,
        us & 255,
    ];
    Some(fields.map(|field| field as u8))
}
