//! Who may compute what is missing: claims, answered after the commits of their transaction.

use std::collections::HashMap;

use ::idb::{ObjectStore, Request, Transaction};
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::IdbRequest;

use super::super::DATA;
use super::super::exception::Failure;
use super::super::waiting::done;
use super::{Outcome, Task, record};
use crate::store::Claim;

/// Answers the claims among the tasks, after the commits: what these wrote is present.
pub(super) async fn claim_all(
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
