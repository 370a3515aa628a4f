//! Typed arrays, n-dimensional arrays and their dtypes.

use super::Walker;
use crate::value::{Data, Dtype, Graph, NodeId, Order, TYPED_ARRAYS};
use crate::{Error, Result};

impl Walker<'_> {
    /// A typed array, or an NDArray that is none.
    pub(super) fn array(&mut self, index: u32, typed: Option<usize>) -> Result<()> {
        let array = &self.graph.arrays[index as usize];
        match (typed.or_else(|| array.typed()), array.data) {
            (Some(typed), Data::Buffer(buffer)) => {
                debug_assert!(typed < TYPED_ARRAYS.len());
                self.out.extend([17, typed as u8]);
                self.content(buffer)
            }
            _ => self.ndarray(index),
        }
    }

    pub(super) fn ndarray(&mut self, index: u32) -> Result<()> {
        let graph = self.graph;
        let array = &graph.arrays[index as usize];
        match array.data {
            Data::Objects(span) => {
                if matches!(array.dtype, Dtype::Plain { .. }) {
                    self.tag(19);
                } else {
                    self.tag(26);
                    self.dtype(&array.dtype)?;
                }
                self.shape(&array.shape);
                // The elements are a container, which is no node: its id is one that no node has.
                self.enclose(NodeId::MAX - index, |walker| {
                    walker.values(9, graph.items(span))
                })
            }
            Data::Buffer(buffer) => {
                self.tag(18);
                self.dtype(&array.dtype)?;
                self.out
                    .push(u8::from(array.order == Order::F && array.shape.len() > 1));
                self.shape(&array.shape);
                self.content(buffer)
            }
        }
    }

    fn shape(&mut self, shape: &[u64]) {
        self.count(shape.len());
        shape.iter().for_each(|&n| self.float(n as f64));
    }

    fn dtype(&mut self, dtype: &Dtype) -> Result<()> {
        let mut descr = Graph::default();
        let Some(root) = dtype.to_node_for_hash(&mut descr) else {
            return Err(Error::UnsupportedDtype {
                offset: 0,
                dtype: "with fields that overlap or are out of order".into(),
            });
        };
        descr.root = root;
        let mut inner = Walker::new(&descr, vec![]);
        inner.value(root)?;
        self.out.extend(inner.out);
        Ok(())
    }
}
