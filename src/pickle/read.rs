//! A push parser: it is given chunks and says whether it needs more, wants the bytes of a buffer
//! taken from the stream, or is done. So it reads streams in bounded memory, and in a browser the
//! contents of arrays never pass through it.

/// Leaves a function that parses if there are not enough bytes.
macro_rules! need {
    ($bytes:expr) => {
        match $bytes {
            Some(bytes) => bytes,
            None => return Ok(None),
        }
    };
}

mod input;
mod lines;
mod machine;
mod objects;
mod opcodes;
mod rare;

use std::collections::HashMap;

use self::input::Input;
use super::budget::Budget;
use crate::value::{Graph, NdArray, NodeId};
use crate::{Error, Result};

/// What a parser wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The next bytes of the stream.
    NeedMore,
    /// The bytes `offset..offset + len` of the stream are those of this buffer of the graph; go on after them.
    Buffer {
        /// Index into [`Graph::buffers`].
        index: u32,
        /// Where it begins, in bytes from the start of the stream.
        offset: u64,
        /// Its length in bytes.
        len: u64,
    },
    /// Nothing: [`Parser::finish`] has the value.
    Done,
}

/// Where the parser stands between two opcodes.
enum Expect {
    Opcode,
    /// The byte that says how much padding follows.
    PadLength(Pending),
    Padding(u64, Pending),
}

/// An array whose description has been read.
struct Pending {
    array: NdArray,
    nbytes: u64,
    matrix: bool,
    /// The dtype's node, if the array stays an object.
    kept: Option<NodeId>,
}

/// The stacks of one pickle; an array of objects nests another.
#[derive(Default)]
struct Machine {
    stack: Vec<NodeId>,
    marks: Vec<usize>,
    memo: Vec<NodeId>,
    /// Numbers that do not follow one another.
    sparse_memo: HashMap<u32, NodeId>,
    /// Notes that wait for a value at this height of the stack.
    notes: Vec<(usize, NodeId)>,
    /// The array that gets the result, and whether it is a matrix; otherwise the result stays what it is.
    array: Option<(NdArray, bool)>,
    /// What the pickle says; below 3 names are Python 2's.
    protocol: u8,
}

/// The parser; see the module.
///
/// ```
/// use joblite::pickle::{Parser, Step};
/// let mut parser = Parser::new();
/// let (_, step) = parser.feed(b"\x80\x05K\x2a.")?;
/// assert_eq!(step, Step::Done);
/// assert_eq!(parser.finish()?.root, 0);
/// # Ok::<(), joblite::Error>(())
/// ```
pub struct Parser {
    graph: Graph,
    machine: Machine,
    outer: Vec<Machine>,
    expect: Expect,
    budget: Budget,
    /// Bytes of an opcode of which the rest has not come yet.
    carry: Vec<u8>,
    /// Where the next opcode begins, in bytes from the start of the stream.
    offset: u64,
    /// No line ends among so many bytes of the opcode of which the rest has not come yet.
    scanned: usize,
    /// Offset and length of the buffer that was wanted last, until there are bytes after it.
    wanted: Option<(u64, u64)>,
    strict: bool,
    done: bool,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

/// What one opcode came to; `None` inside means that its bytes are not all there.
type Parsed<T> = Result<Option<T>>;

impl Parser {
    /// A parser at the start of a stream.
    pub fn new() -> Self {
        let (graph, machine) = (Graph::default(), Machine::default());
        Parser {
            graph,
            machine,
            outer: vec![],
            expect: Expect::Opcode,
            budget: Budget::default(),
            carry: vec![],
            offset: 0,
            scanned: 0,
            wanted: None,
            strict: false,
            done: false,
        }
    }

    /// A parser that refuses every class and function that is not on the allow-list, instead of making
    /// inert data of it. On the list are those of the values that joblite has a form of its own for,
    /// and the data types of Python's library: `Decimal`, `Fraction`, `UUID`, `OrderedDict` and the like.
    pub fn strict() -> Self {
        Parser {
            strict: true,
            ..Parser::new()
        }
    }

    /// Parses the next bytes of the stream. Gives how many of them were used up, and what is wanted next.
    ///
    /// # Errors
    /// `CORRUPT_DATA`, `TOO_LARGE`, `UNSUPPORTED_OPCODE`, `UNSUPPORTED_GLOBAL`, `UNSUPPORTED_DTYPE`, with
    /// the offset; `UNSUPPORTED_VALUE` for arrays in files beside this one, as joblib wrote before 0.10.
    pub fn feed(&mut self, input: &[u8]) -> Result<(usize, Step)> {
        if !input.is_empty() {
            self.wanted = None;
        }
        let mut carry = std::mem::take(&mut self.carry);
        let carried = carry.len();
        let (used, step) = if carried == 0 {
            let (used, step) = self.parse(input)?;
            if step == Step::NeedMore {
                self.carry = input[used..].to_vec();
            }
            (used, step)
        } else {
            carry.extend_from_slice(input);
            let (used, step) = self.parse(&carry)?;
            if step == Step::NeedMore {
                carry.drain(..used);
                self.carry = carry;
            }
            (used, step)
        };
        // What was carried is the beginning of one opcode, so anything wanted lies after it.
        Ok((
            if step == Step::NeedMore {
                input.len()
            } else {
                used - carried
            },
            step,
        ))
    }

    /// Parses whole opcodes. Gives where it stopped.
    fn parse(&mut self, bytes: &[u8]) -> Result<(usize, Step)> {
        let mut at = 0;
        while !self.done {
            let mut input = Input {
                bytes: &bytes[at..],
                at: 0,
            };
            let Some(step) = self.step(&mut input)? else {
                return Ok((at, Step::NeedMore));
            };
            at += input.at;
            self.offset += input.at as u64;
            if let Some(Step::Buffer { index, offset, len }) = step {
                self.offset += len;
                self.wanted = Some((offset, len));
                return Ok((at, Step::Buffer { index, offset, len }));
            }
        }
        Ok((at, Step::Done))
    }

    /// The value, once the parser is done.
    ///
    /// # Errors
    /// `CORRUPT_DATA` if the stream ended too early, with the offset of the last opcode, or of the content
    /// of an array if nothing came after it.
    pub fn finish(self) -> Result<Graph> {
        if self.done {
            return Ok(self.graph);
        }
        match self.wanted {
            Some((offset, len)) => Err(Error::CorruptData {
                offset,
                expected: format!("{len} bytes of an array, and more after them"),
                actual: "the end of the file".into(),
            }),
            None => self.bad("more bytes", "the end of the file"),
        }
    }

    /// Where the next opcode begins, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Gives the graph the bytes of a buffer that the parser wanted taken from the stream.
    pub fn fill(&mut self, index: u32, bytes: Vec<u8>) {
        self.graph.buffers[index as usize].bytes = Some(bytes);
    }

    fn bad<T>(&self, expected: &str, actual: &str) -> Result<T> {
        Err(Error::CorruptData {
            offset: self.offset,
            expected: expected.into(),
            actual: actual.into(),
        })
    }

    /// Parses one opcode, or padding. Gives a step if the caller has something to do.
    fn step(&mut self, input: &mut Input) -> Parsed<Option<Step>> {
        // Looked at before it is taken, because it is large and nearly always this.
        if matches!(self.expect, Expect::Opcode) {
            return self.opcode(input);
        }
        match std::mem::replace(&mut self.expect, Expect::Opcode) {
            Expect::Opcode => self.opcode(input),
            Expect::PadLength(pending) => {
                let Some([padding]) = input.array() else {
                    self.expect = Expect::PadLength(pending);
                    return Ok(None);
                };
                if u64::from(padding) > 128 {
                    return self.bad("at most 128 bytes of padding", &padding.to_string());
                }
                self.expect = Expect::Padding(u64::from(padding), pending);
                Ok(Some(None))
            }
            Expect::Padding(padding, pending) => {
                if input.take(padding as usize).is_none() {
                    self.expect = Expect::Padding(padding, pending);
                    return Ok(None);
                }
                Ok(Some(Some(self.array_data(pending, input.at))))
            }
        }
    }
}
