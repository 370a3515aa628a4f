//! The scheduler of `Parallel`, and its Rust twin on rayon threads.
//!
//! The scheduler says which task goes to which worker, when, and in what order results come out.
//! Pure state machines: no clock, no worker, no I/O. They are told what happened and at what time,
//! and answer what to do, so the same code runs over Web Workers, Node's worker threads, Pyodide
//! workers, and a simulation with a thousand of them.

pub mod action;
pub mod batch;
mod fleet;
pub mod order;
pub mod progress;
mod rayon;
pub mod scheduler;

pub use self::rayon::Parallel;
