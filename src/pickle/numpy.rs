//! What NumPy's and joblib's objects in a pickle say: dtypes, scalars, arrays.

use std::collections::HashMap;

use super::budget::Budget;
use super::calls::{bytes_of, push_bytes};
use super::globals::*;
use crate::value::{
    ByteOrder, Construct, Data, Dtype, Field, Graph, NdArray, Node, NodeId, Order, PyObject,
    shape_of,
};

/// What a `NumpyArrayWrapper` says.
pub(super) struct Wrapper {
    pub dtype: Dtype,
    /// The dtype's node, if an array of it stays an object: its fields overlap.
    pub kept: Option<NodeId>,
    pub shape: Vec<u64>,
    pub order: Order,
    /// Whether padding comes before the data: joblib 1.2 and later.
    pub aligned: bool,
    /// Whether the array is a `numpy.matrix`.
    pub matrix: bool,
}

/// `NPY_ALIGNED_STRUCT`; NumPy 1 writes it as the sign of a byte.
const ALIGNED_STRUCT: i64 = 128;

/// The dtype that a `numpy.dtype` object describes, if its fields follow one another: otherwise an array
/// of it stays an object.
pub(super) fn dtype(graph: &Graph, id: NodeId, budget: &mut Budget) -> Option<Dtype> {
    dtype_at(graph, id, 0, budget).filter(Dtype::has_descr)
}

fn dtype_at(graph: &Graph, id: NodeId, depth: u32, budget: &mut Budget) -> Option<Dtype> {
    let name = *args_of(graph, id, &DTYPE)?.first()?;
    if let Node::Dict(_) = graph.node(name) {
        return from_dict(graph, name, depth, budget);
    }
    let state = object(graph, id)?.state;
    let plain = Dtype::parse(graph.str(name)?)?;
    if graph.node(state) == Node::None {
        return Some(plain);
    }
    let &[
        _version,
        byte_order,
        subdtype,
        names,
        fields,
        itemsize,
        alignment,
        ref rest @ ..,
    ] = tuple(graph, state)
    else {
        return None;
    };
    if depth > 16 || graph.node(subdtype) != Node::None {
        return None;
    }
    if graph.node(names) != Node::None {
        let fields = struct_fields(graph, names, fields, depth, budget)?;
        let flags = rest
            .first()
            .and_then(|&flags| int(graph, flags))
            .unwrap_or(0);
        let itemsize = u32::try_from(int(graph, itemsize)?).ok()?;
        let alignment = u32::try_from(int(graph, alignment)?).ok()?;
        let mut dtype = Dtype::Struct {
            fields,
            itemsize,
            alignment: 1,
            aligned: false,
        };
        // A file may claim it of fields that lie elsewhere.
        if flags & ALIGNED_STRUCT != 0 {
            dtype.set_aligned(alignment);
        }
        return Some(dtype);
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
        // Other kinds have here only what a user notes beside the type, which NumPy keeps nowhere else.
        [_flags, metadata] if matches!(kind, b'm' | b'M') => unit(graph, *metadata)?,
        _ => String::new(),
    };
    Dtype::plain(
        kind,
        if kind == b'U' { itemsize / 4 } else { itemsize },
        byte_order,
        &unit,
    )
}

/// An aligned record as joblite writes it: `numpy.dtype({"names": ..., "formats": ..., ...})`.
fn from_dict(graph: &Graph, dict: NodeId, depth: u32, budget: &mut Budget) -> Option<Dtype> {
    let items = graph.children(dict);
    budget.spend(items.len())?;
    let get = |key: &str| {
        let mut pairs = items.chunks_exact(2);
        let pair = pairs.find(|pair| graph.str(pair[0]) == Some(key.as_bytes()))?;
        Some(pair[1])
    };
    let list = |key| get(key).map(|id| graph.children(id));
    let (names, formats, offsets) = (list("names")?, list("formats")?, list("offsets")?);
    let titles = list("titles").unwrap_or_default();
    if depth > 16 || graph.node(get("aligned")?) != Node::Bool(true) {
        return None;
    }
    budget.spend(names.len())?;
    let mut fields = Vec::new();
    for (i, &name) in names.iter().enumerate() {
        let (&format, &offset) = (formats.get(i)?, offsets.get(i)?);
        let (dtype, shape) = match *tuple(graph, format) {
            [base, shape] => (base, shape_of(graph, shape)?),
            _ => match subarray(graph, format) {
                Some((base, shape)) => (base, shape_of(graph, shape)?),
                None => (format, vec![]),
            },
        };
        let title = titles.get(i).and_then(|&title| graph.str(title));
        let name = graph.str(name)?;
        budget.spend((name.len() + title.map_or(0, <[u8]>::len)) / 16)?;
        fields.push(Field {
            name: name.to_vec(),
            title: title.map(<[u8]>::to_vec),
            dtype: dtype_at(graph, dtype, depth + 1, budget)?,
            shape,
            offset: u32::try_from(int(graph, offset)?).ok()?,
        });
    }
    let alignments = fields.iter().map(|field| field.dtype.alignment());
    let alignment = alignments.max().unwrap_or(1);
    let mut dtype = Dtype::Struct {
        itemsize: u32::try_from(int(graph, get("itemsize")?)?).ok()?,
        fields,
        alignment: 1,
        aligned: false,
    };
    dtype.set_aligned(alignment).then_some(dtype)
}

fn struct_fields(
    graph: &Graph,
    names: NodeId,
    fields: NodeId,
    depth: u32,
    budget: &mut Budget,
) -> Option<Vec<Field>> {
    let (names, fields) = (tuple(graph, names), entries(graph, fields));
    budget.spend(names.len() + fields.len())?;
    let mut by_name = HashMap::new();
    for pair in fields.chunks_exact(2) {
        by_name.entry(graph.str(pair[0])?).or_insert(pair[1]);
    }
    names
        .iter()
        .map(|&name| {
            let name = graph.str(name)?;
            budget.spend(name.len() / 16)?;
            let field = *by_name.get(name)?;
            let &[id, offset, ref title @ ..] = tuple(graph, field) else {
                return None;
            };
            let title = match *title {
                [title] if graph.node(title) != Node::None => Some(graph.str(title)?),
                _ => None,
            };
            budget.spend(title.map_or(0, <[u8]>::len) / 16)?;
            let offset = u32::try_from(int(graph, offset)?).ok()?;
            let (dtype, shape) = match subarray(graph, id) {
                Some((base, shape)) => (
                    dtype_at(graph, base, depth + 1, budget)?,
                    shape_of(graph, shape)?,
                ),
                None => (dtype_at(graph, id, depth + 1, budget)?, vec![]),
            };
            Some(Field {
                name: name.to_vec(),
                title: title.map(<[u8]>::to_vec),
                dtype,
                shape,
                offset,
            })
        })
        .collect()
}

/// What an aligned dtype that is no array's is instead: the call that [`from_dict`] reads, because NumPy 1
/// and 2 do not read each other's state of it.
pub(super) fn aligned_dtype(graph: &mut Graph, id: NodeId, budget: &mut Budget) -> Option<Node> {
    args_of(graph, id, &DTYPE)?;
    // With metadata it has one more.
    let &[_, _, _, names, pairs, _, _, flags] = tuple(graph, object(graph, id)?.state) else {
        return None;
    };
    if int(graph, flags)? & ALIGNED_STRUCT == 0 {
        return None;
    }
    let dtype = dtype_at(graph, id, 0, budget)?;
    let Dtype::Struct {
        fields,
        itemsize,
        alignment,
        aligned: true,
    } = &dtype
    else {
        return None;
    };
    let alignments = fields.iter().map(|field| field.dtype.alignment());
    if *alignment != alignments.max().unwrap_or(1) {
        return None;
    }
    let mut by_name: HashMap<&[u8], NodeId> = HashMap::new();
    for pair in entries(graph, pairs).chunks_exact(2) {
        by_name.entry(graph.str(pair[0])?).or_insert(pair[1]);
    }
    let format = |field: &Field| {
        let described = by_name.get(&field.name[..])?;
        tuple(graph, *described).first().copied()
    };
    let formats = fields.iter().map(format).collect::<Option<Vec<_>>>()?;
    let names = tuple(graph, names).to_vec();
    let mut items = Vec::new();
    for (place, key) in ["names", "formats", "offsets", "titles"].iter().enumerate() {
        let mut list = Vec::new();
        for (at, field) in fields.iter().enumerate() {
            list.push(match (place, &field.title) {
                (0, _) => names[at],
                (1, _) => formats[at],
                (2, _) => graph.push(Node::Int(i64::from(field.offset))),
                (_, Some(title)) => graph.push_str(title),
                (_, None) => graph.push(Node::None),
            });
        }
        items.extend([graph.push_str(key.as_bytes()), graph.push_list(&list)]);
    }
    items.extend([
        graph.push_str(b"itemsize"),
        graph.push(Node::Int(i64::from(*itemsize))),
        graph.push_str(b"aligned"),
        graph.push(Node::Bool(true)),
    ]);
    let span = graph.push_items(&items);
    let dict = graph.push(Node::Dict(span));
    let span = graph.push_items(&[dict]);
    let args = graph.push(Node::Tuple(span));
    let global = object(graph, id)?.global;
    let call = graph.push_object(Construct::Call, global, args);
    Some(graph.node(call))
}

/// Element type and shape of a dtype that is an array itself.
fn subarray(graph: &Graph, id: NodeId) -> Option<(NodeId, NodeId)> {
    let state = tuple(graph, object(graph, id)?.state);
    match *tuple(graph, *state.get(2)?) {
        [base, shape] => Some((base, shape)),
        _ => None,
    }
}

/// A datetime's unit from `(None, (b'ns', 1, 1, 1))`.
fn unit(graph: &Graph, metadata: NodeId) -> Option<String> {
    let &[_, unit] = tuple(graph, metadata) else {
        return Some(String::new());
    };
    let &[name, number, ..] = tuple(graph, unit) else {
        return None;
    };
    let name = std::str::from_utf8(bytes_of(graph, name)?).ok()?;
    match int(graph, number)? {
        1 => Some(name.to_owned()),
        number => Some(format!("{number}{name}")),
    }
}

/// Reads the state of a `NumpyArrayWrapper`.
pub(super) fn wrapper(graph: &Graph, state: NodeId, budget: &mut Budget) -> Option<Wrapper> {
    let items = entries(graph, state);
    budget.spend(items.len())?;
    let get = |key: &str| {
        items
            .chunks_exact(2)
            .find(|pair| graph.str(pair[0]) == Some(key.as_bytes()))
            .map(|pair| pair[1])
    };
    let order = match get("order").and_then(|order| graph.str(order)) {
        Some(b"F") => Order::F,
        _ => Order::C,
    };
    let matrix = get("subclass").is_some_and(|class| is_global(graph, class, &MATRIX));
    let aligned = get("numpy_array_alignment_bytes").is_some_and(|id| graph.node(id) != Node::None);
    let node = get("dtype")?;
    let dtype = if is_string_dtype(graph, node) {
        // Its elements are in a pickle of their own, as objects are.
        Dtype::native(b'O', 8)
    } else {
        dtype_at(graph, node, 0, budget)?
    };
    let is_told = !is_string_dtype(graph, node) && dtype.has_descr();
    Some(Wrapper {
        kept: (!is_told).then_some(node),
        dtype,
        shape: shape_of(graph, get("shape")?)?,
        order,
        aligned,
        matrix,
    })
}

/// Whether this is NumPy 2's `StringDType`.
fn is_string_dtype(graph: &Graph, id: NodeId) -> bool {
    args_of(graph, id, &STRING_DTYPE).is_some()
}

/// What an object that NumPy has just given its state is: an array, or a call that makes the like of
/// it. `None` if it is none of NumPy's, or of a class that is not known.
pub(super) fn built(
    graph: &mut Graph,
    object: &PyObject,
    state: NodeId,
    budget: &mut Budget,
) -> Option<Built> {
    if object.construct == Construct::New {
        // What joblite writes for arrays of objects.
        let is_empty = is(graph, object.global, &NDARRAY)
            && matches!(*graph.children(object.args), [shape] if is_zero(graph, shape));
        let array = is_empty.then(|| numpy_state(graph, state, budget))??;
        let node = push_array(graph, array);
        return Some(Built::Node(graph.node(node)));
    }
    if object.construct != Construct::Call {
        return None;
    }
    let class = *graph.children(object.args).first()?;
    if is(graph, object.global, &RECONSTRUCT) {
        let matrix = is_global(graph, class, &MATRIX);
        if !matrix && !is_global(graph, class, &NDARRAY) && !is_global(graph, class, &MEMMAP) {
            return None;
        }
        let Some(array) = numpy_state(graph, state, budget) else {
            let &[_, _, dtype, _, _] = tuple(graph, state) else {
                return Some(Built::Nothing);
            };
            let is_kept =
                self::object(graph, dtype).is_some() && self::dtype(graph, dtype, budget).is_none();
            return Some(if is_kept {
                Built::Node(empty_array(graph, state))
            } else {
                Built::Nothing
            });
        };
        let node = push_array(graph, array);
        return Some(if matrix {
            Built::Node(matrix_of(graph, node))
        } else {
            Built::Node(graph.node(node))
        });
    }
    let base = *graph.children(object.args).get(1)?;
    if is(graph, object.global, &MA_RECONSTRUCT)
        && is_global(graph, class, &MASKED_ARRAY)
        && is_global(graph, base, &NDARRAY)
    {
        return masked_array(graph, state, budget).map(Built::Node);
    }
    None
}

/// What has been built.
pub(super) enum Built {
    Node(Node),
    /// It should have been an array.
    Nothing,
}

fn push_array(graph: &mut Graph, array: NdArray) -> NodeId {
    graph.arrays.push(array);
    graph.push(Node::Array(graph.arrays.len() as u32 - 1))
}

/// `ndarray.__new__(ndarray, (0,))` that is given a state: an array without a form of its own, in words
/// that every NumPy understands.
pub(super) fn empty_array(graph: &mut Graph, state: NodeId) -> Node {
    let global = [graph.push_str(b"numpy"), graph.push_str(b"ndarray")];
    let zero = graph.push(Node::Int(0));
    let span = graph.push_items(&[zero]);
    let shape = graph.push(Node::Tuple(span));
    let span = graph.push_items(&[shape]);
    let args = graph.push(Node::Tuple(span));
    let object = graph.push_object(Construct::New, global, args);
    if let Node::Object(index) = graph.node(object) {
        graph.objects[index as usize].state = state;
    }
    graph.node(object)
}

/// The same of an array whose bytes are a buffer.
pub(super) fn kept_array(graph: &mut Graph, dtype: NodeId, array: &NdArray, buffer: u32) -> Node {
    let one = graph.push(Node::Int(1));
    let sizes: Vec<NodeId> = array
        .shape
        .iter()
        .map(|&n| graph.push(Node::Int(n as i64)))
        .collect();
    let span = graph.push_items(&sizes);
    let shape = graph.push(Node::Tuple(span));
    let is_fortran = graph.push(Node::Bool(array.order == Order::F));
    let bytes = graph.push(Node::Bytes(buffer));
    let span = graph.push_items(&[one, shape, dtype, is_fortran, bytes]);
    let state = graph.push(Node::Tuple(span));
    empty_array(graph, state)
}

/// Whether this is `(0,)`.
fn is_zero(graph: &Graph, shape: NodeId) -> bool {
    matches!(*tuple(graph, shape), [n] if graph.node(n) == Node::Int(0))
}

/// `numpy.matrix(array)`, or in F order `numpy.matrix(array, None, False)`: a copy would be in C order.
pub(super) fn matrix_of(graph: &mut Graph, array: NodeId) -> Node {
    let global = [graph.push_str(b"numpy"), graph.push_str(b"matrix")];
    let order = array_of(graph, array).map(|array| array.order);
    let mut args = vec![array];
    if order == Some(Order::F) {
        args.extend([Node::None, Node::Bool(false)].map(|node| graph.push(node)));
    }
    let span = graph.push_items(&args);
    let args = graph.push(Node::Tuple(span));
    let object = graph.push_object(Construct::Call, global, args);
    graph.node(object)
}

/// The array of `numpy.matrix(array)`, or the array itself.
pub(super) fn array_of(graph: &Graph, id: NodeId) -> Option<NdArray> {
    let id = match args_of(graph, id, &MATRIX) {
        Some(&[array, ..]) => array,
        _ => id,
    };
    match graph.node(id) {
        Node::Array(index) => Some(graph.arrays[index as usize].clone()),
        _ => None,
    }
}

/// `numpy.ma.MaskedArray(data, mask, None, False, True, 0, fill_value)` from the state
/// `(version, shape, dtype, is_fortran, data, mask, fill_value)`.
fn masked_array(graph: &mut Graph, state: NodeId, budget: &mut Budget) -> Option<Node> {
    let &[_version, shape, dtype, is_fortran, data, mask, fill_value] = tuple(graph, state) else {
        return None;
    };
    let order = fortran(graph, is_fortran);
    let data = numpy_array(graph, data, dtype, shape, order, budget)?;
    let mask_dtype = data.dtype.mask()?;
    let mask = array_of_bytes(graph, mask, mask_dtype, data.shape.clone(), order, budget)?;
    let (data, mask) = (push_array(graph, data), push_array(graph, mask));
    let rest = [
        Node::None,
        Node::Bool(false),
        Node::Bool(true),
        Node::Int(0),
    ];
    let mut args = vec![data, mask];
    args.extend(rest.map(|node| graph.push(node)));
    args.push(fill_value);
    let span = graph.push_items(&args);
    let args = graph.push(Node::Tuple(span));
    let global = [graph.push_str(b"numpy.ma"), graph.push_str(b"MaskedArray")];
    let object = graph.push_object(Construct::Call, global, args);
    Some(graph.node(object))
}

fn fortran(graph: &Graph, is_fortran: NodeId) -> Order {
    match graph.node(is_fortran) {
        Node::Bool(true) | Node::Int(1) => Order::F,
        _ => Order::C,
    }
}

/// Reads the state that NumPy's own `__setstate__` gets: `(version, shape, dtype, is_fortran, data)`.
fn numpy_state(graph: &mut Graph, state: NodeId, budget: &mut Budget) -> Option<NdArray> {
    let &[_version, shape, dtype, is_fortran, data] = tuple(graph, state) else {
        return None;
    };
    let order = fortran(graph, is_fortran);
    numpy_array(graph, data, dtype, shape, order, budget)
}

/// Reads the arguments of `_frombuffer`: `(data, dtype, shape, order)`.
pub(super) fn from_buffer(
    graph: &mut Graph,
    args: &[NodeId],
    budget: &mut Budget,
) -> Option<NdArray> {
    let &[data, dtype, shape, order] = args else {
        return None;
    };
    let order = match graph.str(order)? {
        b"F" => Order::F,
        _ => Order::C,
    };
    // What could be written to was pickled as a bytearray.
    let data = match args_of(graph, data, &BYTEARRAY) {
        Some(&[bytes]) => bytes,
        _ => data,
    };
    numpy_array(graph, data, dtype, shape, order, budget)
}

fn numpy_array(
    graph: &mut Graph,
    data: NodeId,
    dtype: NodeId,
    shape: NodeId,
    order: Order,
    budget: &mut Budget,
) -> Option<NdArray> {
    let (dtype, shape) = (self::dtype(graph, dtype, budget)?, shape_of(graph, shape)?);
    if !dtype.is_object() {
        return array_of_bytes(graph, data, dtype, shape, order, budget);
    }
    let Node::List(span) = graph.node(data) else {
        return None;
    };
    let array = NdArray {
        dtype,
        shape,
        order,
        data: Data::Objects(span),
    };
    (array.count() == Some(u64::from(span.len))).then_some(array)
}

fn array_of_bytes(
    graph: &mut Graph,
    data: NodeId,
    dtype: Dtype,
    shape: Vec<u64>,
    order: Order,
    budget: &mut Budget,
) -> Option<NdArray> {
    let data = match graph.node(data) {
        // As Python 2 wrote it.
        Node::Str(span) => {
            let bytes = graph.text(span);
            budget.spend(bytes.len())?;
            let bytes = bytes.to_vec();
            push_bytes(graph, bytes)
        }
        _ => data,
    };
    let Node::Bytes(index) = graph.node(data) else {
        return None;
    };
    let array = NdArray {
        dtype,
        shape,
        order,
        data: Data::Buffer(index),
    };
    let nbytes = array
        .count()
        .and_then(|count| count.checked_mul(u64::from(array.dtype.itemsize())));
    (!array.dtype.is_object() && nbytes == Some(graph.buffers[index as usize].len)).then_some(array)
}
