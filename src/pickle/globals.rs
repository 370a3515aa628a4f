//! The allow-list: which of Python's classes and functions stand for something that joblite knows,
//! and what they stand for. Everything else stays a [`crate::value::PyObject`].

use crate::value::{
    ByteOrder, Construct, Data, Dtype, Field, Graph, NdArray, Node, NodeId, Order, PyObject,
    shape_of,
};

/// A module's names and a name in them.
pub(super) type Global = (&'static [&'static str], &'static str);

pub(super) const NUMPY_ARRAY_WRAPPER: Global = (&["joblib.numpy_pickle"], "NumpyArrayWrapper");
/// `numpy.core` became `numpy._core` in NumPy 2.
pub(super) const RECONSTRUCT: Global = (
    &["numpy._core.multiarray", "numpy.core.multiarray"],
    "_reconstruct",
);
/// What NumPy calls in protocol 5.
const FROM_BUFFER: Global = (
    &["numpy._core.numeric", "numpy.core.numeric"],
    "_frombuffer",
);
const SCALAR: Global = (
    &["numpy._core.multiarray", "numpy.core.multiarray"],
    "scalar",
);
const DTYPE: Global = (&["numpy"], "dtype");
const DATETIME: Global = (&["datetime"], "datetime");
const TIMEZONE: Global = (&["datetime"], "timezone");
const TIMEDELTA: Global = (&["datetime"], "timedelta");
const ENCODE: Global = (&["_codecs"], "encode");
const ORDERED_DICT: Global = (&["collections"], "OrderedDict");
const SET: Global = (&["builtins", "__builtin__"], "set");
const FROZENSET: Global = (&["builtins", "__builtin__"], "frozenset");

/// What a `NumpyArrayWrapper` says.
pub(super) struct Wrapper {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub order: Order,
    /// Whether padding comes before the data: joblib 1.2 and later.
    pub aligned: bool,
}

/// Whether a global, by its module and name, is this one.
pub(super) fn is(graph: &Graph, [module, name]: [NodeId; 2], (modules, wanted): &Global) -> bool {
    let text = |id| graph.str(id).unwrap_or_default();
    text(name) == wanted.as_bytes() && modules.iter().any(|known| known.as_bytes() == text(module))
}

/// Whether this is an object that will be replaced by what it stands for.
pub(super) fn is_on_the_way(graph: &Graph, id: NodeId) -> bool {
    object(graph, id).is_some_and(|object| {
        object.construct == Construct::Global || is(graph, object.global, &NUMPY_ARRAY_WRAPPER)
    })
}

fn object(graph: &Graph, id: NodeId) -> Option<&PyObject> {
    match graph.node(id) {
        Node::Object(index) => Some(&graph.objects[index as usize]),
        _ => None,
    }
}

/// The object's arguments, if it is a call of this global.
fn args_of<'a>(graph: &'a Graph, id: NodeId, global: &Global) -> Option<&'a [NodeId]> {
    let object = object(graph, id)?;
    is(graph, object.global, global).then(|| graph.children(object.args))
}

fn int(graph: &Graph, id: NodeId) -> Option<i64> {
    match graph.node(id) {
        Node::Int(int) => Some(int),
        _ => None,
    }
}

/// What a call stands for, if it is known.
pub(super) fn call(graph: &mut Graph, global: [NodeId; 2], args: NodeId) -> Option<NodeId> {
    let args = graph.children(args);
    let node = if is(graph, global, &DATETIME) {
        Node::Date(date(graph, args)?)
    } else if is(graph, global, &SCALAR) {
        let [dtype, value] = *args else { return None };
        return scalar(graph, dtype, value);
    } else if is(graph, global, &FROM_BUFFER) {
        let array = from_buffer(graph, args)?;
        graph.arrays.push(array);
        Node::Array(graph.arrays.len() as u32 - 1)
    } else if is(graph, global, &ORDERED_DICT) && args.is_empty() {
        Node::Dict(Default::default())
    } else if is(graph, global, &SET) || is(graph, global, &FROZENSET) {
        match *args {
            [] => Node::Set(Default::default()),
            [items] => match graph.node(items) {
                Node::List(span) | Node::Set(span) => {
                    let items = graph.items(span).to_vec();
                    Node::Set(graph.push_items(&items))
                }
                _ => return None,
            },
            _ => return None,
        }
    } else if is(graph, global, &ENCODE) {
        let [text, encoding] = *args else { return None };
        if graph.str(encoding) != Some(b"latin1") {
            return None;
        }
        let units = crate::value::text::utf16(graph.str(text)?);
        let bytes = units
            .map(|unit| u8::try_from(unit).ok())
            .collect::<Option<Vec<u8>>>()?;
        graph.buffers.push(crate::value::Buffer {
            len: bytes.len() as u64,
            offset: u64::MAX,
            bytes: Some(bytes),
        });
        Node::Bytes(graph.buffers.len() as u32 - 1)
    } else {
        return None;
    };
    Some(graph.push(node))
}

/// Milliseconds since 1970; a datetime without a time zone counts as UTC, microseconds are cut off.
fn date(graph: &Graph, args: &[NodeId]) -> Option<f64> {
    let (fields, zone) = match *args {
        [fields] => (fields, None),
        [fields, zone] => (fields, Some(zone)),
        _ => return None,
    };
    let &[high, low, month, day, hour, minute, second, us2, us1, us0] = graph.bytes(fields)? else {
        return None;
    };
    let (year, month, day) = (
        i64::from(high) << 8 | i64::from(low),
        i64::from(month),
        i64::from(day),
    );
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Howard Hinnant's `days_from_civil`, <https://howardhinnant.github.io/date_algorithms.html>.
    let y = year - i64::from(month <= 2);
    let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
    let seconds =
        days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let us = i64::from(us2) << 16 | i64::from(us1) << 8 | i64::from(us0);
    let offset_us = match zone {
        None => 0,
        Some(zone) => {
            let &[delta, ..] = args_of(graph, zone, &TIMEZONE)? else {
                return None;
            };
            let &[days, seconds, us] = args_of(graph, delta, &TIMEDELTA)? else {
                return None;
            };
            let (days, seconds, us) = (int(graph, days)?, int(graph, seconds)?, int(graph, us)?);
            days.checked_mul(86_400)?
                .checked_add(seconds)?
                .checked_mul(1_000_000)?
                .checked_add(us)?
        }
    };
    let total = (seconds * 1_000_000 + us).checked_sub(offset_us)?;
    Some(total.div_euclid(1000) as f64)
}

/// A NumPy scalar as the number that it is.
fn scalar(graph: &mut Graph, dtype: NodeId, value: NodeId) -> Option<NodeId> {
    let Dtype::Plain {
        kind, byte_order, ..
    } = self::dtype(graph, dtype)?
    else {
        return None;
    };
    let mut bytes = graph.bytes(value)?.to_vec();
    if byte_order == ByteOrder::Big {
        bytes.reverse();
    }
    let node = match (kind, bytes.len()) {
        (b'b', 1) => Node::Bool(bytes[0] != 0),
        (b'f', 8) => Node::number(f64::from_le_bytes(bytes.try_into().ok()?)),
        (b'f', 4) => Node::number(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        (b'i', 1 | 2 | 4 | 8) => return Some(graph.push_int_bytes(&bytes)),
        (b'u', 1 | 2 | 4 | 8) => {
            bytes.push(0);
            return Some(graph.push_int_bytes(&bytes));
        }
        _ => return None,
    };
    Some(graph.push(node))
}

/// The dtype that a `numpy.dtype` object describes.
pub(super) fn dtype(graph: &Graph, id: NodeId) -> Option<Dtype> {
    dtype_at(graph, id, 0)
}

fn dtype_at(graph: &Graph, id: NodeId, depth: u32) -> Option<Dtype> {
    let name = *args_of(graph, id, &DTYPE)?.first()?;
    let state = graph.children(object(graph, id)?.state);
    let plain = Dtype::parse(graph.str(name)?)?;
    let &[
        _version,
        byte_order,
        subdtype,
        names,
        fields,
        itemsize,
        alignment,
        ref rest @ ..,
    ] = state
    else {
        return state.is_empty().then_some(plain);
    };
    if depth > 16 || graph.node(subdtype) != Node::None {
        return None;
    }
    if graph.node(names) != Node::None {
        let fields = struct_fields(graph, names, fields, depth)?;
        let flags = rest
            .first()
            .and_then(|&flags| int(graph, flags))
            .unwrap_or(0);
        let itemsize = u32::try_from(int(graph, itemsize)?).ok()?;
        let alignment = u32::try_from(int(graph, alignment)?).ok()?;
        return Some(Dtype::Struct {
            fields,
            itemsize,
            alignment,
            aligned: flags & 128 != 0,
        });
    }
    let Dtype::Plain { kind, itemsize, .. } = plain else {
        return None;
    };
    let byte_order = match graph.str(byte_order)? {
        b">" => ByteOrder::Big,
        b"|" => ByteOrder::None,
        _ => ByteOrder::Little,
    };
    let unit = match rest {
        [_flags, metadata] => unit(graph, *metadata)?,
        _ => String::new(),
    };
    Dtype::plain(
        kind,
        if kind == b'U' { itemsize / 4 } else { itemsize },
        byte_order,
        &unit,
    )
}

fn struct_fields(graph: &Graph, names: NodeId, fields: NodeId, depth: u32) -> Option<Vec<Field>> {
    let by_name = graph.children(fields);
    graph
        .children(names)
        .iter()
        .map(|&name| {
            let name = graph.str(name)?;
            let pair = by_name
                .chunks_exact(2)
                .find(|pair| graph.str(pair[0]) == Some(name))?;
            let &[id, offset, ..] = graph.children(pair[1]) else {
                return None;
            };
            let offset = u32::try_from(int(graph, offset)?).ok()?;
            let (dtype, shape) = match subarray(graph, id) {
                Some((base, shape)) => (dtype_at(graph, base, depth + 1)?, shape_of(graph, shape)?),
                None => (dtype_at(graph, id, depth + 1)?, vec![]),
            };
            Some(Field {
                name: name.to_vec(),
                dtype,
                shape,
                offset,
            })
        })
        .collect()
}

/// Element type and shape of a dtype that is an array itself.
fn subarray(graph: &Graph, id: NodeId) -> Option<(NodeId, NodeId)> {
    let state = graph.children(object(graph, id)?.state);
    match *graph.children(*state.get(2)?) {
        [base, shape] => Some((base, shape)),
        _ => None,
    }
}

/// A datetime's unit from `(None, (b'ns', 1, 1, 1))`.
fn unit(graph: &Graph, metadata: NodeId) -> Option<String> {
    let &[_, unit] = graph.children(metadata) else {
        return Some(String::new());
    };
    let &[name, number, ..] = graph.children(unit) else {
        return None;
    };
    let name = std::str::from_utf8(graph.bytes(name)?).ok()?;
    match int(graph, number)? {
        1 => Some(name.to_owned()),
        number => Some(format!("{number}{name}")),
    }
}

/// Reads the state of a `NumpyArrayWrapper`.
pub(super) fn wrapper(graph: &Graph, state: NodeId) -> Option<Wrapper> {
    let items = graph.children(state);
    let get = |key: &str| {
        items
            .chunks_exact(2)
            .find(|pair| graph.str(pair[0]) == Some(key.as_bytes()))
            .map(|pair| pair[1])
    };
    let order = match graph.str(get("order")?)? {
        b"F" => Order::F,
        _ => Order::C,
    };
    let aligned = get("numpy_array_alignment_bytes").is_some_and(|id| graph.node(id) != Node::None);
    Some(Wrapper {
        dtype: dtype(graph, get("dtype")?)?,
        shape: shape_of(graph, get("shape")?)?,
        order,
        aligned,
    })
}

/// Reads the state that NumPy's own `__setstate__` gets: `(version, shape, dtype, is_fortran, data)`.
pub(super) fn numpy_state(graph: &Graph, state: NodeId) -> Option<NdArray> {
    let &[_version, shape, dtype, is_fortran, data] = graph.children(state) else {
        return None;
    };
    let order = if graph.node(is_fortran) == Node::Bool(true) {
        Order::F
    } else {
        Order::C
    };
    numpy_array(graph, data, dtype, shape, order)
}

/// Reads the arguments of `_frombuffer`: `(data, dtype, shape, order)`.
fn from_buffer(graph: &Graph, args: &[NodeId]) -> Option<NdArray> {
    let &[data, dtype, shape, order] = args else {
        return None;
    };
    let order = match graph.str(order)? {
        b"F" => Order::F,
        _ => Order::C,
    };
    numpy_array(graph, data, dtype, shape, order)
}

fn numpy_array(
    graph: &Graph,
    data: NodeId,
    dtype: NodeId,
    shape: NodeId,
    order: Order,
) -> Option<NdArray> {
    let (dtype, shape) = (self::dtype(graph, dtype)?, shape_of(graph, shape)?);
    let (order, data, len) = match graph.node(data) {
        // The elements of a list are in C order whatever the flag says.
        Node::List(span) if dtype.is_object() => {
            (Order::C, Data::Objects(span), u64::from(span.len))
        }
        Node::Bytes(index) if !dtype.is_object() => (
            order,
            Data::Buffer(index),
            graph.buffers[index as usize].len,
        ),
        _ => return None,
    };
    let size = if matches!(data, Data::Objects(_)) {
        1
    } else {
        u64::from(dtype.itemsize())
    };
    let array = NdArray {
        dtype,
        shape,
        order,
        data,
    };
    (array.count().and_then(|count| count.checked_mul(size)) == Some(len)).then_some(array)
}

/// Once all items are there: a dictionary whose keys are not all strings is a map, and maps and sets
/// that Python could not hold come back from their lists.
pub(super) fn settle(graph: &mut Graph) {
    for id in 0..graph.len() as NodeId {
        match graph.node(id) {
            Node::Dict(span)
                if !graph
                    .items(span)
                    .iter()
                    .step_by(2)
                    .all(|&key| matches!(graph.node(key), Node::Str(_))) =>
            {
                graph.set(id, Node::Map(span));
            }
            Node::Tagged(index) => {
                let tagged = &graph.tagged[index as usize];
                let (kind, Node::List(span)) = (
                    graph.str(tagged.kind).unwrap_or_default(),
                    graph.node(tagged.value),
                ) else {
                    continue;
                };
                if kind == b"Set" {
                    graph.set(id, Node::Set(span));
                } else if kind == b"Map"
                    && graph
                        .items(span)
                        .iter()
                        .all(|&pair| graph.children(pair).len() == 2)
                {
                    let items: Vec<NodeId> = graph
                        .items(span)
                        .iter()
                        .flat_map(|&pair| graph.children(pair))
                        .copied()
                        .collect();
                    let span = graph.push_items(&items);
                    graph.set(id, Node::Map(span));
                }
            }
            _ => {}
        }
    }
}
