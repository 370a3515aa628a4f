//! Opcodes with arguments that both pickles have: the one of the value and those of dtypes.

use crate::pickle::opcodes::*;
use crate::value::shortest;

pub(super) fn put_int(out: &mut Vec<u8>, value: i64) {
    if let Ok(byte) = u8::try_from(value) {
        out.extend([BININT1, byte]);
    } else if let Ok(short) = u16::try_from(value) {
        out.push(BININT2);
        out.extend(short.to_le_bytes());
    } else if let Ok(int) = i32::try_from(value) {
        out.push(BININT);
        out.extend(int.to_le_bytes());
    } else {
        put_long(out, shortest(&value.to_le_bytes()));
    }
}

/// An integer beyond 32 bits; `bytes` is its shortest two's complement, little endian.
pub(super) fn put_long(out: &mut Vec<u8>, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(len) => out.extend([LONG1, len]),
        Err(_) => {
            out.push(LONG4);
            out.extend((bytes.len() as u32).to_le_bytes());
        }
    }
    out.extend_from_slice(bytes);
}

pub(super) fn put_get(out: &mut Vec<u8>, memo: u32) {
    match u8::try_from(memo) {
        Ok(byte) => out.extend([BINGET, byte]),
        Err(_) => {
            out.push(LONG_BINGET);
            out.extend(memo.to_le_bytes());
        }
    }
}
