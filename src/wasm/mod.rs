//! The wasm exports: thin shells that check, convert, and call plain Rust.

#[cfg(feature = "codecs")]
mod compress;
#[cfg(any(feature = "npm", feature = "codecs"))]
mod error;
#[cfg(feature = "npm")]
mod hash;
#[cfg(any(feature = "npm", feature = "codecs"))]
mod instance;
#[cfg(feature = "npm")]
mod joblib_hash;
#[cfg(feature = "npm")]
mod parallel;
#[cfg(feature = "npm")]
mod store;
#[cfg(feature = "threads")]
mod threads;
#[cfg(feature = "npm")]
mod values;

#[cfg(any(feature = "npm", feature = "codecs"))]
#[allow(unused_imports, reason = "each module's exports use it")]
use error::to_js;
