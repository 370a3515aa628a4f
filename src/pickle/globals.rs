//! The allow-list: which of Python's classes and functions stand for something that joblite knows,
//! and what they stand for. Everything else stays a [`crate::value::PyObject`].

use std::collections::HashMap;

use super::budget::Budget;
use super::dates::microseconds;
use super::numpy::{from_buffer, scalar};
use crate::value::{Construct, Graph, Node, NodeId, PyObject, Span};

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
pub(super) const DTYPE: Global = (&["numpy"], "dtype");
const DATETIME: Global = (&["datetime"], "datetime");
const TIMEZONE: Global = (&["datetime"], "timezone");
const TIMEDELTA: Global = (&["datetime"], "timedelta");
const ENCODE: Global = (&["_codecs"], "encode");
const ORDERED_DICT: Global = (&["collections"], "OrderedDict");
const SET: Global = (&["builtins", "__builtin__"], "set");
const FROZENSET: Global = (&["builtins", "__builtin__"], "frozenset");

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

pub(super) fn object(graph: &Graph, id: NodeId) -> Option<&PyObject> {
    match graph.node(id) {
        Node::Object(index) => Some(&graph.objects[index as usize]),
        _ => None,
    }
}

/// The object's arguments, if it is a call of this global.
pub(super) fn args_of<'a>(graph: &'a Graph, id: NodeId, global: &Global) -> Option<&'a [NodeId]> {
    let object = object(graph, id)?;
    is(graph, object.global, global).then(|| graph.children(object.args))
}

pub(super) fn int(graph: &Graph, id: NodeId) -> Option<i64> {
    match graph.node(id) {
        Node::Int(int) => Some(int),
        _ => None,
    }
}

/// What a call stands for, if it is known and within the budget.
pub(super) fn call(
    graph: &mut Graph,
    global: [NodeId; 2],
    args: NodeId,
    budget: &mut Budget,
) -> Option<NodeId> {
    let args = graph.children(args);
    let node = if is(graph, global, &DATETIME) {
        Node::Date(date(graph, args)?)
    } else if is(graph, global, &SCALAR) {
        let [dtype, value] = *args else { return None };
        return scalar(graph, dtype, value, budget);
    } else if is(graph, global, &FROM_BUFFER) {
        let array = from_buffer(graph, args, budget)?;
        graph.arrays.push(array);
        Node::Array(graph.arrays.len() as u32 - 1)
    } else if is(graph, global, &ORDERED_DICT) && args.is_empty() {
        Node::Dict(Default::default())
    } else if is(graph, global, &SET) || is(graph, global, &FROZENSET) {
        match *args {
            [] => Node::Set(Default::default()),
            [items] => match graph.node(items) {
                Node::List(span) | Node::Set(span) => {
                    budget.spend(span.len as usize)?;
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
        let text = graph.str(text)?;
        budget.spend(text.len())?;
        let units = crate::value::text::utf16(text);
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
    let us = microseconds(graph.bytes(fields)?)?;
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
    let total = us.checked_sub(offset_us)?;
    Some(total.div_euclid(1000) as f64)
}

/// Once all items are there: a dictionary whose keys are not all strings is a map, and maps and sets
/// that Python could not hold come back from their lists.
pub(super) fn settle(graph: &mut Graph) {
    // Many maps may have come from one list.
    let mut flat: HashMap<(u32, u32), Span> = HashMap::new();
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
                    let pairs = flat.entry((span.start, span.len)).or_insert_with(|| {
                        let items: Vec<NodeId> = graph
                            .items(span)
                            .iter()
                            .flat_map(|&pair| graph.children(pair))
                            .copied()
                            .collect();
                        graph.push_items(&items)
                    });
                    let span = *pairs;
                    graph.set(id, Node::Map(span));
                }
            }
            _ => {}
        }
    }
}
