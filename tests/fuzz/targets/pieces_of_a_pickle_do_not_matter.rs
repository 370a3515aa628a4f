//! The push parser says the same of a file, value or error, however it is cut into pieces.

#![no_main]

#[path = "../fixed_hashing.rs"]
mod fixed_hashing;

use joblite::persist::{dump, load};
use joblite::pickle::{Parser, Step};
use joblite::value::Graph;
use joblite::{Error, Result};
use libfuzzer_sys::fuzz_target;

/// Feeds pieces whose lengths `sizes` says, again and again.
fn load_in_pieces(file: &[u8], sizes: &[u8]) -> Result<Graph> {
    let mut parser = Parser::new();
    let mut at = 0;
    let mut sizes = sizes.iter().cycle();
    let mut end = 0;
    loop {
        let (used, step) = parser.feed(&file[at..end])?;
        at += used;
        match step {
            Step::Done => return parser.finish(),
            Step::NeedMore if end == file.len() => return parser.finish(),
            Step::NeedMore => {
                let size = usize::from(*sizes.next().unwrap_or(&1));
                end = file.len().min(end + size.max(1));
            }
            Step::Buffer { index, offset, len } => {
                let Some(bytes) = usize::try_from(len)
                    .ok()
                    .and_then(|len| file[at..].get(..len))
                else {
                    return Err(Error::CorruptData {
                        offset,
                        expected: format!("{len} bytes of an array"),
                        actual: format!("{} bytes", file.len() - at),
                    });
                };
                parser.fill(index, bytes.to_vec());
                at += bytes.len();
                end = end.max(at);
            }
        }
    }
}

fuzz_target!(|file: &[u8]| {
    // The last bytes of a file say the lengths too: so every file is a case.
    let sizes = &file[file.len().saturating_sub(4)..];
    match (load(file), load_in_pieces(file, sizes)) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(dump(&whole), dump(&pieces), "another value in pieces");
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole, pieces, "another error in pieces"),
        (whole, pieces) => panic!("as a whole {:?}, in pieces {:?}", whole.err(), pieces.err()),
    }
});
