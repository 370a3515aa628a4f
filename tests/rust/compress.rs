//! Compressed streams: what is written is read again however it is cut, and damage never does more
//! than an error.

use joblite::compress::{Compressor, decoder, detect, encoder};
use joblite::{Error, Result};
use proptest::prelude::*;

fn compress(compressor: Compressor, level: u8, data: &[u8], piece: usize) -> Vec<u8> {
    let mut encoder = encoder(compressor, level);
    let mut file = Vec::new();
    for chunk in data.chunks(piece) {
        file.extend(encoder.write(chunk));
    }
    file.extend(encoder.finish());
    file
}

/// Reads a file in pieces of `piece` bytes, at most `max` bytes at a time.
fn decompress_in(compressor: Compressor, file: &[u8], piece: usize, max: usize) -> Result<Vec<u8>> {
    let mut decoder = decoder(compressor);
    let mut data = Vec::new();
    for chunk in file.chunks(piece) {
        decoder.write(chunk);
        loop {
            let some = decoder.read(max)?;
            assert!(some.len() <= max);
            if some.is_empty() {
                break;
            }
            data.extend(some);
        }
    }
    decoder.finish()?;
    assert_eq!(decoder.read(max)?, b"");
    Ok(data)
}

fn decompress(compressor: Compressor, file: &[u8]) -> Result<Vec<u8>> {
    decompress_in(compressor, file, usize::MAX, 1 << 20)
}

/// Neither random nor all alike, and longer than a window.
fn sample(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    (0..len)
        .map(|i| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if i % 8 < 5 {
                (i / 8 % 50) as u8
            } else {
                (state >> 24) as u8
            }
        })
        .collect()
}

#[test]
fn every_level_gives_back_what_it_took() {
    let data = sample(300_000);
    for compressor in Compressor::ALL {
        for level in 0..=9 {
            let file = compress(compressor, level, &data, 70_001);
            assert_eq!(detect(&file), Ok(Some(compressor)));
            assert!(
                decompress(compressor, &file).as_ref() == Ok(&data),
                "{compressor:?} at {level}"
            );
            let empty = compress(compressor, level, b"", 1);
            assert_eq!(decompress(compressor, &empty), Ok(Vec::new()));
        }
    }
}

#[test]
fn several_megabytes_go_through() {
    let data = sample(5 << 20);
    for compressor in Compressor::ALL {
        let file = compress(compressor, 1, &data, 1 << 20);
        let read = decompress_in(compressor, &file, 100_000, 3 << 20);
        assert!(read.as_ref() == Ok(&data), "{compressor:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_do_not_matter(
        len in 0usize..200_000,
        written in 1usize..100_000,
        read in 1usize..100_000,
        max in 1usize..100_000,
        level in 1u8..=6,
    ) {
        let data = sample(len);
        for compressor in Compressor::ALL {
            let file = compress(compressor, level, &data, written);
            let whole = compress(compressor, level, &data, usize::MAX);
            prop_assert!(decompress(compressor, &whole).as_ref() == Ok(&data));
            prop_assert!(decompress_in(compressor, &file, read, max.max(len / 50 + 1)).as_ref() == Ok(&data));
        }
    }

    #[test]
    fn any_bytes_end_in_data_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for compressor in Compressor::ALL {
            let mut file = compressor.prefix().to_vec();
            file.extend(&bytes);
            let _ = read_at_most(compressor, &file, 1 << 20);
            let mut file = compress(compressor, 3, b"a stream before", 100);
            file.extend(&bytes);
            let _ = read_at_most(compressor, &file, 1 << 20);
        }
    }
}

#[test]
fn zeros_between_streams_are_skipped_however_they_are_cut() {
    for (compressor, zeros) in [(Compressor::Gzip, 5), (Compressor::Xz, 8)] {
        let mut file = compress(compressor, 3, b"one, ", 100);
        file.extend(vec![0; zeros]);
        file.extend(compress(compressor, 3, b"two", 100));
        file.extend(vec![0; zeros]);
        for piece in 1..=file.len() {
            let read = decompress_in(compressor, &file, piece, 100);
            assert_eq!(
                read.as_deref(),
                Ok(&b"one, two"[..]),
                "{compressor:?}, {piece}"
            );
        }
    }
}

/// Were they kept until the file ends, each piece would mean to look at all of them again.
#[test]
fn zeros_after_a_stream_are_not_kept() {
    for compressor in [Compressor::Gzip, Compressor::Xz] {
        let mut file = compress(compressor, 3, b"one", 100);
        file.extend(vec![0; 64 << 20]);
        let read = decompress_in(compressor, &file, 1 << 10, 100);
        assert_eq!(read.as_deref(), Ok(&b"one"[..]), "{compressor:?}");
    }
}

/// Reads until the end or an error, or until there are `limit` bytes.
fn read_at_most(compressor: Compressor, file: &[u8], limit: usize) -> Result<usize> {
    let mut decoder = decoder(compressor);
    decoder.write(file);
    let mut len = 0;
    while len < limit {
        match decoder.read(1 << 16)?.len() {
            0 => {
                decoder.finish()?;
                break;
            }
            some => len += some,
        }
    }
    Ok(len)
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let data = sample(2_000);
    for compressor in Compressor::ALL {
        let file = compress(compressor, 3, &data, 100);
        for len in 0..file.len() {
            let error = decompress(compressor, &file[..len]).expect_err("it is cut off");
            let Error::CorruptData { offset, .. } = error else {
                panic!("{compressor:?} cut to {len}: {error}");
            };
            assert!(offset <= len as u64, "{compressor:?} cut to {len}: {error}");
        }
    }
}

#[test]
fn a_cut_is_found_when_finish_comes_before_reading() {
    for compressor in Compressor::ALL {
        let file = compress(compressor, 3, &sample(2_000), 100);
        let mut decoder = decoder(compressor);
        decoder.write(&file[..file.len() - 1]);
        let finished = decoder.finish();
        let result = finished.and_then(|()| {
            while !decoder.read(100)?.is_empty() {}
            Ok(())
        });
        let error = result.expect_err("it is cut off");
        assert_eq!(error.code(), "CORRUPT_DATA", "{compressor:?}");
        assert_eq!(decoder.read(1), Err(error));
    }
}

/// A checksum finds what the format does not; only a few bits of headers are free.
#[test]
fn a_flipped_bit_never_gives_other_data() {
    let data = sample(400);
    for compressor in Compressor::ALL
        .into_iter()
        .filter(|&compressor| compressor != Compressor::Lzma)
    {
        let file = compress(compressor, 3, &data, 100);
        for bit in 0..file.len() * 8 {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match read_at_most(compressor, &damaged, 1 << 20) {
                Ok(len) => assert_eq!(
                    decompress(compressor, &damaged).as_ref(),
                    Ok(&data),
                    "{compressor:?}, bit {bit}, {len} bytes"
                ),
                Err(Error::CorruptData { offset, .. } | Error::TooLarge { offset, .. }) => {
                    assert!(offset <= file.len() as u64);
                }
                Err(other) => panic!("{compressor:?}, bit {bit}: {other}"),
            }
        }
    }
}

#[test]
fn a_bomb_makes_no_more_than_is_asked_for() {
    let zeros = vec![0; 64 << 20];
    for compressor in Compressor::ALL {
        let file = compress(compressor, 1, &zeros, 1 << 20);
        assert!(
            file.len() < zeros.len() / 50,
            "{compressor:?}: {}",
            file.len()
        );
        let mut decoder = decoder(compressor);
        decoder.write(&file);
        for max in [1, 1000, 1 << 20] {
            assert_eq!(decoder.read(max).map(|some| some.len()), Ok(max));
        }
    }
}
