//! NumPy's `descr` of a dtype as nodes of a graph: a name, or a list of fields.

use super::super::{Graph, Node, NodeId};
use super::{Dtype, Field};

/// What tells an aligned record from the list of its fields.
const ALIGNED: &[u8] = b"aligned";

impl Dtype {
    /// Whether [`Dtype::to_node`] can say it: fields follow one another and do not overlap.
    pub fn has_descr(&self) -> bool {
        let Dtype::Struct {
            fields, itemsize, ..
        } = self
        else {
            return true;
        };
        let mut at = 0;
        fields.iter().all(|field| {
            let is_after = field.offset >= at;
            let end = field.nbytes().and_then(|nbytes| {
                u32::try_from(nbytes.checked_add(u64::from(field.offset))?).ok()
            });
            at = end.unwrap_or(u32::MAX);
            is_after && end.is_some() && field.dtype.has_descr()
        }) && at <= *itemsize
    }

    /// Reads NumPy's `descr` from nodes: a string, or a list of `[name, descr]` or `[name, descr, shape]`;
    /// a field with the empty name is padding, one with a title has `[title, name]` as its name. A list
    /// `["aligned", descr, alignment]` is a record made with `align=True`.
    pub fn from_node(graph: &Graph, id: NodeId) -> Option<Dtype> {
        Dtype::from_node_at(graph, id, 0)
    }

    fn from_node_at(graph: &Graph, id: NodeId, depth: u32) -> Option<Dtype> {
        if let Some(text) = graph.str(id) {
            return Dtype::parse(text);
        }
        if depth > 16 || !matches!(graph.node(id), Node::List(_)) {
            return None;
        }
        if let [word, descr, given] = *graph.children(id)
            && graph.str(word) == Some(ALIGNED)
        {
            let mut dtype = Dtype::from_node_at(graph, descr, depth + 1)?;
            let Node::Int(alignment) = graph.node(given) else {
                return None;
            };
            return dtype
                .set_aligned(u32::try_from(alignment).ok()?)
                .then_some(dtype);
        }
        let mut fields = Vec::new();
        let mut offset = 0u32;
        for &field in graph.children(id) {
            let (name, descr, shape) = match *graph.children(field) {
                [name, descr] => (name, descr, Vec::new()),
                [name, descr, shape] => (name, descr, shape_of(graph, shape)?),
                _ => return None,
            };
            let dtype = Dtype::from_node_at(graph, descr, depth + 1)?;
            let count = shape
                .iter()
                .try_fold(1u64, |count, &n| count.checked_mul(n))?;
            let nbytes = count.checked_mul(u64::from(dtype.itemsize()))?;
            let (title, name) = match (graph.str(name), graph.children(name)) {
                (Some(name), _) => (None, name.to_vec()),
                (None, &[title, name]) => {
                    (Some(graph.str(title)?.to_vec()), graph.str(name)?.to_vec())
                }
                _ => return None,
            };
            let end = u32::try_from(nbytes).ok()?.checked_add(offset)?;
            if !name.is_empty() || title.is_some() {
                fields.push(Field {
                    name,
                    title,
                    dtype,
                    shape,
                    offset,
                });
            }
            offset = end;
        }
        Some(Dtype::Struct {
            fields,
            itemsize: offset,
            alignment: 1,
            aligned: false,
        })
    }

    /// Adds NumPy's `descr` to a graph, padding included, as [`Dtype::from_node`] reads it; `None` where
    /// fields overlap or are out of order.
    pub fn to_node(&self, graph: &mut Graph) -> Option<NodeId> {
        self.to_node_with(graph, true)
    }

    /// The same without the number of the alignment, which does not make another dtype.
    pub fn to_node_for_hash(&self, graph: &mut Graph) -> Option<NodeId> {
        self.to_node_with(graph, false)
    }

    fn to_node_with(&self, graph: &mut Graph, with_alignment: bool) -> Option<NodeId> {
        let Dtype::Struct {
            fields,
            itemsize,
            alignment,
            aligned,
        } = self
        else {
            return Some(graph.push_str(self.name().as_bytes()));
        };
        let mut list = Vec::new();
        let mut at = 0;
        for field in fields {
            push_padding(graph, &mut list, field.offset.checked_sub(at)?);
            let mut name = graph.push_str(&field.name);
            if let Some(title) = &field.title {
                let title = graph.push_str(title);
                name = graph.push_list(&[title, name]);
            }
            let descr = field.dtype.to_node_with(graph, with_alignment)?;
            let mut parts = vec![name, descr];
            if !field.shape.is_empty() {
                let shape: Vec<NodeId> = field
                    .shape
                    .iter()
                    .map(|&n| graph.push(Node::Int(n as i64)))
                    .collect();
                parts.push(graph.push_list(&shape));
            }
            list.push(graph.push_list(&parts));
            at = u32::try_from(field.nbytes()?)
                .ok()?
                .checked_add(field.offset)?;
        }
        push_padding(graph, &mut list, itemsize.checked_sub(at)?);
        let list = graph.push_list(&list);
        if !aligned {
            return Some(list);
        }
        let mut parts = vec![graph.push_str(ALIGNED), list];
        if with_alignment {
            parts.push(graph.push(Node::Int(i64::from(*alignment))));
        }
        Some(graph.push_list(&parts))
    }
}

fn push_padding(graph: &mut Graph, list: &mut Vec<NodeId>, nbytes: u32) {
    if nbytes > 0 {
        let name = graph.push_str(b"");
        let descr = graph.push_str(format!("|V{nbytes}").as_bytes());
        list.push(graph.push_list(&[name, descr]));
    }
}

/// A shape from a list or tuple of integers.
pub(crate) fn shape_of(graph: &Graph, id: NodeId) -> Option<Vec<u64>> {
    if let Node::Int(n) = graph.node(id) {
        return Some(vec![u64::try_from(n).ok()?]);
    }
    if !matches!(graph.node(id), Node::List(_) | Node::Tuple(_)) {
        return None;
    }
    let items = graph.children(id);
    if items.len() > 64 {
        return None;
    }
    items
        .iter()
        .map(|&item| {
            if let Node::Int(n) = graph.node(item) {
                u64::try_from(n).ok()
            } else {
                None
            }
        })
        .collect()
}
