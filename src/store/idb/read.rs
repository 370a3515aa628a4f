//! Reading entries: one transaction for all who ask at once, one request an entry.

use ::idb::{KeyRange, ObjectStore};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbRequest;

use super::exception::Failure;
use super::part::{JsPart, join};
use super::waiting::done;
use super::{CHUNKS, CLAIMS, DATA, Inner};
use crate::{Error, Result};

/// What one reader gets; damage to one entry is nobody else's.
pub(super) type Answer = Result<Option<Vec<JsPart>>>;

impl Inner {
    /// Reads entries in one transaction.
    pub(super) async fn read_batch(&self, paths: &[String]) -> Result<Vec<Answer>, Failure> {
        let connection = self.connector.connection().await?;
        let run = async {
            let transaction = connection.reading(&[DATA, CHUNKS])?;
            let data = transaction.object_store(DATA)?;
            let chunks = transaction.object_store(CHUNKS)?;
            let requests = paths
                .iter()
                .map(|path| data.get(JsValue::from_str(path)).map(IdbRequest::from))
                .collect::<Result<Vec<_>, _>>()?;
            // Requests are answered in their order.
            if let Some(last) = requests.last() {
                done(last).await?;
            }
            let mut answers = Vec::with_capacity(paths.len());
            for (path, request) in paths.iter().zip(&requests) {
                answers.push(answer(path, request, &chunks).await?);
            }
            Ok(answers)
        };
        run.await.map_err(|failure| connection.failed(failure))
    }

    /// The paths that somebody claims.
    pub(super) async fn claimed(&self) -> Result<Vec<String>, Failure> {
        let connection = self.connector.connection().await?;
        let run = async {
            let transaction = connection.reading(&[CLAIMS])?;
            let keys = transaction.object_store(CLAIMS)?.get_all_keys(None, None)?;
            let keys: Array = done(&keys.into()).await?.unchecked_into();
            Ok(keys.iter().filter_map(|key| key.as_string()).collect())
        };
        run.await.map_err(|failure| connection.failed(failure))
    }
}

/// The content behind a request for `data` that has succeeded.
pub(super) async fn answer(
    path: &str,
    request: &IdbRequest,
    chunks: &ObjectStore,
) -> Result<Answer, Failure> {
    let value = request.result().map_err(|error| Failure::of(&error))?;
    if value.is_undefined() {
        return Ok(Ok(None));
    }
    let parts = match value.dyn_ref::<Array>() {
        Some(parts) => parts.iter().map(JsPart::new).collect::<Option<Vec<_>>>(),
        None => match lengths(&value) {
            Some(lengths) => {
                let range = chunk_range(path)?;
                let request = chunks.get_all(Some(range.into()), None)?;
                join(done(&request.into()).await?.unchecked_ref(), &lengths)?
            }
            None => None,
        },
    };
    Ok(parts.map(Some).ok_or_else(|| Error::CorruptData {
        offset: 0,
        expected: format!("the parts of {path}"),
        actual: "another value".into(),
    }))
}

/// The lengths of the parts of an entry in chunks.
fn lengths(value: &JsValue) -> Option<Vec<u64>> {
    let lengths = Reflect::get(value.dyn_ref::<Object>()?, &"lengths".into()).ok()?;
    lengths
        .dyn_ref::<Array>()?
        .iter()
        .map(|length| length.as_f64().map(|length| length as u64))
        .collect()
}

/// The keys of all chunks of an entry.
pub(super) fn chunk_range(path: &str) -> Result<KeyRange, Failure> {
    // An array sorts after every number.
    let (first, last) = (
        Array::of1(&path.into()),
        Array::of2(&path.into(), &Array::new()),
    );
    Ok(KeyRange::bound(&first, &last, None, None)?)
}
