//! The arena: nodes, and what they point into.

use super::int::{is_safe, shortest, small_int};
use super::{Buffer, Data, NdArray, Node, NodeId, PyObject, Span, Tagged};

/// One value: nodes, the arenas they point into, and the root.
///
/// ```
/// use joblite::value::{Graph, Node};
/// let mut graph = Graph::default();
/// let one = graph.push(Node::Int(1));
/// let list = graph.push_list(&[one, one]);
/// graph.root = list;
/// assert_eq!(graph.children(list), [one, one]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    items: Vec<NodeId>,
    text: Vec<u8>,
    /// Contents of arrays and byte strings.
    pub buffers: Vec<Buffer>,
    /// n-dimensional arrays.
    pub arrays: Vec<NdArray>,
    /// Objects of Python classes.
    pub objects: Vec<PyObject>,
    /// Values with a note.
    pub tagged: Vec<Tagged>,
    /// The value itself.
    pub root: NodeId,
}

impl Graph {
    /// An empty graph with room for so many nodes, items and bytes of text.
    pub(crate) fn with_capacity(nodes: usize, items: usize, text: usize) -> Graph {
        Graph {
            nodes: Vec::with_capacity(nodes),
            items: Vec::with_capacity(items),
            text: Vec::with_capacity(text),
            ..Graph::default()
        }
    }

    /// Bytes of all strings and bigints together.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Number of nodes, reachable or not.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> Node {
        self.nodes[id as usize]
    }

    /// Puts another node at `id`, for containers that are filled after they were made.
    pub fn set(&mut self, id: NodeId, node: Node) {
        self.nodes[id as usize] = node;
    }

    /// Adds a node.
    pub fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        (self.nodes.len() - 1) as NodeId
    }

    /// Adds a string, in generalised UTF-8.
    pub fn push_str(&mut self, utf8: &[u8]) -> NodeId {
        let span = self.push_text(utf8);
        self.push(Node::Str(span))
    }

    /// Adds an integer, from two's complement little endian bytes: a number where it is safe, otherwise a bigint.
    pub fn push_int_bytes(&mut self, bytes: &[u8]) -> NodeId {
        match small_int(bytes) {
            Some(int) if is_safe(int) => self.push(Node::Int(int)),
            _ => self.push_bigint(bytes),
        }
    }

    /// Adds a bigint, from two's complement little endian bytes, in its shortest form.
    pub fn push_bigint(&mut self, bytes: &[u8]) -> NodeId {
        let span = self.push_text(if bytes.is_empty() {
            &[0]
        } else {
            shortest(bytes)
        });
        self.push(Node::BigInt(span))
    }

    /// Adds a list of these items.
    pub fn push_list(&mut self, items: &[NodeId]) -> NodeId {
        let span = self.push_items(items);
        self.push(Node::List(span))
    }

    /// Adds bytes to the text arena.
    pub fn push_text(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        Span {
            start,
            len: bytes.len() as u32,
        }
    }

    /// Adds a stretch of items.
    pub fn push_items(&mut self, items: &[NodeId]) -> Span {
        let mut span = Span::default();
        self.extend(&mut span, items);
        span
    }

    /// Appends to a stretch. A stretch owns as many places as the next power of two says, so that
    /// containers that are filled in turns cost linear time.
    pub fn extend(&mut self, span: &mut Span, items: &[NodeId]) {
        let (len, added) = (span.len as usize, items.len());
        let owned = if len == 0 { 0 } else { len.next_power_of_two() };
        if len + added > owned {
            let start = self.items.len();
            let old = span.start as usize..span.start as usize + len;
            self.items.extend_from_within(old);
            self.items.extend_from_slice(items);
            self.items
                .resize(start + (len + added).next_power_of_two(), 0);
            span.start = start as u32;
        } else {
            let at = span.start as usize + len;
            self.items[at..at + added].copy_from_slice(items);
        }
        span.len += added as u32;
    }

    /// The items of a stretch.
    pub fn items(&self, span: Span) -> &[NodeId] {
        &self.items[span.start as usize..(span.start + span.len) as usize]
    }

    /// The bytes of a string or bigint.
    pub fn text(&self, span: Span) -> &[u8] {
        &self.text[span.start as usize..(span.start + span.len) as usize]
    }

    /// The bytes of the string at `id`, if it is one.
    pub fn str(&self, id: NodeId) -> Option<&[u8]> {
        match self.node(id) {
            Node::Str(span) => Some(self.text(span)),
            _ => None,
        }
    }

    /// What a list, tuple, dictionary, map or set holds; nothing for any other node.
    pub fn children(&self, id: NodeId) -> &[NodeId] {
        match self.node(id) {
            Node::List(span)
            | Node::Tuple(span)
            | Node::Dict(span)
            | Node::Map(span)
            | Node::Set(span) => self.items(span),
            _ => &[],
        }
    }

    /// The bytes of the byte string at `id`, if they are here.
    pub fn bytes(&self, id: NodeId) -> Option<&[u8]> {
        match self.node(id) {
            Node::Bytes(index) => self.buffers[index as usize].bytes.as_deref(),
            _ => None,
        }
    }

    /// Which nodes are referred to more than once.
    pub fn shared(&self) -> Vec<bool> {
        let mut seen = vec![0u8; self.nodes.len()];
        let mut count = |id: NodeId| seen[id as usize] = (seen[id as usize] + 1).min(2);
        count(self.root);
        for id in 0..self.nodes.len() as NodeId {
            self.children(id).iter().for_each(|&child| count(child));
        }
        for array in &self.arrays {
            if let Data::Objects(span) = array.data {
                self.items(span).iter().for_each(|&child| count(child));
            }
        }
        for object in &self.objects {
            [
                object.callable,
                object.args,
                object.kwargs,
                object.state,
                object.state_setter,
                object.list_items,
                object.dict_items,
            ]
            .into_iter()
            .for_each(&mut count);
        }
        for tagged in &self.tagged {
            count(tagged.value);
        }
        seen.into_iter().map(|n| n > 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_keeps_its_items_while_others_grow() {
        let mut graph = Graph::default();
        let (mut a, mut b) = (Span::default(), Span::default());
        for i in 0..100 {
            graph.extend(&mut a, &[i]);
            graph.extend(&mut b, &[i + 1000, i + 2000]);
        }
        assert_eq!(graph.items(a), (0..100).collect::<Vec<_>>());
        assert_eq!(graph.items(b).len(), 200);
        assert!(graph.items.len() < 1000);
    }
}
