//! Writing: commits and claims of all who ask at once, in one transaction.
//!
//! A request whose answer nobody waits for needs no care: if it fails, its transaction does.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use ::idb::request::AddStoreRequest;
use ::idb::{KeyRange, ObjectStore, Request, Transaction};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::IdbRequest;

use super::exception::Failure;
use super::guard::guarded;
use super::part::{JsPart, cut, stored};
use super::read::{answer, chunk_range};
use super::waiting::done;
use super::{CHUNK_BYTES, CHUNKS, CLAIMS, DATA, Inner, SEGMENTS};
use crate::store::segment::{Record, Writer};
use crate::store::{Claim, Durability, Operation, Part};
use crate::{Error, Result};

/// Up to this many void chunks are deleted without asking whether there are any: most stores have
/// none, but for a few the answer costs more than the deletes.
const FEW: usize = 8;

/// What one caller wants written.
pub(super) enum Task {
    Commit {
        operations: Vec<Operation<JsPart>>,
        durability: Durability,
    },
    Claim {
        path: String,
        owner: String,
        at_ms: u64,
        replaces: Option<String>,
    },
}

/// What became of it.
pub(super) enum Outcome {
    Committed,
    Claim(Claim),
}

impl Task {
    /// Whether it can fail for a reason of its own, other than space.
    pub(super) fn is_fallible(&self) -> bool {
        self.operations()
            .iter()
            .any(|operation| matches!(operation, Operation::Move { .. }))
    }

    pub(super) fn nbytes(&self) -> u64 {
        let nbytes = |operation: &Operation<JsPart>| match operation {
            Operation::Put { parts, .. } => parts.iter().map(Part::nbytes).sum(),
            _ => 0,
        };
        self.operations().iter().map(nbytes).sum()
    }

    fn operations(&self) -> &[Operation<JsPart>] {
        match self {
            Task::Commit { operations, .. } => operations,
            Task::Claim { .. } => &[],
        }
    }

    fn is_strict(&self) -> bool {
        matches!(
            self,
            Task::Commit {
                durability: Durability::Strict,
                ..
            }
        )
    }
}

impl Inner {
    /// Performs tasks in one transaction, all of them or none.
    pub(super) async fn write_batch(&self, tasks: &[Task]) -> Result<Vec<Outcome>, Failure> {
        let connection = self.connector.connection().await?;
        let changes_entries = tasks
            .iter()
            .any(|task| task.operations().iter().any(changes_entries));
        let stores: &[&str] = if changes_entries {
            &[DATA, CHUNKS, SEGMENTS, CLAIMS]
        } else {
            &[DATA, CLAIMS]
        };
        let durability = if tasks.iter().any(Task::is_strict) {
            Durability::Strict
        } else {
            Durability::Relaxed
        };
        let run = async {
            let (transaction, end) = connection.writing(stores, durability)?;
            let has_chunks = &connection.has_chunks;
            match guarded(perform(&transaction, tasks, changes_entries, has_chunks)).await {
                Ok((outcomes, segment)) => {
                    // The transaction commits itself. Asked to (`commit()`), Firefox 153 completes it
                    // though a request failed for want of space: a part of it would be written.
                    end.completed().await?;
                    if let Some(key) = segment.and_then(|request| request.result().ok()?.as_f64()) {
                        self.log.borrow_mut().note_written(key);
                    }
                    Ok(outcomes)
                }
                Err(failure) => {
                    // It may have ended by itself: then this throws, and nothing was written either.
                    let _ = transaction.abort();
                    Err(failure)
                }
            }
        };
        run.await.map_err(|failure| connection.failed(failure))
    }
}

fn changes_entries(operation: &Operation<JsPart>) -> bool {
    !matches!(operation, Operation::Release { .. })
}

async fn perform(
    transaction: &Transaction,
    tasks: &[Task],
    changes_entries: bool,
    has_chunks: &Cell<Option<bool>>,
) -> Result<(Vec<Outcome>, Option<AddStoreRequest>), Failure> {
    let claims = transaction.object_store(CLAIMS)?;
    let mut segment = None;
    if changes_entries {
        let mut commit = Commit::new(transaction, has_chunks).await?;
        for operation in tasks.iter().flat_map(Task::operations) {
            commit.perform(operation, &claims).await?;
        }
        segment = commit.finish().await?;
    } else {
        for operation in tasks.iter().flat_map(Task::operations) {
            if let Operation::Release { path } = operation {
                claims.delete(JsValue::from_str(path))?;
            }
        }
    }
    let outcomes = claim_all(transaction, &claims, tasks).await?;
    Ok((outcomes, segment))
}

/// The entries' side of a transaction.
struct Commit<'a> {
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
    async fn new(
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

    async fn perform(
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
    async fn finish(mut self) -> Result<Option<AddStoreRequest>, Failure> {
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

/// Answers the claims among the tasks, after the commits: what these wrote is present.
async fn claim_all(
    transaction: &Transaction,
    claims: &ObjectStore,
    tasks: &[Task],
) -> Result<Vec<Outcome>, Failure> {
    let data = transaction.object_store(DATA)?;
    let mut asked = Vec::new();
    for task in tasks {
        if let Task::Claim { path, .. } = task {
            let present = data.get_key(JsValue::from_str(path))?;
            let held = IdbRequest::from(claims.get(JsValue::from_str(path))?);
            asked.push((present, held));
        }
    }
    // Requests are answered in their order.
    if let Some((_, last)) = asked.last() {
        done(last).await?;
    }
    let mut asked = asked.into_iter();
    let mut granted: HashMap<&str, (&str, u64)> = HashMap::new();
    let mut outcomes = Vec::with_capacity(tasks.len());
    for task in tasks {
        let Task::Claim {
            path,
            owner,
            at_ms,
            replaces,
        } = task
        else {
            outcomes.push(Outcome::Committed);
            continue;
        };
        let Some((present, held)) = asked.next() else {
            break;
        };
        let is_present = !present.result()?.is_undefined();
        let holder = match granted.get(path.as_str()) {
            Some((owner, at_ms)) => Some(((*owner).to_owned(), *at_ms)),
            None => holder(&held.result().map_err(|error| Failure::of(&error))?),
        };
        outcomes.push(Outcome::Claim(match holder {
            _ if is_present => Claim::Present,
            Some((holder, at_ms)) if holder != *owner && Some(&holder) != replaces.as_ref() => {
                Claim::Held {
                    owner: holder,
                    at_ms,
                }
            }
            _ => {
                let row = record(&[
                    ("owner", owner.into()),
                    ("at", JsValue::from_f64(*at_ms as f64)),
                ]);
                claims.put(&row, Some(&path.into()))?;
                granted.insert(path, (owner, *at_ms));
                Claim::Granted
            }
        }));
    }
    Ok(outcomes)
}

/// Who holds a claim and since when; a row that is not one holds nothing.
fn holder(row: &JsValue) -> Option<(String, u64)> {
    if row.is_undefined() {
        return None;
    }
    let field = |name: &str| Reflect::get(row, &name.into()).ok();
    Some((field("owner")?.as_string()?, field("at")?.as_f64()? as u64))
}

/// A plain object.
fn record(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting an own property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

fn prefix_range(first: &JsValue, end: &JsValue) -> Result<KeyRange, Failure> {
    Ok(KeyRange::bound(first, end, Some(false), Some(true))?)
}
