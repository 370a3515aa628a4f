//! The store's metadata format and its reference implementation: what is read is what was written,
//! damage is a typed error, and a log can be applied again.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use joblite::Error;
use joblite::store::evict::{Limits, choose};
use joblite::store::index::{Growth, Index};
use joblite::store::segment::{Record, Segment, Writer, decode};
use joblite::store::{Claim, Durability, Entry, MemStore, Operation, Store};
use proptest::collection::vec;
use proptest::prelude::*;

/// A future of `MemStore` is ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the memory store waits for nothing"),
    }
}

/// Paths that often share a start, some with characters of several bytes.
fn path() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![
            "[abc]",
            Just("/".into()),
            Just("é".into()),
            Just("𝄞".into())
        ],
        1..5,
    )
    .prop_map(|parts| parts.concat())
}

fn record() -> impl Strategy<Value = Record> {
    prop_oneof![
        (path(), any::<u64>(), any::<u64>()).prop_map(|(path, size, last_access_ms)| Record::Put {
            path,
            size: size >> 8,
            last_access_ms
        }),
        path().prop_map(|path| Record::Delete { path }),
        path().prop_map(|prefix| Record::DeletePrefix { prefix }),
        (path(), any::<u64>()).prop_map(|(path, last_access_ms)| Record::Touch {
            path,
            last_access_ms
        }),
    ]
}

fn encode(snapshot: bool, records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(snapshot);
    records.iter().for_each(|record| writer.push(record));
    writer.finish()
}

fn is_corrupt(bytes: &[u8]) -> bool {
    decode(bytes).is_err_and(|error| error.code() == "CORRUPT_DATA")
}

fn index_of(records: &[Record]) -> Index {
    let mut index = Index::default();
    records.iter().for_each(|record| index.apply_record(record));
    index
}

proptest! {
    #[test]
    fn a_segment_is_read_as_it_was_written(snapshot: bool, records in vec(record(), 0..20)) {
        prop_assert_eq!(decode(&encode(snapshot, &records))?, Segment { snapshot, records });
    }

    #[test]
    fn damage_is_a_typed_error(records in vec(record(), 0..8), at: prop::sample::Index, flip in 1u8..) {
        let mut bytes = encode(false, &records);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // The flags are the one byte that may be another: bit 0 is a snapshot, the rest is reserved.
        if at == 4 {
            prop_assert_eq!(decode(&bytes)?.snapshot, flip & 1 == 1);
        } else {
            prop_assert!(is_corrupt(&bytes));
        }
        prop_assert!(is_corrupt(&bytes[..at]) || at == 9);
    }

    #[test]
    fn any_records_with_a_right_checksum_are_read_or_refused(body in vec(any::<u8>(), 0..64)) {
        let mut bytes = encode(false, &[]);
        bytes.extend_from_slice(&body);
        bytes[5..9].copy_from_slice(&blake3::hash(&body).as_bytes()[..4]);
        match decode(&bytes) {
            Ok(_) => {}
            Err(Error::CorruptData { offset, .. }) => prop_assert!(offset <= bytes.len() as u64),
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    #[test]
    fn records_of_a_kind_that_is_not_known_are_skipped(records in vec(record(), 0..8), kind in 5u8.., body in vec(any::<u8>(), 0..40)) {
        let mut bytes = encode(false, &records);
        bytes.extend_from_slice(&[kind, body.len() as u8]);
        bytes.extend_from_slice(&body);
        let checksum = blake3::hash(&bytes[9..]);
        bytes[5..9].copy_from_slice(&checksum.as_bytes()[..4]);
        prop_assert_eq!(decode(&bytes)?.records, records);
    }

    #[test]
    fn an_index_is_its_snapshot(records in vec(record(), 0..30)) {
        let index = index_of(&records);
        let mut again = index_of(&[Record::Put { path: "void".into(), size: 1, last_access_ms: 1 }]);
        for segment in index.to_segments() {
            again.apply(&decode(&segment)?);
        }
        prop_assert_eq!(again, index);
    }

    #[test]
    fn a_log_applied_again_changes_nothing(records in vec(record(), 0..30), from: prop::sample::Index) {
        let index = index_of(&records);
        let from = if records.is_empty() { 0 } else { from.index(records.len()) };
        let again: Vec<Record> = records.iter().chain(&records[from..]).cloned().collect();
        prop_assert_eq!(index_of(&again), index);
    }
}

#[test]
fn a_put_of_an_older_time_counts_and_a_touch_of_one_does_not() {
    let put = |last_access_ms| Record::Put {
        path: "a".into(),
        size: 1,
        last_access_ms,
    };
    let touch = |last_access_ms| Record::Touch {
        path: "a".into(),
        last_access_ms,
    };
    let time = |records: &[Record]| index_of(records).list("", None, 9)[0].last_access_ms;
    assert_eq!(time(&[put(5), put(3)]), 3);
    assert_eq!(time(&[put(5), touch(3)]), 5);
    assert_eq!(time(&[put(5), touch(7)]), 7);
    assert!(
        index_of(&[touch(7)]).list("", None, 9).is_empty(),
        "a touch creates nothing"
    );
}

#[test]
fn a_snapshot_is_written_once_it_pays() {
    let mut growth = Growth::default();
    growth.add(true, 100_000);
    (0..255).for_each(|_| growth.add(false, 1000));
    assert!(!growth.wants_snapshot(), "few segments are read fast");
    growth.add(false, 1000);
    assert!(growth.wants_snapshot());
    let mut large = Growth::default();
    large.add(true, 100_000_000);
    (0..4095).for_each(|_| large.add(false, 100));
    assert!(
        !large.wants_snapshot(),
        "a large snapshot is not rewritten for little"
    );
    large.add(false, 100);
    assert!(large.wants_snapshot(), "but for many segments");
}

type Model = BTreeMap<String, (Vec<u8>, u64)>;

fn operation() -> impl Strategy<Value = Operation<Vec<u8>>> {
    let small = || prop_oneof!["[ab]", "[ab]/[ab]"];
    prop_oneof![
        4 => (small(), vec(vec(any::<u8>(), 0..4), 0..3), 0u64..9).prop_map(|(path, parts, last_access_ms)| {
            Operation::Put { path, parts, last_access_ms }
        }),
        1 => small().prop_map(|path| Operation::Delete { path }),
        1 => small().prop_map(|prefix| Operation::DeletePrefix { prefix }),
        2 => (small(), small(), 0u64..9)
            .prop_map(|(from, to, last_access_ms)| Operation::Move { from, to, last_access_ms }),
        1 => (small(), 0u64..9).prop_map(|(path, last_access_ms)| Operation::Touch { path, last_access_ms }),
    ]
}

/// What a commit does, said as plainly as possible.
fn perform(model: &Model, operations: &[Operation<Vec<u8>>]) -> Option<Model> {
    let mut model = model.clone();
    for operation in operations.iter().cloned() {
        match operation {
            Operation::Put {
                path,
                parts,
                last_access_ms,
            } => {
                model.insert(path, (parts.concat(), last_access_ms));
            }
            Operation::Delete { path } => {
                model.remove(&path);
            }
            Operation::DeletePrefix { prefix } => {
                model.retain(|path, _| !path.starts_with(&prefix))
            }
            Operation::Move {
                from,
                to,
                last_access_ms,
            } => {
                let (content, _) = model.remove(&from)?;
                model.insert(to, (content, last_access_ms));
            }
            Operation::Touch {
                path,
                last_access_ms,
            } => {
                if let Some((_, last)) = model.get_mut(&path) {
                    *last = last_access_ms.max(*last);
                }
            }
            Operation::Release { .. } => {}
        }
    }
    Some(model)
}

proptest! {
    #[test]
    fn the_memory_store_does_all_of_a_commit_or_nothing(commits in vec(vec(operation(), 0..5), 0..8)) {
        let store = MemStore::new();
        let mut model = Model::new();
        for operations in commits {
            let performed = perform(&model, &operations);
            let committed = now(store.commit(operations, Durability::Relaxed));
            match performed {
                Some(changed) => {
                    committed?;
                    model = changed;
                }
                None => prop_assert!(committed.is_err_and(|error| error.code() == "ITEM_NOT_FOUND")),
            }
            for (path, (content, _)) in &model {
                prop_assert_eq!(now(store.read(path))?.map(|parts| parts.concat()), Some(content.clone()));
            }
            let listed: Vec<_> = now(store.list("", None, 99))?.into_iter().map(|e| (e.path, e.size, e.last_access_ms)).collect();
            let expected: Vec<_> = model.iter().map(|(path, (content, last))| (path.clone(), content.len() as u64, *last)).collect();
            prop_assert_eq!(listed, expected);
            let below = |prefix: &str| model.iter().filter(|(path, _)| path.starts_with(prefix)).count() as u64;
            prop_assert_eq!(now(store.totals("a/"))?.count, below("a/"));
            let mut by_age: Vec<_> = model.iter().map(|(path, (_, last))| (*last, path.clone())).collect();
            by_age.sort();
            by_age.truncate(2);
            let oldest: Vec<_> = now(store.oldest("", 2))?.into_iter().map(|e| (e.last_access_ms, e.path)).collect();
            prop_assert_eq!(oldest, by_age);
        }
    }
}

#[test]
fn pages_of_a_list_follow_one_another() {
    let store = MemStore::<Vec<u8>>::new();
    let put = |path: &str| Operation::Put {
        path: path.into(),
        parts: vec![],
        last_access_ms: 0,
    };
    now(store.commit(
        ["a", "b/1", "b/2", "b/3", "c"].map(put).into(),
        Durability::Relaxed,
    ))
    .expect("puts");
    let page = |after: Option<&str>| {
        let entries = now(store.list("b/", after, 2)).expect("lists");
        entries
            .into_iter()
            .map(|entry| entry.path)
            .collect::<Vec<_>>()
    };
    assert_eq!(page(None), ["b/1", "b/2"]);
    assert_eq!(page(Some("b/2")), ["b/3"]);
    assert!(page(Some("b/3")).is_empty());
    assert_eq!(page(Some("a")), ["b/1", "b/2"]);
}

#[test]
fn one_claims_the_others_wait_and_a_gone_one_is_replaced() {
    let store = MemStore::<Vec<u8>>::new();
    let claim =
        |owner: &str, at, replaces| now(store.claim("a", owner, at, replaces)).expect("claims");
    let held = |owner: &str, at_ms| Claim::Held {
        owner: owner.into(),
        at_ms,
    };
    assert_eq!(claim("one", 1, None), Claim::Granted);
    assert_eq!(claim("two", 2, None), held("one", 1));
    assert_eq!(claim("two", 2, Some("three")), held("one", 1));
    assert_eq!(claim("two", 2, Some("one")), Claim::Granted);
    assert_eq!(claim("three", 3, Some("one")), held("two", 2));
    let release = Operation::Release { path: "a".into() };
    now(store.commit(vec![release], Durability::Relaxed)).expect("releases");
    assert_eq!(claim("three", 3, None), Claim::Granted);
    let clear = Operation::DeletePrefix { prefix: "".into() };
    now(store.commit(vec![clear], Durability::Relaxed)).expect("clears");
    assert_eq!(claim("four", 4, None), Claim::Granted);
    let put = Operation::Put {
        path: "a".into(),
        parts: vec![vec![1]],
        last_access_ms: 4,
    };
    now(store.commit(vec![put], Durability::Relaxed)).expect("puts");
    assert_eq!(claim("one", 5, None), Claim::Present);
}

/// Results by path, most of them of few times.
fn results() -> impl Strategy<Value = Vec<Entry>> {
    vec((0u64..50, 0u64..6), 0..12).prop_map(|facts| {
        let result = |(i, (size, last_access_ms)): (usize, (u64, u64))| Entry {
            path: format!("c/joblib/f/{i:02}"),
            size,
            last_access_ms,
        };
        facts.into_iter().enumerate().map(result).collect()
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let limit = |most| proptest::option::of(0u64..most);
    (limit(300), limit(12), limit(7)).prop_map(|(bytes, items, older_than_ms)| Limits {
        bytes,
        items,
        older_than_ms,
    })
}

/// joblib's rule, said as plainly as possible: the oldest one goes for as long as a limit is broken.
fn evict_one_by_one<'a>(results: &'a [Entry], claimed: &[bool], limits: &Limits) -> Vec<&'a Entry> {
    let mut left: Vec<(&Entry, bool)> = results.iter().zip(claimed.iter().copied()).collect();
    let mut gone = Vec::new();
    loop {
        let size: u64 = left.iter().map(|(result, _)| result.size).sum();
        let full = limits.bytes.is_some_and(|limit| size > limit)
            || limits.items.is_some_and(|limit| left.len() as u64 > limit);
        let is_old = |result: &Entry| {
            limits
                .older_than_ms
                .is_some_and(|time| result.last_access_ms <= time)
        };
        let free = left.iter().enumerate().filter(|(_, (_, claimed))| !claimed);
        let oldest = free.min_by_key(|(_, (result, _))| (result.last_access_ms, &result.path));
        match oldest {
            Some((i, (result, _))) if full || is_old(result) => {
                gone.push(*result);
                left.remove(i);
            }
            _ => return gone,
        }
    }
}

proptest! {
    #[test]
    fn the_oldest_go_until_the_limits_hold(results in results(), limits in limits(), claims in vec(any::<bool>(), 12)) {
        let is_claimed = |path: &str| results.iter().position(|result| result.path == path).is_some_and(|i| claims[i]);
        let chosen = choose(&results, is_claimed, &limits);
        prop_assert_eq!(&chosen, &evict_one_by_one(&results, &claims, &limits));
        prop_assert!(chosen.iter().all(|result| !is_claimed(&result.path)));
    }

    #[test]
    fn without_a_limit_nothing_goes(results in results()) {
        prop_assert!(choose(&results, |_| false, &Limits::default()).is_empty());
    }
}

#[test]
fn sizes_that_no_disk_has_are_counted_without_overflow() {
    let result = |path: &str| Entry {
        path: path.into(),
        size: u64::MAX,
        last_access_ms: 0,
    };
    let results = [result("f/0a"), result("f/0b")];
    let limits = Limits {
        bytes: Some(1),
        ..Limits::default()
    };
    assert!(!choose(&results, |_| false, &limits).is_empty());
}

#[test]
fn claims_are_named_until_they_are_released() {
    let store = MemStore::<Vec<u8>>::new();
    for path in ["a", "b"] {
        now(store.claim(path, "me", 1, None)).expect("claims");
    }
    let release = Operation::Release { path: "a".into() };
    now(store.commit(vec![release], Durability::Relaxed)).expect("releases");
    assert_eq!(now(store.claimed()).expect("claims"), ["b"]);
}
