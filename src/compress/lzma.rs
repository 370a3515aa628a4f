//! lzma and xz, on the crate lzma-rust2.
//!
//! It is the one pure Rust crate that writes both formats at every level and takes and gives bytes as
//! they come: lzma-rs has no levels and writes next to uncompressed, xz4rust only reads, and the rest
//! bind to C. Its window grows with what was decoded, whatever size a header claims.
//!
//! Its feature `optimization` is unsafe Rust and assembly for other processors; in wasm it is no faster
//! (10 MB of float64: 165 ms to decompress either way, and 4.5 s to compress).

use std::io::{ErrorKind, Write};

use lzma_rust2::{
    Action, CheckType, LzmaOptions, LzmaStream, LzmaWriter, Result, Status, StreamResult,
    XzOptions, XzStream, XzWriter,
};

use super::Encode;
use super::decoder::{self, Fault, Next, Progress, State};

const XZ_MAGIC: &[u8] = b"\xfd7zXZ\x00";
/// The properties that Python and xz write at every level, and the low byte of any dictionary's size.
const LZMA_MAGIC: &[u8] = b"\x5d\x00";

/// The most memory that a file may ask for. The highest level, 9, needs a dictionary of 64 MiB.
const MEMORY_LIMIT_KB: u32 = 128 << 10;

/// `None` when it is finished.
pub(super) enum Encoder {
    Lzma(Option<Box<LzmaWriter<Vec<u8>>>>),
    Xz(Option<Box<XzWriter<Vec<u8>>>>),
}

// Writers fail when what they write to does, or at settings that presets do not have.
impl Encoder {
    pub fn lzma(level: u8) -> Self {
        let options = LzmaOptions::with_preset(level.min(9).into());
        // No size in the header, since it is not known; so the end is marked, as Python does.
        let writer = LzmaWriter::new_use_header(Vec::new(), &options, None);
        Encoder::Lzma(writer.ok().map(Box::new))
    }

    pub fn xz(level: u8) -> Self {
        let mut options = XzOptions::with_preset(level.min(9).into());
        options.set_check_sum_type(CheckType::Crc64);
        let writer = XzWriter::new(Vec::new(), options);
        Encoder::Xz(writer.ok().map(Box::new))
    }
}

impl Encode for Encoder {
    fn write(&mut self, chunk: &[u8]) -> Vec<u8> {
        match self {
            Encoder::Lzma(Some(writer)) => {
                let _ = writer.write_all(chunk);
                std::mem::take(writer.inner_mut())
            }
            Encoder::Xz(Some(writer)) => {
                let _ = writer.write_all(chunk);
                std::mem::take(writer.inner_mut())
            }
            _ => Vec::new(),
        }
    }

    fn finish(&mut self) -> Vec<u8> {
        let last = match self {
            Encoder::Lzma(writer) => writer.take().map(|writer| writer.finish()),
            Encoder::Xz(writer) => writer.take().map(|writer| writer.finish()),
        };
        last.and_then(Result::ok).unwrap_or_default()
    }
}

enum Format {
    Lzma(Box<LzmaStream>),
    Xz(Box<XzStream>),
}

impl Format {
    fn lzma() -> Self {
        Format::Lzma(Box::new(LzmaStream::new_mem_limit(MEMORY_LIMIT_KB, None)))
    }

    fn xz() -> Self {
        Format::Xz(Box::new(XzStream::new_mem_limit(false, MEMORY_LIMIT_KB)))
    }

    fn process(&mut self, input: &[u8], output: &mut [u8]) -> Result<StreamResult> {
        match self {
            Format::Lzma(stream) => stream.process(input, output, Action::Run),
            Format::Xz(stream) => stream.process(input, output, Action::Run),
        }
    }

    /// What was taken and turned out to stand behind the end.
    fn unused(&self) -> &[u8] {
        match self {
            Format::Lzma(stream) => stream.unused_input(),
            Format::Xz(_) => &[],
        }
    }

    fn memory_kb(&self) -> u32 {
        let usage = match self {
            Format::Lzma(stream) => stream.memory_usage(),
            Format::Xz(stream) => stream.memory_usage(),
        };
        usage.unwrap_or_default()
    }

    fn totals(&self) -> (u64, u64) {
        match self {
            Format::Lzma(stream) => (stream.total_in(), stream.total_out()),
            Format::Xz(stream) => (stream.total_in(), stream.total_out()),
        }
    }
}

pub(super) struct Stream {
    format: Format,
    /// Taken from the input, but behind the end of the stream.
    carried: Vec<u8>,
}

impl Stream {
    pub fn lzma() -> Self {
        Self::new(Format::lzma())
    }

    pub fn xz() -> Self {
        Self::new(Format::xz())
    }

    fn new(format: Format) -> Self {
        Stream {
            format,
            carried: Vec::new(),
        }
    }

    fn fault(&self, error: &std::io::Error) -> Fault {
        if error.kind() == ErrorKind::OutOfMemory {
            return Fault::TooLarge {
                what: "memory for decompression",
                actual: u64::from(self.format.memory_kb()) << 10,
                limit: u64::from(MEMORY_LIMIT_KB) << 10,
            };
        }
        Fault::Corrupt {
            expected: "lzma data",
            actual: error.to_string(),
        }
    }
}

impl decoder::Stream for Stream {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let carried = std::mem::take(&mut self.carried);
        let joined;
        let bytes = if carried.is_empty() {
            input
        } else {
            joined = [&carried, input].concat();
            &joined
        };
        let before = self.format.totals();
        let result = self.format.process(bytes, output);
        let after = self.format.totals();
        let mut progress = match result {
            Ok(result) => Progress {
                consumed: result.bytes_consumed,
                produced: result.bytes_produced,
                state: match result.status {
                    Status::StreamEnd => State::Ended,
                    Status::Ok => State::GoesOn,
                },
            },
            Err(error) => Progress {
                consumed: (after.0 - before.0) as usize,
                produced: (after.1 - before.1) as usize,
                state: State::Failed(self.fault(&error)),
            },
        };
        if let State::Ended = progress.state {
            // What was taken too much is behind the end; of it, what came with an earlier call.
            let unused = self.format.unused();
            let back = unused.len().min(progress.consumed);
            progress.consumed -= back;
            self.carried = unused[..unused.len() - back].to_vec();
        }
        let left = carried.get(progress.consumed..).unwrap_or_default();
        self.carried.extend_from_slice(left);
        progress.consumed = progress.consumed.saturating_sub(carried.len());
        progress
    }

    /// As Python's lzma: streams one after another; what is not one is ignored. Between xz's there may
    /// be zeros, in fours.
    fn next(&mut self, rest: &[u8], complete: bool) -> Next {
        let bytes = [&self.carried, rest].concat();
        let (skip, magic) = match self.format {
            Format::Lzma(_) => (0, LZMA_MAGIC),
            Format::Xz(_) => {
                let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
                (zeros - zeros % 4, XZ_MAGIC)
            }
        };
        let bytes = &bytes[skip..];
        // Zeros that are not yet four may become so.
        if bytes.iter().all(|&byte| byte == 0) {
            return if complete {
                Next::Ignored
            } else {
                Next::Undecided { skip }
            };
        }
        match decoder::begins(bytes, magic, complete) {
            Some(true) => {
                self.format = match self.format {
                    Format::Lzma(_) => Format::lzma(),
                    Format::Xz(_) => Format::xz(),
                };
                Next::Stream { skip }
            }
            Some(false) => Next::Ignored,
            None => Next::Undecided { skip },
        }
    }
}
