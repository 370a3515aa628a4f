//! Which results go when there are too many: those that were not used for longest, as whole
//! directories. Pure: no store, no clock.

use super::Entry;

/// What may stay. `None` is no limit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The bytes of all results together.
    pub bytes: Option<u64>,
    /// Their number.
    pub items: Option<u64>,
    /// Results that were last used at this time or before, in ms since 1970, go.
    pub older_than_ms: Option<u64>,
}

/// The results that go until all limits hold, oldest used first; by path where the time is the same.
/// `results` are directories in the order of their paths, with the bytes of all their files.
///
/// A result that `is_claimed` stays, since somebody writes it right now, and counts: others go in its
/// place. Where too many are claimed, a limit may not be reached.
///
/// ```
/// use joblite::store::{Entry, evict::{Limits, choose}};
/// let result = |path: &str, last_access_ms| Entry { path: path.into(), size: 10, last_access_ms };
/// let results = [result("f/0a", 3), result("f/0b", 1), result("f/0c", 2)];
/// let limits = Limits { bytes: Some(15), ..Limits::default() };
/// let gone: Vec<_> = choose(&results, |_| false, &limits).iter().map(|result| &*result.path).collect();
/// assert_eq!(gone, ["f/0b", "f/0c"]);
/// ```
pub fn choose<'a>(
    results: &'a [Entry],
    is_claimed: impl Fn(&str) -> bool,
    limits: &Limits,
) -> Vec<&'a Entry> {
    let size = results
        .iter()
        .fold(0_u64, |sum, result| sum.saturating_add(result.size));
    let over = |limit: Option<u64>, is: u64| is.saturating_sub(limit.unwrap_or(u64::MAX));
    let mut bytes_over = over(limits.bytes, size);
    let mut items_over = over(limits.items, results.len() as u64);
    let mut chosen = Vec::new();
    for i in by_age(results.iter().map(|result| result.last_access_ms)) {
        let result = &results[i];
        let is_old = limits
            .older_than_ms
            .is_some_and(|time| result.last_access_ms <= time);
        if bytes_over == 0 && items_over == 0 && !is_old {
            break;
        }
        if is_claimed(&result.path) {
            continue;
        }
        bytes_over = bytes_over.saturating_sub(result.size);
        items_over = items_over.saturating_sub(1);
        chosen.push(result);
    }
    chosen
}

/// The positions of the times, oldest first, in their order where the time is the same.
pub(super) fn by_age(times: impl Iterator<Item = u64>) -> Vec<usize> {
    let mut order: Vec<(u64, usize)> = times.enumerate().map(|(i, time)| (time, i)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, i)| i).collect()
}
