//! Tapes as files: written op by op or by way of a graph, they hold the same value.

use joblite::hash::hash_value;
use joblite::persist::{load, tape_to_pickle};
use joblite::pickle::{self, Pickle};
use joblite::tape;
use joblite::value::{Graph, Node, NodeId};
use proptest::prelude::*;

/// The file with buffers of zeros.
fn file_of(pickle: &Pickle, sizes: &[u64]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut at = 0;
    for cut in &pickle.cuts {
        file.extend_from_slice(&pickle.bytes[at..cut.at]);
        file.resize(file.len() + sizes[cut.buffer as usize] as usize, 0);
        at = cut.at;
    }
    file.extend_from_slice(&pickle.bytes[at..]);
    file
}

/// Writes a tape both ways and compares what they give; `None` if both refuse it.
fn both_ways(ops: &[u8], text: &[u8], sizes: &[u64], protocol: u8) -> Option<Graph> {
    let straight = tape_to_pickle(ops, text, sizes, &[], protocol);
    let by_graph = tape::read(ops, text, sizes).and_then(|graph| pickle::write(&graph, protocol));
    let (straight, by_graph) = match (straight, by_graph) {
        (Ok(straight), Ok(by_graph)) => (straight, by_graph),
        (straight, by_graph) => {
            assert_eq!(straight.map(|_| ()), by_graph.map(|_| ()));
            return None;
        }
    };
    let graph = load(&file_of(&straight, sizes)).expect("reads what was written");
    let other = load(&file_of(&by_graph, sizes)).expect("reads what was written");
    assert_eq!(hash_value(&graph), hash_value(&other), "{ops:?}");
    Some(graph)
}

#[derive(Debug, Clone)]
enum Json {
    Scalar(Node),
    Big(i64),
    Text(String),
    List(Vec<Json>),
    Dict(Vec<(String, Json)>),
}

fn json() -> impl Strategy<Value = Json> {
    let key = || prop_oneof!["[a-d]", "\\PC{0,3}"];
    let scalar = prop_oneof![
        prop::sample::select(vec![
            Node::None,
            Node::Undefined,
            Node::Bool(true),
            Node::Bool(false),
            Node::Date(1.5e12),
            Node::Date(f64::NAN),
        ]),
        any::<i32>().prop_map(|n| Node::Int(n.into())),
        any::<f64>().prop_map(Node::number),
    ];
    let leaf = prop_oneof![
        4 => scalar.prop_map(Json::Scalar),
        1 => any::<i64>().prop_map(Json::Big),
        3 => key().prop_map(Json::Text),
        1 => Just(Json::Text("long ".repeat(100))),
        1 => prop::collection::vec(any::<f64>(), 1001..1003)
            .prop_map(|numbers| Json::List(numbers.into_iter().map(|n| Json::Scalar(Node::number(n))).collect())),
    ];
    leaf.prop_recursive(6, 200, 60, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Json::List),
            prop::collection::btree_map(key(), inner, 0..50)
                .prop_map(|map| Json::Dict(map.into_iter().collect())),
        ]
    })
}

fn push(graph: &mut Graph, value: &Json) -> NodeId {
    match value {
        Json::Scalar(node) => graph.push(*node),
        Json::Big(int) => graph.push_bigint(&int.to_le_bytes()),
        Json::Text(text) => graph.push_str(text.as_bytes()),
        Json::List(items) => {
            let items: Vec<_> = items.iter().map(|item| push(graph, item)).collect();
            graph.push_list(&items)
        }
        Json::Dict(pairs) => {
            let mut items = Vec::new();
            for (key, value) in pairs {
                items.push(graph.push_str(key.as_bytes()));
                items.push(push(graph, value));
            }
            let span = graph.push_items(&items);
            graph.push(Node::Dict(span))
        }
    }
}

#[test]
fn strings_that_are_shared_stay_one() {
    // [{"key": "key", "other": "text"}, {"key": "text", "other": "key"}]: shape, then two objects.
    let ops = [
        0, 9, 2, 11, 2, 7, 3, 7, 5, 10, 0, 8, 0, 7, 4, 10, 0, 8, 2, 8, 0,
    ];
    let pickle = tape_to_pickle(&ops, b"keyothertext", &[], &[], 5).expect("writes");
    let graph = both_ways(&ops, b"keyothertext", &[], 5).expect("holds a value");
    let objects = graph.children(graph.root);
    let [first, second] = [objects[0], objects[1]].map(|id| graph.children(id));
    assert_eq!(first[0], first[1]);
    assert_eq!(first[0], second[3]);
    assert_eq!(first[3], second[1]);
    let text = pickle.bytes.windows(4).filter(|four| four == b"text");
    assert_eq!(text.count(), 1);
}

#[test]
fn a_string_that_looks_like_a_note_is_none() {
    // As a key and as a value, before and after null.
    let ops = [0, 9, 3, 11, 1, 7, 12, 10, 0, 0, 8, 0, 0];
    let graph = both_ways(&ops, b"joblite:hole", &[], 5).expect("holds a value");
    let items = graph.children(graph.root);
    assert_eq!(graph.str(items[1]), Some(&b"joblite:hole"[..]));
    assert_eq!(graph.node(items[2]), Node::None);
}

#[test]
fn a_hole_outside_a_list_is_undefined() {
    // A file can say so of any value: the notes stand before both values of a dictionary, and in a tuple.
    let hole = b"\x8c\x0cjoblite:hole0N".as_slice();
    let dict = [b"\x80\x05}(\x8c\x01a", hole, b"\x8c\x01b", hole, b"u."].concat();
    let tuple = [b"\x80\x05(", hole, b"K\x01K\x01", hole, b"t."].concat();
    for (file, len) in [(dict, 4), (tuple, 4)] {
        let graph = load(&file).expect("loads");
        let tape = tape::write(&graph).expect("writes");
        let read = tape::read(&tape.ops, &tape.text, &[]).expect("reads");
        let items = read.children(read.root);
        assert_eq!(items.len(), len);
        assert_eq!(read.node(items[3]), Node::Undefined);
    }
}

#[test]
fn what_is_no_tape_is_the_same_error_both_ways() {
    let deep = [&[0][..], &[9, 1].repeat(1001), &[0]].concat();
    let shapes = [&[0][..], &[11, 0].repeat(100_000), &[10, 0]].concat();
    assert!(both_ways(&deep, b"", &[], 5).is_none());
    assert!(both_ways(&shapes, b"", &[], 5).is_some());
    let scalar = [0, 11, 0, 0];
    assert!(both_ways(&scalar, b"", &[], 5).is_none());
    for ops in [
        &[][..],
        &[0],
        &[0, 9, 200],
        &[0, 9, 255, 255, 255, 255, 127],
        &[0, 12, 0],
        &[1, 9, 1, 12, 1],
        &[0, 10, 1],
        &[0, 21, 0],
        &[0, 0, 0],
        &[0, 7, 9],
        &[0, 15, 255, 255, 255, 255, 127],
    ] {
        assert!(both_ways(ops, b"text", &[], 5).is_none(), "{ops:?}");
    }
}

proptest! {
    #[test]
    fn a_value_is_the_same_both_ways(value in json(), protocol in 2u8..=5) {
        let mut graph = Graph::default();
        graph.root = push(&mut graph, &value);
        let tape = tape::write(&graph).expect("writes");
        let read = both_ways(&tape.ops, &tape.text, &[], protocol).expect("holds a value");
        prop_assert_eq!(hash_value(&read), hash_value(&graph));
    }

    #[test]
    fn any_tape_is_the_same_both_ways(
        ops in prop::collection::vec(prop_oneof![0u8..34, 0u8..4], 0..60),
        text in "\\PC{0,40}",
    ) {
        both_ways(&[&[0], ops.as_slice()].concat(), text.as_bytes(), &[8, 0, 24], 5);
    }
}
