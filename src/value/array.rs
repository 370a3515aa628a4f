//! n-dimensional arrays: a description and a buffer.

use super::{ByteOrder, Dtype, Span};

/// In which order the elements lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Row-major.
    C,
    /// Column-major.
    F,
}

/// Where the elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// Index into [`super::Graph::buffers`].
    Buffer(u32),
    /// The elements of an array of dtype `object`, as nodes, in C order whatever the array's is.
    Objects(Span),
}

/// An array: what its elements are, how many along each axis, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct NdArray {
    /// Type of an element.
    pub dtype: Dtype,
    /// Elements along each axis; empty for a single element.
    pub shape: Vec<u64>,
    /// Order in memory.
    pub order: Order,
    /// The elements.
    pub data: Data,
}

/// JavaScript's typed arrays in the order in which the tape numbers them, with NumPy's kind and item size.
pub const TYPED_ARRAYS: [(&str, u8, u32); 12] = [
    ("Int8Array", b'i', 1),
    ("Uint8Array", b'u', 1),
    ("Uint8ClampedArray", b'u', 1),
    ("Int16Array", b'i', 2),
    ("Uint16Array", b'u', 2),
    ("Int32Array", b'i', 4),
    ("Uint32Array", b'u', 4),
    ("Float32Array", b'f', 4),
    ("Float64Array", b'f', 8),
    ("BigInt64Array", b'i', 8),
    ("BigUint64Array", b'u', 8),
    ("Float16Array", b'f', 2),
];

impl NdArray {
    /// Number of elements, if it can be counted.
    pub fn count(&self) -> Option<u64> {
        self.shape
            .iter()
            .try_fold(1u64, |count, &n| count.checked_mul(n))
    }

    /// Bytes of its elements, if they can be counted.
    pub fn nbytes(&self) -> Option<u64> {
        self.count()?.checked_mul(u64::from(self.dtype.itemsize()))
    }

    /// Which of [`TYPED_ARRAYS`] holds this array as it is: one dimension, native byte order.
    pub fn typed(&self) -> Option<usize> {
        let Dtype::Plain {
            kind,
            itemsize,
            byte_order,
            ..
        } = &self.dtype
        else {
            return None;
        };
        if self.shape.len() != 1 || *byte_order == ByteOrder::Big {
            return None;
        }
        TYPED_ARRAYS
            .iter()
            .position(|&(_, k, size)| k == *kind && size == *itemsize)
    }
}
