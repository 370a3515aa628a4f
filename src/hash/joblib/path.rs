//! Where in a value something is, as a JavaScript expression from `$`.

use crate::value::{Graph, Node, NodeId};

/// Longer paths lose their middle, in characters.
const MAX_LENGTH: usize = 300;

/// The path through these containers, each with the position of the item in it.
pub(super) fn of(graph: &Graph, path: &[(NodeId, usize)]) -> String {
    let mut text = String::from("$");
    for &(container, at) in path {
        text.push_str(&step(graph, container, at));
    }
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= MAX_LENGTH {
        return text;
    }
    let half = MAX_LENGTH / 2;
    let (start, end) = (&chars[..half], &chars[chars.len() - half..]);
    start
        .iter()
        .chain(&[' ', '.', '.', '.', ' '])
        .chain(end)
        .collect()
}

fn step(graph: &Graph, container: NodeId, at: usize) -> String {
    let items = graph.children(container);
    match graph.node(container) {
        Node::Dict(_) => property(graph, items[at - at % 2]),
        Node::Map(_) if at.is_multiple_of(2) => format!(".keys()[{}]", at / 2),
        Node::Map(_) => format!(".get({})", describe(graph, items[at - 1])),
        Node::Set(_) => format!(".values()[{at}]"),
        Node::Array(_) => format!(".data[{at}]"),
        _ => format!("[{at}]"),
    }
}

fn property(graph: &Graph, key: NodeId) -> String {
    let name = graph.str(key).unwrap_or_default();
    let name = String::from_utf8_lossy(&name[..name.len().min(4 * MAX_LENGTH)]);
    // Without Unicode's tables, which are long: letters beyond ASCII are taken for what they mostly are.
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$' || !c.is_ascii();
    if name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit()) {
        format!(".{name}")
    } else {
        format!("[{name:?}]")
    }
}

fn describe(graph: &Graph, key: NodeId) -> String {
    match graph.node(key) {
        Node::Str(_) => {
            let name = graph.str(key).unwrap_or_default();
            let name = &name[..name.len().min(4 * MAX_LENGTH)];
            format!("{:?}", String::from_utf8_lossy(name))
        }
        Node::Int(value) => value.to_string(),
        Node::Bool(value) => value.to_string(),
        Node::None => "null".into(),
        // Formatting floats would cost more than all of joblib's hash.
        _ => "…".into(),
    }
}
