//! Python's pickle format with joblib's arrays in it: a writer
//! (protocols 2 to 5) and a push parser (0 to 5).
//!
//! Nothing in a pickle is ever called or imported. A global resolves by an allow-list
//! (`globals.rs`) to something known, or it becomes inert data ([`crate::value::PyObject`]).
//! What only JavaScript distinguishes travels as a note: the string `joblite:<kind>` is pushed and
//! popped before the value, so Python skips it.
//!
//! An array is a `NumpyArrayWrapper` as joblib 1.2 and later write it, then one byte p, p bytes 0xff
//! so that the data begin at a multiple of [`ALIGNMENT`], then the data.
//! <https://github.com/joblib/joblib/blob/main/joblib/numpy_pickle.py>
//!
//! Not here: compression, and what a file is in a store.

mod budget;
mod calls;
mod globals;
mod names;
mod numpy;
pub(crate) mod opcodes;
mod read;
mod scalars;
mod settle;
mod write;

pub use read::{Parser, Step};
pub(crate) use write::{BATCH, Output};
pub use write::{Cut, Pickle, write};

/// Array data begin at multiples of this, in bytes, as in joblib 1.2 and later.
pub const ALIGNMENT: u64 = 16;

/// The protocol that is written unless another one is asked for.
pub const DEFAULT_PROTOCOL: u8 = 5;

/// What a note begins with.
const NOTE: &[u8] = b"joblite:";
