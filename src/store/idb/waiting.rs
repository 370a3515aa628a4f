//! Waiting for the answer of a request and for the end of a transaction.
//!
//! Both on `web-sys`, not on `idb`. Its futures need tokio, and the one of a transaction takes an aborted
//! one for `Ok`. The handlers that it sets are dropped with the Rust value that they are set on, and a
//! dropped one throws when the event comes after all: after an abort, or when a future is dropped
//! half-way. Those of a promise live as long as the browser needs them.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbRequest, IdbRequestReadyState, IdbTransaction};

use super::exception::Failure;

/// Waits for a request of a running transaction; the transaction is active when this returns.
pub(super) async fn done(request: &IdbRequest) -> Result<JsValue, Failure> {
    if request.ready_state() == IdbRequestReadyState::Done {
        return request.result().map_err(|_| Failure::of_request(request));
    }
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(answered).await {
        Ok(_) => request.result().map_err(|error| Failure::of(&error)),
        Err(_) => Err(Failure::of_request(request)),
    }
}

/// The end of a transaction. To be called before anything is awaited, or the end may be missed.
pub(super) struct End {
    transaction: IdbTransaction,
    ended: JsFuture,
}

impl End {
    pub(super) fn of(transaction: &IdbTransaction) -> Self {
        let ended = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        });
        Self {
            transaction: transaction.clone(),
            ended: JsFuture::from(ended),
        }
    }

    /// Waits until everything is written, or nothing.
    pub(super) async fn completed(self) -> Result<(), Failure> {
        match self.ended.await {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::of_transaction(&self.transaction)),
        }
    }
}
