//! The exports of `joblite_threads.wasm`: synchronous kernels on rayon threads.
//!
//! No futures and no IndexedDB here: in a build with atomics an `.await` wakes through
//! `Atomics.waitAsync`, after which an IndexedDB transaction is no longer active.

pub use wasm_bindgen_rayon::init_thread_pool;
