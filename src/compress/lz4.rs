//! LZ4's frame format, as python-lz4 reads and writes it, on the crate lz4_flex.
//!
//! <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>. The crate's reader of frames takes an
//! `io::Read` that has all its bytes, and its writer brings 5 kB of what is not needed here, so frames
//! are made and taken apart here and the crate gets the blocks. Of its two decoders this takes the one
//! in safe Rust, since files are not to be trusted: 24 ms for 32 MB against 15 ms. Its unsafe encoder
//! sees only what the caller gives: 77 ms against 97 ms, where joblib natively takes 61 ms.

use std::hash::Hasher;

use lz4_flex::block::{
    CompressTable, compress_into_with_table, decompress_into_with_dict, get_maximum_output_size,
};
use twox_hash::XxHash32;

use super::Encode;
use super::decoder::{self, Fault, Next, Progress, State, hex};

const MAGIC: [u8; 4] = *b"\x04\x22\x4d\x18";

/// Version 1, independent blocks, a checksum of the content; blocks of at most 1 MiB.
const DESCRIPTOR: [u8; 2] = [0x64, 0x60];
const BLOCK_LEN: usize = 1 << 20;

/// In a block's size: its bytes are not compressed.
const RAW: u32 = 1 << 31;

/// The largest distance of a match, and so what linked blocks need of those before.
const WINDOW: usize = 64 << 10;

/// Differs from joblib: the level is taken and changes nothing, since lz4_flex has one way to compress.
/// Blocks are of 1 MiB and independent where python-lz4 links blocks of 64 KiB, which is no smaller and
/// slower both ways; the content has a checksum, which python-lz4 leaves out.
pub(super) struct Encoder {
    table: CompressTable,
    /// What came of the next block.
    block: Vec<u8>,
    hash: XxHash32,
    /// The frame's header was given.
    begun: bool,
}

impl Encoder {
    pub fn new() -> Self {
        Encoder {
            table: CompressTable::small(),
            block: Vec::new(),
            hash: XxHash32::with_seed(0),
            begun: false,
        }
    }

    fn begin(&mut self) -> Vec<u8> {
        if std::mem::replace(&mut self.begun, true) {
            return Vec::new();
        }
        let checksum = (XxHash32::oneshot(0, &DESCRIPTOR) >> 8) as u8;
        [&MAGIC[..], &DESCRIPTOR, &[checksum]].concat()
    }

    fn put_block(&mut self, block: &[u8], output: &mut Vec<u8>) {
        let start = output.len() + 4;
        output.resize(start + get_maximum_output_size(block.len()), 0);
        // There is room, so it cannot fail; what does not get smaller is stored as it is.
        let compressed = compress_into_with_table(block, &mut output[start..], &mut self.table);
        let (len, raw) = match compressed {
            Ok(len) if len < block.len() => (len, 0),
            _ => {
                output[start..start + block.len()].copy_from_slice(block);
                (block.len(), RAW)
            }
        };
        output[start - 4..start].copy_from_slice(&(len as u32 | raw).to_le_bytes());
        output.truncate(start + len);
    }
}

impl Encode for Encoder {
    fn write(&mut self, mut chunk: &[u8]) -> Vec<u8> {
        let mut output = self.begin();
        self.hash.write(chunk);
        while self.block.len() + chunk.len() >= BLOCK_LEN {
            let (head, tail) = chunk.split_at(BLOCK_LEN - self.block.len());
            if self.block.is_empty() {
                self.put_block(head, &mut output);
            } else {
                let mut block = std::mem::take(&mut self.block);
                block.extend_from_slice(head);
                self.put_block(&block, &mut output);
                block.clear();
                self.block = block;
            }
            chunk = tail;
        }
        self.block.extend_from_slice(chunk);
        output
    }

    fn finish(&mut self) -> Vec<u8> {
        let mut output = self.begin();
        let block = std::mem::take(&mut self.block);
        if !block.is_empty() {
            self.put_block(&block, &mut output);
        }
        output.extend_from_slice(&[0; 4]);
        output.extend_from_slice(&self.hash.finish_32().to_le_bytes());
        output
    }
}

/// What of a frame comes next.
#[derive(Clone, Copy)]
enum Part {
    /// So many bytes of the header decide how many it has.
    Header(usize),
    BlockSize,
    Block {
        len: usize,
        compressed: bool,
    },
    Checksum,
    /// Of a frame that is not for us.
    Skip(u64),
}

/// What the frame's header says.
#[derive(Default, Clone, Copy)]
struct Frame {
    block_max: usize,
    linked: bool,
    block_checksums: bool,
    content_checksum: bool,
    content_size: Option<u64>,
}

pub(super) struct Stream {
    part: Part,
    frame: Frame,
    /// The part's bytes that came so far.
    pending: Vec<u8>,
    /// The window of linked blocks, and the last block.
    output: Vec<u8>,
    /// Where in `output` the bytes begin that are not given yet.
    given: usize,
    hash: XxHash32,
    len: u64,
}

const MAGIC_LEN: usize = 4;
const SHORTEST_HEADER: usize = 7;

impl Stream {
    pub fn new() -> Self {
        Stream {
            part: Part::Header(MAGIC_LEN),
            frame: Frame::default(),
            pending: Vec::new(),
            output: Vec::new(),
            given: 0,
            hash: XxHash32::with_seed(0),
            len: 0,
        }
    }

    fn needs(&self) -> usize {
        match self.part {
            Part::Header(len) => len,
            Part::BlockSize | Part::Checksum => 4,
            Part::Block { len, .. } if self.frame.block_checksums => len + 4,
            Part::Block { len, .. } => len,
            Part::Skip(_) => 0,
        }
    }

    /// Takes a whole part; whether the frame goes on.
    fn take(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        match self.part {
            Part::Header(_) => self.take_header(bytes)?,
            Part::BlockSize => match le_u32(bytes) {
                0 if self.frame.content_checksum => self.part = Part::Checksum,
                0 => return self.end(),
                size => {
                    let len = (size & !RAW) as usize;
                    if len > self.frame.block_max {
                        return Err(corrupt(
                            "a block of at most the frame's size",
                            len.to_string(),
                        ));
                    }
                    let compressed = size & RAW == 0;
                    self.part = Part::Block { len, compressed };
                }
            },
            Part::Block { len, compressed } => {
                let (block, checksum) = bytes.split_at(len);
                if self.frame.block_checksums {
                    check(XxHash32::oneshot(0, block), checksum)?;
                }
                self.take_block(block, compressed)?;
                self.part = Part::BlockSize;
            }
            Part::Checksum => {
                check(self.hash.finish_32(), bytes)?;
                return self.end();
            }
            Part::Skip(_) => {}
        }
        Ok(true)
    }

    fn take_header(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if is_skippable(bytes) {
            self.part = match bytes.get(4..8) {
                Some(len) => Part::Skip(le_u32(len).into()),
                None => Part::Header(8),
            };
            return Ok(());
        }
        if bytes[..MAGIC_LEN] != MAGIC {
            return Err(corrupt("an lz4 frame", hex(bytes)));
        }
        let Some(&flags) = bytes
            .get(MAGIC_LEN)
            .filter(|_| bytes.len() >= SHORTEST_HEADER)
        else {
            self.part = Part::Header(SHORTEST_HEADER);
            return Ok(());
        };
        let has = |bit: u8| flags & bit != 0;
        let (content_size, dictionary) = (has(0x08), has(0x01));
        let len = SHORTEST_HEADER + if content_size { 8 } else { 0 };
        if bytes.len() < len {
            self.part = Part::Header(len);
            return Ok(());
        }
        if flags >> 6 != 1 || has(0x02) || bytes[5] & 0x8f != 0 || bytes[5] < 0x40 {
            return Err(corrupt("a frame header of version 1", hex(&bytes[4..6])));
        }
        if dictionary {
            return Err(corrupt("a frame without a dictionary", hex(&bytes[4..6])));
        }
        let checksum = (XxHash32::oneshot(0, &bytes[MAGIC_LEN..len - 1]) >> 8) as u8;
        if checksum != bytes[len - 1] {
            return Err(corrupt(
                "a frame header with its checksum",
                hex(&bytes[len - 1..]),
            ));
        }
        self.frame = Frame {
            block_max: 1 << (8 + 2 * (bytes[5] >> 4)),
            linked: !has(0x20),
            block_checksums: has(0x10),
            content_checksum: has(0x04),
            content_size: content_size.then(|| le_u64(&bytes[6..14])),
        };
        self.part = Part::BlockSize;
        Ok(())
    }

    /// Makes a block's bytes behind those before it; of these, the window of a linked block is kept.
    fn take_block(&mut self, block: &[u8], compressed: bool) -> Result<(), Fault> {
        let keep = if self.frame.linked { WINDOW } else { 0 };
        let end = self.output.len();
        // Moving the window is put off while the blocks are small.
        if end > keep && (!self.frame.linked || end >= 8 * WINDOW) {
            self.output.drain(..end - keep);
        }
        let start = self.output.len();
        if compressed {
            self.output.resize(start + self.frame.block_max, 0);
            let (before, room) = self.output.split_at_mut(start);
            let window = &before[start.saturating_sub(keep)..];
            let len = decompress_into_with_dict(block, room, window)
                .map_err(|error| corrupt("an lz4 block", error.to_string()))?;
            self.output.truncate(start + len);
        } else {
            self.output.extend_from_slice(block);
        }
        self.given = start;
        let made = &self.output[start..];
        self.len += made.len() as u64;
        if self.frame.content_checksum {
            self.hash.write(made);
        }
        Ok(())
    }

    fn end(&self) -> Result<bool, Fault> {
        match self.frame.content_size {
            Some(size) if size != self.len => Err(corrupt(
                "content of the size that the header says",
                format!("{} bytes", self.len),
            )),
            _ => Ok(false),
        }
    }
}

impl decoder::Stream for Stream {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Progress {
        let (mut consumed, mut produced) = (0, 0);
        let mut state = State::GoesOn;
        loop {
            let len = (self.output.len() - self.given).min(output.len() - produced);
            output[produced..produced + len]
                .copy_from_slice(&self.output[self.given..self.given + len]);
            self.given += len;
            produced += len;
            if self.given < self.output.len() {
                break;
            }
            let rest = &input[consumed..];
            if let Part::Skip(left) = self.part {
                let len = left.min(rest.len() as u64);
                consumed += len as usize;
                self.part = Part::Skip(left - len);
                if left == len {
                    state = State::Ended;
                }
                break;
            }
            let needs = self.needs();
            let in_header = matches!(self.part, Part::Header(_));
            let taken = if !in_header && self.pending.is_empty() && rest.len() >= needs {
                consumed += needs;
                self.take(&rest[..needs])
            } else {
                let len = (needs - self.pending.len()).min(rest.len());
                consumed += len;
                self.pending.extend_from_slice(&rest[..len]);
                if self.pending.len() < needs {
                    break;
                }
                let bytes = std::mem::take(&mut self.pending);
                let taken = self.take(&bytes);
                self.pending = bytes;
                // A header is read again, from its beginning, once its length is known.
                if !matches!(self.part, Part::Header(_)) {
                    self.pending.clear();
                }
                taken
            };
            match taken {
                Ok(true) => {}
                Ok(false) => state = State::Ended,
                Err(fault) => state = State::Failed(fault),
            }
            if !matches!(state, State::GoesOn) {
                break;
            }
        }
        Progress {
            consumed,
            produced,
            state,
        }
    }

    /// Frames one after another, and nothing else, as python-lz4.
    fn next(&mut self, rest: &[u8], complete: bool) -> Next {
        if rest.is_empty() && complete {
            return Next::Ignored;
        }
        if rest.len() < MAGIC_LEN && !complete {
            return Next::Undecided { skip: 0 };
        }
        if rest.starts_with(&MAGIC) || is_skippable(rest) || rest.len() < MAGIC_LEN {
            *self = Stream::new();
            return Next::Stream { skip: 0 };
        }
        Next::Fault(corrupt(
            "the end of the file or another lz4 frame",
            hex(rest),
        ))
    }
}

/// The magic numbers 0x184d2a50 to 0x184d2a5f.
fn is_skippable(bytes: &[u8]) -> bool {
    bytes.len() >= MAGIC_LEN && bytes[0] >> 4 == 5 && bytes[1..MAGIC_LEN] == *b"\x2a\x4d\x18"
}

fn check(checksum: u32, expected: &[u8]) -> Result<(), Fault> {
    if checksum == le_u32(expected) {
        return Ok(());
    }
    Err(corrupt("data with its checksum", "another checksum".into()))
}

fn corrupt(expected: &'static str, actual: String) -> Fault {
    Fault::Corrupt { expected, actual }
}

/// Of four bytes.
fn le_u32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// Of eight bytes.
fn le_u64(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}
