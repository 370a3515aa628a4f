//! Any ops, text and sizes are a value or an error; a value is written as a tape that reads as the same.
//! As a file it is the same value too, whether it was written op by op or by way of a graph.

#![no_main]

use joblite::hash::hash_value;
use joblite::persist::{load, tape_to_pickle};
use joblite::pickle::{self, Pickle};
use joblite::tape;
use joblite::value::{Graph, text};
use libfuzzer_sys::fuzz_target;

/// Gives a tape's buffers bytes, unless they claim to be large.
fn filled(mut graph: Graph) -> Option<Graph> {
    for buffer in &mut graph.buffers {
        let len = usize::try_from(buffer.len).ok().filter(|&len| len < 4096)?;
        buffer.bytes = Some((0..len).map(|i| i as u8).collect());
    }
    Some(graph)
}

/// An input: two u16, the lengths of ops and text; ops; text; a u16 for each buffer, its length.
fn parts(input: &[u8]) -> Option<(&[u8], &[u8], Vec<u64>)> {
    let (head, rest) = input.split_first_chunk::<4>()?;
    let [ops, text] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_le_bytes);
    let (ops, rest) = rest.split_at_checked(usize::from(ops))?;
    let (text, sizes) = rest.split_at_checked(usize::from(text))?;
    let sizes = sizes.as_chunks::<2>().0.iter();
    Some((
        ops,
        text,
        sizes
            .map(|&size| u64::from(u16::from_le_bytes(size)))
            .collect(),
    ))
}

/// The file with the graph's buffers.
fn file_of(pickle: &Pickle, graph: &Graph) -> Vec<u8> {
    let mut file = Vec::new();
    let mut at = 0;
    for cut in &pickle.cuts {
        file.extend_from_slice(&pickle.bytes[at..cut.at]);
        let bytes = graph.buffers[cut.buffer as usize].bytes.as_deref();
        file.extend_from_slice(bytes.expect("was filled"));
        at = cut.at;
    }
    file.extend_from_slice(&pickle.bytes[at..]);
    file
}

fuzz_target!(|input: &[u8]| {
    let Some((ops, words, sizes)) = parts(input) else {
        return;
    };
    let Ok(graph) = tape::read(ops, words, &sizes) else {
        return;
    };
    // Text that is none, which JavaScript cannot send, has to do no harm; it does not come back.
    if text::first_invalid(words).is_some() {
        return;
    }
    let by_graph = pickle::write(&graph, 5);
    let Some(graph) = filled(graph) else { return };
    match (tape_to_pickle(ops, words, &sizes, &[], 5), by_graph) {
        (Ok(straight), Ok(by_graph)) => {
            let read =
                |pickle| load(&file_of(pickle, &graph)).expect("joblite reads what it wrote");
            let (straight, by_graph) = (read(&straight), read(&by_graph));
            if let (Ok(one), Ok(other)) = (hash_value(&straight), hash_value(&by_graph)) {
                assert_eq!(one, other, "another value op by op");
            }
        }
        (straight, by_graph) => assert_eq!(straight.map(|_| ()), by_graph.map(|_| ())),
    }
    let Ok(written) = tape::write(&graph) else {
        return;
    };
    let buffers = written
        .buffers
        .iter()
        .map(|&index| graph.buffers[index as usize].clone());
    let buffers: Vec<_> = buffers.collect();
    let sizes: Vec<u64> = buffers.iter().map(|buffer| buffer.len).collect();
    let mut again =
        tape::read(&written.ops, &written.text, &sizes).expect("joblite reads what it wrote");
    again.buffers = buffers;
    if let (Ok(before), Ok(after)) = (hash_value(&graph), hash_value(&again)) {
        assert_eq!(before, after, "another value after a tape");
    }
});
