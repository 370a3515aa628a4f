//! The order in which joblib hashes the keys of a dictionary and the items of a set: Python's own, or
//! that of their hashes where Python cannot order them.

use std::cmp::Ordering;

use crate::value::{Graph, Node, NodeId, check_depth, shortest};
use crate::{Error, Result};

/// What Python orders by.
#[derive(Debug, Clone)]
pub(super) enum Key<'a> {
    None,
    Int(i64),
    /// Beyond 64 bits: shortest two's complement, little endian.
    Long(&'a [u8]),
    Float(f64),
    /// Generalised UTF-8, whose order is that of the code points.
    Str(&'a [u8]),
    Bytes(&'a [u8]),
    Tuple(Vec<Key<'a>>),
    /// Milliseconds.
    Date(f64),
}

/// Why a value is no key.
pub(super) enum NoKey {
    Reason(&'static str),
    Error(Error),
}

impl From<Error> for NoKey {
    fn from(error: Error) -> Self {
        NoKey::Error(error)
    }
}

const UNHASHABLE: &str = "Python can have only None, booleans, numbers, strings, bytes, datetimes and tuples as keys and in sets";

/// Reads a key. `budget` is how many more values may be looked at: shared tuples hold exponentially many.
pub(super) fn key_of<'a>(
    graph: &'a Graph,
    id: NodeId,
    depth: usize,
    budget: &mut usize,
) -> Result<Key<'a>, NoKey> {
    *budget = budget
        .checked_sub(1)
        .ok_or(NoKey::Reason("its keys share too many tuples"))?;
    Ok(match graph.node(id) {
        Node::None => Key::None,
        Node::Bool(value) => Key::Int(i64::from(value)),
        Node::Int(value) => Key::Int(value),
        Node::Float(value) => Key::Float(value),
        Node::Str(span) => Key::Str(graph.text(span)),
        Node::Date(ms) => Key::Date(ms),
        Node::BigInt(span) => {
            let bytes = shortest(graph.text(span));
            match crate::value::small_int(bytes) {
                Some(value) => Key::Int(value),
                None => Key::Long(bytes),
            }
        }
        Node::Bytes(_) => Key::Bytes(
            graph
                .bytes(id)
                .ok_or(NoKey::Reason("the bytes of a key are not here"))?,
        ),
        Node::Tuple(span) => {
            check_depth(depth, 0)?;
            let items = graph.items(span).iter();
            Key::Tuple(
                items
                    .map(|&item| key_of(graph, item, depth + 1, budget))
                    .collect::<Result<_, _>>()?,
            )
        }
        _ => return Err(NoKey::Reason(UNHASHABLE)),
    })
}

/// The byte strings among the keys and items of a graph, whose content decides their order.
pub(super) fn key_buffers(graph: &Graph) -> Vec<u32> {
    let mut seen = vec![false; graph.len()];
    let mut todo = Vec::new();
    for id in 0..graph.len() as NodeId {
        match graph.node(id) {
            Node::Map(span) => todo.extend(graph.items(span).iter().step_by(2)),
            Node::Set(span) => todo.extend(graph.items(span)),
            _ => {}
        }
    }
    let mut buffers = Vec::new();
    while let Some(id) = todo.pop() {
        if std::mem::replace(&mut seen[id as usize], true) {
            continue;
        }
        match graph.node(id) {
            Node::Bytes(buffer) => buffers.push(buffer),
            Node::Tuple(span) => todo.extend(graph.items(span)),
            _ => {}
        }
    }
    buffers
}

/// How keys compare, and what came up meanwhile.
#[derive(Default)]
pub(super) struct Comparison {
    /// Two that Python refuses to order: a `TypeError`.
    pub unorderable: bool,
    /// A NaN, by which the order depends on the algorithm.
    pub nan: bool,
    /// Two that are one key in Python.
    pub equal: bool,
}

impl Comparison {
    /// Sorts keys with what belongs to them.
    ///
    /// Python's sort raises its `TypeError` only where it happens to compare two that it cannot order.
    /// That does not depend on the algorithm: kinds in any order would be a total order, and a sort that
    /// never compared keys of two kinds side by side could not tell their two orders apart.
    pub fn sort<T>(&mut self, keys: &mut [(Key<'_>, T)]) {
        keys.sort_by(|(a, _), (b, _)| self.compare(a, b));
    }

    pub fn compare(&mut self, a: &Key, b: &Key) -> Ordering {
        let ordering = self.order(a, b);
        self.equal |= ordering == Ordering::Equal;
        ordering
    }

    fn order(&mut self, a: &Key, b: &Key) -> Ordering {
        use Key::*;
        match (a, b) {
            (Int(a), Int(b)) => a.cmp(b),
            (Str(a), Str(b)) | (Bytes(a), Bytes(b)) => a.cmp(b),
            (Date(a), Date(b)) => a.total_cmp(b),
            (None, None) => Ordering::Equal,
            (Tuple(a), Tuple(b)) => {
                let unequal = a
                    .iter()
                    .zip(b)
                    .map(|(a, b)| self.order(a, b))
                    .find(|ordering| ordering.is_ne());
                unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ if kind(a) == kind(b) => self.numbers(a, b),
            _ => {
                self.unorderable = true;
                kind(a).cmp(&kind(b))
            }
        }
    }

    /// Integers of any size and floats, exactly.
    fn numbers(&mut self, a: &Key, b: &Key) -> Ordering {
        let (Some((a, a_rest)), Some((b, b_rest))) = (floor_of(a), floor_of(b)) else {
            return self.with_infinities(a, b);
        };
        compare_integers(&a, &b).then(a_rest.total_cmp(&b_rest))
    }

    fn with_infinities(&mut self, a: &Key, b: &Key) -> Ordering {
        let rank = |key: &Key| match key {
            Key::Float(value) if value.is_infinite() => value.signum(),
            Key::Float(value) if value.is_nan() => f64::NAN,
            _ => 0.0,
        };
        let (a, b) = (rank(a), rank(b));
        self.nan |= a.is_nan() || b.is_nan();
        a.total_cmp(&b)
    }
}

fn kind(key: &Key) -> u8 {
    match key {
        Key::None => 0,
        Key::Int(_) | Key::Long(_) | Key::Float(_) => 1,
        Key::Str(_) => 2,
        Key::Bytes(_) => 3,
        Key::Tuple(_) => 4,
        Key::Date(_) => 5,
    }
}

/// The largest integer that is not greater, in shortest two's complement, and what is left of it;
/// nothing for infinities and NaN.
fn floor_of(key: &Key) -> Option<(Vec<u8>, f64)> {
    match *key {
        Key::Int(value) => Some((shortest(&value.to_le_bytes()).to_vec(), 0.0)),
        Key::Long(bytes) => Some((bytes.to_vec(), 0.0)),
        Key::Float(value) if value.is_finite() => {
            let floor = value.floor();
            if floor.abs() < 9.0e18 {
                let int = floor as i64;
                return Some((shortest(&int.to_le_bytes()).to_vec(), value - floor));
            }
            // A whole number: 53 bits, shifted.
            let bits = value.to_bits();
            let exponent = (bits >> 52 & 0x7ff) as usize - 1075;
            let mantissa = ((bits & ((1 << 52) - 1)) | 1 << 52) as i128;
            let signed = if value < 0.0 { -mantissa } else { mantissa };
            let mut bytes = vec![0; exponent / 8];
            bytes.extend((signed << (exponent % 8)).to_le_bytes());
            Some((shortest(&bytes).to_vec(), 0.0))
        }
        _ => None,
    }
}

/// Shortest two's complements, little endian.
fn compare_integers(a: &[u8], b: &[u8]) -> Ordering {
    let negative = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    match (negative(a), negative(b)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (sign, _) => {
            let by_length = a.len().cmp(&b.len());
            let by_length = if sign { by_length.reverse() } else { by_length };
            by_length.then_with(|| a.iter().rev().cmp(b.iter().rev()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_exactly() {
        let long = |value: i128| -> Vec<u8> { shortest(&value.to_le_bytes()).to_vec() };
        let (big, bigger, low) = (long(1 << 90), long((1 << 90) + 1), long(-(1 << 70) - 1));
        let ascending = [
            Key::Float(f64::NEG_INFINITY),
            Key::Float(-1e300),
            Key::Long(&low),
            Key::Float(-((1u128 << 70) as f64)),
            Key::Int(i64::MIN),
            Key::Float(-1.5),
            Key::Int(-1),
            Key::Float(-0.5),
            Key::Int(0),
            Key::Float(0.25),
            Key::Float(9007199254740992.0),
            Key::Int(9007199254740993),
            Key::Float(9.3e18),
            Key::Long(&big),
            Key::Long(&bigger),
            Key::Float(1e300),
            Key::Float(f64::INFINITY),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let mut comparison = Comparison::default();
                assert_eq!(comparison.compare(a, b), i.cmp(&j), "{a:?} {b:?}");
                assert!(!comparison.nan && !comparison.unorderable);
            }
        }
        let mut comparison = Comparison::default();
        comparison.compare(&Key::Float(-0.0), &Key::Int(0));
        assert!(comparison.equal);
        comparison.compare(&Key::Float(f64::NAN), &Key::Int(0));
        assert!(comparison.nan);
    }
}
