//! Opcodes that come seldom: those of names, those of protocols 0 and 1, and those that are not known.

use super::super::globals;
use super::super::opcodes::*;
use super::input::Input;
use super::{Parsed, Parser, Step};
use crate::value::Node;
use crate::{Error, Result};

impl Parser {
    #[inline(never)]
    pub(super) fn rare_opcode(&mut self, op: u8, input: &mut Input) -> Parsed<Option<Step>> {
        match op {
            GLOBAL => {
                let Some([module, name]) = self.two_lines(input)? else {
                    return Ok(None);
                };
                let global = self.named(module, name)?;
                self.push_global(global)?;
            }
            INST => {
                let Some([module, name]) = self.two_lines(input)? else {
                    return Ok(None);
                };
                let global = self.named(module, name)?;
                self.admit(global)?;
                let args = self.pop_mark()?;
                self.instantiate(global, &args)?;
            }
            OBJ => {
                let items = self.pop_mark()?;
                let Some((&class, args)) = items.split_first() else {
                    return self.bad("a class", "nothing");
                };
                let Some(global) = globals::global_of(&self.graph, class) else {
                    return self.bad("a class", "another value");
                };
                self.instantiate(global, args)?;
            }
            INT | LONG | FLOAT | STRING | UNICODE => return self.op_line(op, input),
            BINSTRING | SHORT_BINSTRING => {
                let len = need!(if op == SHORT_BINSTRING {
                    input.length::<1>()
                } else {
                    input.length::<4>()
                });
                let len = self.size("a string", len, u64::from(u32::MAX >> 1))?;
                let bytes = need!(input.take(len as usize));
                self.push_python2_str(bytes);
            }
            STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let module = self.untag(module);
                if self.graph.str(name).is_none() || self.graph.str(module).is_none() {
                    return self.bad("a module and a name", "other values");
                }
                let global = self.renamed([module, name]);
                self.push_global(global)?;
            }
            LIST | FROZENSET => {
                let start = self.mark()?;
                let span = self.graph.push_items(&self.machine.stack[start..]);
                self.machine.stack.truncate(start);
                if op == LIST {
                    self.push_node(Node::List(span));
                } else {
                    self.push_frozenset(span);
                }
            }
            DICT => {
                let start = self.mark()?;
                if !(self.machine.stack.len() - start).is_multiple_of(2) {
                    return self.bad("a value for each key", "a key");
                }
                let span = self.graph.push_items(&self.machine.stack[start..]);
                self.machine.stack.truncate(start);
                self.push_node(Node::Dict(span));
            }
            PUT => {
                let number = need!(self.memo_line(input)?);
                self.put(number)?;
            }
            GET => {
                let number = need!(self.memo_line(input)?);
                self.get(number)?;
            }
            opcode => {
                return Err(Error::UnsupportedOpcode {
                    offset: self.offset,
                    opcode,
                });
            }
        }
        Ok(Some(None))
    }

    /// Remembers the top by a number.
    pub(super) fn put(&mut self, number: u32) -> Result<()> {
        let top = self.top()?;
        let memo = &mut self.machine.memo;
        if let Some(place) = memo.get_mut(number as usize) {
            *place = top;
        } else if number as usize == memo.len() {
            memo.push(top);
        } else {
            self.machine.sparse_memo.insert(number, top);
        }
        Ok(())
    }

    /// Pushes what has this number.
    pub(super) fn get(&mut self, number: u32) -> Result<()> {
        let memo = &self.machine.memo;
        let known = memo
            .get(number as usize)
            .or_else(|| self.machine.sparse_memo.get(&number));
        match known {
            Some(&id) => {
                self.machine.stack.push(id);
                Ok(())
            }
            None => self.bad("a memo number", &number.to_string()),
        }
    }
}
