//! Writing: commits and claims of all who ask at once, in one transaction.
//!
//! A request whose answer nobody waits for needs no care: if it fails, its transaction does.

mod claims;
mod commit;

use std::cell::Cell;

use ::idb::request::AddStoreRequest;
use ::idb::{Request, Transaction};
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use self::claims::claim_all;
use self::commit::Commit;
use super::exception::Failure;
use super::guard::guarded;
use super::part::JsPart;
use super::{CHUNKS, CLAIMS, DATA, Inner, SEGMENTS};
use crate::store::{Claim, Durability, Operation, Part};

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

/// A plain object.
fn record(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting an own property of a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
