//! joblib for the browser: memoization that survives a reload, and a parallel map over every core.
//!
//! The crate is the engine of the npm package `joblite` and of the Python package of that name, and
//! a library of its own for Rust applications compiled to wasm. Everything outside [`store`] and the
//! `wasm` module is pure: no clock, no worker, no I/O, so it runs and is tested on any host.

#[cfg(feature = "codecs")]
pub mod compress;
pub mod error;
pub mod hash;
pub mod memory;
pub mod parallel;
pub mod persist;
pub mod pickle;
pub mod store;
pub mod tape;
pub mod value;

#[cfg(target_arch = "wasm32")]
mod wasm;

pub use error::{Error, Result};
pub use parallel::Parallel;

/// README's Rust, as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
