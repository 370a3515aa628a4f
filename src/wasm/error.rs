//! How the engine's errors reach JavaScript: a plain object that `src/ts/errors.ts` turns into the
//! class of its family.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

use crate::Error;

/// `{ joblite: code, message, details }`; `details` holds the variant's fields in camelCase.
pub(super) fn to_js(error: &Error) -> JsValue {
    let details = Object::new();
    let set = |key: &str, value: JsValue| {
        // Setting an own property of a fresh plain object cannot fail.
        let _ = Reflect::set(&details, &key.into(), &value);
    };
    match error {
        Error::CorruptData {
            offset,
            expected,
            actual,
        } => {
            set("offset", (*offset as f64).into());
            set("expected", expected.into());
            set("actual", actual.into());
        }
        Error::UnknownCompression { offset, actual } => {
            set("offset", (*offset as f64).into());
            set("actual", actual.into());
        }
        Error::TooLarge {
            offset,
            what,
            actual,
            limit,
        } => {
            set("offset", (*offset as f64).into());
            set("what", what.into());
            set("actual", (*actual as f64).into());
            set("limit", (*limit as f64).into());
        }
        Error::UnsupportedOpcode { offset, opcode } => {
            set("offset", (*offset as f64).into());
            set("opcode", (*opcode).into());
        }
        Error::UnsupportedGlobal {
            offset,
            module,
            name,
        } => {
            set("offset", (*offset as f64).into());
            set("module", module.into());
            set("name", name.into());
        }
        Error::UnsupportedDtype { offset, dtype } => {
            set("offset", (*offset as f64).into());
            set("dtype", dtype.into());
        }
        Error::UnsupportedValue { path, reason } => {
            set("path", path.into());
            set("reason", reason.into());
        }
        Error::StoreUnavailable { reason }
        | Error::QuotaExceeded { reason }
        | Error::StoreBlocked { reason }
        | Error::StoreAborted { reason } => set("reason", reason.into()),
        Error::ItemNotFound { path } => set("path", path.into()),
    }
    let object = Object::new();
    for (key, value) in [
        ("joblite", JsValue::from(error.code())),
        ("message", JsValue::from(error.to_string())),
        ("details", details.into()),
    ] {
        let _ = Reflect::set(&object, &key.into(), &value);
    }
    object.into()
}
