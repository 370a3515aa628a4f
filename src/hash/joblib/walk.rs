//! From a graph to joblib's pickle of it.

use std::collections::HashMap;

use super::emit::{put_get, put_int, put_long, shortest};
use super::keys::{Comparison, Key, NoKey, key_of};
use super::{Cut, Digest, HashName, MAX_AGAIN, MAX_PICKLE, Stream, dtypes, path};
use crate::pickle::opcodes::*;
use crate::value::datetime_fields;
use crate::value::{
    Data, Dtype, Field, Graph, NdArray, Node, NodeId, Order, Tagged, check_depth, small_int,
};
use crate::{Error, Result};

/// Items between two appends, as in Python's pickler.
const BATCH: usize = 1000;

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

/// A key or item as joblib writes it: itself, or its hash where Python cannot order it.
enum Item {
    Node(NodeId),
    Hash(String),
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

    fn op(&mut self, op: u8) {
        self.stream.bytes.push(op);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.stream.bytes.extend_from_slice(bytes);
    }

    fn int(&mut self, value: i64) {
        put_int(&mut self.stream.bytes, value);
    }

    fn get(&mut self, memo: u32) {
        put_get(&mut self.stream.bytes, memo);
    }

    /// Memoizes what was just written; gives its number.
    fn put(&mut self) -> u32 {
        let number = self.next;
        self.next += 1;
        match u8::try_from(number) {
            Ok(byte) => self.raw(&[BINPUT, byte]),
            Err(_) => {
                self.op(LONG_BINPUT);
                self.raw(&number.to_le_bytes());
            }
        }
        number
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

    /// Writes what is there once, or refers to it.
    fn once(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        if let Some(&memo) = self.names.get(name) {
            return self.get(memo);
        }
        write(self);
        let memo = self.put();
        self.names.insert(name, memo);
    }

    /// A class; `name` is its module and name, each with a line's end.
    fn class(&mut self, name: &'static str) {
        self.once(name, |walker| {
            walker.op(GLOBAL);
            walker.raw(name.as_bytes());
        });
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

    fn text(&mut self, text: &[u8]) -> Result<()> {
        self.op(BINUNICODE);
        self.raw(&(text.len() as u32).to_le_bytes());
        self.raw(text);
        self.check_size()
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

    fn float(&mut self, value: f64) {
        // A NaN of Python's has these bits; JavaScript does not tell its NaNs apart.
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.op(BINFLOAT);
        self.raw(&bits.to_be_bytes());
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

    /// A list of `items`, which stand in the container `parent`.
    fn list(&mut self, id: Option<NodeId>, parent: NodeId, items: &[NodeId]) -> Result<()> {
        self.op(EMPTY_LIST);
        match id {
            Some(id) => self.remember(id),
            None => {
                self.put();
            }
        }
        self.batches(items.len(), APPEND, APPENDS, |walker, i| {
            walker.child(parent, i, items[i])
        })
    }

    /// Writes `n` times what `write` does, as Python's pickler does in batches.
    fn batches(
        &mut self,
        n: usize,
        one: u8,
        several: u8,
        mut write: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        for start in (0..n).step_by(BATCH) {
            let end = n.min(start + BATCH);
            if end - start > 1 {
                self.op(MARK);
            }
            (start..end).try_for_each(|i| write(self, i))?;
            self.op(if end - start > 1 { several } else { one });
        }
        Ok(())
    }

    fn tuple(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let n = items.len();
        if n > 3 {
            self.op(MARK);
        }
        for (i, &item) in items.iter().enumerate() {
            self.child(id, i, item)?;
        }
        if let Some(memo) = self.memo(id) {
            // A list in it led back to it, so it has been made on the way.
            match n {
                0..=3 => (0..n).for_each(|_| self.op(POP)),
                _ => self.op(POP_MARK),
            }
            self.get(memo);
            return Ok(());
        }
        self.op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][n.min(4)]);
        if n > 0 {
            self.remember(id);
        }
        Ok(())
    }

    /// A tuple that is made for the occasion.
    fn tuple_of_ints(&mut self, items: impl ExactSizeIterator<Item = u64>) {
        let n = items.len();
        if n > 3 {
            self.op(MARK);
        }
        items.for_each(|item| self.int(i64::try_from(item).unwrap_or(i64::MAX)));
        self.op([EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE][n.min(4)]);
        if n > 0 {
            self.put();
        }
    }

    fn dict(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let graph = self.graph;
        // Of a key that was set twice the last value counts: the sort is stable, the first is kept.
        let mut keys: Vec<(Key, usize)> = (0..items.len() / 2)
            .rev()
            .map(|i| {
                let key = graph.str(items[2 * i]).unwrap_or_default();
                (Key::Str(key), 2 * i)
            })
            .collect();
        Comparison::default().sort(&mut keys);
        keys.dedup_by(|(a, _), (b, _)| matches!((a, b), (Key::Str(a), Key::Str(b)) if a == b));
        self.op(EMPTY_DICT);
        self.remember(id);
        self.batches(keys.len(), SETITEM, SETITEMS, |walker, i| {
            let at = keys[i].1;
            walker.child(id, at, items[at])?;
            walker.child(id, at + 1, items[at + 1])
        })
    }

    fn map(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let keys = self.ordered(id, items, 2)?;
        self.op(EMPTY_DICT);
        self.remember(id);
        self.batches(keys.len(), SETITEM, SETITEMS, |walker, i| {
            let (key, at) = &keys[i];
            walker.item(id, *at, key)?;
            walker.child(id, at + 1, items[at + 1])
        })
    }

    /// A `_ConsistentSet`, made anew for each place where the set stands.
    fn set(&mut self, id: NodeId, items: &[NodeId]) -> Result<()> {
        let ordered = self.ordered(id, items, 1)?;
        self.instance("joblib.hashing\n_ConsistentSet\n");
        self.text(b"_sequence")?;
        self.op(EMPTY_LIST);
        self.put();
        self.batches(ordered.len(), APPEND, APPENDS, |walker, i| {
            let (item, at) = &ordered[i];
            walker.item(id, *at, item)
        })?;
        self.raw(&[SETITEM, BUILD]);
        Ok(())
    }

    /// An object of a class of joblib's, up to the dictionary of its one attribute.
    fn instance(&mut self, class: &'static str) {
        self.class(class);
        self.raw(&[EMPTY_TUPLE, NEWOBJ]);
        self.put();
        self.op(EMPTY_DICT);
        self.put();
    }

    fn item(&mut self, parent: NodeId, at: usize, item: &Item) -> Result<()> {
        match item {
            Item::Node(id) => self.child(parent, at, *id),
            Item::Hash(hash) => self.text(hash.as_bytes()),
        }
    }

    /// Every `step`th item in joblib's order, with its position.
    fn ordered(
        &mut self,
        parent: NodeId,
        items: &[NodeId],
        step: usize,
    ) -> Result<Vec<(Item, usize)>> {
        let graph = self.graph;
        let mut keys: Vec<(Key, usize)> = Vec::with_capacity(items.len() / step);
        for at in (0..items.len()).step_by(step) {
            match key_of(graph, items[at], self.path.len() + 1, &mut self.keys) {
                Ok(key) => keys.push((key, at)),
                Err(NoKey::Error(error)) => return Err(error),
                Err(NoKey::Reason(reason)) => {
                    self.path.push((parent, at));
                    return self.unsupported(reason);
                }
            }
        }
        let mut comparison = Comparison::default();
        comparison.sort(&mut keys);
        if comparison.nan {
            return self.unsupported("a NaN beside other numbers has no place in Python's order");
        }
        if comparison.equal {
            return self.unsupported("two keys or items of it are one in Python");
        }
        if !comparison.unorderable {
            let nodes = keys.into_iter().map(|(_, at)| (Item::Node(items[at]), at));
            return Ok(nodes.collect());
        }
        let mut hashed = Vec::with_capacity(keys.len());
        for (_, at) in keys {
            self.path.push((parent, at));
            hashed.push((self.hash_of_key(items[at])?, at));
            self.path.pop();
        }
        let mut order: Vec<(Key, usize)> = hashed
            .iter()
            .enumerate()
            .map(|(i, (hash, _))| (Key::Str(hash.as_bytes()), i))
            .collect();
        // By the same sort as keys: each kind of sort is code of its own.
        Comparison::default().sort(&mut order);
        let hashes = order.into_iter().map(|(_, i)| {
            let (hash, at) = &hashed[i];
            (Item::Hash(hash.clone()), *at)
        });
        Ok(hashes.collect())
    }

    /// `joblib.hash(key)`: MD5, whatever the whole is hashed with.
    fn hash_of_key(&mut self, id: NodeId) -> Result<String> {
        let graph = self.graph;
        let spent = self.spent + self.stream.bytes.len() + self.before.bytes.len();
        let memo = Memo::Few(HashMap::new());
        let mut inner = Walker::new(graph, self.protocol, memo, self.keys, spent);
        inner.path.clone_from(&self.path);
        inner.pickle(id)?;
        let mut digest = Digest::new(HashName::Md5);
        let mut at = 0;
        for cut in &inner.stream.cuts {
            digest.update(&inner.stream.bytes[at..cut.at]);
            let content = graph.buffers[cut.buffer as usize].bytes.as_deref();
            let content = content.unwrap_or_default();
            digest.update(content);
            self.spent += content.len();
            at = cut.at;
        }
        digest.update(&inner.stream.bytes[at..]);
        // A digest of any length costs as much as a short one.
        self.spent += inner.stream.bytes.len().max(64);
        self.check_size()?;
        Ok(digest.finish())
    }

    fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        if dtypes::has_titles(dtype) {
            return self.unsupported("a dtype of fields with titles");
        }
        let Some(pickle) = dtypes::dumps(dtype, self.protocol) else {
            return self.unsupported("a dtype of so many fields");
        };
        self.before.bytes.extend_from_slice(b"_HASHED_DTYPE");
        self.before.bytes.extend(pickle);
        self.check_size()
    }

    /// `(numpy.ndarray, ("HASHED", dtype, shape, strides))`.
    fn array(&mut self, array: &NdArray, buffer: u32) -> Result<()> {
        if array.dtype.is_object() {
            return self.unsupported("records that hold objects");
        }
        if array.shape.is_empty() && has_padding(&array.dtype) {
            // joblib flattens it, and NumPy copies fields only.
            return self
                .unsupported("joblib hashes the padding of a single record as it happens to be");
        }
        let at = self.before.bytes.len();
        self.before.cuts.push(Cut { at, buffer });
        self.count(buffer)?;
        self.class("numpy\nndarray\n");
        self.op(MARK);
        self.text(b"HASHED")?;
        self.dtype(&array.dtype)?;
        self.tuple_of_ints(array.shape.iter().copied());
        self.tuple_of_ints(strides(array).into_iter());
        self.op(TUPLE);
        self.put();
        self.op(TUPLE2);
        self.put();
        Ok(())
    }

    /// What NumPy's own `__reduce__` says, but that joblib replaces the built-in `_reconstruct`.
    fn object_array(&mut self, id: NodeId, array: &NdArray, items: &[NodeId]) -> Result<()> {
        self.instance("joblib.hashing\n_MyHash\n");
        self.text(b"args")?;
        self.text(b"_reconstruct")?;
        self.text(b"numpy._core._multiarray_umath")?;
        self.op(TUPLE2);
        self.put();
        self.raw(&[SETITEM, BUILD]);
        self.class("numpy\nndarray\n");
        self.tuple_of_ints([0].into_iter());
        self.raw(&[SHORT_BINBYTES, 1, b'b', TUPLE3]);
        self.put();
        self.op(REDUCE);
        self.remember(id);
        self.raw(&[MARK, BININT1, 1]);
        self.tuple_of_ints(array.shape.iter().copied());
        self.dtype(&array.dtype)?;
        // NumPy calls an array of one axis C order.
        let is_fortran = array.order == Order::F && array.shape.len() > 1;
        self.op(if is_fortran { NEWTRUE } else { NEWFALSE });
        self.list(None, id, items)?;
        self.op(TUPLE);
        self.put();
        self.op(BUILD);
        Ok(())
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

/// Whether bytes of a record belong to no field.
fn has_padding(dtype: &Dtype) -> bool {
    let Dtype::Struct {
        fields, itemsize, ..
    } = dtype
    else {
        return false;
    };
    let nbytes = |field: &Field| {
        let itemsize = u64::from(field.dtype.itemsize());
        field
            .shape
            .iter()
            .fold(itemsize, |nbytes, &n| nbytes.saturating_mul(n))
    };
    let used = fields.iter().map(nbytes).fold(0, u64::saturating_add);
    used < u64::from(*itemsize) || fields.iter().any(|field| has_padding(&field.dtype))
}

/// NumPy's strides of a new array, in bytes; of one without bytes they are all 0.
fn strides(array: &NdArray) -> Vec<u64> {
    let mut strides = vec![0; array.shape.len()];
    let itemsize = u64::from(array.dtype.itemsize());
    if itemsize == 0 || array.shape.contains(&0) {
        return strides;
    }
    let mut next = itemsize;
    let mut set = |axis: usize| {
        strides[axis] = next;
        next = next.saturating_mul(array.shape[axis]);
    };
    match array.order {
        Order::C => (0..array.shape.len()).rev().for_each(&mut set),
        Order::F => (0..array.shape.len()).for_each(&mut set),
    }
    strides
}
