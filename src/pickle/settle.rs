//! What can only be told once all items are there.

use std::collections::HashMap;

use crate::value::{Graph, Node, NodeId, Span};

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
