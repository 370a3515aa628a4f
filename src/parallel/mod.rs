//! The scheduler of `Parallel`, and its Rust twin on rayon threads.

mod rayon;

pub use self::rayon::Parallel;
