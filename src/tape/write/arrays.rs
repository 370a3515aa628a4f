//! Arrays and their dtypes.

use super::super::*;
use super::{Todo, Writer};
use crate::value::{Data, Dtype, Graph, NdArray, Order, TYPED_ARRAYS};
use crate::{Error, Result};

impl<'a> Writer<'a> {
    pub(super) fn array(
        &mut self,
        array: &'a NdArray,
        as_ndarray: bool,
        depth: usize,
        todo: &mut Vec<Todo<'a>>,
    ) -> Result<()> {
        let buffer = match array.data {
            Data::Objects(span) => {
                let is_plain = matches!(array.dtype, Dtype::Plain { .. });
                self.op(if is_plain { OBJECTS } else { RECORDS });
                self.op(u8::from(array.order == Order::F));
                if !is_plain {
                    self.dtype(&array.dtype)?;
                }
                self.shape_value(&array.shape);
                // The list of elements is not a node of its own.
                self.next_container += 1;
                self.items(ARRAY, self.graph.items(span), 1, depth, todo);
                return Ok(());
            }
            Data::Buffer(buffer) => buffer,
        };
        if let (Some(typed), false) = (array.typed(), as_ndarray) {
            let typed = TYPED_ARRAYS.len().min(typed) as u8;
            self.tape.ops.extend([TYPED, typed]);
            self.buffer(buffer);
            return Ok(());
        }
        self.op(NDARRAY);
        self.op(u8::from(array.order == Order::F));
        self.buffer(buffer);
        self.dtype(&array.dtype)?;
        self.shape_value(&array.shape);
        Ok(())
    }

    fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        let mut descr = Graph::default();
        let Some(root) = dtype.to_node(&mut descr) else {
            return Err(Error::UnsupportedDtype {
                offset: 0,
                dtype: "with fields that overlap or are out of order".into(),
            });
        };
        self.descr(&descr, root);
        Ok(())
    }
}
