//! A store on IndexedDB: one database an origin, shared by JavaScript, Python and Rust.
//!
//! # The database, frozen
//!
//! `joblite-1`, after `<prefix>-` where an application gives one. Version 1 for ever: what is not
//! compatible gets another name, so that a page and a notebook of different versions never lock each
//! other out.
//!
//! | object store | key | value |
//! |---|---|---|
//! | `data` | path | the parts, an array of `Uint8Array` and `ArrayBuffer`; of an entry above [`CHUNK_BYTES`] instead `{ lengths }`, the length of each part |
//! | `chunks` | `[path, i]` | of such an entry bytes `i * CHUNK_BYTES ..`, as an array of `Uint8Array`: the number of bytes that a value may have is limited (127 MiB in Chromium) |
//! | `segments` | integer, growing (`autoIncrement`) | `Uint8Array`, a metadata [`segment`](super::segment): one for each transaction that changes entries |
//! | `claims` | path | `{ owner, at }`: who computes the entry (a uuid), since when (ms since 1970) |
//!
//! A reader reads the segments after the last key that it has seen. Now and then a writer replaces all
//! segments by a snapshot, in one transaction; keys go on growing, so that a reader meets it as the
//! next segment. Segments that cannot be read are rebuilt from `data`.
//!
//! # Rules
//!
//! - All requests of a transaction are issued without an await between them that is not for one of
//!   its own requests: a transaction with nothing to do commits itself.
//! - Calls in flight share a transaction. If it fails, each is tried in one of its own, so that nobody
//!   pays for another's error.
//! - A write has happened when its *transaction* completed.
//! - A connection closes on `versionchange` and is opened again by the next call. One that fails for
//!   an unknown reason is opened again too, and the call repeated: retrying on the dead handle is
//!   what hangs in Safari.
//!
//! All of it goes through the crate `idb`, except where that lacks something, which `web-sys` then does:
//! beginning a transaction with a [`Durability`] (`connection`), and waiting for requests and for the
//! end of a transaction (`waiting`). `idb`'s builder is not used: it deletes the object stores that it
//! is not told of.

mod connection;
mod exception;
mod guard;
mod log;
mod part;
mod read;
mod waiting;
mod write;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::reply::{Sender, reply};
use super::{Claim, Durability, Entry, Operation, Store, Totals};
use crate::{Error, Result};
use connection::Connector;
use exception::Failure;
use guard::guarded;
use log::Log;
pub use part::JsPart;
use write::{Outcome, Task};

/// The bytes of a chunk, and of the largest entry that is not cut into chunks.
pub const CHUNK_BYTES: u64 = 64 << 20;
/// A shared transaction takes no further call once its puts have this many bytes.
const BATCH_BYTES: u64 = 32 << 20;
/// How often a call is tried, each time with another connection.
const ATTEMPTS: usize = 3;

const DATA: &str = "data";
const CHUNKS: &str = "chunks";
const SEGMENTS: &str = "segments";
const CLAIMS: &str = "claims";

/// A store on IndexedDB. Clones share the connection.
#[derive(Clone)]
pub struct IdbStore {
    inner: Rc<Inner>,
}

/// What is asked, and whom to answer.
type Waiting<Q, A> = (Q, Sender<Result<A>>);

struct Inner {
    connector: Rc<Connector>,
    reads: RefCell<Vec<Waiting<String, Option<Vec<JsPart>>>>>,
    writes: RefCell<Vec<Waiting<Task, Outcome>>>,
    writing: Cell<bool>,
    log: RefCell<Log>,
}

impl IdbStore {
    /// Opens the database of that name, or makes it.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE` where there is no IndexedDB or it refuses; `STORE_BLOCKED` if it does not
    /// answer in time.
    pub async fn open(name: &str) -> Result<Self> {
        let inner = Rc::new(Inner {
            connector: Connector::new(name),
            reads: RefCell::default(),
            writes: RefCell::default(),
            writing: Cell::new(false),
            log: RefCell::default(),
        });
        inner
            .connector
            .connection()
            .await
            .map_err(Failure::into_error)?;
        Ok(Self { inner })
    }

    /// Closes the connection after what is under way; a later call opens it again.
    pub fn close(&self) {
        self.inner.connector.disconnect();
    }

    async fn write(&self, task: Task) -> Result<Outcome> {
        let (sender, receiver) = reply();
        self.inner.writes.borrow_mut().push((task, sender));
        if !self.inner.writing.replace(true) {
            spawn_local(Rc::clone(&self.inner).write_all());
        }
        receiver.await.unwrap_or_else(|| Err(lost_reply()))
    }

    async fn log<T>(&self, ask: impl FnOnce(&Log) -> T) -> Result<T> {
        attempts(|| self.inner.catch_up()).await?;
        Ok(ask(&self.inner.log.borrow()))
    }
}

impl Store for IdbStore {
    type Part = JsPart;

    async fn read(&self, path: &str) -> Result<Option<Vec<JsPart>>> {
        let (sender, receiver) = reply();
        let first = {
            let mut reads = self.inner.reads.borrow_mut();
            reads.push((path.into(), sender));
            reads.len() == 1
        };
        if first {
            spawn_local(Rc::clone(&self.inner).read_all());
        }
        receiver.await.unwrap_or_else(|| Err(lost_reply()))
    }

    async fn commit(
        &self,
        operations: Vec<Operation<JsPart>>,
        durability: Durability,
    ) -> Result<()> {
        self.write(Task::Commit {
            operations,
            durability,
        })
        .await
        .map(|_| ())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Entry>> {
        self.log(|log| log.index.list(prefix, after, limit)).await
    }

    async fn totals(&self, prefix: &str) -> Result<Totals> {
        self.log(|log| log.index.totals(prefix)).await
    }

    async fn oldest(&self, prefix: &str, n: usize) -> Result<Vec<Entry>> {
        self.log(|log| log.index.oldest(prefix, n)).await
    }

    async fn claim(
        &self,
        path: &str,
        owner: &str,
        at_ms: u64,
        replaces: Option<&str>,
    ) -> Result<Claim> {
        let task = Task::Claim {
            path: path.into(),
            owner: owner.into(),
            at_ms,
            replaces: replaces.map(str::to_owned),
        };
        match self.write(task).await? {
            Outcome::Claim(claim) => Ok(claim),
            Outcome::Committed => Err(lost_reply()),
        }
    }

    async fn claimed(&self) -> Result<Vec<String>> {
        attempts(|| self.inner.claimed()).await
    }
}

impl Inner {
    /// Answers all reads that wait, in one transaction.
    async fn read_all(self: Rc<Self>) {
        let (paths, senders): (Vec<_>, Vec<_>) = self.reads.take().into_iter().unzip();
        match attempts(|| self.read_batch(&paths)).await {
            Ok(answers) => {
                for (sender, answer) in senders.into_iter().zip(answers) {
                    sender.send(answer);
                }
            }
            Err(error) if paths.len() == 1 => senders
                .into_iter()
                .for_each(|sender| sender.send(Err(error.clone()))),
            Err(_) => {
                for (path, sender) in paths.into_iter().zip(senders) {
                    let alone = attempts(|| self.read_batch(std::slice::from_ref(&path))).await;
                    sender.send(alone.and_then(|mut answers| answers.remove(0)));
                }
            }
        }
    }

    /// Performs all writes that wait, and those that come while one is under way.
    async fn write_all(self: Rc<Self>) {
        loop {
            let (tasks, senders): (Vec<_>, Vec<_>) = self.next_writes().into_iter().unzip();
            if tasks.is_empty() {
                break;
            }
            match attempts(|| self.write_batch(&tasks)).await {
                Ok(outcomes) => {
                    for (sender, outcome) in senders.into_iter().zip(outcomes) {
                        sender.send(Ok(outcome));
                    }
                }
                Err(error) if tasks.len() == 1 => senders
                    .into_iter()
                    .for_each(|sender| sender.send(Err(error.clone()))),
                Err(_) => {
                    for (task, sender) in tasks.into_iter().zip(senders) {
                        let alone =
                            attempts(|| self.write_batch(std::slice::from_ref(&task))).await;
                        sender.send(alone.map(|mut outcomes| outcomes.remove(0)));
                    }
                }
            }
            let upkeep = async {
                self.compact_if_due().await;
                Ok(())
            };
            // The next writer to look does it.
            let _ = guarded(upkeep).await;
        }
    }

    /// Takes the writes of the next transaction; with none waiting, the loop that asks has ended.
    fn next_writes(&self) -> Vec<(Task, Sender<Result<Outcome>>)> {
        let mut waiting = self.writes.borrow_mut();
        let mut nbytes = 0;
        let mut count = 0;
        for (task, _) in waiting.iter() {
            // A task that may fail by itself has a transaction of its own.
            if count > 0 && (task.is_fallible() || nbytes + task.nbytes() > BATCH_BYTES) {
                break;
            }
            nbytes += task.nbytes();
            count += 1;
            if task.is_fallible() {
                break;
            }
        }
        let batch: Vec<_> = waiting.drain(..count).collect();
        self.writing.set(!batch.is_empty());
        batch
    }
}

/// Repeats a call whose connection was lost. One that throws ends too: its callers are answered.
async fn attempts<T, F: Future<Output = Result<T, Failure>>>(run: impl Fn() -> F) -> Result<T> {
    let mut attempt = 1;
    loop {
        match guarded(run()).await {
            Ok(value) => return Ok(value),
            Err(Failure::Lost(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(failure) => return Err(failure.into_error()),
        }
    }
}

fn lost_reply() -> Error {
    Error::StoreAborted {
        reason: "the store stopped before it answered".into(),
    }
}
