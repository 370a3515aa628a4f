//! What NumPy's and joblib's objects in a pickle say: dtypes, scalars, arrays.

use std::collections::HashMap;

use super::budget::Budget;
use super::globals::{DTYPE, args_of, int, object};
use crate::value::{ByteOrder, Data, Dtype, Field, Graph, NdArray, Node, NodeId, Order, shape_of};

/// What a `NumpyArrayWrapper` says.
pub(super) struct Wrapper {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    pub order: Order,
    /// Whether padding comes before the data: joblib 1.2 and later.
    pub aligned: bool,
}

/// A NumPy scalar as the number that it is.
pub(super) fn scalar(
    graph: &mut Graph,
    dtype: NodeId,
    value: NodeId,
    budget: &mut Budget,
) -> Option<NodeId> {
    let Dtype::Plain {
        kind, byte_order, ..
    } = self::dtype(graph, dtype, budget)?
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
pub(super) fn dtype(graph: &Graph, id: NodeId, budget: &mut Budget) -> Option<Dtype> {
    dtype_at(graph, id, 0, budget)
}

fn dtype_at(graph: &Graph, id: NodeId, depth: u32, budget: &mut Budget) -> Option<Dtype> {
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
        let fields = struct_fields(graph, names, fields, depth, budget)?;
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

fn struct_fields(
    graph: &Graph,
    names: NodeId,
    fields: NodeId,
    depth: u32,
    budget: &mut Budget,
) -> Option<Vec<Field>> {
    let (names, fields) = (graph.children(names), graph.children(fields));
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
            let &[id, offset, ..] = graph.children(field) else {
                return None;
            };
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
pub(super) fn wrapper(graph: &Graph, state: NodeId, budget: &mut Budget) -> Option<Wrapper> {
    let items = graph.children(state);
    budget.spend(items.len())?;
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
        dtype: dtype(graph, get("dtype")?, budget)?,
        shape: shape_of(graph, get("shape")?)?,
        order,
        aligned,
    })
}

/// Reads the state that NumPy's own `__setstate__` gets: `(version, shape, dtype, is_fortran, data)`.
pub(super) fn numpy_state(graph: &Graph, state: NodeId, budget: &mut Budget) -> Option<NdArray> {
    let &[_version, shape, dtype, is_fortran, data] = graph.children(state) else {
        return None;
    };
    let order = if graph.node(is_fortran) == Node::Bool(true) {
        Order::F
    } else {
        Order::C
    };
    numpy_array(graph, data, dtype, shape, order, budget)
}

/// Reads the arguments of `_frombuffer`: `(data, dtype, shape, order)`.
pub(super) fn from_buffer(graph: &Graph, args: &[NodeId], budget: &mut Budget) -> Option<NdArray> {
    let &[data, dtype, shape, order] = args else {
        return None;
    };
    let order = match graph.str(order)? {
        b"F" => Order::F,
        _ => Order::C,
    };
    numpy_array(graph, data, dtype, shape, order, budget)
}

fn numpy_array(
    graph: &Graph,
    data: NodeId,
    dtype: NodeId,
    shape: NodeId,
    order: Order,
    budget: &mut Budget,
) -> Option<NdArray> {
    let (dtype, shape) = (self::dtype(graph, dtype, budget)?, shape_of(graph, shape)?);
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
