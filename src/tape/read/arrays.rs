//! Arrays of a tape.

use super::Reader;
use crate::value::{Data, Dtype, NdArray, Node, NodeId, Order, TYPED_ARRAYS};
use crate::{Error, Result};

impl Reader<'_> {
    pub(super) fn order(&mut self) -> Result<Order> {
        let [order] = self.input.take()?;
        Ok(if order == 1 { Order::F } else { Order::C })
    }

    pub(super) fn typed(&mut self) -> Result<Node> {
        let [number] = self.input.take()?;
        let Some(&(name, kind, itemsize)) = TYPED_ARRAYS.get(usize::from(number)) else {
            return self.input.bad("a typed array");
        };
        let buffer = self.buffer()?;
        let shape = vec![self.graph.buffers[buffer as usize].len / u64::from(itemsize)];
        let dtype = Dtype::native(kind, itemsize);
        self.graph.arrays.push(NdArray {
            dtype,
            shape,
            order: Order::C,
            data: Data::Buffer(buffer),
        });
        let array = Node::Array(self.graph.arrays.len() as u32 - 1);
        if name != "Uint8ClampedArray" {
            return Ok(array);
        }
        let value = self.graph.push(array);
        let kind = self.graph.push_str(name.as_bytes());
        Ok(self.tag(kind, value))
    }

    /// An array whose elements are values, in a list.
    pub(super) fn objects(
        &mut self,
        dtype: Dtype,
        order: Order,
        shape: NodeId,
        elements: NodeId,
    ) -> Result<Node> {
        let Some(shape) = crate::value::shape_of(&self.graph, shape) else {
            return self.input.bad("a shape");
        };
        let Node::List(span) = self.graph.node(elements) else {
            return self.input.bad("elements");
        };
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Objects(span),
        };
        if array.count() != Some(u64::from(span.len)) {
            return self.input.bad("as many elements as the shape has");
        }
        self.graph.arrays.push(array);
        Ok(Node::Array(self.graph.arrays.len() as u32 - 1))
    }

    pub(super) fn array(&mut self, values: &[NodeId], order: Order, buffer: u32) -> Result<Node> {
        let Some(dtype) = Dtype::from_node(&self.graph, values[0]) else {
            let name = self
                .graph
                .str(values[0])
                .map_or("of fields".into(), |name| {
                    String::from_utf8_lossy(name).into_owned()
                });
            return Err(Error::UnsupportedDtype {
                offset: self.input.at(),
                dtype: name,
            });
        };
        let Some(shape) = crate::value::shape_of(&self.graph, values[1]) else {
            return self.input.bad("a shape");
        };
        let array = NdArray {
            dtype,
            shape,
            order,
            data: Data::Buffer(buffer),
        };
        let nbytes = array.nbytes();
        if array.dtype.is_object() {
            return self.input.bad("a dtype without objects");
        }
        if nbytes != Some(self.graph.buffers[buffer as usize].len) {
            return self.input.bad("as many bytes as the shape says");
        }
        let like_typed = array.typed().is_some();
        self.graph.arrays.push(array);
        let node = Node::Array(self.graph.arrays.len() as u32 - 1);
        if !like_typed {
            return Ok(node);
        }
        // Without a note it would come back as a typed array.
        let value = self.graph.push(node);
        let kind = self.graph.push_str(b"NDArray");
        Ok(self.tag(kind, value))
    }
}
