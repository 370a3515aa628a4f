//! Hashes of values: joblite's own, which depends on content alone, and Python's `joblib.hash`.

mod canonical;
pub mod joblib;

pub use canonical::{
    FREE_WALKS, INLINE_BYTES, LONG_STRING, VERSION, WALKS_EACH, hash_value, hex128,
};
