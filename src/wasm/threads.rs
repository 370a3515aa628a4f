//! The exports of `joblite_threads.wasm`: synchronous kernels on rayon threads.
//!
//! No futures and no IndexedDB here: in a build with atomics an `.await` wakes through
//! `Atomics.waitAsync`, after which an IndexedDB transaction is no longer active. Results are copied
//! out: a view over shared memory can be neither stored nor decoded nor put in a Blob.

use wasm_bindgen::prelude::*;
// Linked for its exports: `initThreadPool` and what a thread calls.
use wasm_bindgen_rayon as _;

/// How many threads of the pool answer; every one of them has run when this returns.
#[wasm_bindgen(js_name = countThreads)]
pub fn count_threads() -> usize {
    rayon::broadcast(|_| ()).len()
}

/// BLAKE3 over bytes that arrive in pieces, each hashed on all threads.
#[wasm_bindgen(js_name = ThreadedHasher)]
pub struct ThreadedHasher {
    hasher: blake3::Hasher,
}

#[wasm_bindgen(js_class = ThreadedHasher)]
impl ThreadedHasher {
    /// A hasher that has seen nothing.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript has no Default")]
    pub fn new() -> Self {
        Self {
            hasher: blake3::Hasher::new(),
        }
    }

    /// Adds bytes. Pieces of a power of two, at least 1 MiB, keep all threads busy.
    pub fn update(&mut self, piece: &[u8]) {
        self.hasher.update_rayon(piece);
    }

    /// The digest of all that was added: 32 bytes.
    pub fn digest(&self) -> Vec<u8> {
        self.hasher.finalize().as_bytes().to_vec()
    }
}
