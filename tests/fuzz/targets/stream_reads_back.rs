//! Any bytes decompress to data or an error, the same however they are cut and however much is asked for
//! at a time, and never to more than that; what joblite compresses it reads again.

#![no_main]

#[path = "../fixed_hashing.rs"]
mod fixed_hashing;

use joblite::compress::{Compressor, Decoder, decoder, encoder};
use joblite::{Error, Result};
use libfuzzer_sys::fuzz_target;

/// A stream of some bytes may hold gigabytes: so much of it is read.
const LIMIT: usize = 256 << 10;

/// Reads all there is now; whether the limit is reached.
fn read(decoder: &mut Decoder, max: usize, data: &mut Vec<u8>) -> Result<bool> {
    while data.len() < LIMIT {
        let some = decoder.read(max)?;
        assert!(
            some.len() <= max,
            "{} bytes where {max} were asked for",
            some.len()
        );
        if some.is_empty() {
            return Ok(false);
        }
        data.extend(some);
    }
    data.truncate(LIMIT);
    Ok(true)
}

/// What a file holds and how it ends. It is fed in pieces and read in amounts whose lengths `sizes` says,
/// again and again.
fn decompress(compressor: Compressor, file: &[u8], sizes: &[usize]) -> (Vec<u8>, Result<()>) {
    let mut decoder = decoder(compressor);
    let mut data = Vec::new();
    let mut sizes = sizes.iter().cycle();
    let mut size = || sizes.next().map_or(1, |&size| size.max(1));
    let mut rest = file;
    let mut whole = || {
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(size().min(rest.len()));
            rest = after;
            decoder.write(piece);
            if read(&mut decoder, size(), &mut data)? {
                return Ok(());
            }
        }
        decoder.finish()?;
        // What only the end of the file decides may still hold something.
        read(&mut decoder, size(), &mut data).map(drop)
    };
    let end = whole();
    (data, end)
}

/// What an error says whatever the pieces were. How far a decompressor has read ahead depends on them, and
/// so do the offset and the bytes that are shown.
fn gist(error: Error, file: &[u8]) -> (&'static str, String) {
    let code = error.code();
    let (offset, text) = match error {
        Error::CorruptData {
            offset, expected, ..
        } => (offset, expected),
        Error::TooLarge { offset, what, .. } => (offset, what),
        other => panic!("{other:?} is no error of a stream"),
    };
    assert!(
        offset <= file.len() as u64,
        "offset {offset} is not in the file"
    );
    (code, text.to_string())
}

fn any_bytes(compressor: Compressor, file: &[u8]) {
    // The last bytes of a file say the lengths too: so every file is a case.
    let sizes = &file[file.len().saturating_sub(5)..];
    let sizes: Vec<usize> = sizes.iter().map(|&size| usize::from(size)).collect();
    let (whole, end) = decompress(compressor, file, &[LIMIT]);
    let (pieces, end_in_pieces) = decompress(compressor, file, &sizes);
    // How far a decompressor gets before an error depends on the pieces too.
    let same = whole.len().min(pieces.len());
    assert!(
        whole[..same] == pieces[..same],
        "{compressor:?}: other data in pieces"
    );
    match (end, end_in_pieces) {
        (Ok(()), Ok(())) => assert_eq!(whole.len(), pieces.len(), "{compressor:?}"),
        (Err(whole), Err(pieces)) => {
            let [whole, pieces] = [whole, pieces].map(|error| gist(error, file));
            assert_eq!(whole, pieces, "{compressor:?}: another error in pieces");
        }
        // The error is beyond what is read.
        (Ok(()), Err(_)) if whole.len() == LIMIT => {}
        (Err(_), Ok(())) if pieces.len() == LIMIT => {}
        (whole, pieces) => panic!("{compressor:?}: as a whole {whole:?}, in pieces {pieces:?}"),
    }
}

fn own_stream(compressor: Compressor, level: u8, data: &[u8]) {
    let mut encoder = encoder(compressor, level);
    let (first, second) = data.split_at(data.len() / 3);
    let mut file = encoder.write(first);
    file.extend(encoder.write(second));
    file.extend(encoder.finish());
    let (read, end) = decompress(compressor, &file, &[1000, 300]);
    assert_eq!(end, Ok(()), "{compressor:?} at {level}");
    assert!(read == data, "{compressor:?} at {level}: other data");
}

// The first byte: the compressor, whether the rest is compressed or data, and at which level to compress
// it. From 4 on levels differ in what they spend on large data.
fuzz_target!(|input: &[u8]| {
    let Some((&head, rest)) = input.split_first() else {
        return;
    };
    let (choice, compressors) = (usize::from(head & 0x7f), Compressor::ALL);
    let compressor = compressors[choice % compressors.len()];
    if head < 0x80 {
        any_bytes(compressor, rest);
    } else {
        own_stream(compressor, (choice / compressors.len() % 5) as u8, rest);
    }
});
