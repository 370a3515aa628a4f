//! What NumPy's and joblib's objects in a pickle say: dtypes, scalars, arrays.

mod arrays;
mod dtypes;
mod wrapper;

pub(super) use self::arrays::{array_of, from_buffer, kept_array, matrix_of};
use self::arrays::{empty_array, is_zero, masked_array, numpy_state, push_array};
pub(super) use self::dtypes::{aligned_dtype, dtype};
pub(super) use self::wrapper::{Wrapper, wrapper};
use super::budget::Budget;
use super::globals::*;
use crate::value::{Construct, Graph, Node, NodeId, PyObject};

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
