//! The wasm exports: thin shells that check, convert, and call plain Rust.

#[cfg(feature = "npm")]
mod error;
#[cfg(feature = "npm")]
mod hash;
#[cfg(feature = "npm")]
mod instance;
#[cfg(feature = "npm")]
mod parallel;
#[cfg(feature = "npm")]
mod store;
#[cfg(feature = "threads")]
mod threads;
#[cfg(feature = "npm")]
mod values;

#[cfg(feature = "npm")]
#[allow(unused_imports, reason = "each module's exports use it")]
use error::to_js;
