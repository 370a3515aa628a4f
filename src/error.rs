//! The one error type of the crate, and the codes that JavaScript and Python see.
//!
//! A variant carries what a caller needs in order to react; [`Error::code`] names it across
//! languages.

/// What joblite's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the engine.
///
/// ```
/// use joblite::Error;
/// let error = Error::UnsupportedValue { path: "$.rows[3].callback".into(), reason: "functions cannot be stored".into() };
/// assert_eq!(error.code(), "UNSUPPORTED_VALUE");
/// assert_eq!(error.to_string(), "at $.rows[3].callback: functions cannot be stored");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not what they claim to be.
    #[error("corrupt data at byte {offset}: expected {expected}, found {actual}")]
    CorruptData {
        /// Position in the uncompressed stream, in bytes.
        offset: u64,
        /// What should have been there.
        expected: String,
        /// What was there.
        actual: String,
    },
    /// The file is compressed in a way that is not known.
    #[error("unknown compression at byte {offset}: {actual}")]
    UnknownCompression {
        /// Position in the file, in bytes.
        offset: u64,
        /// The first bytes of the stream, in hex.
        actual: String,
    },
    /// A size, depth or count is over a limit.
    #[error("too large at byte {offset}: {what} is {actual}, the limit is {limit}")]
    TooLarge {
        /// Position in the uncompressed stream, in bytes.
        offset: u64,
        /// What is too large.
        what: String,
        /// Its size.
        actual: u64,
        /// The largest that is taken.
        limit: u64,
    },
    /// A pickle opcode that is not known.
    #[error("unsupported pickle opcode 0x{opcode:02x} at byte {offset}")]
    UnsupportedOpcode {
        /// Position in the uncompressed stream, in bytes.
        offset: u64,
        /// The opcode.
        opcode: u8,
    },
    /// A class or function that `strict` loading does not admit.
    #[error("unsupported global {module}.{name} at byte {offset}")]
    UnsupportedGlobal {
        /// Position in the uncompressed stream, in bytes.
        offset: u64,
        /// The Python module.
        module: String,
        /// The name in it.
        name: String,
    },
    /// An array element type that is not known.
    #[error("unsupported dtype {dtype} at byte {offset}")]
    UnsupportedDtype {
        /// Position in the uncompressed stream, in bytes.
        offset: u64,
        /// The dtype, as NumPy writes it.
        dtype: String,
    },
    /// A value that joblite cannot hold.
    #[error("at {path}: {reason}")]
    UnsupportedValue {
        /// Where in the value, as a JavaScript path from `$`.
        path: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// There is no store here, or it refuses to open.
    #[error("the store is not available: {reason}")]
    StoreUnavailable {
        /// What the platform said.
        reason: String,
    },
    /// The origin's storage is full.
    #[error("storage quota exceeded: {reason}")]
    QuotaExceeded {
        /// What the platform said.
        reason: String,
    },
    /// Another connection holds the database.
    #[error("the database is blocked by another tab: {reason}")]
    StoreBlocked {
        /// What the platform said.
        reason: String,
    },
    /// A transaction was aborted; nothing of it was written.
    #[error("the transaction was aborted: {reason}")]
    StoreAborted {
        /// What the platform said.
        reason: String,
    },
    /// There is nothing at this path.
    #[error("no item at {path}")]
    ItemNotFound {
        /// The path in the store.
        path: String,
    },
}

impl Error {
    /// The code that all three languages share, such as `"CORRUPT_DATA"`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::CorruptData { .. } => "CORRUPT_DATA",
            Error::UnknownCompression { .. } => "UNKNOWN_COMPRESSION",
            Error::TooLarge { .. } => "TOO_LARGE",
            Error::UnsupportedOpcode { .. } => "UNSUPPORTED_OPCODE",
            Error::UnsupportedGlobal { .. } => "UNSUPPORTED_GLOBAL",
            Error::UnsupportedDtype { .. } => "UNSUPPORTED_DTYPE",
            Error::UnsupportedValue { .. } => "UNSUPPORTED_VALUE",
            Error::StoreUnavailable { .. } => "STORE_UNAVAILABLE",
            Error::QuotaExceeded { .. } => "QUOTA_EXCEEDED",
            Error::StoreBlocked { .. } => "STORE_BLOCKED",
            Error::StoreAborted { .. } => "STORE_ABORTED",
            Error::ItemNotFound { .. } => "ITEM_NOT_FOUND",
        }
    }
}
