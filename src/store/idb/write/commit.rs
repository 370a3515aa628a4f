//! What commits change of the entries: their data, their chunks and the log.

use std::cell::Cell;
use std::collections::BTreeMap;

use ::idb::request::AddStoreRequest;
use ::idb::{KeyRange, ObjectStore, Transaction};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::IdbRequest;

use super::super::exception::Failure;
use super::super::part::{JsPart, cut, stored};
use super::super::read::{answer, chunk_range};
use super::super::waiting::done;
use super::super::{CHUNK_BYTES, CHUNKS, DATA, SEGMENTS};
use super::record;
use crate::Error;
use crate::store::segment::{Record, Writer};
use crate::store::{Operation, Part};

/// Up to this many void chunks are deleted without asking whether there are any: most stores have
/// none, but for a few the answer costs more than the deletes.
const FEW: usize = 8;

/// The entries' side of a transaction.
pub(super) struct Commit<'a> {
    data: ObjectStore,
    chunks: ObjectStore,
    segments: ObjectStore,
    /// Whether there may be chunks of an entry that a put replaces. Those of a large entry that another
    /// realm wrote since it was looked are left, void, until the entry is removed.
    has_chunks: &'a Cell<Option<bool>>,
    /// Whether this transaction wrote chunks.
    wrote_chunks: bool,
    /// Keys whose chunks are void.
    stale: Vec<KeyRange>,
    /// Chunks to be written once the void ones are gone.
    fresh: BTreeMap<String, Vec<Array>>,
    log: Writer,
}

impl<'a> Commit<'a> {
    pub(super) async fn new(
        transaction: &Transaction,
        has_chunks: &'a Cell<Option<bool>>,
    ) -> Result<Self, Failure> {
        let chunks = transaction.object_store(CHUNKS)?;
        if has_chunks.get().is_none() {
            has_chunks.set(Some(any(&chunks).await?));
        }
        Ok(Self {
            data: transaction.object_store(DATA)?,
            chunks,
            segments: transaction.object_store(SEGMENTS)?,
            has_chunks,
            wrote_chunks: false,
            stale: Vec::new(),
            fresh: BTreeMap::new(),
            log: Writer::new(false),
        })
    }

    pub(super) async fn perform(
        &mut self,
        operation: &Operation<JsPart>,
        claims: &ObjectStore,
    ) -> Result<(), Failure> {
        match operation {
            Operation::Put {
                path,
                parts,
                last_access_ms,
            } => self.put(path, parts, *last_access_ms)?,
            Operation::Delete { path } => self.delete(path)?,
            Operation::DeletePrefix { prefix } => {
                // U+FFFF is in no path, and sorts after every character.
                let first = JsValue::from_str(prefix);
                let end = JsValue::from_str(&format!("{prefix}\u{ffff}"));
                let range = prefix_range(&first, &end)?;
                self.data.delete(range.clone())?;
                claims.delete(range)?;
                self.stale
                    .push(prefix_range(&Array::of1(&first), &Array::of1(&end))?);
                self.fresh
                    .retain(|path, _| !path.starts_with(prefix.as_str()));
                self.log.push(&Record::DeletePrefix {
                    prefix: prefix.clone(),
                });
            }
            Operation::Move {
                from,
                to,
                last_access_ms,
            } => {
                self.settle_chunks().await?;
                let request = IdbRequest::from(self.data.get(JsValue::from_str(from))?);
                done(&request).await?;
                let parts = answer(from, &request, &self.chunks)
                    .await?
                    .map_err(Failure::Final)?;
                let missing = || Failure::Final(Error::ItemNotFound { path: from.clone() });
                let parts = parts.ok_or_else(missing)?;
                self.delete(from)?;
                self.put(to, &parts, *last_access_ms)?;
            }
            Operation::Touch {
                path,
                last_access_ms,
            } => {
                self.log.push(&Record::Touch {
                    path: path.clone(),
                    last_access_ms: *last_access_ms,
                });
            }
            Operation::Release { path } => {
                claims.delete(JsValue::from_str(path))?;
            }
        }
        Ok(())
    }

    fn put(&mut self, path: &str, parts: &[JsPart], last_access_ms: u64) -> Result<(), Failure> {
        let size = parts.iter().map(Part::nbytes).sum();
        let is_large = size > CHUNK_BYTES;
        if is_large {
            self.has_chunks.set(Some(true));
        }
        if self.has_chunks.get() == Some(true) {
            self.stale.push(chunk_range(path)?);
        }
        self.fresh.remove(path);
        let value: JsValue = if is_large {
            self.fresh.insert(path.into(), cut(parts, CHUNK_BYTES)?);
            let lengths: Array = parts
                .iter()
                .map(|part| JsValue::from_f64(part.nbytes() as f64))
                .collect();
            record(&[("lengths", lengths.into())])
        } else {
            stored(parts)?.into()
        };
        self.data.put(&value, Some(&path.into()))?;
        self.log.push(&Record::Put {
            path: path.into(),
            size,
            last_access_ms,
        });
        Ok(())
    }

    fn delete(&mut self, path: &str) -> Result<(), Failure> {
        self.data.delete(JsValue::from_str(path))?;
        self.stale.push(chunk_range(path)?);
        self.fresh.remove(path);
        self.log.push(&Record::Delete { path: path.into() });
        Ok(())
    }

    /// Brings the chunks up to what `data` has.
    async fn settle_chunks(&mut self) -> Result<(), Failure> {
        let stale = std::mem::take(&mut self.stale);
        if self.wrote_chunks || stale.len() <= FEW || any(&self.chunks).await? {
            for range in stale {
                self.chunks.delete(range)?;
            }
        }
        for (path, chunks) in std::mem::take(&mut self.fresh) {
            for (i, chunk) in chunks.iter().enumerate() {
                let key = Array::of2(&path.as_str().into(), &JsValue::from_f64(i as f64));
                self.chunks.put(chunk, Some(&key))?;
                self.wrote_chunks = true;
            }
        }
        Ok(())
    }

    /// Writes what is left; the request is the one for the segment.
    pub(super) async fn finish(mut self) -> Result<Option<AddStoreRequest>, Failure> {
        let log = std::mem::replace(&mut self.log, Writer::new(false));
        let segment = if log.is_empty() {
            None
        } else {
            let bytes = Uint8Array::from(log.finish().as_slice());
            Some(self.segments.add(&bytes, None)?)
        };
        if !self.stale.is_empty() {
            self.settle_chunks().await?;
        }
        Ok(segment)
    }
}

/// Whether there are chunks at all.
async fn any(chunks: &ObjectStore) -> Result<bool, Failure> {
    let first = chunks.get_all_keys(None, Some(1))?;
    let first = done(&first.into()).await?;
    Ok(first.unchecked_into::<Array>().length() > 0)
}

fn prefix_range(first: &JsValue, end: &JsValue) -> Result<KeyRange, Failure> {
    Ok(KeyRange::bound(first, end, Some(false), Some(true))?)
}
