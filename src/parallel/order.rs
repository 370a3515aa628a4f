//! Which tasks are done, and up to where without a gap.

use std::collections::BTreeMap;

/// The done tasks of a call, as ranges. A task is done once; batches finish in any order.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// All tasks below this one are done.
    prefix: u64,
    /// Done ranges beyond a gap, by their first index; they neither touch nor overlap.
    ahead: BTreeMap<u64, u64>,
    done: u64,
}

impl Order {
    /// How many tasks are done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How many tasks are done before the first that is not.
    pub fn prefix(&self) -> u64 {
        self.prefix
    }

    /// Tasks `first..end` are done; they were not before.
    pub fn complete(&mut self, first: u64, end: u64) {
        debug_assert!(first >= self.prefix && first <= end);
        if first == end {
            return;
        }
        self.done += end - first;
        if first > self.prefix {
            self.insert_ahead(first, end);
            return;
        }
        self.prefix = end;
        while let Some(entry) = self.ahead.first_entry() {
            if *entry.key() > self.prefix {
                break;
            }
            self.prefix = entry.remove();
        }
    }

    /// Joins with the neighbours, so that there are about as many ranges as workers.
    fn insert_ahead(&mut self, mut first: u64, mut end: u64) {
        if let Some((&before, &its_end)) = self.ahead.range(..first).next_back()
            && its_end == first
        {
            first = before;
        }
        if let Some(its_end) = self.ahead.remove(&end) {
            end = its_end;
        }
        self.ahead.insert(first, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_gaps() {
        let mut order = Order::default();
        order.complete(4, 6);
        order.complete(8, 9);
        order.complete(6, 8);
        assert_eq!((order.prefix(), order.done(), order.ahead.len()), (0, 5, 1));
        order.complete(0, 3);
        assert_eq!(order.prefix(), 3);
        order.complete(3, 4);
        assert_eq!((order.prefix(), order.done()), (9, 9));
    }
}
