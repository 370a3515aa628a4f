//! Parts as JavaScript holds them, and how they are cut and joined for the database.
//!
//! A part's buffer is the caller's until it is copied: it may be transferred away at any time, and
//! memory for a copy may be missing. An exception that goes through Rust leaves a future that never
//! ends, so every call that may throw is caught here.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;

use super::exception::{Failure, describe};
use crate::store::Part;
use crate::{Error, Result};

#[wasm_bindgen]
extern "C" {
    /// `Uint8Array` with what its constructor and its getters throw.
    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Bytes;
    /// A copy of a typed array, or a view of a buffer.
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(source: &JsValue) -> Result<Bytes, JsValue>;
    /// Zeros.
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn zeros(length: u32) -> Result<Bytes, JsValue>;
    /// A view of a part of a buffer.
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn within(buffer: &JsValue, start: u32, length: u32) -> Result<Bytes, JsValue>;
    #[wasm_bindgen(method, catch, structural, js_name = set)]
    fn copy_in(this: &Bytes, source: &JsValue, at: u32) -> Result<(), JsValue>;

    /// Of `Uint8Array` and `ArrayBuffer`.
    type Measured;
    #[wasm_bindgen(method, getter, catch, structural, js_name = byteLength)]
    fn byte_length(this: &Measured) -> Result<f64, JsValue>;
}

/// A `Uint8Array` or an `ArrayBuffer`.
#[derive(Debug, Clone)]
pub struct JsPart(JsValue);

impl JsPart {
    /// Takes a `Uint8Array` or an `ArrayBuffer`; `None` for anything else, also for what only inherits
    /// from their prototypes.
    pub fn new(value: JsValue) -> Option<Self> {
        let is_part = (value.is_instance_of::<Uint8Array>()
            || value.is_instance_of::<ArrayBuffer>())
            && value.unchecked_ref::<Measured>().byte_length().is_ok();
        is_part.then_some(Self(value))
    }

    /// The value itself.
    pub fn into_js(self) -> JsValue {
        self.0
    }

    /// All of its bytes, of which there are some: an empty view may be what a transfer left.
    fn view(&self) -> Result<Uint8Array> {
        match self.0.dyn_ref::<Uint8Array>() {
            Some(view) if view.length() > 0 => Ok(view.clone()),
            // Throws if there is no buffer any more, as making a view of it does.
            _ => Ok(Bytes::new(&self.0).map_err(unreadable)?.into()),
        }
    }

    /// What to store: a view of a part of a buffer would take the whole buffer along, and one of
    /// shared memory cannot be stored.
    fn to_stored(&self) -> Result<JsValue> {
        let view = self.view()?;
        let buffer = view.buffer();
        let whole =
            buffer.is_instance_of::<ArrayBuffer>() && buffer.byte_length() == view.byte_length();
        if whole {
            Ok(self.0.clone())
        } else {
            copy_of(&view, 0, view.length()).map(JsValue::from)
        }
    }
}

impl Part for JsPart {
    fn nbytes(&self) -> u64 {
        let nbytes = match self.0.dyn_ref::<Uint8Array>() {
            Some(view) => view.byte_length(),
            None => self.0.unchecked_ref::<ArrayBuffer>().byte_length(),
        };
        u64::from(nbytes)
    }

    fn copy(&self) -> Result<Self> {
        let view = self.view()?;
        let copy = copy_of(&view, 0, view.length())?;
        Ok(Self(if self.0.is_instance_of::<Uint8Array>() {
            copy.into()
        } else {
            copy.buffer().into()
        }))
    }
}

/// A copy of the bytes `start..end` of a view. Its own `slice` may be another one: that of Node's
/// `Buffer` copies nothing.
fn copy_of(view: &Uint8Array, start: u32, end: u32) -> Result<Uint8Array> {
    let range = Bytes::within(&view.buffer(), view.byte_offset() + start, end - start);
    let copy = range.and_then(|range| Bytes::new(&range));
    copy.map(Uint8Array::from).map_err(unreadable)
}

fn unreadable(exception: JsValue) -> Error {
    Error::StoreAborted {
        reason: format!(
            "a buffer cannot be read or copied, keep it until it is stored: {}",
            describe(&exception)
        ),
    }
}

/// An entry's value in the database.
pub(super) fn stored(parts: &[JsPart]) -> Result<Array, Failure> {
    let stored = parts.iter().map(JsPart::to_stored);
    stored.collect::<Result<_>>().map_err(Failure::Final)
}

/// Cuts the bytes of `parts` into chunks of `chunk_bytes`, each an array of `Uint8Array`.
pub(super) fn cut(parts: &[JsPart], chunk_bytes: u64) -> Result<Vec<Array>, Failure> {
    let mut chunks = Vec::new();
    let mut chunk = Array::new();
    let mut room = chunk_bytes;
    for part in parts {
        let view = part.view().map_err(Failure::Final)?;
        let nbytes = u64::from(view.length());
        let mut start = 0;
        while start < nbytes {
            let end = nbytes.min(start + room);
            let piece = copy_of(&view, start as u32, end as u32).map_err(Failure::Final)?;
            chunk.push(&piece);
            room -= end - start;
            start = end;
            if room == 0 {
                chunks.push(std::mem::replace(&mut chunk, Array::new()));
                room = chunk_bytes;
            }
        }
    }
    if chunk.length() > 0 {
        chunks.push(chunk);
    }
    Ok(chunks)
}

/// Puts parts of the given lengths together again; `None` if the bytes do not suffice.
pub(super) fn join(chunks: &Array, lengths: &[u64]) -> Result<Option<Vec<JsPart>>, Failure> {
    let Some(pieces) = pieces(chunks) else {
        return Ok(None);
    };
    // Before memory is asked for that a damaged length would have.
    let present = pieces.iter().map(|piece| u64::from(piece.length())).sum();
    let wanted = lengths
        .iter()
        .try_fold(0_u64, |sum, &length| sum.checked_add(length));
    if wanted.is_none_or(|wanted| wanted > present) {
        return Ok(None);
    }
    let mut pieces = pieces.into_iter();
    let parts = lengths
        .iter()
        .map(|&length| join_one(&mut pieces, length).transpose());
    let parts = parts.collect::<Option<Result<Vec<_>>>>();
    parts.transpose().map_err(Failure::Final)
}

/// What the chunks consist of.
fn pieces(chunks: &Array) -> Option<Vec<Uint8Array>> {
    let mut pieces = Vec::new();
    for chunk in chunks.iter() {
        for piece in chunk.dyn_ref::<Array>()?.iter() {
            pieces.push(piece.dyn_into().ok()?);
        }
    }
    Some(pieces)
}

/// The next part; `None` if the pieces do not end where it does.
fn join_one(pieces: &mut impl Iterator<Item = Uint8Array>, length: u64) -> Result<Option<JsPart>> {
    let Ok(length) = u32::try_from(length) else {
        return Ok(None);
    };
    let mut part: Option<Bytes> = None;
    let mut at = 0;
    while at < length {
        let Some(piece) = pieces.next() else {
            return Ok(None);
        };
        let nbytes = piece.length();
        if nbytes > length - at {
            return Ok(None);
        }
        if nbytes == length {
            return Ok(Some(JsPart(piece.into())));
        }
        let whole = match part.take() {
            Some(whole) => whole,
            None => Bytes::zeros(length).map_err(unreadable)?,
        };
        whole.copy_in(&piece, at).map_err(unreadable)?;
        part = Some(whole);
        at += nbytes;
    }
    let part = match part {
        Some(part) => part,
        None => Bytes::zeros(0).map_err(unreadable)?,
    };
    Ok(Some(JsPart(part.into())))
}
