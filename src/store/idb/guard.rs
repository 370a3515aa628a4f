//! The net under the store's futures: an exception that no binding catches.
//!
//! Such an exception, or a trap, leaves Rust's frames without dropping anything: the future that was
//! polled never ends, and whoever waits for it hangs. Here it ends with an error instead.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::exception::{Failure, describe};
use crate::Error;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Reflect, js_name = apply, catch)]
    fn apply(run: &mut dyn FnMut(), this: &JsValue, args: &Array) -> Result<JsValue, JsValue>;
}

/// Runs a future; one that throws has failed for good.
pub(super) async fn guarded<T>(
    run: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    Guarded(Some(Box::pin(run))).await
}

/// `None` once the future has thrown.
struct Guarded<F>(Option<Pin<Box<F>>>);

impl<T, F: Future<Output = Result<T, Failure>>> Future for Guarded<F> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut polled = Poll::Pending;
        let thrown = {
            let Some(run) = self.0.as_mut() else {
                return Poll::Pending;
            };
            let mut poll = || polled = run.as_mut().poll(context);
            apply(&mut poll, &JsValue::NULL, &Array::new()).err()
        };
        let Some(exception) = thrown else {
            return polled;
        };
        // It stopped half-way: what it owns may be gone already, so nothing of it may be dropped.
        mem::forget(self.0.take());
        Poll::Ready(Err(Failure::Final(Error::StoreAborted {
            reason: describe(&exception),
        })))
    }
}
