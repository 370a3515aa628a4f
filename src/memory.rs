//! Where results lie in a store, and which results a store holds: joblib's layout on paths.
//!
//! `<location>/joblib/<func_id>/func_code.py`, and for each result a directory
//! `<location>/joblib/<func_id>/<args_id>/` with `output.pkl` and `metadata.json`. Pure text; what is
//! done on a hit, a miss or a damaged entry is a sequence of waits and lies with the caller.

use std::fmt::Write as _;

use crate::store::Entry;

/// The file that makes a directory a result.
const OUTPUT: &str = "output.pkl";

/// The directory of everything that a location holds, with its `/`.
///
/// ```
/// assert_eq!(joblite::memory::store_dir("cache/"), "cache/joblib/");
/// ```
pub fn store_dir(location: &str) -> String {
    format!("{}/joblib/", location.trim_end_matches('/'))
}

/// The `func_id` of a JavaScript function, `js/<name>`: one path segment, so that no function lies
/// within another one's directory. Bytes other than `A-Z a-z 0-9 _ - $ .` are percent-encoded, as is
/// a leading dot.
///
/// ```
/// assert_eq!(joblite::memory::js_func_id("heavy"), "js/heavy");
/// assert_eq!(joblite::memory::js_func_id("a/ü"), "js/a%2F%C3%BC");
/// assert_eq!(joblite::memory::js_func_id(".."), "js/%2E.");
/// ```
pub fn js_func_id(name: &str) -> String {
    let mut id = String::from("js/");
    for (i, byte) in name.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'$' => id.push(byte.into()),
            b'.' if i > 0 => id.push('.'),
            // Writing to a String cannot fail.
            _ => drop(write!(id, "%{byte:02X}")),
        }
    }
    id
}

/// A stored result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its directory, without a `/` at the end.
    pub path: String,
    /// Where `func_id` starts and ends in `path`; `args_id` is what follows after a `/`.
    func_id: std::ops::Range<usize>,
    /// The bytes of all files in its directory.
    pub size: u64,
    /// When it was last written or used, in ms since 1970.
    pub last_access_ms: u64,
}

impl Item {
    /// Which function's it is, such as `js/heavy` or `__main__/heavy`.
    pub fn func_id(&self) -> &str {
        &self.path[self.func_id.clone()]
    }

    /// For which arguments.
    pub fn args_id(&self) -> &str {
        &self.path[self.func_id.end + 1..]
    }
}

/// The result as one entry, its directory.
impl From<Item> for Entry {
    fn from(item: Item) -> Self {
        Entry {
            path: item.path,
            size: item.size,
            last_access_ms: item.last_access_ms,
        }
    }
}

/// The results among the entries below `store_dir`, which are in the order of their paths. Files
/// without an `output.pkl` beside them are no result.
///
/// ```
/// use joblite::{memory::items, store::Entry};
/// let entry = |path: &str| Entry { path: path.into(), size: 5, last_access_ms: 1 };
/// let entries = [entry("c/joblib/js/f/0a/metadata.json"), entry("c/joblib/js/f/0a/output.pkl"), entry("c/joblib/js/f/func_code.py")];
/// let items = items("c/joblib/", &entries);
/// assert_eq!((items[0].func_id(), items[0].args_id(), items[0].size), ("js/f", "0a", 10));
/// assert_eq!(items.len(), 1);
/// ```
pub fn items(store_dir: &str, entries: &[Entry]) -> Vec<Item> {
    let mut items = Vec::new();
    let directory = |entry: &Entry| entry.path.rfind('/').unwrap_or(0);
    let same = |a: &Entry, b: &Entry| a.path[..directory(a)] == b.path[..directory(b)];
    for files in entries.chunk_by(same) {
        let Some(output) = files
            .iter()
            .find(|file| file.path[directory(file) + 1..] == *OUTPUT)
        else {
            continue;
        };
        let path = &output.path[..directory(output)];
        let Some(func_end) = path.rfind('/').filter(|end| *end > store_dir.len()) else {
            continue;
        };
        items.push(Item {
            path: path.into(),
            func_id: store_dir.len()..func_end,
            size: files.iter().map(|file| file.size).sum(),
            last_access_ms: output.last_access_ms,
        });
    }
    items
}
