//! Parts as JavaScript holds them, and how they are cut and joined for the database.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::store::Part;

/// A `Uint8Array` or an `ArrayBuffer`.
#[derive(Debug, Clone)]
pub struct JsPart(JsValue);

impl JsPart {
    /// Takes a `Uint8Array` or an `ArrayBuffer`; `None` for anything else.
    pub fn new(value: JsValue) -> Option<Self> {
        (value.is_instance_of::<Uint8Array>() || value.is_instance_of::<ArrayBuffer>())
            .then_some(Self(value))
    }

    /// The value itself.
    pub fn into_js(self) -> JsValue {
        self.0
    }

    /// All of its bytes.
    pub(super) fn view(&self) -> Uint8Array {
        match self.0.dyn_ref::<Uint8Array>() {
            Some(view) => view.clone(),
            None => Uint8Array::new(&self.0),
        }
    }

    /// What to store: a view of a part of a buffer would take the whole buffer along, and one of
    /// shared memory cannot be stored.
    pub(super) fn to_stored(&self) -> JsValue {
        match self.0.dyn_ref::<Uint8Array>() {
            Some(view) => {
                let buffer = view.buffer();
                let whole = buffer.is_instance_of::<ArrayBuffer>()
                    && buffer.byte_length() == view.byte_length();
                if whole {
                    self.0.clone()
                } else {
                    view.slice(0, view.length()).into()
                }
            }
            None => self.0.clone(),
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

    fn copy(&self) -> Self {
        Self(match self.0.dyn_ref::<Uint8Array>() {
            Some(view) => view.slice(0, view.length()).into(),
            None => self.0.unchecked_ref::<ArrayBuffer>().slice(0).into(),
        })
    }
}

/// Cuts the bytes of `parts` into chunks of `chunk_bytes`, each an array of `Uint8Array`.
pub(super) fn cut(parts: &[JsPart], chunk_bytes: u64) -> Vec<Array> {
    let mut chunks = Vec::new();
    let mut chunk = Array::new();
    let mut room = chunk_bytes;
    for part in parts {
        let view = part.view();
        let nbytes = part.nbytes();
        let mut start = 0;
        while start < nbytes {
            let end = nbytes.min(start + room);
            chunk.push(&view.slice(start as u32, end as u32));
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
    chunks
}

/// Puts parts of the given lengths together again; `None` if the bytes do not suffice.
pub(super) fn join(chunks: &Array, lengths: &[u64]) -> Option<Vec<JsPart>> {
    let pieces: Vec<Uint8Array> = chunks
        .iter()
        .flat_map(|chunk| chunk.unchecked_into::<Array>().to_vec())
        .map(JsCast::unchecked_into)
        .collect();
    let mut pieces = pieces.into_iter();
    let mut parts = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let mut left = u32::try_from(length).ok()?;
        let mut part: Option<Uint8Array> = None;
        let mut at = 0;
        while left > 0 {
            let piece = pieces.next()?;
            left = left.checked_sub(piece.length())?;
            if part.is_none() && left == 0 {
                part = Some(piece);
                break;
            }
            part.get_or_insert_with(|| Uint8Array::new_with_length(length as u32))
                .set(&piece, at);
            at = length as u32 - left;
        }
        let part = part.unwrap_or_else(|| Uint8Array::new_with_length(0));
        parts.push(JsPart(part.into()));
    }
    Some(parts)
}
