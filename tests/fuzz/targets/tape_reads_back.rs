//! Any ops, text and sizes are a value or an error; a value is written as a tape that reads as the same.

#![no_main]

#[path = "../fixed_hashing.rs"]
mod fixed_hashing;

use joblite::hash::hash_value;
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
    let Some(graph) = filled(graph) else { return };
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
