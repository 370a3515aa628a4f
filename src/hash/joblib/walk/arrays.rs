//! Arrays and their dtypes.

use super::super::{Cut, dtypes};
use super::Walker;
use crate::Result;
use crate::pickle::opcodes::*;
use crate::value::{Dtype, Field, NdArray, NodeId, Order};

impl Walker<'_> {
    fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        if dtypes::has_titles(dtype) {
            return self.unsupported("a dtype of fields with titles");
        }
        let Some(pickle) = dtypes::dumps(dtype, self.protocol) else {
            return self.unsupported("a dtype of so many fields");
        };
        self.before.bytes.extend_from_slice(b"_HASHED_DTYPE");
        self.before.bytes.extend(pickle);
        self.check_size()
    }

    /// `(numpy.ndarray, ("HASHED", dtype, shape, strides))`.
    pub(super) fn array(&mut self, array: &NdArray, buffer: u32) -> Result<()> {
        if array.dtype.is_object() {
            return self.unsupported("records that hold objects");
        }
        if array.shape.is_empty() && has_padding(&array.dtype) {
            // joblib flattens it, and NumPy copies fields only.
            return self
                .unsupported("joblib hashes the padding of a single record as it happens to be");
        }
        let at = self.before.bytes.len();
        self.before.cuts.push(Cut { at, buffer });
        self.count(buffer)?;
        self.class("numpy\nndarray\n");
        self.op(MARK);
        self.text(b"HASHED")?;
        self.dtype(&array.dtype)?;
        self.tuple_of_ints(array.shape.iter().copied());
        self.tuple_of_ints(strides(array).into_iter());
        self.op(TUPLE);
        self.put();
        self.op(TUPLE2);
        self.put();
        Ok(())
    }

    /// What NumPy's own `__reduce__` says, but that joblib replaces the built-in `_reconstruct`.
    pub(super) fn object_array(
        &mut self,
        id: NodeId,
        array: &NdArray,
        items: &[NodeId],
    ) -> Result<()> {
        self.instance("joblib.hashing\n_MyHash\n");
        self.text(b"args")?;
        self.text(b"_reconstruct")?;
        self.text(b"numpy._core._multiarray_umath")?;
        self.op(TUPLE2);
        self.put();
        self.raw(&[SETITEM, BUILD]);
        self.class("numpy\nndarray\n");
        self.tuple_of_ints([0].into_iter());
        self.raw(&[SHORT_BINBYTES, 1, b'b', TUPLE3]);
        self.put();
        self.op(REDUCE);
        self.remember(id);
        self.raw(&[MARK, BININT1, 1]);
        self.tuple_of_ints(array.shape.iter().copied());
        self.dtype(&array.dtype)?;
        // NumPy calls an array of one axis C order.
        let is_fortran = array.order == Order::F && array.shape.len() > 1;
        self.op(if is_fortran { NEWTRUE } else { NEWFALSE });
        self.list(None, id, items)?;
        self.op(TUPLE);
        self.put();
        self.op(BUILD);
        Ok(())
    }
}

/// Whether bytes of a record belong to no field.
fn has_padding(dtype: &Dtype) -> bool {
    let Dtype::Struct {
        fields, itemsize, ..
    } = dtype
    else {
        return false;
    };
    let nbytes = |field: &Field| {
        let itemsize = u64::from(field.dtype.itemsize());
        field
            .shape
            .iter()
            .fold(itemsize, |nbytes, &n| nbytes.saturating_mul(n))
    };
    let used = fields.iter().map(nbytes).fold(0, u64::saturating_add);
    used < u64::from(*itemsize) || fields.iter().any(|field| has_padding(&field.dtype))
}

/// NumPy's strides of a new array, in bytes; of one without bytes they are all 0.
fn strides(array: &NdArray) -> Vec<u64> {
    let mut strides = vec![0; array.shape.len()];
    let itemsize = u64::from(array.dtype.itemsize());
    if itemsize == 0 || array.shape.contains(&0) {
        return strides;
    }
    let mut next = itemsize;
    let mut set = |axis: usize| {
        strides[axis] = next;
        next = next.saturating_mul(array.shape[axis]);
    };
    match array.order {
        Order::C => (0..array.shape.len()).rev().for_each(&mut set),
        Order::F => (0..array.shape.len()).for_each(&mut set),
    }
    strides
}
