//! What a call of one of Python's own functions stands for: bytes, sets, dates, and the ways in which
//! `copyreg` makes an object of a class.

use super::budget::Budget;
use super::globals::*;
use super::numpy::from_buffer;
use super::scalars::scalar;
use crate::value::{Buffer, Construct, Graph, Node, NodeId, text};
use crate::value::{datetime_fields as fields_of, datetime_microseconds as microseconds};

/// What a call stands for, if it is known and within the budget. `args` is a tuple.
pub(super) fn call(
    graph: &mut Graph,
    global: [NodeId; 2],
    args: NodeId,
    budget: &mut Budget,
) -> Option<NodeId> {
    let name = graph.str(global[1])?;
    // By the name first: nearly all calls are of something else.
    match name {
        b"datetime" | b"date" | b"time" => date_or_time(graph, global, args),
        b"scalar" if is(graph, global, &SCALAR) => {
            let [dtype, value] = *graph.children(args) else {
                return None;
            };
            scalar(graph, dtype, value, budget)
        }
        b"_frombuffer" if is(graph, global, &FROM_BUFFER) => {
            let args = graph.children(args).to_vec();
            let array = from_buffer(graph, &args, budget)?;
            graph.arrays.push(array);
            Some(graph.push(Node::Array(graph.arrays.len() as u32 - 1)))
        }
        b"set" if is(graph, global, &SET) => set(graph, args, budget),
        b"frozenset" if is(graph, global, &FROZENSET) && graph.children(args).is_empty() => {
            let items = graph.push_list(&[]);
            let span = graph.push_items(&[items]);
            let args = graph.push(Node::Tuple(span));
            Some(graph.push_object(Construct::Call, global, args))
        }
        b"encode" if is(graph, global, &ENCODE) => {
            let [text, encoding] = *graph.children(args) else {
                return None;
            };
            let bytes = latin1(graph, text, encoding, budget)?;
            Some(push_bytes(graph, bytes))
        }
        b"bytes" if is(graph, global, &BYTES) => bytes(graph, args, budget),
        b"bytearray" if is(graph, global, &BYTEARRAY) => {
            let bytes = bytes(graph, args, budget)?;
            Some(push_bytearray(graph, global, bytes))
        }
        b"getattr" if is(graph, global, &GETATTR) => attribute(graph, args, budget),
        b"_reconstructor" if is(graph, global, &RECONSTRUCTOR) => {
            let [class, base, state] = *graph.children(args) else {
                return None;
            };
            let global = global_of(graph, class)?;
            let is_plain = is_global(graph, base, &OBJECT) && graph.node(state) == Node::None;
            let args = is_plain.then(|| graph.push(Node::Tuple(Default::default())))?;
            Some(graph.push_object(Construct::New, global, args))
        }
        b"__newobj__" if is(graph, global, &NEWOBJ) => {
            let (&class, rest) = graph.children(args).split_first()?;
            let global = global_of(graph, class)?;
            let rest = rest.to_vec();
            budget.spend(rest.len())?;
            let span = graph.push_items(&rest);
            let args = graph.push(Node::Tuple(span));
            Some(graph.push_object(Construct::New, global, args))
        }
        b"__newobj_ex__" if is(graph, global, &NEWOBJ_EX) => {
            let [class, args, kwargs] = *graph.children(args) else {
                return None;
            };
            let global = global_of(graph, class)?;
            push_with_kwargs(graph, Construct::New, global, args, kwargs)
        }
        _ => None,
    }
}

/// What is made by a callable that is a `functools.partial` with all arguments: in protocols 2 and 3
/// Python has no other way to say keyword arguments.
pub(super) fn call_partial(
    graph: &mut Graph,
    callable: NodeId,
    args: NodeId,
    budget: &mut Budget,
) -> Option<NodeId> {
    let partial = object(graph, callable)?;
    let &[_] = args_of(graph, callable, &PARTIAL)? else {
        return None;
    };
    let &[func, args_inside, kwargs, attributes] = tuple(graph, partial.state) else {
        return None;
    };
    if !graph.children(args).is_empty() || graph.node(attributes) != Node::None {
        return None;
    }
    let global = global_of(graph, func)?;
    if !graph.str(global[1])?.ends_with(b".__new__") {
        return push_with_kwargs(graph, Construct::Call, global, args_inside, kwargs);
    }
    let (&class, rest) = graph.children(args_inside).split_first()?;
    let global = global_of(graph, class)?;
    budget.spend(rest.len())?;
    let rest = rest.to_vec();
    let span = graph.push_items(&rest);
    let args = graph.push(Node::Tuple(span));
    push_with_kwargs(graph, Construct::New, global, args, kwargs)
}

/// An object made with keyword arguments.
pub(super) fn push_with_kwargs(
    graph: &mut Graph,
    construct: Construct,
    global: [NodeId; 2],
    args: NodeId,
    kwargs: NodeId,
) -> Option<NodeId> {
    let is_call = matches!(graph.node(args), Node::Tuple(_))
        && matches!(graph.node(kwargs), Node::Dict(_) | Node::None)
        && entries(graph, kwargs)
            .iter()
            .step_by(2)
            .all(|&name| graph.str(name).is_some());
    is_call.then_some(())?;
    let id = graph.push_object(construct, global, args);
    if let (Node::Object(index), false) = (graph.node(id), graph.children(kwargs).is_empty()) {
        graph.objects[index as usize].kwargs = kwargs;
    }
    Some(id)
}

/// The bytes that a node stands for: those of a byte string that is here, or of a text that Python 2
/// wrote as its `str`.
pub(super) fn bytes_of(graph: &Graph, id: NodeId) -> Option<&[u8]> {
    graph.bytes(id).or_else(|| graph.str(id))
}

/// Adds a byte string that is in no file.
pub(super) fn push_bytes(graph: &mut Graph, bytes: Vec<u8>) -> NodeId {
    graph.buffers.push(Buffer::held(bytes));
    graph.push(Node::Bytes(graph.buffers.len() as u32 - 1))
}

/// Adds `builtins.bytearray(bytes)`.
pub(super) fn push_bytearray(graph: &mut Graph, global: [NodeId; 2], bytes: NodeId) -> NodeId {
    let span = graph.push_items(&[bytes]);
    let args = graph.push(Node::Tuple(span));
    graph.push_object(Construct::Call, global, args)
}

/// An attribute of a class, which protocols before 4 cannot name as one.
fn attribute(graph: &mut Graph, args: NodeId, budget: &mut Budget) -> Option<NodeId> {
    let [class, attribute] = *graph.children(args) else {
        return None;
    };
    let [module, class] = global_of(graph, class)?;
    let name = [graph.str(class)?, b".", graph.str(attribute)?].concat();
    budget.spend(name.len())?;
    let name = graph.push_str(&name);
    let none = graph.push(Node::None);
    Some(graph.push_object(Construct::Global, [module, name], none))
}

fn set(graph: &mut Graph, args: NodeId, budget: &mut Budget) -> Option<NodeId> {
    let span = match *graph.children(args) {
        [] => Default::default(),
        [items] => match graph.node(items) {
            Node::List(span) | Node::Set(span) => {
                budget.spend(span.len as usize)?;
                let items = graph.items(span).to_vec();
                graph.push_items(&items)
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(graph.push(Node::Set(span)))
}

/// `bytes()`, `bytes(b"...")`, `bytes("...", "latin1")` or `bytes([...])`; a `bytearray` is made alike.
fn bytes(graph: &mut Graph, args: NodeId, budget: &mut Budget) -> Option<NodeId> {
    let bytes = match *graph.children(args) {
        [] => vec![],
        [id] if matches!(graph.node(id), Node::Bytes(_)) => return Some(id),
        [list] if matches!(graph.node(list), Node::List(_)) => {
            let items = graph.children(list);
            budget.spend(items.len())?;
            items
                .iter()
                .map(|&item| u8::try_from(int(graph, item)?).ok())
                .collect::<Option<_>>()?
        }
        [text, encoding] => latin1(graph, text, encoding, budget)?,
        _ => return None,
    };
    Some(push_bytes(graph, bytes))
}

/// The bytes of a text whose characters are bytes.
fn latin1(graph: &Graph, text: NodeId, encoding: NodeId, budget: &mut Budget) -> Option<Vec<u8>> {
    if !matches!(graph.str(encoding)?, b"latin1" | b"latin-1") {
        return None;
    }
    let text = graph.str(text)?;
    budget.spend(text.len())?;
    text::utf16(text)
        .map(|unit| u8::try_from(unit).ok())
        .collect()
}

/// A datetime in UTC of whole milliseconds is a date; the others, and dates and times, are objects
/// whose fields are bytes, which Python 2 wrote as text.
fn date_or_time(graph: &mut Graph, global: [NodeId; 2], args: NodeId) -> Option<NodeId> {
    let is_datetime = is(graph, global, &DATETIME);
    if !is_datetime && !is(graph, global, &DATE) && !is(graph, global, &TIME) {
        return None;
    }
    let args = graph.children(args);
    let (&first, rest) = args.split_first()?;
    if let (true, &[zone]) = (is_datetime, rest)
        && is_utc(graph, zone)
        && let Some(ms) = milliseconds(bytes_of(graph, first)?)
    {
        return Some(graph.push(Node::Date(ms)));
    }
    let text = graph.str(first).filter(|text| text.len() <= 10)?.to_vec();
    let mut args = args.to_vec();
    args[0] = push_bytes(graph, text);
    let span = graph.push_items(&args);
    let args = graph.push(Node::Tuple(span));
    Some(graph.push_object(Construct::Call, global, args))
}

/// Whether this is `timezone(timedelta(0))`, without a name.
fn is_utc(graph: &Graph, zone: NodeId) -> bool {
    let Some(&[delta]) = args_of(graph, zone, &TIMEZONE) else {
        return false;
    };
    args_of(graph, delta, &TIMEDELTA)
        .is_some_and(|fields| fields.iter().all(|&field| int(graph, field) == Some(0)))
}

/// Milliseconds since 1970 of a datetime's fields, if that says all of them.
fn milliseconds(fields: &[u8]) -> Option<f64> {
    let us = microseconds(fields)?;
    let ms = (us % 1000 == 0).then_some((us / 1000) as f64)?;
    (fields_of(ms)? == fields).then_some(ms)
}
