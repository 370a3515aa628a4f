//! What all decompressors have in common: input that comes in pieces, output that is asked for, and
//! streams that follow one another in a file.

use crate::{Error, Result};

/// One compressed format. A file is one stream or several: members, frames.
pub(super) trait Stream {
    /// Takes from the input and fills the output until one of them is used up or the stream goes on
    /// no longer. An output that is not full means that nothing is held back.
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress;

    /// A stream has ended: what is the rest of the file? `complete`: the rest is all there is.
    fn next(&mut self, rest: &[u8], complete: bool) -> Next;
}

/// What one step did.
pub(super) struct Progress {
    pub consumed: usize,
    pub produced: usize,
    pub state: State,
}

/// How a stream stands after a step.
pub(super) enum State {
    GoesOn,
    Ended,
    Failed(Fault),
}

/// What follows the end of a stream.
pub(super) enum Next {
    /// Another stream, after so many bytes that are skipped.
    Stream { skip: usize },
    /// Bytes that Python's module for the format ignores.
    Ignored,
    /// Bytes that cannot be there.
    Fault(Fault),
    /// More bytes decide it; so many of these are skipped whatever they are.
    Undecided { skip: usize },
}

/// Why a stream cannot go on; the decoder knows where.
pub(super) enum Fault {
    Corrupt {
        expected: &'static str,
        actual: String,
    },
    #[cfg(feature = "codecs")]
    TooLarge {
        what: &'static str,
        actual: u64,
        limit: u64,
    },
}

impl Fault {
    fn at(self, offset: u64) -> Error {
        match self {
            Fault::Corrupt { expected, actual } => Error::CorruptData {
                offset,
                expected: expected.into(),
                actual,
            },
            #[cfg(feature = "codecs")]
            Fault::TooLarge {
                what,
                actual,
                limit,
            } => Error::TooLarge {
                offset,
                what: what.into(),
                actual,
                limit,
            },
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Inside,
    Between,
    /// What is still written is ignored.
    After,
}

/// Decompresses a file that comes in pieces, and makes no more bytes than are asked for.
///
/// [`Decoder::write`] what there is, [`Decoder::read`] until nothing comes, and so on; after the last
/// piece [`Decoder::finish`]. Made by [`decoder`](super::decoder).
pub struct Decoder {
    stream: Box<dyn Stream>,
    input: Vec<u8>,
    /// How much of `input` is used up.
    start: usize,
    /// Where `input` begins in the compressed file.
    offset: u64,
    place: Place,
    /// Nothing more can be made of what was written.
    drained: bool,
    complete: bool,
    failed: Option<Error>,
    /// How much the last reading gave: room is made for as much at once.
    usual: usize,
}

/// Room for output that is made at first; a small file needs no more.
const FIRST_ROOM: usize = 64 << 10;

impl Decoder {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Decoder {
            stream,
            input: Vec::new(),
            start: 0,
            offset: 0,
            place: Place::Inside,
            drained: true,
            complete: false,
            failed: None,
            usual: FIRST_ROOM,
        }
    }

    /// Takes the next bytes of the file.
    pub fn write(&mut self, chunk: &[u8]) {
        self.forget_used();
        if self.place != Place::After {
            self.input.extend_from_slice(chunk);
            self.drained = false;
        }
    }

    /// Gives at most `max` decompressed bytes; none if more input is needed, or at the end.
    ///
    /// # Errors
    /// `CORRUPT_DATA` and `TOO_LARGE`, with the offset in the compressed file; after
    /// [`Decoder::finish`] also if the file is cut off. An error is given again by every later call.
    pub fn read(&mut self, max: usize) -> Result<Vec<u8>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let mut output = Vec::new();
        let filled = self.fill(&mut output, max);
        self.usual = output.len().max(FIRST_ROOM);
        match self.note(filled) {
            // What was made before the damage is given first.
            Err(error) if output.is_empty() => Err(error),
            _ => Ok(output),
        }
    }

    /// How many of the bytes that were written are not used up.
    pub fn unused(&self) -> usize {
        self.input.len() - self.start
    }

    /// There are no more bytes. May be called before all is read: then reading to the end tells.
    ///
    /// # Errors
    /// `CORRUPT_DATA` if the file is cut off.
    pub fn finish(&mut self) -> Result<()> {
        self.complete = true;
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let whole = match self.place {
            _ if !self.drained => Ok(()),
            Place::Inside => Err(cut_off()),
            Place::Between => match self.find_next() {
                // Its first bytes are here, but too few of them to tell before.
                Ok(true) => Err(cut_off()),
                found => found.map(drop),
            },
            Place::After => Ok(()),
        };
        self.note(whole)
    }

    fn fill(&mut self, output: &mut Vec<u8>, max: usize) -> Result<(), Fault> {
        if self.drained {
            return Ok(());
        }
        while output.len() < max {
            let more = match self.place {
                Place::Inside => self.step(output, max)?,
                Place::Between => self.find_next()?,
                Place::After => false,
            };
            if !more {
                self.drained = true;
                break;
            }
        }
        Ok(())
    }

    /// Whether there may be more to do with the bytes that are here.
    fn step(&mut self, output: &mut Vec<u8>, max: usize) -> Result<bool, Fault> {
        let filled = output.len();
        let room = (max - filled).min(filled.max(self.usual));
        output.resize(filled + room, 0);
        let input = &self.input[self.start..];
        let Progress {
            consumed,
            produced,
            state,
        } = self.stream.step(input, &mut output[filled..]);
        self.start += consumed;
        output.truncate(filled + produced);
        match state {
            State::Failed(fault) => Err(fault),
            State::Ended => {
                self.place = Place::Between;
                Ok(true)
            }
            State::GoesOn if produced == room || self.start < self.input.len() => {
                // A stream that neither takes nor gives never will.
                if consumed + produced == 0 {
                    return Err(cut_off());
                }
                Ok(true)
            }
            State::GoesOn if self.complete => Err(cut_off()),
            State::GoesOn => Ok(false),
        }
    }

    /// Whether another stream begins.
    fn find_next(&mut self) -> Result<bool, Fault> {
        match self.stream.next(&self.input[self.start..], self.complete) {
            Next::Stream { skip } => {
                self.start += skip;
                self.place = Place::Inside;
                Ok(true)
            }
            Next::Ignored => {
                self.place = Place::After;
                self.forget_used();
                self.input = Vec::new();
                Ok(false)
            }
            Next::Fault(fault) => Err(fault),
            Next::Undecided { skip } => {
                self.start += skip;
                Ok(false)
            }
        }
    }

    fn forget_used(&mut self) {
        self.offset += self.start as u64;
        self.input.drain(..self.start);
        self.start = 0;
    }

    /// Gives a fault its place, and keeps it.
    fn note(&mut self, result: Result<(), Fault>) -> Result<()> {
        result.map_err(|fault| {
            let error = fault.at(self.offset + self.start as u64);
            self.failed = Some(error.clone());
            error
        })
    }
}

fn cut_off() -> Fault {
    Fault::Corrupt {
        expected: "more compressed data",
        actual: "the end of the file".into(),
    }
}

/// For [`Stream::next`]: whether the rest begins with `magic`; `None` if more bytes decide it.
pub(super) fn begins(rest: &[u8], magic: &[u8], complete: bool) -> Option<bool> {
    let len = rest.len().min(magic.len());
    if rest[..len] != magic[..len] {
        Some(false)
    } else if len == magic.len() || complete {
        Some(true)
    } else {
        None
    }
}

/// The first bytes in hex, for a message.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in &bytes[..bytes.len().min(4)] {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
