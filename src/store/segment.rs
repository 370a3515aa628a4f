//! The packed metadata log: how sizes and access times of entries are written, and nothing about
//! where. Bytes in, records out; no I/O.
//!
//! A store appends one *segment* a transaction and reads all of them when somebody lists or evicts,
//! so that data is never read for it. Applied in order, the segments give an [`Index`](super::index::Index).
//!
//! # Format, version 1
//!
//! Little endian; a *varint* is LEB128, unsigned, at most 64 bits.
//!
//! | bytes | |
//! |---|---|
//! | 0..3 | `JLS` |
//! | 3 | version, 1 |
//! | 4 | flags; bit 0: *snapshot*, everything read before it is void |
//! | 5..9 | the first four bytes of the BLAKE3 of what follows |
//! | 9.. | records: kind (one byte), length of the body (varint), body |
//!
//! | kind | body |
//! |---|---|
//! | 1 put | size in bytes (varint), last access in ms since 1970 (varint), path |
//! | 2 delete | path |
//! | 3 delete prefix | path, of which every path that starts with it is gone |
//! | 4 touch | last access (varint), path; merged by maximum, and never creates an entry |
//!
//! A path is the number of bytes it shares with the path of the record before it (varint; 0 for the
//! first), then the rest as UTF-8. A record of a kind that is not known is skipped and counts as no
//! record. A move is written as a put and a delete, so that applying a log twice changes nothing.

use crate::{Error, Result};

const MAGIC: &[u8; 3] = b"JLS";
const VERSION: u8 = 1;
const FLAG_SNAPSHOT: u8 = 1;
const HEADER_BYTES: usize = 9;

const KIND_PUT: u8 = 1;
const KIND_DELETE: u8 = 2;
const KIND_DELETE_PREFIX: u8 = 3;
const KIND_TOUCH: u8 = 4;

/// One change of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An entry was written.
    Put {
        /// Where.
        path: String,
        /// Its bytes.
        size: u64,
        /// When, in ms since 1970.
        last_access_ms: u64,
    },
    /// An entry is gone.
    Delete {
        /// Which one.
        path: String,
    },
    /// Every entry whose path starts with `prefix` is gone.
    DeletePrefix {
        /// The start of the paths.
        prefix: String,
    },
    /// An entry was read.
    Touch {
        /// Which one; nothing happens if there is none.
        path: String,
        /// When, in ms since 1970.
        last_access_ms: u64,
    },
}

impl Record {
    fn path(&self) -> &str {
        match self {
            Record::Put { path, .. } | Record::Delete { path } | Record::Touch { path, .. } => path,
            Record::DeletePrefix { prefix } => prefix,
        }
    }
}

/// A segment under construction.
///
/// ```
/// use joblite::store::segment::{decode, Record, Writer};
/// let record = Record::Put { path: "a/output.pkl".into(), size: 7, last_access_ms: 1 };
/// let mut writer = Writer::new(false);
/// writer.push(&record);
/// let segment = decode(&writer.finish())?;
/// assert_eq!(segment.records, [record]);
/// assert!(!segment.snapshot);
/// # Ok::<(), joblite::Error>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    body: Vec<u8>,
    previous: String,
}

impl Writer {
    /// An empty segment; a `snapshot` voids all segments before it.
    pub fn new(snapshot: bool) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[
            VERSION,
            if snapshot { FLAG_SNAPSHOT } else { 0 },
            0,
            0,
            0,
            0,
        ]);
        Self {
            bytes,
            body: Vec::new(),
            previous: String::new(),
        }
    }

    /// Adds a record.
    pub fn push(&mut self, record: &Record) {
        self.body.clear();
        let kind = match record {
            Record::Put {
                size,
                last_access_ms,
                ..
            } => {
                write_varint(&mut self.body, *size);
                write_varint(&mut self.body, *last_access_ms);
                KIND_PUT
            }
            Record::Delete { .. } => KIND_DELETE,
            Record::DeletePrefix { .. } => KIND_DELETE_PREFIX,
            Record::Touch { last_access_ms, .. } => {
                write_varint(&mut self.body, *last_access_ms);
                KIND_TOUCH
            }
        };
        let path = record.path();
        let shared = shared_prefix(&self.previous, path);
        write_varint(&mut self.body, shared as u64);
        self.body.extend_from_slice(&path.as_bytes()[shared..]);
        self.bytes.push(kind);
        write_varint(&mut self.bytes, self.body.len() as u64);
        self.bytes.extend_from_slice(&self.body);
        self.previous.truncate(shared);
        self.previous.push_str(&path[shared..]);
    }

    /// Whether no record was added.
    pub fn is_empty(&self) -> bool {
        self.bytes.len() == HEADER_BYTES
    }

    /// The bytes so far.
    pub fn nbytes(&self) -> usize {
        self.bytes.len()
    }

    /// The finished segment.
    pub fn finish(mut self) -> Vec<u8> {
        let checksum = checksum(&self.bytes[HEADER_BYTES..]);
        self.bytes[5..HEADER_BYTES].copy_from_slice(&checksum);
        self.bytes
    }
}

/// A segment as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Everything read before it is void.
    pub snapshot: bool,
    /// The known records, in order.
    pub records: Vec<Record>,
}

/// Reads a segment.
///
/// # Errors
/// `CORRUPT_DATA` with the offset: the caller rebuilds the metadata from the data.
pub fn decode(bytes: &[u8]) -> Result<Segment> {
    if bytes.len() < HEADER_BYTES || &bytes[..3] != MAGIC {
        return Err(corrupt(
            0,
            "a metadata segment",
            format!("{} other bytes", bytes.len()),
        ));
    }
    if bytes[3] != VERSION {
        return Err(corrupt(3, "version 1", format!("version {}", bytes[3])));
    }
    if bytes[5..HEADER_BYTES] != checksum(&bytes[HEADER_BYTES..]) {
        return Err(corrupt(
            5,
            "the checksum of the records",
            "another one".into(),
        ));
    }
    let mut reader = Reader {
        bytes,
        at: HEADER_BYTES,
    };
    let mut records = Vec::new();
    let mut previous = String::new();
    while reader.at < bytes.len() {
        let kind = reader.byte()?;
        let nbytes = reader.varint()?;
        let body = reader.take(nbytes)?;
        if let Some(record) = decode_record(kind, body, reader.at - body.len(), &previous)? {
            previous.clear();
            previous.push_str(record.path());
            records.push(record);
        }
    }
    Ok(Segment {
        snapshot: bytes[4] & FLAG_SNAPSHOT != 0,
        records,
    })
}

fn decode_record(kind: u8, body: &[u8], offset: usize, previous: &str) -> Result<Option<Record>> {
    let mut reader = Reader { bytes: body, at: 0 };
    let relocate = |error: Error| match error {
        Error::CorruptData {
            offset: at,
            expected,
            actual,
        } => Error::CorruptData {
            offset: at + offset as u64,
            expected,
            actual,
        },
        other => other,
    };
    let mut read = || -> Result<Option<Record>> {
        Ok(Some(match kind {
            KIND_PUT => Record::Put {
                size: reader.varint()?,
                last_access_ms: reader.varint()?,
                path: reader.path(previous)?,
            },
            KIND_DELETE => Record::Delete {
                path: reader.path(previous)?,
            },
            KIND_DELETE_PREFIX => Record::DeletePrefix {
                prefix: reader.path(previous)?,
            },
            KIND_TOUCH => Record::Touch {
                last_access_ms: reader.varint()?,
                path: reader.path(previous)?,
            },
            _ => return Ok(None),
        }))
    };
    read().map_err(relocate)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte.ok_or_else(|| corrupt(self.bytes.len(), "another byte", "the end".into()))
    }

    fn take(&mut self, nbytes: u64) -> Result<&'a [u8]> {
        let left = self.bytes.len() - self.at;
        if nbytes > left as u64 {
            return Err(corrupt(
                self.at,
                "a record that fits",
                format!("{nbytes} bytes, {left} left"),
            ));
        }
        let start = self.at;
        self.at += nbytes as usize;
        Ok(&self.bytes[start..self.at])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte holds the 64th bit and nothing else.
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(corrupt(
            self.at,
            "a number of 64 bits",
            "a longer one".into(),
        ))
    }

    fn path(&mut self, previous: &str) -> Result<String> {
        let shared = self.varint()?;
        let start = usize::try_from(shared)
            .ok()
            .and_then(|shared| previous.get(..shared))
            .ok_or_else(|| corrupt(self.at, "a shared path", format!("{shared} bytes of it")))?;
        let rest = std::str::from_utf8(&self.bytes[self.at..]).map_err(|error| {
            corrupt(self.at + error.valid_up_to(), "UTF-8", "other bytes".into())
        })?;
        self.at = self.bytes.len();
        Ok(format!("{start}{rest}"))
    }
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The length of the longest common start, in bytes, at a character's boundary in both.
fn shared_prefix(a: &str, b: &str) -> usize {
    let mut shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    while !a.is_char_boundary(shared) || !b.is_char_boundary(shared) {
        shared -= 1;
    }
    shared
}

fn checksum(records: &[u8]) -> [u8; 4] {
    let hash = blake3::hash(records);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

fn corrupt(offset: usize, expected: &str, actual: String) -> Error {
    Error::CorruptData {
        offset: offset as u64,
        expected: expected.into(),
        actual,
    }
}
