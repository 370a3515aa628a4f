//! Contents of arrays and byte strings, which may stay outside.

/// The content of an array or a byte string.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buffer {
    /// Length in bytes.
    pub len: u64,
    /// Where it begins in the file it was read from, in bytes.
    pub offset: u64,
    /// The bytes, unless they stay outside.
    pub bytes: Option<Vec<u8>>,
    /// How many of the bytes are 0x80 or more, where `bytes` is not there to tell; only protocol 2 asks.
    pub high: u64,
}

impl Buffer {
    /// A buffer of these bytes, which are in no file.
    pub fn held(bytes: Vec<u8>) -> Buffer {
        Buffer {
            len: bytes.len() as u64,
            offset: u64::MAX,
            bytes: Some(bytes),
            high: 0,
        }
    }

    /// Its length in bytes as a text of Latin-1 characters in UTF-8.
    pub fn latin1_len(&self) -> u64 {
        let high = match &self.bytes {
            Some(bytes) => bytes.iter().filter(|&&byte| byte >= 0x80).count() as u64,
            None => self.high,
        };
        self.len.saturating_add(high)
    }
}
