//! What joblib's `NumpyArrayWrapper` says of an array whose data follow it.

use super::super::budget::Budget;
use super::super::globals::*;
use super::dtypes::dtype_at;
use crate::value::{Dtype, Graph, Node, NodeId, Order, shape_of};

/// What a `NumpyArrayWrapper` says.
pub(in crate::pickle) struct Wrapper {
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

/// Reads the state of a `NumpyArrayWrapper`.
pub(in crate::pickle) fn wrapper(
    graph: &Graph,
    state: NodeId,
    budget: &mut Budget,
) -> Option<Wrapper> {
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
