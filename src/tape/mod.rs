//! The tape: the form in which a value crosses between JavaScript and the engine.
//!
//! Three things make one value: `ops`, described below; the text of all strings, joined in the order
//! in which they are met and cut by their lengths in UTF-16 code units; and a list of buffers, which
//! never come here, only their lengths do. `src/ts/values/ops.ts` has the same numbers; the
//! walker and the builder there are the other side. A tape is never stored: both sides are of one build.
//!
//! `ops` begins with a byte of flags ([`HAS_REFERENCES`]), then one value. A value is an op and what
//! the table says; `n` is a LEB128 number, `value` a whole value. Every op marked * counts as a
//! container, numbered from 0 in the order in which they begin; `REF` names one by that number.
//!
//! | op | then |
//! |---|---|
//! | `NULL` `UNDEFINED` `FALSE` `TRUE` | |
//! | `BYTE` `INT` `FLOAT` | u8, i32, f64 |
//! | `STR` | length n; the string gets the next string number |
//! | `STR_REF` | string number n |
//! | `ARRAY`* `TUPLE`* `SET`* `MAP`* | n, then n values, for `MAP` n keys and values in turn |
//! | `HOLES` | n; stands for n items, only in an `ARRAY` |
//! | `SHAPE` | n, then n keys (`STR` or `STR_REF`): the next shape; the value follows |
//! | `OBJECT`* | shape n, then a value for each key |
//! | `DICT`* | n, n string lengths as in `STRINGS`, n values: an object without a shape |
//! | `STRINGS`* | n, then n lengths; these strings get no numbers |
//! | `INTS`* `FLOATS`* | n, zeros up to a multiple of 8, then n times i32 or f64 |
//! | `REF` | n |
//! | `DATE`* | f64, milliseconds |
//! | `BIGINT` | n, then n bytes, two's complement |
//! | `BYTES`* | buffer n |
//! | `TYPED`* | u8 ([`crate::value::TYPED_ARRAYS`]), buffer n |
//! | `NDARRAY`* | u8: 1 if the order is F, buffer n; values: dtype, shape |
//! | `OBJECTS`* | u8: 1 if the order is F; values: shape, list of elements in C order: an array of dtype object |
//! | `RECORDS`* | u8: 1 if the order is F; values: dtype, shape, list of elements in C order: an array of records with objects in them |
//! | `PYOBJECT`* | u8: 0 global, 1 call, 2 new; values: module, name, args, state, list items, dict items; with 4 added also callable, kwargs, state setter |
//! | `FROZENSET`* | n, then n values: `builtins.frozenset([...])`; the engine writes a `PYOBJECT` |
//! | `DATETIME`* | f64, milliseconds of the instant; values: microseconds beyond them, fold, time zone: `datetime.datetime`; the engine writes a `PYOBJECT` |
//! | `NOTE`* | kind (`STR` or `STR_REF`), value |
//!
//! Numbers are little endian.

mod input;
mod read;
mod write;

pub(crate) use input::Input;
pub use read::read;
pub use write::{Tape, TextBlock, write};

/// Flag: there are `REF`s, so that a builder has to number containers.
pub const HAS_REFERENCES: u8 = 1;

/// UTF-16 code units in a block of text: slices of a decoded block keep all of it alive.
pub const BLOCK_UNITS: usize = 1 << 20;

/// Holes in one value.
pub const MAX_HOLES: usize = 1 << 20;

macro_rules! ops {
    ($($name:ident = $number:literal),* $(,)?) => { $(pub(crate) const $name: u8 = $number;)* };
}

ops! {
    NULL = 0, UNDEFINED = 1, FALSE = 2, TRUE = 3, BYTE = 4, INT = 5, FLOAT = 6, STR = 7, STR_REF = 8,
    ARRAY = 9, OBJECT = 10, SHAPE = 11, REF = 12, STRINGS = 13, INTS = 14, FLOATS = 15, DICT = 16,
    MAP = 17, SET = 18, DATE = 19, BIGINT = 20, BYTES = 21, TYPED = 22, NDARRAY = 23, TUPLE = 24,
    HOLES = 25, PYOBJECT = 26, NOTE = 27, OBJECTS = 28, RECORDS = 29, FROZENSET = 30, DATETIME = 31,
}

/// Added to what makes a `PYOBJECT` if it has a callable, keyword arguments or a state setter.
const EXTENDED: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Graph, Node};

    fn round_trip(graph: &Graph) -> Graph {
        let tape = write(graph).expect("writes");
        let sizes: Vec<u64> = tape
            .buffers
            .iter()
            .map(|&index| graph.buffers[index as usize].len)
            .collect();
        read(&tape.ops, &tape.text, &sizes).expect("reads")
    }

    #[test]
    fn shared_references_and_cycles_survive() {
        let mut graph = Graph::default();
        let key = graph.push_str("schlüssel".as_bytes());
        let shared = graph.push_list(&[]);
        let root = graph.push(Node::None);
        let span = graph.push_items(&[key, shared, key, root]);
        let object = graph.push(Node::Dict(span));
        let span = graph.push_items(&[shared, object]);
        graph.set(root, Node::List(span));
        graph.root = root;
        let read = round_trip(&graph);
        let [shared, object] = *read.children(read.root) else {
            panic!("two items")
        };
        assert_eq!(read.children(object)[1], shared);
        assert_eq!(read.children(object)[3], read.root);
        assert_eq!(
            read.str(read.children(object)[0]),
            Some("schlüssel".as_bytes())
        );
    }

    #[test]
    fn runs_of_numbers_and_strings() {
        let mut graph = Graph::default();
        let ints: Vec<_> = (0..20).map(|i| graph.push(Node::Int(i - 10))).collect();
        let floats: Vec<_> = (0..20)
            .map(|i| graph.push(Node::Float(f64::from(i) + 0.5)))
            .collect();
        let words: Vec<_> = (0..20)
            .map(|i| graph.push_str(format!("w{i}").as_bytes()))
            .collect();
        let lists = [
            graph.push_list(&ints),
            graph.push_list(&floats),
            graph.push_list(&words),
        ];
        graph.root = graph.push_list(&lists);
        let read = round_trip(&graph);
        let lists = read.children(read.root);
        assert_eq!(read.node(read.children(lists[0])[3]), Node::Int(-7));
        assert_eq!(read.node(read.children(lists[1])[3]), Node::Float(3.5));
        assert_eq!(read.str(read.children(lists[2])[19]), Some(&b"w19"[..]));
    }

    #[test]
    fn a_pair_of_surrogates_cut_in_two() {
        // Two strings, each half of a pair, joined in one block that is well formed.
        let ops = [0, ARRAY, 2, STR, 1, STR, 1];
        let graph = read(&ops, "😀".as_bytes(), &[]).expect("reads");
        let items = graph.children(graph.root);
        assert_eq!(graph.str(items[0]), Some(&b"\xed\xa0\xbd"[..]));
        assert_eq!(graph.str(items[1]), Some(&b"\xed\xb8\x80"[..]));
    }

    #[test]
    fn damaged_tapes_are_errors() {
        for ops in [
            &[][..],
            &[0],
            &[0, ARRAY, 200],
            &[0, REF, 0],
            &[0, 99],
            &[0, OBJECT, 1],
            &[0, BYTES, 0],
            &[0, NULL, NULL],
        ] {
            assert!(read(ops, b"", &[]).is_err(), "{ops:?}");
        }
        assert!(read(&[0, HOLES, 5], b"", &[]).is_err());
        assert!(read(&[0, INTS, 255, 255, 255, 255, 127], b"", &[]).is_err());
    }
}
