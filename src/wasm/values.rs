//! Values in the engine: tape to pickle and back. Buffers stay in JavaScript; only their lengths come here.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::to_js;
use crate::persist;
use crate::pickle::{self, Parser, Step};
use crate::tape::{self, Tape};
use crate::value::Graph;

/// The engine's memory, for those that write into a [`Scratch`].
#[wasm_bindgen(js_name = engineMemory)]
pub fn engine_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Bytes that JavaScript writes in place: it makes a view of the engine's memory at `ptr`, and again
/// whenever the memory has grown.
#[wasm_bindgen]
#[derive(Default)]
pub struct Scratch {
    bytes: Vec<u8>,
}

#[wasm_bindgen]
impl Scratch {
    /// So many zeros.
    #[wasm_bindgen(constructor)]
    pub fn new(len: usize) -> Scratch {
        Scratch {
            bytes: vec![0; len],
        }
    }

    /// Makes it at least so long, keeping its content.
    pub fn grow(&mut self, len: usize) {
        if len > self.bytes.len() {
            self.bytes.resize(len, 0);
        }
    }

    /// Where it begins in the engine's memory.
    #[wasm_bindgen(getter)]
    pub fn ptr(&self) -> usize {
        self.bytes.as_ptr() as usize
    }

    /// Its length in bytes.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }
}

impl Scratch {
    /// What was written to its beginning.
    pub(super) fn first(&self, len: usize) -> &[u8] {
        self.bytes.get(..len).unwrap_or_default()
    }
}

/// A pickle without its buffers.
#[wasm_bindgen]
pub struct PickleParts(pickle::Pickle);

#[wasm_bindgen]
impl PickleParts {
    /// Opcodes and padding.
    #[wasm_bindgen(js_name = takeBytes)]
    pub fn take_bytes(&mut self) -> Uint8Array {
        Uint8Array::from(std::mem::take(&mut self.0.bytes).as_slice())
    }

    /// Where the buffers go: position in the bytes, number of the buffer, and 1 if its bytes stand there
    /// as Latin-1 characters in UTF-8, in turn.
    pub fn cuts(&self) -> Vec<u32> {
        self.0
            .cuts
            .iter()
            .flat_map(|cut| [cut.at as u32, cut.buffer, u32::from(cut.latin1)])
            .collect()
    }
}

/// Writes a tape as a pickle. `text` holds `text_len` bytes, generalised UTF-8; `sizes` are the
/// lengths of the tape's buffers, `high` says how many bytes of each are 0x80 or more; protocol 2 alone
/// asks for that, for the others it may be empty.
#[wasm_bindgen(js_name = tapeToPickle)]
pub fn tape_to_pickle(
    ops: &[u8],
    text: &Scratch,
    text_len: usize,
    sizes: &[f64],
    high: &[f64],
    protocol: u8,
) -> Result<PickleParts, JsValue> {
    let whole = |numbers: &[f64]| -> Vec<u64> { numbers.iter().map(|&n| n as u64).collect() };
    let (sizes, high) = (whole(sizes), whole(high));
    persist::tape_to_pickle(ops, text.first(text_len), &sizes, &high, protocol)
        .map(PickleParts)
        .map_err(|error| to_js(&error))
}

/// Reads a pickle of which JavaScript holds the parts: it feeds windows of them.
#[wasm_bindgen]
#[derive(Default)]
pub struct PickleReader {
    parser: Parser,
    graph: Graph,
    tape: Tape,
    /// Offset and length of the buffers that JavaScript has not asked for yet.
    met: Vec<f64>,
    done: bool,
}

#[wasm_bindgen]
impl PickleReader {
    /// At the start of a file. With `strict`, classes that are not known are refused.
    #[wasm_bindgen(constructor)]
    pub fn new(strict: bool) -> PickleReader {
        let parser = if strict {
            Parser::strict()
        } else {
            Parser::new()
        };
        PickleReader {
            parser,
            ..PickleReader::default()
        }
    }

    /// Parses a window that begins at `offset` of the file. Gives the offset at which to go on, which
    /// is after the window where the data of an array come between, or -1 at the end.
    pub fn feed(&mut self, offset: f64, window: &[u8]) -> Result<f64, JsValue> {
        let mut at = 0;
        while at < window.len() {
            let (used, step) = self
                .parser
                .feed(&window[at..])
                .map_err(|error| to_js(&error))?;
            at += used;
            match step {
                Step::NeedMore => break,
                Step::Done => {
                    self.done = true;
                    return Ok(-1.0);
                }
                Step::Buffer {
                    offset: start, len, ..
                } => {
                    self.met.extend([start as f64, len as f64]);
                    if len > (window.len() - at) as u64 {
                        return Ok(offset + at as f64 + len as f64);
                    }
                    at += len as usize;
                }
            }
        }
        Ok(offset + window.len() as f64)
    }

    /// The buffers met since this was last called, in their order in the file: offset and length, in
    /// turn. Who reads a stream keeps their bytes; only the last one may reach beyond the window.
    #[wasm_bindgen(js_name = takeMet)]
    pub fn take_met(&mut self) -> Vec<f64> {
        std::mem::take(&mut self.met)
    }

    /// Makes the tape of what was read.
    pub fn finish(&mut self) -> Result<(), JsValue> {
        let graph = std::mem::take(&mut self.parser)
            .finish()
            .map_err(|error| to_js(&error))?;
        self.tape = tape::write(&graph).map_err(|error| to_js(&error))?;
        self.graph = graph;
        Ok(())
    }

    /// The tape's ops.
    #[wasm_bindgen(js_name = takeOps)]
    pub fn take_ops(&mut self) -> Uint8Array {
        Uint8Array::from(std::mem::take(&mut self.tape.ops).as_slice())
    }

    /// The tape's text, generalised UTF-8.
    #[wasm_bindgen(js_name = takeText)]
    pub fn take_text(&mut self) -> Uint8Array {
        Uint8Array::from(std::mem::take(&mut self.tape.text).as_slice())
    }

    /// The text's blocks: length in bytes, and 1 if it has no lone surrogates, in turn.
    pub fn blocks(&self) -> Vec<u32> {
        self.tape
            .blocks
            .iter()
            .flat_map(|block| [block.len, u32::from(block.well_formed)])
            .collect()
    }

    /// The tape's buffers: offset in the file, or -1 if [`PickleReader::held`] has it, and length, in turn.
    pub fn buffers(&self) -> Vec<f64> {
        let buffers = self
            .tape
            .buffers
            .iter()
            .map(|&index| &self.graph.buffers[index as usize]);
        buffers
            .flat_map(|buffer| {
                [
                    if buffer.offset == u64::MAX || buffer.bytes.is_some() {
                        -1.0
                    } else {
                        buffer.offset as f64
                    },
                    buffer.len as f64,
                ]
            })
            .collect()
    }

    /// The bytes of a buffer of the tape that do not stand in the file as they are.
    pub fn held(&self, number: usize) -> Vec<u8> {
        let index = self.tape.buffers.get(number).copied().unwrap_or_default();
        self.graph
            .buffers
            .get(index as usize)
            .and_then(|buffer| buffer.bytes.clone())
            .unwrap_or_default()
    }
}
