//! BLAKE3 in the engine's memory, where the walker of `src/ts/values/hash-walk.ts` writes.

use wasm_bindgen::prelude::*;

/// Bytes that JavaScript writes in place, and what is hashed of them. Positions count from `ptr`;
/// a range that is not inside is not touched.
#[wasm_bindgen]
pub struct Hasher {
    bytes: Vec<u8>,
    /// Of containers that are hashed in pieces, innermost last.
    open: Vec<blake3::Hasher>,
}

#[wasm_bindgen]
impl Hasher {
    /// So many zeros to write to.
    #[wasm_bindgen(constructor)]
    pub fn new(len: usize) -> Hasher {
        Hasher {
            bytes: vec![0; len],
            open: Vec::with_capacity(4),
        }
    }

    /// Makes it at least so long, keeping its content.
    pub fn grow(&mut self, len: usize) {
        if len > self.bytes.len() {
            self.bytes.resize(len, 0);
        }
    }

    /// Where the bytes begin in the engine's memory.
    #[wasm_bindgen(getter)]
    pub fn ptr(&self) -> usize {
        self.bytes.as_ptr() as usize
    }

    /// How many there are.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Writes the digest of `start..end` to `to`, 32 bytes.
    pub fn digest(&mut self, start: usize, end: usize, to: usize) {
        if let Some(bytes) = self.bytes.get(start..end) {
            let digest = blake3::hash(bytes);
            self.put(to, digest.as_bytes());
        }
    }

    /// Begins a digest in pieces.
    pub fn begin(&mut self) {
        self.open.push(blake3::Hasher::new());
    }

    /// Adds `start..end` to the innermost digest.
    pub fn update(&mut self, start: usize, end: usize) {
        if let (Some(hasher), Some(bytes)) = (self.open.last_mut(), self.bytes.get(start..end)) {
            hasher.update(bytes);
        }
    }

    /// Ends the innermost digest and writes it to `to`.
    pub fn finish(&mut self, to: usize) {
        if let Some(hasher) = self.open.pop() {
            self.put(to, hasher.finalize().as_bytes());
        }
    }

    /// Forgets digests that were begun: a walk ended in an error.
    pub fn reset(&mut self) {
        self.open.clear();
    }

    /// Sorts `n` digests from `start` on.
    #[wasm_bindgen(js_name = sortDigests)]
    pub fn sort_digests(&mut self, start: usize, n: usize) {
        if let Some(bytes) = self.bytes.get_mut(start..start + 32 * n) {
            bytes.as_chunks_mut::<32>().0.sort_unstable();
        }
    }

    fn put(&mut self, to: usize, digest: &[u8; 32]) {
        if let Some(place) = self.bytes.get_mut(to..to + 32) {
            place.copy_from_slice(digest);
        }
    }
}
