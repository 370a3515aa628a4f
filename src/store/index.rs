//! What a store holds, by path: sizes and access times, in memory. Built from metadata segments;
//! no data, no I/O.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::evict::by_age;
use super::segment::{Record, Segment, Writer};
use super::{Entry, Totals};

/// A snapshot is cut into segments of about this many bytes, well below what one value may have.
const SNAPSHOT_SEGMENT_BYTES: usize = 16 << 20;
/// Fewer segments than this are read faster than they are rewritten.
const COMPACT_SEGMENTS: u64 = 256;
/// From here on the number of segments makes opening slow, however large the snapshot is.
const COMPACT_SEGMENTS_AT_MOST: u64 = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Facts {
    size: u64,
    last_access_ms: u64,
}

/// The entries of a store, ordered by path (by its UTF-8 bytes).
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Index {
    entries: BTreeMap<String, Facts>,
}

impl Index {
    /// Applies the records of a segment in their order; a snapshot voids what was there.
    pub fn apply(&mut self, segment: &Segment) {
        if segment.snapshot {
            self.entries.clear();
        }
        for record in &segment.records {
            self.apply_record(record);
        }
    }

    /// Applies one record.
    pub fn apply_record(&mut self, record: &Record) {
        match record {
            Record::Put {
                path,
                size,
                last_access_ms,
            } => {
                let facts = Facts {
                    size: *size,
                    last_access_ms: *last_access_ms,
                };
                self.entries.insert(path.clone(), facts);
            }
            Record::Delete { path } => {
                self.entries.remove(path);
            }
            Record::DeletePrefix { prefix } => {
                let paths: Vec<String> = self
                    .range(prefix, None)
                    .map(|(path, _)| path.clone())
                    .collect();
                for path in paths {
                    self.entries.remove(&path);
                }
            }
            Record::Touch {
                path,
                last_access_ms,
            } => {
                if let Some(facts) = self.entries.get_mut(path) {
                    facts.last_access_ms = facts.last_access_ms.max(*last_access_ms);
                }
            }
        }
    }

    /// At most `limit` entries whose path starts with `prefix` and comes after `after`, by path.
    pub fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Vec<Entry> {
        self.range(prefix, after).take(limit).map(entry).collect()
    }

    /// The number and the bytes of the entries whose path starts with `prefix`.
    pub fn totals(&self, prefix: &str) -> Totals {
        self.range(prefix, None)
            .fold(Totals::default(), |totals, (_, facts)| Totals {
                count: totals.count + 1,
                size: totals.size + facts.size,
            })
    }

    /// The `n` entries whose path starts with `prefix` that were not used for longest, oldest first;
    /// by path where the time is the same.
    pub fn oldest(&self, prefix: &str, n: usize) -> Vec<Entry> {
        let entries: Vec<_> = self.range(prefix, None).collect();
        let order = by_age(entries.iter().map(|(_, facts)| facts.last_access_ms));
        order
            .into_iter()
            .take(n)
            .map(|i| entry(entries[i]))
            .collect()
    }

    /// The whole index as segments: a snapshot, and more of the same where that gets large.
    pub fn to_segments(&self) -> Vec<Vec<u8>> {
        let mut segments = Vec::new();
        let mut writer = Writer::new(true);
        for (path, facts) in &self.entries {
            let Facts {
                size,
                last_access_ms,
            } = *facts;
            writer.push(&Record::Put {
                path: path.clone(),
                size,
                last_access_ms,
            });
            if writer.nbytes() >= SNAPSHOT_SEGMENT_BYTES {
                segments.push(std::mem::replace(&mut writer, Writer::new(false)).finish());
            }
        }
        if segments.is_empty() || !writer.is_empty() {
            segments.push(writer.finish());
        }
        segments
    }

    fn range<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&str>,
    ) -> impl Iterator<Item = (&'a String, &'a Facts)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let paths = self.entries.range::<str, _>((from, Bound::Unbounded));
        paths.take_while(move |(path, _)| path.starts_with(prefix))
    }
}

fn entry((path, facts): (&String, &Facts)) -> Entry {
    Entry {
        path: path.clone(),
        size: facts.size,
        last_access_ms: facts.last_access_ms,
    }
}

/// How the log has grown since its last snapshot; says when it is worth a new one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    snapshot_bytes: u64,
    segments: u64,
    bytes: u64,
}

impl Growth {
    /// Counts a segment that was read.
    pub fn add(&mut self, snapshot: bool, nbytes: u64) {
        if snapshot {
            *self = Growth {
                snapshot_bytes: nbytes,
                ..Growth::default()
            };
        } else {
            self.segments += 1;
            self.bytes += nbytes;
        }
    }

    /// Whether a new snapshot pays: a large one is rewritten only once the log after it has a
    /// quarter of its bytes, so that each record is rewritten a few times at most.
    pub fn wants_snapshot(&self) -> bool {
        self.segments >= COMPACT_SEGMENTS_AT_MOST
            || (self.segments >= COMPACT_SEGMENTS && self.bytes >= self.snapshot_bytes / 4)
    }
}
