//! Arrays as joblib writes them, and NumPy's dtypes.

use super::super::ALIGNMENT;
use super::super::opcodes::*;
use super::Cut;
use super::output::{Known, Output};
use crate::Result;
use crate::value::{Buffer, ByteOrder, Dtype, Field, NdArray, Order};

/// Bytes that are written where they belong, if they are here: those of datetimes are only here.
const MAX_INLINE: usize = 255;

impl Output {
    /// The bytes of a buffer: here if they are the engine's own and few, otherwise left out.
    pub(crate) fn cut(&mut self, buffer: u32, held: &Buffer, latin1: bool) {
        if let Some(bytes) = held
            .bytes
            .as_deref()
            .filter(|bytes| bytes.len() <= MAX_INLINE)
        {
            if latin1 {
                let text: String = bytes.iter().copied().map(char::from).collect();
                self.raw(text.as_bytes());
            } else {
                self.raw(bytes);
            }
            return;
        }
        self.pickle.cuts.push(Cut {
            at: self.pickle.bytes.len(),
            buffer,
            latin1,
        });
        self.outside += if latin1 { held.latin1_len() } else { held.len };
    }

    /// A byte string.
    pub(crate) fn bytes(&mut self, buffer: u32, content: &Buffer) -> Result<()> {
        let len = content.len;
        if self.protocol < 3 {
            if len == 0 {
                self.global("builtins", "bytes")?;
                self.raw(&[EMPTY_TUPLE, REDUCE]);
                return Ok(());
            }
            self.global("_codecs", "encode")?;
            self.text_header(content.latin1_len())?;
            self.cut(buffer, content, true);
            return self.end_encode();
        }
        if let Ok(len) = u8::try_from(len) {
            self.raw(&[SHORT_BINBYTES, len]);
        } else if let Ok(len) = u32::try_from(len) {
            self.op(BINBYTES);
            self.raw(&len.to_le_bytes());
        } else {
            self.before_protocol_4("a byte string", len)?;
            self.op(BINBYTES8);
            self.raw(&len.to_le_bytes());
        }
        self.cut(buffer, content, false);
        Ok(())
    }

    /// An array whose content is this buffer.
    pub(crate) fn array(&mut self, array: &NdArray, buffer: u32, content: &Buffer) -> Result<()> {
        self.global("joblib.numpy_pickle", "NumpyArrayWrapper")?;
        self.raw(&[EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK]);
        self.name("subclass")?;
        self.global("numpy", "ndarray")?;
        self.name("shape")?;
        self.shape(&array.shape);
        self.name("order")?;
        self.name(if array.order == Order::C { "C" } else { "F" })?;
        self.name("dtype")?;
        self.dtype(&array.dtype)?;
        self.name("allow_mmap")?;
        self.bool(true);
        self.name("numpy_array_alignment_bytes")?;
        self.int(ALIGNMENT as i64);
        self.raw(&[SETITEMS, BUILD]);
        let position = self.pickle.bytes.len() as u64 + self.outside;
        let padding = ALIGNMENT - (position + 1) % ALIGNMENT;
        self.op(padding as u8);
        (0..padding).for_each(|_| self.op(0xff));
        self.cut(buffer, content, false);
        Ok(())
    }

    pub(super) fn shape(&mut self, shape: &[u64]) {
        self.op(MARK);
        shape.iter().for_each(|&n| self.int(n as i64));
        self.op(TUPLE);
    }

    /// What NumPy's `dtype.__reduce__` says.
    pub(super) fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        match dtype {
            Dtype::Plain {
                kind,
                itemsize,
                byte_order,
                unit,
            } => {
                self.once(Known::Dtype, dtype.name().as_bytes(), |out| {
                    let size = if *kind == b'U' {
                        itemsize / 4
                    } else {
                        *itemsize
                    };
                    let name = format!("{}{size}", char::from(*kind));
                    out.dtype_call(&name)?;
                    out.op(MARK);
                    out.int(if matches!(kind, b'm' | b'M') { 4 } else { 3 });
                    out.name(match byte_order {
                        ByteOrder::Little => "<",
                        ByteOrder::Big => ">",
                        ByteOrder::None => "|",
                    })?;
                    out.raw(&[NONE, NONE, NONE]);
                    // Item size and alignment matter only for kinds of variable size.
                    let variable = b"SUV".contains(kind);
                    out.int(if variable { i64::from(*itemsize) } else { -1 });
                    out.int(if variable {
                        if *kind == b'U' { 4 } else { 1 }
                    } else {
                        -1
                    });
                    out.int(match kind {
                        b'O' => 63,
                        b'U' => 8,
                        _ => 0,
                    });
                    if matches!(kind, b'm' | b'M') {
                        out.unit(unit)?;
                    }
                    out.raw(&[TUPLE, BUILD]);
                    Ok(())
                })
            }
            Dtype::Struct {
                fields,
                itemsize,
                aligned: true,
                ..
            } => self.aligned_dtype(fields, *itemsize),
            Dtype::Struct {
                fields, itemsize, ..
            } => {
                self.dtype_call(&format!("V{itemsize}"))?;
                self.op(MARK);
                self.int(3);
                self.name("|")?;
                self.raw(&[NONE, MARK]);
                for field in fields {
                    self.text(&field.name)?;
                }
                self.raw(&[TUPLE, EMPTY_DICT, MARK]);
                for field in fields {
                    for key in std::iter::once(&field.name).chain(&field.title) {
                        self.text(key)?;
                        self.field(field)?;
                    }
                }
                self.op(SETITEMS);
                self.int(i64::from(*itemsize));
                self.int(1);
                // NumPy believes these flags: 27 says that references have to be counted.
                self.int(if dtype.is_object() { 27 } else { 16 });
                self.raw(&[TUPLE, BUILD]);
                Ok(())
            }
        }
    }

    /// `(dtype, offset)` or `(dtype, offset, title)`.
    fn field(&mut self, field: &Field) -> Result<()> {
        if field.shape.is_empty() {
            self.dtype(&field.dtype)?;
        } else {
            self.subarray(&field.dtype, &field.shape)?;
        }
        self.int(i64::from(field.offset));
        match &field.title {
            Some(title) => {
                self.text(title)?;
                self.op(TUPLE3);
            }
            None => self.op(TUPLE2),
        }
        Ok(())
    }

    /// `numpy.dtype({"names": ..., "formats": ..., "offsets": ..., "titles": ..., "itemsize": ...,
    /// "aligned": True})`. Differs from NumPy: NumPy 1 writes the flag in a state that NumPy 2 reads as
    /// not aligned, and refuses the one that NumPy 2 writes.
    fn aligned_dtype(&mut self, fields: &[Field], itemsize: u32) -> Result<()> {
        self.global("numpy", "dtype")?;
        self.raw(&[EMPTY_DICT, MARK]);
        for key in ["names", "formats", "offsets", "titles"] {
            self.name(key)?;
            self.raw(&[EMPTY_LIST, MARK]);
            for field in fields {
                match (key, &field.title) {
                    ("names", _) => self.text(&field.name)?,
                    ("formats", _) => {
                        self.dtype(&field.dtype)?;
                        if !field.shape.is_empty() {
                            self.shape(&field.shape);
                            self.op(TUPLE2);
                        }
                    }
                    ("offsets", _) => self.int(i64::from(field.offset)),
                    (_, Some(title)) => self.text(title)?,
                    (_, None) => self.op(NONE),
                }
            }
            self.op(APPENDS);
        }
        self.name("itemsize")?;
        self.int(i64::from(itemsize));
        self.name("aligned")?;
        self.raw(&[NEWTRUE, SETITEMS, TUPLE1, REDUCE]);
        Ok(())
    }

    pub(super) fn subarray(&mut self, dtype: &Dtype, shape: &[u64]) -> Result<()> {
        let nbytes = shape
            .iter()
            .fold(u64::from(dtype.itemsize()), |nbytes, &n| {
                nbytes.saturating_mul(n)
            });
        self.dtype_call(&format!("V{nbytes}"))?;
        self.op(MARK);
        self.int(3);
        self.name("|")?;
        self.dtype(dtype)?;
        self.shape(shape);
        self.raw(&[TUPLE2, NONE, NONE]);
        self.int(i64::try_from(nbytes).unwrap_or(i64::MAX));
        self.int(1);
        self.int(if dtype.is_object() { 27 } else { 0 });
        self.raw(&[TUPLE, BUILD]);
        Ok(())
    }

    pub(super) fn dtype_call(&mut self, name: &str) -> Result<()> {
        self.global("numpy", "dtype")?;
        self.name(name)?;
        self.raw(&[NEWFALSE, NEWTRUE, TUPLE3, REDUCE]);
        Ok(())
    }

    /// `(None, (b'ns', 1, 1, 1))`: metadata, then unit, number, denominator, events.
    pub(super) fn unit(&mut self, unit: &str) -> Result<()> {
        let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = unit[..unit.len() - name.len()].parse().unwrap_or(1);
        let name = if name.is_empty() { "generic" } else { name };
        self.raw(&[NONE, MARK]);
        self.short_bytes(name.as_bytes())?;
        self.int(number);
        self.raw(&[BININT1, 1, BININT1, 1, TUPLE, TUPLE2]);
        Ok(())
    }
}
