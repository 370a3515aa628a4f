//! Arrays from NumPy's own pickles of them, and the calls that make what is no plain array.

use super::super::budget::Budget;
use super::super::calls::push_bytes;
use super::super::globals::*;
use super::dtypes::dtype;
use crate::value::{Construct, Data, Dtype, Graph, NdArray, Node, NodeId, Order, shape_of};

pub(super) fn push_array(graph: &mut Graph, array: NdArray) -> NodeId {
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
pub(in crate::pickle) fn kept_array(
    graph: &mut Graph,
    dtype: NodeId,
    array: &NdArray,
    buffer: u32,
) -> Node {
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
pub(super) fn is_zero(graph: &Graph, shape: NodeId) -> bool {
    matches!(*tuple(graph, shape), [n] if graph.node(n) == Node::Int(0))
}

/// `numpy.matrix(array)`, or in F order `numpy.matrix(array, None, False)`: a copy would be in C order.
pub(in crate::pickle) fn matrix_of(graph: &mut Graph, array: NodeId) -> Node {
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
pub(in crate::pickle) fn array_of(graph: &Graph, id: NodeId) -> Option<NdArray> {
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
pub(super) fn masked_array(graph: &mut Graph, state: NodeId, budget: &mut Budget) -> Option<Node> {
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
pub(super) fn numpy_state(
    graph: &mut Graph,
    state: NodeId,
    budget: &mut Budget,
) -> Option<NdArray> {
    let &[_version, shape, dtype, is_fortran, data] = tuple(graph, state) else {
        return None;
    };
    let order = fortran(graph, is_fortran);
    numpy_array(graph, data, dtype, shape, order, budget)
}

/// Reads the arguments of `_frombuffer`: `(data, dtype, shape, order)`.
pub(in crate::pickle) fn from_buffer(
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
    let nbytes = array.nbytes();
    (!array.dtype.is_object() && nbytes == Some(graph.buffers[index as usize].len)).then_some(array)
}
