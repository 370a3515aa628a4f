//! A tape as a pickle, op by op: what most values of JavaScript consist of needs no graph. The opcodes
//! are those that [`pickle::write`](crate::pickle::write) gives, except that every string which a tape
//! can refer to is in the memo, not only those which it does refer to.
//!
//! Not here: whatever has to be known before it is written. References, because a graph tells what is
//! referred to; maps and sets, which Python may be unable to hold; objects of Python's and arrays with a
//! dtype, which only come from there; holes; protocols 2 and 3. Nor any error: what is no tape is
//! given up too, and told by who reads it into a graph.

use std::borrow::Cow;

use crate::pickle::opcodes::*;
use crate::pickle::{BATCH, Output, Pickle};
use crate::tape::{self, Input};
use crate::value::{Buffer, Data, Dtype, MAX_DEPTH, NdArray, Node, Order, TYPED_ARRAYS};

/// Of strings that stand in shapes only, so far.
const NO_MEMO: u32 = u32::MAX;

/// The pickle; `None` if the tape has something that is not for this module.
pub(super) fn write(ops: &[u8], text: &[u8], sizes: &[u64], protocol: u8) -> Option<Pickle> {
    let has_references = ops.first()? & tape::HAS_REFERENCES != 0;
    if has_references || protocol < 4 {
        return None;
    }
    let mut writer = Writer {
        input: Input::new(ops, text).ok()?,
        // Numbers take as much room as on the tape, keys two bytes more; growing would copy everything.
        out: Output::new(protocol, text.len() + 2 * ops.len()).ok()?,
        sizes,
        strings: vec![],
        keys: vec![],
        shapes: vec![],
    };
    writer.value(0)?;
    writer.input.is_at_end().then(|| writer.out.finish())
}

/// A string with a number.
struct Numbered<'a> {
    text: &'a [u8],
    memo: u32,
}

struct Writer<'a> {
    input: Input<'a>,
    out: Output,
    sizes: &'a [u64],
    strings: Vec<Numbered<'a>>,
    /// Numbers of the keys of all shapes.
    keys: Vec<u32>,
    /// Which keys are a shape's: the first, and the one after the last.
    shapes: Vec<[u32; 2]>,
}

impl<'a> Writer<'a> {
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.op()? {
            tape::NULL => self.out.op(NONE),
            tape::UNDEFINED => {
                self.out.note(b"undefined").ok()?;
                self.out.op(NONE);
            }
            tape::FALSE => self.out.bool(false),
            tape::TRUE => self.out.bool(true),
            tape::BYTE => {
                let [byte] = self.input.take().ok()?;
                self.out.raw(&[BININT1, byte]);
            }
            tape::INT => {
                let int = i32::from_le_bytes(self.input.take().ok()?);
                self.out.int(int.into());
            }
            tape::FLOAT => {
                let number = f64::from_le_bytes(self.input.take().ok()?);
                self.number(number);
            }
            tape::STR => {
                let number = self.new_string()?;
                self.string(number)?;
            }
            tape::STR_REF => {
                let number = self.input.number().ok()?;
                self.string(number)?;
            }
            tape::OBJECT => self.object(depth)?,
            tape::ARRAY => {
                self.out.op(EMPTY_LIST);
                let n = self.enter(depth)?;
                self.items(n, APPENDS, |writer| writer.value(depth + 1))?;
            }
            tape::SHAPE => {
                self.shape()?;
                // Writers put the object next; other orders are for the graph.
                if self.op()? != tape::OBJECT {
                    return None;
                }
                self.object(depth)?;
            }
            op => self.rare(op, depth)?,
        }
        Some(())
    }

    fn op(&mut self) -> Option<u8> {
        self.input.take().ok().map(|[op]| op)
    }

    /// A container's number of items, if it may stand so deep.
    fn enter(&mut self, depth: usize) -> Option<usize> {
        if depth < MAX_DEPTH {
            self.input.number().ok()
        } else {
            None
        }
    }

    /// The ops that come seldom, or once for many values.
    #[inline(never)]
    fn rare(&mut self, op: u8, depth: usize) -> Option<()> {
        match op {
            tape::STRINGS => {
                self.out.op(EMPTY_LIST);
                let texts = self.texts()?;
                let mut texts = texts.iter();
                self.items(texts.len(), APPENDS, |writer| {
                    writer.out.text(texts.next()?).ok()
                })?;
            }
            tape::INTS => {
                self.out.op(EMPTY_LIST);
                let n = self.input.count(4).ok()?;
                self.input.align();
                self.items(n, APPENDS, |writer| {
                    let int = i32::from_le_bytes(writer.input.take().ok()?);
                    writer.out.int(int.into());
                    Some(())
                })?;
            }
            tape::FLOATS => {
                self.out.op(EMPTY_LIST);
                let n = self.input.count(8).ok()?;
                self.input.align();
                self.items(n, APPENDS, |writer| {
                    let number = f64::from_le_bytes(writer.input.take().ok()?);
                    writer.number(number);
                    Some(())
                })?;
            }
            tape::DICT => {
                self.out.op(EMPTY_DICT);
                if depth >= MAX_DEPTH {
                    return None;
                }
                let keys = self.texts()?;
                let mut keys = keys.iter();
                self.items(keys.len(), SETITEMS, |writer| {
                    writer.out.text(keys.next()?).ok()?;
                    writer.value(depth + 1)
                })?;
            }
            tape::BIGINT => {
                let n = self.input.count(1).ok()?;
                let bytes = self.input.bytes(n);
                self.out.bigint(bytes).ok()?;
            }
            tape::DATE => {
                let ms = f64::from_le_bytes(self.input.take().ok()?);
                self.out.date(ms).ok()?;
            }
            tape::BYTES => {
                let (buffer, content) = self.buffer()?;
                self.out.bytes(buffer, &content).ok()?;
            }
            tape::TYPED => self.typed()?,
            _ => return None,
        }
        Some(())
    }

    /// Writes items in batches, and what adds each batch.
    #[inline]
    fn items(
        &mut self,
        n: usize,
        add: u8,
        mut item: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        let batch = if add == SETITEMS { BATCH / 2 } else { BATCH };
        let mut left = n;
        while left > 0 {
            self.out.op(MARK);
            for _ in 0..left.min(batch) {
                item(self)?;
            }
            self.out.op(add);
            left = left.saturating_sub(batch);
        }
        Some(())
    }

    fn number(&mut self, number: f64) {
        match Node::number(number) {
            Node::Int(int) => self.out.int(int),
            _ => self.out.float(number),
        }
    }

    /// Takes a string's length, and gives the string the next number.
    fn new_string(&mut self) -> Option<usize> {
        let text = self.text()?;
        self.strings.push(Numbered {
            text,
            memo: NO_MEMO,
        });
        Some(self.strings.len() - 1)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let units = self.input.number().ok()?;
        match self.input.string(units).ok()? {
            Cow::Borrowed(text) => Some(text),
            // It begins or ends inside a pair of surrogates.
            Cow::Owned(_) => None,
        }
    }

    /// How many strings, and their lengths.
    fn texts(&mut self) -> Option<Vec<&'a [u8]>> {
        let n = self.input.count(1).ok()?;
        (0..n).map(|_| self.text()).collect()
    }

    /// Writes the string that has this number.
    #[inline]
    fn string(&mut self, number: usize) -> Option<()> {
        let string = self.strings.get_mut(number)?;
        if string.memo == NO_MEMO {
            self.out.text(string.text).ok()?;
            string.memo = self.out.memoize();
        } else {
            self.out.get(string.memo);
        }
        Some(())
    }

    fn shape(&mut self) -> Option<()> {
        let start = self.keys.len() as u32;
        for _ in 0..self.input.number().ok()? {
            let number = match self.op()? {
                tape::STR => self.new_string()?,
                tape::STR_REF => self.input.number().ok()?,
                _ => return None,
            };
            self.keys.push(number as u32);
        }
        self.shapes.push([start, self.keys.len() as u32]);
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.out.op(EMPTY_DICT);
        let shape = self.enter(depth)?;
        let [start, end] = *self.shapes.get(shape)?;
        let mut key = start as usize;
        self.items((end - start) as usize, SETITEMS, |writer| {
            writer.string(writer.keys[key] as usize)?;
            key += 1;
            writer.value(depth + 1)
        })
    }

    /// A buffer's number and what is known of it.
    fn buffer(&mut self) -> Option<(u32, Buffer)> {
        let number = self.input.number().ok()?;
        let len = *self.sizes.get(number)?;
        let content = Buffer {
            len,
            ..Buffer::default()
        };
        Some((number as u32, content))
    }

    fn typed(&mut self) -> Option<()> {
        let &(name, kind, itemsize) = TYPED_ARRAYS.get(usize::from(self.op()?))?;
        let (buffer, content) = self.buffer()?;
        if name == "Uint8ClampedArray" {
            self.out.note(name.as_bytes()).ok()?;
        }
        let array = NdArray {
            dtype: Dtype::native(kind, itemsize),
            shape: vec![content.len / u64::from(itemsize)],
            order: Order::C,
            data: Data::Buffer(buffer),
        };
        self.out.array(&array, buffer, &content).ok()
    }
}
