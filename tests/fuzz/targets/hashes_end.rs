//! Both hashes of whatever a file says end, in a hash or an error, and are those of the value: a copy
//! by a tape, in which what is shared is shared again, has the same ones.

#![no_main]

#[path = "../fixed_hashing.rs"]
mod fixed_hashing;

use joblite::hash::hash_value;
use joblite::hash::joblib::{HashName, joblib_hash};
use joblite::persist::load;
use joblite::tape;
use joblite::value::{Graph, Node, NodeId};
use libfuzzer_sys::fuzz_target;

fn copy(graph: &Graph) -> Option<Graph> {
    let written = tape::write(graph).ok()?;
    let buffers = written
        .buffers
        .iter()
        .map(|&index| graph.buffers[index as usize].clone());
    let buffers: Vec<_> = buffers.collect();
    let sizes: Vec<u64> = buffers.iter().map(|buffer| buffer.len).collect();
    let mut again = tape::read(&written.ops, &written.text, &sizes).ok()?;
    again.buffers = buffers;
    Some(again)
}

fuzz_target!(|file: &[u8]| {
    let Ok(graph) = load(file) else { return };
    let joblib = |graph: &Graph| joblib_hash(graph, HashName::Md5, (3, 14));
    let (own, of_joblib) = (hash_value(&graph), joblib(&graph));
    let Some(again) = copy(&graph) else { return };
    if own.is_ok() {
        assert_eq!(hash_value(&again), own, "another hash of a copy");
    }
    // A JavaScript number does not tell 1.0 from 1, and Python's hash does.
    let is_whole = |id| matches!(graph.node(id), Node::Float(value) if matches!(Node::number(value), Node::Int(_)));
    if of_joblib.is_ok() && !(0..graph.len() as NodeId).any(is_whole) {
        assert_eq!(joblib(&again), of_joblib, "another joblib hash of a copy");
    }
});
