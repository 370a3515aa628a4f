//! joblib's compressors: one codec a file, each a stream in both directions.
//!
//! They come with the feature `codecs`: in a page they are a module of their own that is fetched on
//! first use, so that a page that compresses nothing does not load them.

mod bz2;
mod decoder;
mod lz4;
mod lzma;
mod zlib;

pub use decoder::Decoder;

use crate::{Error, Result};

/// A compressor of joblib, by its name there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compressor {
    /// Deflate with zlib's header and checksum.
    Zlib,
    /// Deflate with gzip's.
    Gzip,
    /// bzip2.
    Bz2,
    /// LZMA in the container that xz calls "alone".
    Lzma,
    /// LZMA2 in xz's container.
    Xz,
    /// LZ4's frame format.
    Lz4,
}

impl Compressor {
    /// All of them, in joblib's order.
    pub const ALL: [Compressor; 6] = [
        Compressor::Zlib,
        Compressor::Gzip,
        Compressor::Bz2,
        Compressor::Lzma,
        Compressor::Xz,
        Compressor::Lz4,
    ];

    /// joblib's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Compressor::Zlib => "zlib",
            Compressor::Gzip => "gzip",
            Compressor::Bz2 => "bz2",
            Compressor::Lzma => "lzma",
            Compressor::Xz => "xz",
            Compressor::Lz4 => "lz4",
        }
    }

    /// The compressor of that name.
    pub fn by_name(name: &str) -> Option<Compressor> {
        Compressor::ALL
            .into_iter()
            .find(|compressor| compressor.name() == name)
    }

    /// What a file of it begins with, as joblib looks for it.
    pub fn prefix(self) -> &'static [u8] {
        match self {
            Compressor::Zlib => b"\x78",
            Compressor::Gzip => b"\x1f\x8b",
            Compressor::Bz2 => b"BZ",
            Compressor::Lzma => b"\x5d\x00",
            Compressor::Xz => b"\xfd7zXZ",
            Compressor::Lz4 => b"\x04\x22\x4d\x18",
        }
    }
}

/// Of files that joblib before 0.10 compressed.
const OLD_PREFIX: &[u8] = b"ZF";

/// How a file that begins so is compressed; `None` if it is not. Five bytes are enough.
///
/// ```
/// use joblite::compress::{detect, Compressor};
/// assert_eq!(detect(b"\x1f\x8b\x08\x00\x00"), Ok(Some(Compressor::Gzip)));
/// assert_eq!(detect(b"\x80\x05K\x2a."), Ok(None));
/// assert_eq!(detect(b"ZF0x2a").unwrap_err().code(), "UNKNOWN_COMPRESSION");
/// ```
///
/// # Errors
/// `UNKNOWN_COMPRESSION` for a file that joblib before 0.10 compressed: its arrays are in other files.
pub fn detect(first: &[u8]) -> Result<Option<Compressor>> {
    if first.starts_with(OLD_PREFIX) {
        return Err(Error::UnknownCompression {
            offset: 0,
            actual: "5a46, the mark of joblib before 0.10: load the file in Python and dump it again with a newer joblib".into(),
        });
    }
    Ok(Compressor::ALL
        .into_iter()
        .find(|compressor| first.starts_with(compressor.prefix())))
}

/// Compresses a stream; made by [`encoder`].
pub trait Encode {
    /// Takes the next bytes and gives what is compressed so far, which may be nothing.
    fn write(&mut self, chunk: &[u8]) -> Vec<u8>;

    /// Ends the stream and gives its last bytes. What is written afterwards is lost.
    fn finish(&mut self) -> Vec<u8>;
}

/// Compresses at a level from 0, the fastest, to 9.
///
/// ```
/// use joblite::compress::{decoder, encoder, Compressor};
/// let mut encoder = encoder(Compressor::Gzip, 3);
/// let mut file = encoder.write(b"the same again, the same again");
/// file.extend(encoder.finish());
///
/// let mut decoder = decoder(Compressor::Gzip);
/// decoder.write(&file);
/// assert_eq!(decoder.read(1 << 16)?, b"the same again, the same again");
/// decoder.finish()?;
/// # Ok::<(), joblite::Error>(())
/// ```
pub fn encoder(compressor: Compressor, level: u8) -> Box<dyn Encode> {
    match compressor {
        Compressor::Zlib => Box::new(zlib::Encoder::zlib(level)),
        Compressor::Gzip => Box::new(zlib::Encoder::gzip(level)),
        Compressor::Bz2 => Box::new(bz2::Encoder::new(level)),
        Compressor::Lzma => Box::new(lzma::Encoder::lzma(level)),
        Compressor::Xz => Box::new(lzma::Encoder::xz(level)),
        Compressor::Lz4 => Box::new(lz4::Encoder::new()),
    }
}

/// Decompresses.
pub fn decoder(compressor: Compressor) -> Decoder {
    Decoder::new(match compressor {
        Compressor::Zlib => Box::new(zlib::Stream::zlib()),
        Compressor::Gzip => Box::new(zlib::Stream::gzip()),
        Compressor::Bz2 => Box::new(bz2::Stream::new()),
        Compressor::Lzma => Box::new(lzma::Stream::lzma()),
        Compressor::Xz => Box::new(lzma::Stream::xz()),
        Compressor::Lz4 => Box::new(lz4::Stream::new()),
    })
}
