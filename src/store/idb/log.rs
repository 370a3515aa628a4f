//! The metadata log as this realm has read it, and its upkeep: catching up, snapshots, rebuilding.

use ::idb::{Cursor, KeyRange, Request, Transaction};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbRequest;

use super::connection::Connection;
use super::exception::Failure;
use super::part::JsPart;
use super::read::answer;
use super::waiting::done;
use super::{CHUNKS, DATA, Inner, SEGMENTS};
use crate::Result;
use crate::store::index::{Growth, Index};
use crate::store::segment::{Record, decode};
use crate::store::{Durability, Part};

/// A writer looks whether a snapshot is due at every key that is a multiple of this.
const CHECK_EVERY: f64 = 64.0;

/// What was read of the log.
#[derive(Default)]
pub(super) struct Log {
    pub(super) index: Index,
    growth: Growth,
    /// The last key that was read; keys start at 1.
    last_key: f64,
    /// The connection it was read through: another one may lead to another database of that name.
    connection: u32,
    check_due: bool,
}

impl Log {
    /// Takes note of the key of a segment that this realm wrote.
    pub(super) fn note_written(&mut self, key: f64) {
        self.check_due |= key % CHECK_EVERY == 0.0;
    }

    /// Applies segments that come after the last one; those read twice by two calls at once are
    /// skipped.
    fn apply(&mut self, keys: &Array, segments: &Array) -> Result<()> {
        for (key, bytes) in keys.iter().zip(segments.iter()) {
            let key = key.as_f64().unwrap_or(f64::INFINITY);
            if key <= self.last_key {
                continue;
            }
            let bytes = bytes
                .dyn_ref::<Uint8Array>()
                .map(Uint8Array::to_vec)
                .unwrap_or_default();
            let segment = decode(&bytes)?;
            self.index.apply(&segment);
            self.growth.add(segment.snapshot, bytes.len() as u64);
            self.last_key = key;
        }
        Ok(())
    }
}

impl Inner {
    /// Reads what was written since the last time, by anyone.
    pub(super) async fn catch_up(&self) -> Result<(), Failure> {
        let connection = self.connector.connection().await?;
        let run = async {
            let last_key = {
                let mut log = self.log.borrow_mut();
                if log.connection != connection.id {
                    *log = Log {
                        connection: connection.id,
                        ..Log::default()
                    };
                }
                log.last_key
            };
            let transaction = connection.reading(&[SEGMENTS])?;
            let (keys, segments) = read_after(&transaction, last_key).await?;
            let applied = {
                let mut log = self.log.borrow_mut();
                if log.connection != connection.id {
                    return Ok(()); // Another call reads through a newer connection.
                }
                log.apply(&keys, &segments)
            };
            match applied {
                Ok(()) => Ok(()),
                Err(_) => self.rebuild(&connection).await,
            }
        };
        run.await.map_err(|failure| connection.failed(failure))
    }

    /// Writes a snapshot if the log has grown enough. The next one to look does it if this fails.
    pub(super) async fn compact_if_due(&self) {
        if !std::mem::take(&mut self.log.borrow_mut().check_due) {
            return;
        }
        if self.catch_up().await.is_ok()
            && self.log.borrow().growth.wants_snapshot()
            && let Ok(connection) = self.connector.connection().await
        {
            let compacted = compact(&connection).await;
            let _ = compacted.map_err(|failure| connection.failed(failure));
        }
    }

    /// Makes the metadata anew from the data. Access times are lost: now stands for them.
    async fn rebuild(&self, connection: &Connection) -> Result<(), Failure> {
        let (transaction, end) =
            connection.writing(&[DATA, CHUNKS, SEGMENTS], Durability::Relaxed)?;
        let data = transaction.object_store(DATA)?;
        let chunks = transaction.object_store(CHUNKS)?;
        let mut index = Index::default();
        let last_access_ms = js_sys::Date::now() as u64;
        let mut request = IdbRequest::from(data.open_cursor(None, None)?);
        while let Ok(cursor) = Cursor::try_from(done(&request).await?) {
            let path = cursor
                .key()
                .ok()
                .and_then(|key| key.as_string())
                .unwrap_or_default();
            let stored = IdbRequest::from(data.get(JsValue::from_str(&path))?);
            done(&stored).await?;
            if let Ok(Some(parts)) = answer(&path, &stored, &chunks).await? {
                let size = parts.iter().map(JsPart::nbytes).sum();
                index.apply_record(&Record::Put {
                    path,
                    size,
                    last_access_ms,
                });
            }
            request = cursor.next(None)?.into();
        }
        replace(&transaction, &index)?;
        end.completed().await?;
        *self.log.borrow_mut() = Log {
            connection: connection.id,
            ..Log::default()
        };
        let transaction = connection.reading(&[SEGMENTS])?;
        let (keys, segments) = read_after(&transaction, 0.0).await?;
        self.log
            .borrow_mut()
            .apply(&keys, &segments)
            .map_err(Failure::Final)
    }
}

/// Replaces all segments by a snapshot, if nobody else has by now.
async fn compact(connection: &Connection) -> Result<(), Failure> {
    let (transaction, end) = connection.writing(&[SEGMENTS], Durability::Relaxed)?;
    let (keys, segments) = read_after(&transaction, 0.0).await?;
    let mut log = Log::default();
    // Damage is left to the next reader, who rebuilds.
    if log.apply(&keys, &segments).is_ok() && log.growth.wants_snapshot() {
        replace(&transaction, &log.index)?;
    }
    end.completed().await
}

/// Writes the index in place of all segments.
fn replace(transaction: &Transaction, index: &Index) -> Result<(), Failure> {
    let store = transaction.object_store(SEGMENTS)?;
    // Whole before anything is removed: there may be no memory for it, and then the transaction,
    // which nobody is left to abort, keeps what there is.
    let segments: Vec<Uint8Array> = index
        .to_segments()
        .iter()
        .map(|segment| Uint8Array::from(segment.as_slice()))
        .collect();
    store.clear()?;
    for segment in &segments {
        store.add(segment, None)?;
    }
    Ok(())
}

/// Keys and values of the segments after a key.
async fn read_after(transaction: &Transaction, last_key: f64) -> Result<(Array, Array), Failure> {
    let store = transaction.object_store(SEGMENTS)?;
    let range = KeyRange::lower_bound(&last_key.into(), Some(true))?;
    let keys = store.get_all_keys(Some(range.clone().into()), None)?;
    let values = store.get_all(Some(range.into()), None)?;
    let values = done(&values.into()).await?;
    let keys = keys.result()?;
    Ok((keys.unchecked_into(), values.unchecked_into()))
}
