//! What `numpy.dtype` objects describe.

use std::collections::HashMap;

use super::super::budget::Budget;
use super::super::calls::bytes_of;
use super::super::globals::*;
use crate::value::{ByteOrder, Construct, Dtype, Field, Graph, Node, NodeId, shape_of};

/// `NPY_ALIGNED_STRUCT`; NumPy 1 writes it as the sign of a byte.
const ALIGNED_STRUCT: i64 = 128;

/// The dtype that a `numpy.dtype` object describes, if its fields follow one another: otherwise an array
/// of it stays an object.
pub(in crate::pickle) fn dtype(graph: &Graph, id: NodeId, budget: &mut Budget) -> Option<Dtype> {
    dtype_at(graph, id, 0, budget).filter(Dtype::has_descr)
}

pub(super) fn dtype_at(
    graph: &Graph,
    id: NodeId,
    depth: u32,
    budget: &mut Budget,
) -> Option<Dtype> {
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
pub(in crate::pickle) fn aligned_dtype(
    graph: &mut Graph,
    id: NodeId,
    budget: &mut Budget,
) -> Option<Node> {
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
