//! The life of the wasm instance: a panic is reported once, before the instance traps.

use wasm_bindgen::prelude::*;

/// Installs `on_panic(message)`, called synchronously inside a panic; the instance is unusable
/// from then on, and the caller rejects whatever still waits for it.
#[wasm_bindgen(js_name = setPanicHandler)]
pub fn set_panic_handler(on_panic: js_sys::Function) {
    std::panic::set_hook(Box::new(move |info| {
        // Nothing can be done here about a handler that throws: the trap follows at once.
        let _ = on_panic.call1(&JsValue::NULL, &info.to_string().into());
    }));
}
