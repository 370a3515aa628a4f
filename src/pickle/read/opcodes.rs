//! The opcodes that come often.

use super::super::opcodes::*;
use super::input::Input;
use super::{Parsed, Parser, Step};
use crate::value::{Node, text};

impl Parser {
    /// The opcodes that come often; the others stand apart so that these stay fast.
    pub(super) fn opcode(&mut self, input: &mut Input) -> Parsed<Option<Step>> {
        let [op] = need!(input.array());
        match op {
            PROTO => {
                let [version] = need!(input.array());
                if version > 5 {
                    return self.bad("pickle protocol 5 or lower", &version.to_string());
                }
                self.machine.protocol = version;
            }
            FRAME => {
                need!(input.take(8));
            }
            STOP => self.stop()?,
            MARK => self.machine.marks.push(self.machine.stack.len()),
            POP => self.op_pop()?,
            POP_MARK => {
                self.pop_mark()?;
            }
            DUP => {
                let top = self.top()?;
                self.machine.stack.push(top);
            }
            NONE => self.push_node(Node::None),
            NEWTRUE => self.push_node(Node::Bool(true)),
            NEWFALSE => self.push_node(Node::Bool(false)),
            BININT1 => self.push_node(Node::Int(i64::from(need!(input.array::<1>())[0]))),
            BININT2 => self.push_node(Node::Int(i64::from(u16::from_le_bytes(need!(
                input.array()
            ))))),
            BININT => self.push_node(Node::Int(i64::from(i32::from_le_bytes(need!(
                input.array()
            ))))),
            BINFLOAT => self.push_node(Node::Float(f64::from_be_bytes(need!(input.array())))),
            LONG1 | LONG4 => {
                let len = need!(if op == LONG1 {
                    input.length::<1>()
                } else {
                    input.length::<4>()
                });
                let bytes = need!(input.take(len as usize));
                let id = self.graph.push_int_bytes(bytes);
                self.push(id);
            }
            SHORT_BINUNICODE | BINUNICODE | BINUNICODE8 => {
                let len = need!(match op {
                    SHORT_BINUNICODE => input.length::<1>(),
                    BINUNICODE => input.length::<4>(),
                    _ => input.length::<8>(),
                });
                let len = self.size("a string", len, u64::from(u32::MAX >> 1))?;
                let all = self.graph.text_len() as u64 + len;
                self.size("all text", all, u64::from(u32::MAX >> 1))?;
                let bytes = need!(input.take(len as usize));
                if let Some(at) = text::first_invalid(bytes) {
                    self.offset += (input.at - bytes.len() + at) as u64;
                    return self.bad("UTF-8", &format!("byte 0x{:02x}", bytes[at]));
                }
                let id = self.graph.push_str(bytes);
                self.push(id);
            }
            SHORT_BINBYTES | BINBYTES | BINBYTES8 | BYTEARRAY8 => return self.op_bytes(op, input),
            EMPTY_LIST | EMPTY_DICT | EMPTY_SET | EMPTY_TUPLE => {
                let span = Default::default();
                self.push_node(match op {
                    EMPTY_LIST => Node::List(span),
                    EMPTY_DICT => Node::Dict(span),
                    EMPTY_SET => Node::Set(span),
                    _ => Node::Tuple(span),
                });
            }
            TUPLE | TUPLE1 | TUPLE2 | TUPLE3 => self.op_tuple(op)?,
            APPEND | SETITEM => {
                let count = if op == APPEND { 1 } else { 2 };
                let floor = self.machine.marks.last().copied().unwrap_or(0);
                match self.machine.stack.len().checked_sub(count) {
                    // What they are added to stands below them.
                    Some(start) if start > floor => self.add(op, start)?,
                    _ => return self.bad("a container and items on the stack", "less"),
                }
            }
            APPENDS | ADDITEMS | SETITEMS => {
                let start = self.mark()?;
                self.add(op, start)?;
            }
            REDUCE | NEWOBJ | NEWOBJ_EX => self.op_reduce(op)?,
            BUILD => {
                let (state, object) = (self.pop()?, self.top()?);
                self.build(object, state)?;
            }
            MEMOIZE => {
                let top = self.top()?;
                self.machine.memo.push(top);
            }
            BINPUT => {
                let number = need!(input.length::<1>());
                self.put(number as u32)?;
            }
            LONG_BINPUT => {
                let number = need!(input.length::<4>());
                self.put(number as u32)?;
            }
            BINGET => {
                let number = need!(input.length::<1>());
                self.get(number as u32)?;
            }
            LONG_BINGET => {
                let number = need!(input.length::<4>());
                self.get(number as u32)?;
            }
            _ => return self.rare_opcode(op, input),
        }
        Ok(Some(None))
    }
}
