//! A store in memory: gone with the process, seen by nobody else.
//!
//! For hosts without IndexedDB, and the reference that other stores are tested against. Content is
//! copied in and out, as IndexedDB does.

use std::cell::RefCell;
use std::collections::HashMap;

use super::index::Index;
use super::segment::Record;
use super::{Claim, Durability, Entry, Operation, Part, Store, Totals};
use crate::{Error, Result};

/// A store in memory, without a limit.
#[derive(Debug)]
pub struct MemStore<P> {
    state: RefCell<State<P>>,
}

#[derive(Debug)]
struct State<P> {
    data: HashMap<String, Vec<P>>,
    index: Index,
    claims: HashMap<String, (String, u64)>,
}

impl<P> MemStore<P> {
    /// An empty store.
    pub fn new() -> Self {
        let state = State {
            data: HashMap::new(),
            index: Index::default(),
            claims: HashMap::new(),
        };
        Self {
            state: RefCell::new(state),
        }
    }
}

impl<P> Default for MemStore<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Part> Store for MemStore<P> {
    type Part = P;

    async fn read(&self, path: &str) -> Result<Option<Vec<P>>> {
        let state = self.state.borrow();
        let parts = state.data.get(path);
        parts
            .map(|parts| parts.iter().map(Part::copy).collect())
            .transpose()
    }

    async fn commit(&self, operations: Vec<Operation<P>>, _durability: Durability) -> Result<()> {
        // Copying may fail: it comes first.
        let operations = operations.into_iter().map(with_own_parts);
        let operations = operations.collect::<Result<Vec<_>>>()?;
        let mut state = self.state.borrow_mut();
        check_moves(&state.data, &operations)?;
        for operation in operations {
            state.perform(operation);
        }
        Ok(())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<Entry>> {
        Ok(self.state.borrow().index.list(prefix, after, limit))
    }

    async fn totals(&self, prefix: &str) -> Result<Totals> {
        Ok(self.state.borrow().index.totals(prefix))
    }

    async fn oldest(&self, prefix: &str, n: usize) -> Result<Vec<Entry>> {
        Ok(self.state.borrow().index.oldest(prefix, n))
    }

    async fn claim(
        &self,
        path: &str,
        owner: &str,
        at_ms: u64,
        replaces: Option<&str>,
    ) -> Result<Claim> {
        let mut state = self.state.borrow_mut();
        if state.data.contains_key(path) {
            return Ok(Claim::Present);
        }
        if let Some((holder, at_ms)) = state.claims.get(path)
            && holder != owner
            && Some(holder.as_str()) != replaces
        {
            return Ok(Claim::Held {
                owner: holder.clone(),
                at_ms: *at_ms,
            });
        }
        state.claims.insert(path.into(), (owner.into(), at_ms));
        Ok(Claim::Granted)
    }

    async fn claimed(&self) -> Result<Vec<String>> {
        Ok(self.state.borrow().claims.keys().cloned().collect())
    }
}

/// An operation whose parts nobody else has.
fn with_own_parts<P: Part>(operation: Operation<P>) -> Result<Operation<P>> {
    Ok(match operation {
        Operation::Put {
            path,
            parts,
            last_access_ms,
        } => Operation::Put {
            path,
            parts: parts.iter().map(Part::copy).collect::<Result<_>>()?,
            last_access_ms,
        },
        other => other,
    })
}

/// A move of nothing is the only thing that can fail now, so it is found before anything is changed.
fn check_moves<P>(data: &HashMap<String, Vec<P>>, operations: &[Operation<P>]) -> Result<()> {
    let mut changed: Vec<(&str, bool, bool)> = Vec::new(); // path, is a prefix, exists
    let exists = |changed: &[(&str, bool, bool)], path: &str| {
        let last = changed
            .iter()
            .rev()
            .find(|(of, prefix, _)| *of == path || (*prefix && path.starts_with(of)));
        last.map_or_else(|| data.contains_key(path), |(_, _, exists)| *exists)
    };
    for operation in operations {
        match operation {
            Operation::Put { path, .. } => changed.push((path, false, true)),
            Operation::Delete { path } => changed.push((path, false, false)),
            Operation::DeletePrefix { prefix } => changed.push((prefix, true, false)),
            Operation::Move { from, to, .. } => {
                if !exists(&changed, from) {
                    return Err(Error::ItemNotFound { path: from.clone() });
                }
                changed.push((from, false, false));
                changed.push((to, false, true));
            }
            Operation::Touch { .. } | Operation::Release { .. } => {}
        }
    }
    Ok(())
}

impl<P: Part> State<P> {
    fn perform(&mut self, operation: Operation<P>) {
        match operation {
            Operation::Put {
                path,
                parts,
                last_access_ms,
            } => self.put(path, parts, last_access_ms),
            Operation::Delete { path } => {
                self.data.remove(&path);
                self.index.apply_record(&Record::Delete { path });
            }
            Operation::DeletePrefix { prefix } => {
                for entry in self.index.list(&prefix, None, usize::MAX) {
                    self.data.remove(&entry.path);
                }
                self.claims.retain(|path, _| !path.starts_with(&prefix));
                self.index.apply_record(&Record::DeletePrefix { prefix });
            }
            Operation::Move {
                from,
                to,
                last_access_ms,
            } => {
                if let Some(parts) = self.data.remove(&from) {
                    self.index.apply_record(&Record::Delete { path: from });
                    self.put(to, parts, last_access_ms);
                }
            }
            Operation::Touch {
                path,
                last_access_ms,
            } => {
                self.index.apply_record(&Record::Touch {
                    path,
                    last_access_ms,
                });
            }
            Operation::Release { path } => {
                self.claims.remove(&path);
            }
        }
    }

    fn put(&mut self, path: String, parts: Vec<P>, last_access_ms: u64) {
        let size = parts.iter().map(Part::nbytes).sum();
        self.index.apply_record(&Record::Put {
            path: path.clone(),
            size,
            last_access_ms,
        });
        self.data.insert(path, parts);
    }
}
