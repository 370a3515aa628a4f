//! Python's `joblib.hash` of a tape, whose buffers JavaScript hands over in pieces.

use wasm_bindgen::prelude::*;

use super::to_js;
use super::values::Scratch;
use crate::hash::joblib::{Digest, HashName, Piece, Plan, key_buffers};
use crate::tape;
use crate::value::Graph;

/// One value that is being hashed.
#[wasm_bindgen]
pub struct JoblibHash {
    graph: Graph,
    python: (u32, u32),
    plan: Option<Plan>,
    digest: Digest,
    /// The next piece of the plan.
    piece: usize,
}

#[wasm_bindgen]
impl JoblibHash {
    /// Reads a tape; `text` and `sizes` are as for a pickle. `sha1`: not MD5; `minor`: of Python 3.
    #[wasm_bindgen(constructor)]
    pub fn new(
        ops: &[u8],
        text: &Scratch,
        text_len: usize,
        sizes: &[f64],
        sha1: bool,
        minor: u32,
    ) -> Result<JoblibHash, JsValue> {
        let sizes: Vec<u64> = sizes.iter().map(|&size| size as u64).collect();
        let graph = tape::read(ops, text.first(text_len), &sizes).map_err(|error| to_js(&error))?;
        let name = if sha1 { HashName::Sha1 } else { HashName::Md5 };
        Ok(JoblibHash {
            graph,
            python: (3, minor),
            plan: None,
            digest: Digest::new(name),
            piece: 0,
        })
    }

    /// The buffers that have to be here as a whole, before anything else: of keys, which are ordered.
    #[wasm_bindgen(js_name = keyBuffers)]
    pub fn key_buffers(&self) -> Vec<u32> {
        key_buffers(&self.graph)
    }

    /// Gives one of them its bytes.
    pub fn fill(&mut self, buffer: usize, bytes: Vec<u8>) {
        if let Some(buffer) = self.graph.buffers.get_mut(buffer) {
            buffer.bytes = Some(bytes);
        }
    }

    /// Hashes on until a buffer is needed, and gives its number; -1 at the end.
    #[wasm_bindgen(js_name = nextBuffer)]
    pub fn next_buffer(&mut self) -> Result<i32, JsValue> {
        if self.plan.is_none() {
            let plan = Plan::new(&self.graph, self.python).map_err(|error| to_js(&error))?;
            self.plan = Some(plan);
            // All of it is in the plan.
            self.graph = Graph::default();
        }
        while let Some(piece) = self.plan.as_ref().and_then(|plan| plan.piece(self.piece)) {
            self.piece += 1;
            match piece {
                Piece::Bytes(bytes) => self.digest.update(bytes),
                Piece::Buffer(buffer) => return Ok(buffer as i32),
            }
        }
        Ok(-1)
    }

    /// The next bytes of that buffer.
    pub fn update(&mut self, piece: &[u8]) {
        self.digest.update(piece);
    }

    /// The hash, in hexadecimal digits.
    pub fn hex(&self) -> String {
        self.digest.clone().finish()
    }
}
