//! joblib's file as a whole: what `joblib.dump` writes without compression, and `joblib.load` reads.

mod from_tape;

use crate::pickle::{self, DEFAULT_PROTOCOL, Parser, Pickle, Step};
use crate::tape;
use crate::value::Graph;
use crate::{Error, Result};

/// Writes a value with all its buffers as one file.
///
/// ```
/// use joblite::value::{Graph, Node};
/// let mut graph = Graph::default();
/// graph.root = graph.push(Node::Int(42));
/// assert_eq!(joblite::persist::dump(&graph)?, b"\x80\x05K\x2a.");
/// # Ok::<(), joblite::Error>(())
/// ```
///
/// # Errors
/// As [`pickle::write`]; `UNSUPPORTED_VALUE` if the bytes of a buffer are not in the graph.
pub fn dump(graph: &Graph) -> Result<Vec<u8>> {
    dump_in_protocol(graph, DEFAULT_PROTOCOL)
}

/// The same in a pickle protocol from 2 to 5: what Python 2, or Python 3 before 3.8, reads.
///
/// # Errors
/// As [`dump`].
pub fn dump_in_protocol(graph: &Graph, protocol: u8) -> Result<Vec<u8>> {
    let pickle = pickle::write(graph, protocol)?;
    let mut file = Vec::new();
    let mut at = 0;
    for cut in &pickle.cuts {
        file.extend_from_slice(&pickle.bytes[at..cut.at]);
        let bytes = graph.buffers[cut.buffer as usize].bytes.as_deref();
        let missing = || Error::UnsupportedValue {
            path: "$".into(),
            reason: "the bytes of an array are not here".into(),
        };
        let bytes = bytes.ok_or_else(missing)?;
        if cut.latin1 {
            let text: String = bytes.iter().copied().map(char::from).collect();
            file.extend_from_slice(text.as_bytes());
        } else {
            file.extend_from_slice(bytes);
        }
        at = cut.at;
    }
    file.extend_from_slice(&pickle.bytes[at..]);
    Ok(file)
}

/// Writes a tape as a pickle: its ops, its text, the lengths of its buffers in bytes, and how many bytes
/// of each are 0x80 or more, for which protocol 2 alone asks.
///
/// # Errors
/// As [`tape::read`] and [`pickle::write`].
pub fn tape_to_pickle(
    ops: &[u8],
    text: &[u8],
    sizes: &[u64],
    high: &[u64],
    protocol: u8,
) -> Result<Pickle> {
    if let Some(pickle) = from_tape::write(ops, text, sizes, protocol) {
        return Ok(pickle);
    }
    let mut graph = tape::read(ops, text, sizes)?;
    for (buffer, &high) in graph.buffers.iter_mut().zip(high) {
        buffer.high = high;
    }
    pickle::write(&graph, protocol)
}

/// Reads a file that is in memory. What follows the end of the pickle is ignored, as joblib does.
///
/// # Errors
/// As [`Parser::feed`] and [`Parser::finish`].
pub fn load(file: &[u8]) -> Result<Graph> {
    let mut parser = Parser::new();
    let mut at = 0;
    loop {
        let (used, step) = parser.feed(&file[at..])?;
        at += used;
        match step {
            Step::Done => return parser.finish(),
            Step::NeedMore => return parser.finish(),
            Step::Buffer { index, offset, len } => {
                let found = file.len() - at;
                let Some(bytes) = usize::try_from(len)
                    .ok()
                    .and_then(|len| file[at..].get(..len))
                else {
                    let expected = format!("{len} bytes of an array");
                    return Err(Error::CorruptData {
                        offset,
                        expected,
                        actual: format!("{found} bytes"),
                    });
                };
                parser.fill(index, bytes.to_vec());
                at += bytes.len();
            }
        }
    }
}
