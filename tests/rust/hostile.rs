//! Hostile files: real ones of joblib damaged at every place, and bombs. Whatever comes of them is a
//! value that can be used or a typed error that says where, within what the bytes themselves justify.

use std::sync::OnceLock;

use joblite::hash::hash_value;
use joblite::persist::{dump, load};
use joblite::pickle::{Parser, Step};
use joblite::tape;
use joblite::value::Graph;
use joblite::{Error, Result};
use serde_json::Value as Json;

/// A file that joblib wrote; tests/interop/make-corpus.mjs makes them.
struct File {
    name: String,
    bytes: Vec<u8>,
}

fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let json: Json =
            serde_json::from_str(include_str!("../fixtures/joblib-files.json")).expect("JSON");
        let text = |file: &Json, key: &str| file[key].as_str().expect("a text").to_owned();
        let files = json["files"].as_array().expect("a list");
        files
            .iter()
            .map(|file| File {
                name: format!(
                    "{} of {}, protocol {}",
                    text(file, "name"),
                    text(file, "from"),
                    file["protocol"]
                ),
                bytes: from_base64(&text(file, "file")),
            })
            .collect()
    })
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text
        .bytes()
        .filter_map(|byte| DIGITS.iter().position(|&digit| digit == byte));
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in digits {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// That an error of reading is of a kind that a file may cause, and lies in the file.
fn assert_typed(error: &Error, len: usize, name: &str) {
    let offset = match error {
        Error::CorruptData { offset, .. }
        | Error::TooLarge { offset, .. }
        | Error::UnsupportedOpcode { offset, .. }
        | Error::UnsupportedDtype { offset, .. } => *offset,
        other => panic!("{name}: {other}"),
    };
    assert!(offset <= len as u64, "{name}: {error} of {len} bytes");
}

/// Loads a file and does with the value all that can be done. Gives whether it loaded.
fn use_file(bytes: &[u8], name: &str) -> bool {
    let graph = match load(bytes) {
        Ok(graph) => graph,
        Err(error) => {
            assert_typed(&error, bytes.len(), name);
            return false;
        }
    };
    // A byte makes few nodes: an opcode or two.
    let most = 8 * bytes.len() + 64;
    assert!(graph.len() <= most, "{name}: {} nodes", graph.len());
    let _ = hash_value(&graph);
    if let Ok(tape) = tape::write(&graph) {
        let sizes: Vec<u64> = tape
            .buffers
            .iter()
            .map(|&index| graph.buffers[index as usize].len)
            .collect();
        tape::read(&tape.ops, &tape.text, &sizes)
            .unwrap_or_else(|error| panic!("{name}: its tape: {error}"));
    }
    if let Ok(file) = dump(&graph) {
        load(&file).unwrap_or_else(|error| panic!("{name}: written again: {error}"));
    }
    true
}

/// Feeds a file in pieces, as a stream comes.
fn load_in_pieces(file: &[u8], size: usize) -> Result<Graph> {
    let mut parser = Parser::new();
    let (mut at, mut skip) = (0, 0);
    for piece in file.chunks(size) {
        let mut from = 0;
        while from < piece.len() {
            let skipped = skip.min(piece.len() - from);
            (from, skip) = (from + skipped, skip - skipped);
            let (used, step) = parser.feed(&piece[from..])?;
            from += used;
            match step {
                Step::Done => return parser.finish(),
                Step::NeedMore => break,
                Step::Buffer { len, .. } if at + from + len as usize > file.len() => {
                    // What a stream says that ends inside an array.
                    return Err(Error::CorruptData {
                        offset: (at + from) as u64,
                        expected: "the bytes of an array".into(),
                        actual: "the end".into(),
                    });
                }
                Step::Buffer { len, .. } => skip = len as usize,
            }
        }
        at += piece.len();
    }
    parser.finish()
}

#[test]
fn the_files_of_joblib_load() {
    assert!(files().len() > 200, "{} files", files().len());
    for File { name, bytes } in files() {
        load(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(use_file(bytes, name));
        load_in_pieces(bytes, 7).unwrap_or_else(|error| panic!("{name} in pieces: {error}"));
    }
}

#[test]
fn a_file_cut_at_any_byte_is_an_error() {
    for File { name, bytes } in files() {
        for len in 0..bytes.len() {
            let name = format!("{name}, {len} bytes");
            match load(&bytes[..len]) {
                Ok(_) => panic!("{name}: loaded"),
                Err(error) => assert_typed(&error, len, &name),
            }
            match load_in_pieces(&bytes[..len], 11) {
                Ok(_) => panic!("{name}: loaded in pieces"),
                Err(error) => assert_typed(&error, len, &name),
            }
        }
    }
}

#[test]
fn any_bit_flipped() {
    const THREADS: usize = 4;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for File { name, bytes } in files().iter().skip(thread).step_by(THREADS) {
                    flip_every_bit(name, bytes.clone());
                }
            });
        }
    });
}

fn flip_every_bit(name: &str, mut bytes: Vec<u8>) {
    for bit in 0..8 * bytes.len() {
        let mask = 1 << (bit % 8);
        bytes[bit / 8] ^= mask;
        use_file(&bytes, &format!("{name}, bit {bit} flipped"));
        bytes[bit / 8] ^= mask;
    }
}

#[test]
fn any_opcode_in_the_place_of_any_byte() {
    const OPCODES: &[u8] =
        b"(.0126FIJKLMNPQRSTUVXabcdeghijlopqrstuv}]B)C\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\
        \x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\x00\xff";
    // Every byte of some files, as all would take minutes.
    for File { name, bytes } in files().iter().step_by(25) {
        let mut bytes = bytes.clone();
        for at in 0..bytes.len() {
            let original = bytes[at];
            for &opcode in OPCODES {
                bytes[at] = opcode;
                use_file(&bytes, &format!("{name}, byte {at} is 0x{opcode:02x}"));
            }
            bytes[at] = original;
        }
    }
}

/// A value of one file ends in another one: what is remembered, and what is on the stack, do not fit.
#[test]
fn any_two_files_spliced() {
    let files = files();
    for (i, File { name, bytes }) in files.iter().enumerate() {
        let other = &files[(7 * i + 3) % files.len()];
        for part in 1..8 {
            let (head, tail) = (bytes.len() * part / 8, other.bytes.len() * (8 - part) / 8);
            let spliced = [&bytes[..head], &other.bytes[tail..]].concat();
            use_file(
                &spliced,
                &format!("{name}, {head} bytes, then {}", other.name),
            );
        }
    }
}
