//! What the platform's exceptions mean for the call that met them.

use ::idb::Error as IdbError;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::{IdbRequest, IdbTransaction};

use crate::Error;

/// Why a transaction did not happen.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection may be dead: another one may do.
    Lost(Error),
    /// Another connection would fail too.
    Final(Error),
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Failure::Lost(error) | Failure::Final(error) => error,
        }
    }

    /// Of something thrown by a call, or the error of a request or transaction.
    pub(super) fn of(exception: &JsValue) -> Self {
        let text = describe(exception);
        match name(exception).as_str() {
            "QuotaExceededError" => Failure::Final(Error::QuotaExceeded { reason: text }),
            "DataCloneError" | "DataError" | "TypeError" => {
                Failure::Final(Error::StoreAborted { reason: text })
            }
            _ => Failure::Lost(Error::StoreAborted { reason: text }),
        }
    }

    /// Of a request that failed.
    pub(super) fn of_request(request: &IdbRequest) -> Self {
        match request.error() {
            Ok(Some(error)) => Self::of(&error),
            Ok(None) | Err(_) => Self::of(&JsValue::from_str("a request failed without a reason")),
        }
    }

    /// Of a transaction that was aborted.
    pub(super) fn of_transaction(transaction: &IdbTransaction) -> Self {
        match transaction.error() {
            Some(error) => Self::of(&error),
            None => Self::of(&JsValue::from_str("the browser ended it without a reason")),
        }
    }
}

/// Of a call of `idb` that threw.
impl From<IdbError> for Failure {
    fn from(error: IdbError) -> Self {
        Self::of(&thrown(error))
    }
}

/// What was thrown or found, out of the wrapping that says which call met it.
pub(super) fn thrown(error: IdbError) -> JsValue {
    match error {
        IdbError::AddFailed(value)
        | IdbError::ClearFailed(value)
        | IdbError::CursorContinueFailed(value)
        | IdbError::CursorKeyNotFound(value)
        | IdbError::DeleteFailed(value)
        | IdbError::GetAllFailed(value)
        | IdbError::GetAllKeysFailed(value)
        | IdbError::GetFailed(value)
        | IdbError::GetKeyFailed(value)
        | IdbError::IndexedDbNotFound(value)
        | IdbError::IndexedDbOpenFailed(value)
        | IdbError::KeyRangeCreateFailed(value)
        | IdbError::ObjectStoreCreateFailed(value)
        | IdbError::ObjectStoreNotFound(value)
        | IdbError::OpenCursorFailed(value)
        | IdbError::RequestResultNotFound(value)
        | IdbError::TransactionAbortError(value)
        | IdbError::UpdateFailed(value) => value,
        // Of a call that the store does not make, or of none.
        other => JsValue::from_str(&other.to_string()),
    }
}

/// The `name` of an exception, such as `QuotaExceededError`.
pub(super) fn name(exception: &JsValue) -> String {
    let name = Reflect::get(exception, &"name".into()).ok();
    name.and_then(|name| name.as_string()).unwrap_or_default()
}

/// Name and message of an exception.
pub(super) fn describe(exception: &JsValue) -> String {
    let message = Reflect::get(exception, &"message".into())
        .ok()
        .and_then(|message| message.as_string());
    match message {
        Some(message) => format!("{}: {message}", name(exception)),
        None => exception
            .as_string()
            .unwrap_or_else(|| format!("{exception:?}")),
    }
}
