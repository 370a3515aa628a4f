//! Where cache entries live: bytes on paths, and nothing about what they mean.
//!
//! JavaScript, Python and Rust share one implementation and, in a browser, one database. An entry is
//! a list of [`Part`]s whose concatenation is its content; a store keeps the boundaries, so that a
//! large array's own buffer goes in and comes back without a copy.
//!
//! - [`MemStore`]: for the life of the process;
//! - `idb::IdbStore` (wasm only): IndexedDB; its module documents the database;
//! - [`segment`], [`index`]: the metadata, pure;
//! - [`evict`]: which results go, pure.

pub mod evict;
#[cfg(target_arch = "wasm32")]
pub mod idb;
pub mod index;
mod mem;
#[cfg(target_arch = "wasm32")]
mod reply;
pub mod segment;

pub use mem::MemStore;

use crate::Result;

/// A piece of an entry's content.
pub trait Part: Clone {
    /// Its length in bytes.
    fn nbytes(&self) -> u64;
    /// A copy that shares no memory with this one.
    ///
    /// # Errors
    /// `STORE_ABORTED` if it cannot be read any more, or there is no memory for the copy.
    fn copy(&self) -> Result<Self>;
}

impl Part for Vec<u8> {
    fn nbytes(&self) -> u64 {
        self.len() as u64
    }

    fn copy(&self) -> Result<Self> {
        Ok(self.clone())
    }
}

/// One step of a commit. Paths are any text without U+FFFF; prefixes are plain text too, so end a
/// directory's with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation<P> {
    /// Writes an entry, replacing the one that is there.
    Put {
        /// Where.
        path: String,
        /// Its content.
        parts: Vec<P>,
        /// Now, in ms since 1970.
        last_access_ms: u64,
    },
    /// Removes an entry, if there is one.
    Delete {
        /// Which one.
        path: String,
    },
    /// Removes every entry whose path starts with `prefix`, and the claims on such paths: nobody waits
    /// for what was begun before.
    DeletePrefix {
        /// The start of the paths.
        prefix: String,
    },
    /// Gives an entry another path, replacing the one that is there; `ITEM_NOT_FOUND` without one.
    Move {
        /// The old path.
        from: String,
        /// The new path.
        to: String,
        /// Now, in ms since 1970.
        last_access_ms: u64,
    },
    /// Notes that an entry was used. Never creates one, and never makes the time older.
    Touch {
        /// Which one.
        path: String,
        /// When, in ms since 1970.
        last_access_ms: u64,
    },
    /// Gives up the claim on a path, whoever holds it: a claimant who was taken for gone and comes
    /// back may free the claim of the one who took over, so that a result is computed twice at worst.
    Release {
        /// The claimed path.
        path: String,
    },
}

/// What a store knows about an entry without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// When it was last written or used, in ms since 1970.
    pub last_access_ms: u64,
}

/// How much a store holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The number of entries.
    pub count: u64,
    /// Their bytes.
    pub size: u64,
}

/// When a commit counts as done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Once the system has it: survives the browser's end, perhaps not the machine's.
    #[default]
    Relaxed,
    /// Once it is on the disk.
    Strict,
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// There is an entry by now: read it.
    Present,
    /// The claim is the caller's, who now computes the entry, and releases the claim when it commits it.
    Granted,
    /// Somebody else computes it.
    Held {
        /// Who.
        owner: String,
        /// Since when, in ms since 1970.
        at_ms: u64,
    },
}

/// A store of entries by path.
///
/// Futures need not be sent between threads: a store lives in the realm that opened it.
#[allow(async_fn_in_trait)]
pub trait Store {
    /// What entries are made of.
    type Part: Part;

    /// The content of an entry, freshly made: changing it changes nothing here.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`, `STORE_BLOCKED` or `STORE_ABORTED`.
    async fn read(&self, path: &str) -> Result<Option<Vec<Self::Part>>>;

    /// Performs all operations in their order, or none of them.
    ///
    /// # Errors
    /// `ITEM_NOT_FOUND` for a move of nothing, `QUOTA_EXCEEDED`, `STORE_UNAVAILABLE`, `STORE_BLOCKED`
    /// or `STORE_ABORTED`: nothing was written.
    async fn commit(
        &self,
        operations: Vec<Operation<Self::Part>>,
        durability: Durability,
    ) -> Result<()>;

    /// At most `limit` entries whose path starts with `prefix` and comes after `after`, by path.
    ///
    /// # Errors
    /// As [`read`](Store::read).
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Entry>>;

    /// The number and the bytes of the entries whose path starts with `prefix`.
    ///
    /// # Errors
    /// As [`read`](Store::read).
    async fn totals(&self, prefix: &str) -> Result<Totals>;

    /// The `n` entries whose path starts with `prefix` that were not used for longest, oldest first.
    ///
    /// # Errors
    /// As [`read`](Store::read).
    async fn oldest(&self, prefix: &str, n: usize) -> Result<Vec<Entry>>;

    /// Claims a path for `owner`, in the transaction that finds it missing. A claim that `replaces`
    /// holds, because it is gone, passes to `owner`.
    ///
    /// # Errors
    /// As [`commit`](Store::commit).
    async fn claim(
        &self,
        path: &str,
        owner: &str,
        at_ms: u64,
        replaces: Option<&str>,
    ) -> Result<Claim>;

    /// The paths that are claimed, in any order.
    ///
    /// # Errors
    /// As [`read`](Store::read).
    async fn claimed(&self) -> Result<Vec<String>>;
}
