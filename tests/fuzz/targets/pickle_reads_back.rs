//! Any bytes are a value or an error; a value is written as a file that reads again as the same value.

#![no_main]

#[path = "../fixed_hashing.rs"]
mod fixed_hashing;

use joblite::hash::hash_value;
use joblite::persist::{dump, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let Ok(graph) = load(file) else { return };
    let Ok(written) = dump(&graph) else { return };
    let first = load(&written).expect("joblite reads what it wrote");
    if let (Ok(before), Ok(after)) = (hash_value(&graph), hash_value(&first)) {
        assert_eq!(before, after, "another value after dump and load");
    }
    let again = dump(&first).expect("joblite writes what it read of its own");
    let second = load(&again).expect("joblite reads what it wrote again");
    if let (Ok(before), Ok(after)) = (hash_value(&first), hash_value(&second)) {
        assert_eq!(before, after, "another value after dump and load again");
    }
});
