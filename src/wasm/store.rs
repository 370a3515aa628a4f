//! The store's exports: bytes on paths for `src/ts/memory/store.ts`.
//!
//! An operation is an array that starts with its name: `['put', path, parts]`, `['delete', path]`,
//! `['deletePrefix', prefix]`, `['move', from, to]`, `['touch', path, lastAccessMs]`, `['release', path]`.
//!
//! What is pure, `itemsOf` and `victimsOf`, is exported for stores in JavaScript too.

use std::collections::HashSet;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::to_js;
use crate::store::evict::{Limits, choose};
use crate::store::idb::{IdbStore, JsPart};
use crate::store::{Claim, Durability, Entry, MemStore, Operation, Store};
use crate::{Error, Result, memory};

/// An open store.
#[wasm_bindgen]
pub struct StoreHandle {
    store: Rc<Kind>,
}

enum Kind {
    Idb(IdbStore),
    Mem(MemStore<JsPart>),
}

/// Calls the same method on whichever store it is.
macro_rules! on_store {
    ($kind:expr, $store:ident => $call:expr) => {
        match &*$kind {
            Kind::Idb($store) => $call,
            Kind::Mem($store) => $call,
        }
    };
}

/// Opens the IndexedDB database `name`: a promise of a `StoreHandle`.
#[wasm_bindgen(js_name = openIdbStore)]
pub fn open_idb_store(name: String) -> Promise {
    promise(async move {
        let store = IdbStore::open(&name).await?;
        Ok(StoreHandle {
            store: Rc::new(Kind::Idb(store)),
        }
        .into())
    })
}

/// Makes a store in memory.
#[wasm_bindgen(js_name = newMemStore)]
pub fn new_mem_store() -> StoreHandle {
    StoreHandle {
        store: Rc::new(Kind::Mem(MemStore::new())),
    }
}

/// The directory of all results below `location`, with its `/`.
#[wasm_bindgen(js_name = storeDir)]
pub fn store_dir(location: &str) -> String {
    memory::store_dir(location)
}

/// The `func_id` of a JavaScript function.
#[wasm_bindgen(js_name = jsFuncId)]
pub fn js_func_id(name: &str) -> String {
    memory::js_func_id(name)
}

#[wasm_bindgen]
impl StoreHandle {
    /// A promise of the parts at `path`, or of null.
    pub fn read(&self, path: String) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move {
            let parts = on_store!(kind, store => store.read(&path).await)?;
            Ok(parts.map_or(JsValue::NULL, |parts| {
                parts
                    .into_iter()
                    .map(JsPart::into_js)
                    .collect::<Array>()
                    .into()
            }))
        })
    }

    /// Performs `operations`, all or none; `now_ms` is the time of what is written.
    ///
    /// # Errors
    /// Throws a `TypeError` for what is no operation; the promise rejects with the store's errors.
    pub fn commit(
        &self,
        operations: &Array,
        now_ms: f64,
        strict: bool,
    ) -> Result<Promise, JsValue> {
        let operations = operations
            .iter()
            .map(|operation| read_operation(&operation, now_ms as u64));
        let operations = operations.collect::<Option<Vec<_>>>();
        let Some(operations) = operations else {
            return Err(js_sys::TypeError::new("not an operation of a store").into());
        };
        let kind = Rc::clone(&self.store);
        let durability = if strict {
            Durability::Strict
        } else {
            Durability::Relaxed
        };
        Ok(promise(async move {
            on_store!(kind, store => store.commit(operations, durability).await)?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// A promise of the columns `[path[], size[], lastAccessMs[]]`, by path.
    pub fn list(&self, prefix: String, after: Option<String>, limit: f64) -> Promise {
        let kind = Rc::clone(&self.store);
        // A cast saturates: `Infinity` is no limit.
        let limit = limit as usize;
        promise(async move {
            let entries =
                on_store!(kind, store => store.list(&prefix, after.as_deref(), limit).await)?;
            Ok(columns(&entries))
        })
    }

    /// A promise of the results below the directory `dir`, by path: the columns
    /// `[path[], funcId[], argsId[], size[], lastAccessMs[]]`.
    pub fn items(&self, dir: String) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move { Ok(item_columns(&dir, &all(&kind, &dir).await?)) })
    }

    /// A promise of the columns `[path[], size[]]` of the results below `dir` that are to go, so that
    /// what is left is within the limits.
    pub fn victims(
        &self,
        dir: String,
        bytes: Option<f64>,
        items: Option<f64>,
        older_than_ms: Option<f64>,
    ) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move {
            let claimed = on_store!(kind, store => store.claimed().await)?;
            let entries = all(&kind, &dir).await?;
            let limits = limits(bytes, items, older_than_ms);
            Ok(victim_columns(&dir, &entries, &claimed, &limits))
        })
    }

    /// A promise of `[count, size]`.
    pub fn totals(&self, prefix: String) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move {
            let totals = on_store!(kind, store => store.totals(&prefix).await)?;
            Ok(Array::of2(&(totals.count as f64).into(), &(totals.size as f64).into()).into())
        })
    }

    /// A promise of columns as `list` gives them, oldest first.
    pub fn oldest(&self, prefix: String, n: f64) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move {
            let entries = on_store!(kind, store => store.oldest(&prefix, n as usize).await)?;
            Ok(columns(&entries))
        })
    }

    /// A promise of `'present'`, `'granted'`, or `[owner, atMs]` of the one who holds the claim.
    pub fn claim(
        &self,
        path: String,
        owner: String,
        now_ms: f64,
        replaces: Option<String>,
    ) -> Promise {
        let kind = Rc::clone(&self.store);
        promise(async move {
            let claim = on_store!(kind, store => store.claim(&path, &owner, now_ms as u64, replaces.as_deref()).await)?;
            Ok(match claim {
                Claim::Present => "present".into(),
                Claim::Granted => "granted".into(),
                Claim::Held { owner, at_ms } => {
                    Array::of2(&owner.into(), &(at_ms as f64).into()).into()
                }
            })
        })
    }

    /// Closes the connection; a later call opens it again.
    pub fn close(&self) {
        if let Kind::Idb(store) = &*self.store {
            store.close();
        }
    }
}

fn promise(run: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    future_to_promise(async move { run.await.map_err(|error: Error| to_js(&error)) })
}

/// What `StoreHandle.items` gives, of columns as `list` gives them, by path.
#[wasm_bindgen(js_name = itemsOf)]
pub fn items_of(dir: &str, columns: &Array) -> JsValue {
    item_columns(dir, &from_columns(columns))
}

/// What `StoreHandle.victims` gives, of such columns and the claimed paths.
#[wasm_bindgen(js_name = victimsOf)]
pub fn victims_of(
    dir: &str,
    columns: &Array,
    claimed: &Array,
    bytes: Option<f64>,
    items: Option<f64>,
    older_than_ms: Option<f64>,
) -> JsValue {
    let claimed: Vec<String> = claimed.iter().filter_map(|path| path.as_string()).collect();
    let limits = limits(bytes, items, older_than_ms);
    victim_columns(dir, &from_columns(columns), &claimed, &limits)
}

fn from_columns(columns: &Array) -> Vec<Entry> {
    let columns: Vec<Array> = columns.iter().map(JsCast::unchecked_into).collect();
    let [paths, sizes, times] = columns.as_slice() else {
        return Vec::new();
    };
    let number = |value: JsValue| value.as_f64().unwrap_or_default() as u64;
    let rows = paths.iter().zip(sizes.iter()).zip(times.iter());
    rows.map(|((path, size), time)| Entry {
        path: path.as_string().unwrap_or_default(),
        size: number(size),
        last_access_ms: number(time),
    })
    .collect()
}

async fn all(kind: &Kind, dir: &str) -> Result<Vec<Entry>> {
    on_store!(kind, store => store.list(dir, None, usize::MAX).await)
}

/// One array of values.
fn column<T>(rows: &[T], of: &dyn Fn(&T) -> JsValue) -> Array {
    rows.iter().map(of).collect()
}

fn columns(entries: &[Entry]) -> JsValue {
    let paths = column(entries, &|entry| entry.path.as_str().into());
    let sizes = column(entries, &|entry| (entry.size as f64).into());
    let times = column(entries, &|entry| (entry.last_access_ms as f64).into());
    Array::of3(&paths, &sizes, &times).into()
}

fn item_columns(dir: &str, entries: &[Entry]) -> JsValue {
    let items = memory::items(dir, entries);
    let columns = [
        column(&items, &|item| item.path.as_str().into()),
        column(&items, &|item| item.func_id().into()),
        column(&items, &|item| item.args_id().into()),
        column(&items, &|item| (item.size as f64).into()),
        column(&items, &|item| (item.last_access_ms as f64).into()),
    ];
    columns.iter().collect::<Array>().into()
}

fn limits(bytes: Option<f64>, items: Option<f64>, older_than_ms: Option<f64>) -> Limits {
    // A cast saturates: what is negative is 0.
    let whole = |limit: Option<f64>| limit.map(|limit| limit as u64);
    Limits {
        bytes: whole(bytes),
        items: whole(items),
        older_than_ms: whole(older_than_ms),
    }
}

fn victim_columns(dir: &str, entries: &[Entry], claimed: &[String], limits: &Limits) -> JsValue {
    let directories = claimed.iter().filter_map(|path| path.rsplit_once('/'));
    let claimed: HashSet<&str> = directories.map(|(directory, _)| directory).collect();
    let results: Vec<Entry> = memory::items(dir, entries)
        .into_iter()
        .map(Entry::from)
        .collect();
    let victims = choose(&results, |path| claimed.contains(path), limits);
    let paths = column(&victims, &|victim| victim.path.as_str().into());
    let sizes = column(&victims, &|victim| (victim.size as f64).into());
    Array::of2(&paths, &sizes).into()
}

fn read_operation(operation: &JsValue, now_ms: u64) -> Option<Operation<JsPart>> {
    let fields: &Array = operation.dyn_ref()?;
    let path = fields.get(1).as_string()?;
    Some(match fields.get(0).as_string()?.as_str() {
        "put" => {
            let parts: Array = fields.get(2).dyn_into().ok()?;
            let parts = parts.iter().map(JsPart::new).collect::<Option<Vec<_>>>()?;
            Operation::Put {
                path,
                parts,
                last_access_ms: now_ms,
            }
        }
        "delete" => Operation::Delete { path },
        "deletePrefix" => Operation::DeletePrefix { prefix: path },
        "move" => Operation::Move {
            from: path,
            to: fields.get(2).as_string()?,
            last_access_ms: now_ms,
        },
        "touch" => Operation::Touch {
            path,
            last_access_ms: fields.get(2).as_f64()? as u64,
        },
        "release" => Operation::Release { path },
        _ => return None,
    })
}
