//! bzip2, on libbz2-rs-sys through the crate bzip2.
//!
//! libbz2-rs-sys is bzip2 itself, ported by the Trifecta Tech Foundation; bzip2 is its safe interface.
//! The crate bzip2-rs only decompresses, and has had no release since 2021.

use bzip2::{Action, Compress, Compression, Decompress, Error, Status};

use super::Encode;
use super::decoder::{self, Fault, Next, Progress, State};

const OUTPUT_STEP: usize = 64 << 10;

/// What a block, and the end of a stream, begin with.
const BLOCK_MAGIC: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const END_MAGIC: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

pub(super) struct Encoder(Compress);

impl Encoder {
    /// bzip2 has no level 0; it is taken as 1.
    pub fn new(level: u8) -> Self {
        // 0: the default of how soon it gives up on repetitive data.
        Encoder(Compress::new(Compression::new(level.clamp(1, 9).into()), 0))
    }

    fn step(&mut self, input: &mut &[u8], action: Action, output: &mut Vec<u8>) -> bool {
        let filled = output.len();
        output.resize(filled + OUTPUT_STEP.max(filled / 2), 0);
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let status = self.0.compress(input, &mut output[filled..], action);
        *input = &input[(self.0.total_in() - before_in) as usize..];
        output.truncate(filled + (self.0.total_out() - before_out) as usize);
        matches!(status, Ok(Status::RunOk | Status::FinishOk))
    }
}

impl Encode for Encoder {
    fn write(&mut self, mut chunk: &[u8]) -> Vec<u8> {
        let mut output = Vec::new();
        while !chunk.is_empty() && self.step(&mut chunk, Action::Run, &mut output) {}
        output
    }

    fn finish(&mut self) -> Vec<u8> {
        let mut output = Vec::new();
        while self.step(&mut &[][..], Action::Finish, &mut output) {}
        output
    }
}

pub(super) struct Stream(Decompress);

impl Stream {
    pub fn new() -> Self {
        // false: the faster way, with 4 MB more.
        Stream(Decompress::new(false))
    }
}

impl decoder::Stream for Stream {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        let result = self.0.decompress(input, output);
        Progress {
            consumed: (self.0.total_in() - before_in) as usize,
            produced: (self.0.total_out() - before_out) as usize,
            state: match result {
                Ok(Status::StreamEnd) => State::Ended,
                Ok(_) => State::GoesOn,
                Err(error) => State::Failed(Fault::Corrupt {
                    expected: "bzip2 data",
                    actual: match error {
                        Error::DataMagic => "another header".into(),
                        _ => "damaged data".into(),
                    },
                }),
            },
        }
    }

    /// As Python's bz2: streams one after another; what is not one is ignored.
    fn next(&mut self, rest: &[u8], complete: bool) -> Next {
        if rest.is_empty() && complete {
            return Next::Ignored;
        }
        let digit_is_wrong = rest
            .get(3)
            .is_some_and(|digit| !(b'1'..=b'9').contains(digit));
        let magic = |magic| match decoder::begins(rest, b"BZh", complete) {
            Some(true) if digit_is_wrong => Some(false),
            Some(true) => decoder::begins(rest.get(4..).unwrap_or_default(), magic, complete),
            other => other,
        };
        match (magic(&BLOCK_MAGIC), magic(&END_MAGIC)) {
            (Some(true), _) | (_, Some(true)) => {
                self.0 = Decompress::new(false);
                Next::Stream { skip: 0 }
            }
            (Some(false), Some(false)) => Next::Ignored,
            _ => Next::Undecided { skip: 0 },
        }
    }
}
