//! The exports of `joblite_codecs.wasm`, for `src/ts/files/codecs.ts`.

use wasm_bindgen::prelude::*;

use super::to_js;
use crate::Error;
use crate::compress::{Compressor, Decoder, Encode, decoder, encoder};

/// Compresses a stream.
#[wasm_bindgen(js_name = Compressor)]
pub struct StreamCompressor(Box<dyn Encode>);

#[wasm_bindgen(js_class = Compressor)]
impl StreamCompressor {
    /// By joblib's name; the level is from 0 to 9.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, level: u8) -> Result<StreamCompressor, JsValue> {
        Compressor::by_name(name)
            .map(|compressor| encoder(compressor, level))
            .map(StreamCompressor)
            .ok_or_else(|| not_here(name))
    }

    /// Takes the next bytes and gives what is compressed so far, which may be nothing.
    pub fn write(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.0.write(chunk)
    }

    /// Ends the stream and gives its last bytes.
    pub fn finish(&mut self) -> Vec<u8> {
        self.0.finish()
    }
}

/// Decompresses a stream.
#[wasm_bindgen]
pub struct Decompressor(Decoder);

#[wasm_bindgen]
impl Decompressor {
    /// By joblib's name.
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str) -> Result<Decompressor, JsValue> {
        Compressor::by_name(name)
            .map(decoder)
            .map(Decompressor)
            .ok_or_else(|| not_here(name))
    }

    /// Takes the next bytes.
    pub fn write(&mut self, chunk: &[u8]) {
        self.0.write(chunk);
    }

    /// At most `max` bytes; none if more input is needed, or at the end.
    pub fn read(&mut self, max: usize) -> Result<Vec<u8>, JsValue> {
        self.0.read(max).map_err(|error| to_js(&error))
    }

    /// How many of the bytes that were written are not used up.
    #[wasm_bindgen(getter)]
    pub fn unused(&self) -> usize {
        self.0.unused()
    }

    /// There is no more input.
    pub fn finish(&mut self) -> Result<(), JsValue> {
        self.0.finish().map_err(|error| to_js(&error))
    }
}

fn not_here(name: &str) -> JsValue {
    to_js(&Error::UnknownCompression {
        offset: 0,
        actual: format!("{name}, which is not in this module"),
    })
}
