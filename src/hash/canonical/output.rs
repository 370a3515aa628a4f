//! Tags, numbers, strings and contents of buffers in the canonical form.

use super::{INLINE_BYTES, LONG_STRING, Walker};
use crate::value::text;
use crate::{Error, Result};

impl Walker<'_> {
    pub(super) fn tag(&mut self, tag: u8) {
        self.out.push(tag);
    }

    pub(super) fn count(&mut self, n: usize) {
        self.out.extend((n as u32).to_le_bytes());
    }

    pub(super) fn len(&mut self, n: usize) {
        match u8::try_from(n) {
            Ok(byte) if byte < 255 => self.out.push(byte),
            _ => {
                self.out.push(255);
                self.count(n);
            }
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.out.extend(bits.to_le_bytes());
    }

    pub(super) fn number(&mut self, value: f64) {
        let int = value as i32;
        if f64::from(int) == value && (int != 0 || value.is_sign_positive()) {
            self.tag(5);
            self.out.extend(int.to_le_bytes());
        } else {
            self.tag(6);
            self.float(value);
        }
    }

    pub(super) fn string(&mut self, utf8: &[u8]) {
        if text::is_well_formed(utf8) {
            self.string_as(7, 23, utf8);
        } else {
            let units: Vec<u8> = text::utf16(utf8).flat_map(u16::to_le_bytes).collect();
            self.string_as(8, 24, &units);
        }
    }

    fn string_as(&mut self, tag: u8, long: u8, bytes: &[u8]) {
        if bytes.len() < LONG_STRING {
            self.tag(tag);
            self.len(bytes.len());
            self.out.extend_from_slice(bytes);
        } else {
            self.tag(long);
            self.float(bytes.len() as f64);
            self.out.extend(blake3::hash(bytes).as_bytes());
        }
    }

    pub(super) fn content(&mut self, buffer: u32) -> Result<()> {
        let graph = self.graph;
        let Some(bytes) = graph.buffers[buffer as usize].bytes.as_deref() else {
            return Err(Error::UnsupportedValue {
                path: "$".into(),
                reason: "the bytes of an array are not here".into(),
            });
        };
        self.float(bytes.len() as f64);
        if bytes.len() < INLINE_BYTES {
            self.out.extend_from_slice(bytes);
        } else {
            self.out.extend(blake3::hash(bytes).as_bytes());
        }
        Ok(())
    }

    pub(super) fn shorten(&mut self, start: usize) {
        if self.out.len() - start > INLINE_BYTES {
            let digest = blake3::hash(&self.out[start..]);
            self.out.truncate(start);
            self.out.push(255);
            self.out.extend(digest.as_bytes());
        }
    }
}
