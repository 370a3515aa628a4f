//! NumPy's element types, named as NumPy's `descr` names them: `<f8`, `|b1`, `<M8[ns]`, `<U5`, or a
//! list of fields.

use super::{Graph, Node, NodeId};

/// Byte order of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// `<`
    Little,
    /// `>`
    Big,
    /// `|`: there is none.
    None,
}

/// A field of a structured dtype.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, generalised UTF-8.
    pub name: Vec<u8>,
    /// NumPy's second name for it.
    pub title: Option<Vec<u8>>,
    /// Type of an element.
    pub dtype: Dtype,
    /// Shape, where the field is an array.
    pub shape: Vec<u64>,
    /// Where it begins in the record, in bytes.
    pub offset: u32,
}

impl Field {
    /// Its length in bytes, if that can be counted.
    pub fn nbytes(&self) -> Option<u64> {
        let itemsize = u64::from(self.dtype.itemsize());
        self.shape
            .iter()
            .try_fold(itemsize, |nbytes, &n| nbytes.checked_mul(n))
    }
}

/// The type of an array's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dtype {
    /// One of NumPy's own.
    Plain {
        /// NumPy's kind character: one of `biufcmMSUVO`.
        kind: u8,
        /// Bytes per element; a character of `U` is four.
        itemsize: u32,
        /// Byte order.
        byte_order: ByteOrder,
        /// Unit of datetimes and timedeltas, such as `ns` or `25s`; otherwise empty.
        unit: String,
    },
    /// A record of fields.
    Struct {
        /// In order of their names' list.
        fields: Vec<Field>,
        /// Bytes per record.
        itemsize: u32,
        /// Alignment of the record, 1 where it is packed.
        alignment: u32,
        /// Whether it was made with `align=True`, or is a part of one that was: see [`Dtype::set_aligned`].
        aligned: bool,
    },
}

/// What tells an aligned record from the list of its fields.
const ALIGNED: &[u8] = b"aligned";

/// No plain dtype is spelled longer, in bytes.
const MAX_NAME: usize = 64;

/// Units of NumPy's datetime64, coarse to fine.
const UNITS: [&str; 14] = [
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic",
];

impl Dtype {
    /// A plain dtype in the machine's byte order.
    pub fn native(kind: u8, itemsize: u32) -> Dtype {
        let byte_order = if itemsize == 1 || b"bSVO".contains(&kind) {
            ByteOrder::None
        } else {
            ByteOrder::Little
        };
        Dtype::Plain {
            kind,
            itemsize,
            byte_order,
            unit: String::new(),
        }
    }

    /// Reads NumPy's form, such as `<f8`; without a byte order it is the native one.
    pub fn parse(text: &[u8]) -> Option<Dtype> {
        let text = (text.len() <= MAX_NAME).then_some(text)?;
        let text = std::str::from_utf8(text)
            .ok()
            .filter(|text| text.is_ascii())?;
        let (byte_order, rest) = match text.as_bytes().first()? {
            b'<' | b'=' => (ByteOrder::Little, &text[1..]),
            b'>' => (ByteOrder::Big, &text[1..]),
            b'|' => (ByteOrder::None, &text[1..]),
            _ => (ByteOrder::Little, text),
        };
        let kind = *rest.as_bytes().first()?;
        let rest = &rest[1..];
        let (digits, unit) = match rest.find('[') {
            Some(at) => (&rest[..at], rest[at + 1..].strip_suffix(']')?),
            None => (rest, ""),
        };
        let number = if digits.is_empty() {
            0
        } else {
            digits.parse::<u32>().ok()?
        };
        Dtype::plain(kind, number, byte_order, unit)
    }

    /// A plain dtype from its parts; `number` counts characters for `U`, bytes otherwise.
    pub fn plain(kind: u8, number: u32, byte_order: ByteOrder, unit: &str) -> Option<Dtype> {
        let known = match kind {
            b'b' => number == 1,
            b'i' | b'u' => [1, 2, 4, 8].contains(&number),
            b'f' => [2, 4, 8, 12, 16].contains(&number),
            b'c' => [8, 16, 24, 32].contains(&number),
            b'm' | b'M' => number == 8 && unit_is_known(unit),
            b'S' | b'V' => true,
            b'U' => number <= u32::MAX / 4,
            b'O' => number == 8 || number == 4 || number == 0,
            _ => false,
        };
        if !known || (!unit.is_empty() && kind != b'm' && kind != b'M') {
            return None;
        }
        let itemsize = match kind {
            b'U' => number * 4,
            b'O' => 8,
            _ => number,
        };
        let byte_order = match byte_order {
            _ if itemsize == 1 || b"bSVO".contains(&kind) => ByteOrder::None,
            ByteOrder::None => ByteOrder::Little,
            given => given,
        };
        let unit = match unit.strip_prefix('1') {
            Some(name) if !name.starts_with(|c: char| c.is_ascii_digit()) => name,
            _ => unit,
        };
        let unit = if unit == "generic" { "" } else { unit };
        Some(Dtype::Plain {
            kind,
            itemsize,
            byte_order,
            unit: unit.to_owned(),
        })
    }

    /// Bytes per element.
    pub fn itemsize(&self) -> u32 {
        match self {
            Dtype::Plain { itemsize, .. } | Dtype::Struct { itemsize, .. } => *itemsize,
        }
    }

    /// Whether elements are Python objects.
    pub fn is_object(&self) -> bool {
        match self {
            Dtype::Plain { kind, .. } => *kind == b'O',
            Dtype::Struct { fields, .. } => fields.iter().any(|field| field.dtype.is_object()),
        }
    }

    /// The type of the mask of a masked array of this dtype: `bool` for each element, and for each field.
    pub fn mask(&self) -> Option<Dtype> {
        let Dtype::Struct { fields, .. } = self else {
            return Some(Dtype::native(b'b', 1));
        };
        let mut masks = Vec::with_capacity(fields.len());
        let mut offset = 0u32;
        for field in fields {
            let dtype = field.dtype.mask()?;
            let nbytes = field
                .shape
                .iter()
                .try_fold(u64::from(dtype.itemsize()), |nbytes, &n| {
                    nbytes.checked_mul(n)
                })?;
            let end = offset.checked_add(u32::try_from(nbytes).ok()?)?;
            masks.push(Field {
                name: field.name.clone(),
                title: field.title.clone(),
                dtype,
                shape: field.shape.clone(),
                offset,
            });
            offset = end;
        }
        Some(Dtype::Struct {
            fields: masks,
            itemsize: offset,
            alignment: 1,
            aligned: false,
        })
    }

    /// NumPy's form of a plain dtype, such as `<f8`; of a structured one the raw `|V<itemsize>`.
    pub fn name(&self) -> String {
        match self {
            Dtype::Plain {
                kind,
                itemsize,
                byte_order,
                unit,
            } => {
                let order = match byte_order {
                    ByteOrder::Little => '<',
                    ByteOrder::Big => '>',
                    ByteOrder::None => '|',
                };
                let kind = char::from(*kind);
                match kind {
                    'O' => "|O".to_owned(),
                    'U' => format!("{order}U{}", itemsize / 4),
                    _ if unit.is_empty() => format!("{order}{kind}{itemsize}"),
                    _ => format!("{order}{kind}{itemsize}[{unit}]"),
                }
            }
            Dtype::Struct { itemsize, .. } => format!("|V{itemsize}"),
        }
    }

    /// Where NumPy lets an element begin: at multiples of so many bytes.
    pub fn alignment(&self) -> u32 {
        match self {
            Dtype::Struct { alignment, .. } => *alignment,
            Dtype::Plain { kind, itemsize, .. } => match kind {
                b'S' | b'V' => 1,
                b'U' => 4,
                b'c' => itemsize / 2,
                _ => *itemsize,
            },
        }
    }

    /// Takes a record as made with `align=True`, if it can be: its fields, and the records that follow it,
    /// begin where their types want it. Whether it is.
    pub fn set_aligned(&mut self, given: u32) -> bool {
        let Dtype::Struct {
            fields,
            itemsize,
            alignment,
            aligned,
        } = self
        else {
            return false;
        };
        let fits = |at: u32, dtype: &Dtype| at.is_multiple_of(dtype.alignment().max(1));
        *aligned = fields
            .iter()
            .all(|field| fits(field.offset, &field.dtype) && fits(*itemsize, &field.dtype));
        *alignment = if *aligned { given } else { 1 };
        *aligned
    }

    /// Whether [`Dtype::to_node`] can say it: fields follow one another and do not overlap.
    pub fn has_descr(&self) -> bool {
        let Dtype::Struct {
            fields, itemsize, ..
        } = self
        else {
            return true;
        };
        let mut at = 0;
        fields.iter().all(|field| {
            let is_after = field.offset >= at;
            let end = field.nbytes().and_then(|nbytes| {
                u32::try_from(nbytes.checked_add(u64::from(field.offset))?).ok()
            });
            at = end.unwrap_or(u32::MAX);
            is_after && end.is_some() && field.dtype.has_descr()
        }) && at <= *itemsize
    }

    /// Reads NumPy's `descr` from nodes: a string, or a list of `[name, descr]` or `[name, descr, shape]`;
    /// a field with the empty name is padding, one with a title has `[title, name]` as its name. A list
    /// `["aligned", descr, alignment]` is a record made with `align=True`.
    pub fn from_node(graph: &Graph, id: NodeId) -> Option<Dtype> {
        Dtype::from_node_at(graph, id, 0)
    }

    fn from_node_at(graph: &Graph, id: NodeId, depth: u32) -> Option<Dtype> {
        if let Some(text) = graph.str(id) {
            return Dtype::parse(text);
        }
        if depth > 16 || !matches!(graph.node(id), Node::List(_)) {
            return None;
        }
        if let [word, descr, given] = *graph.children(id)
            && graph.str(word) == Some(ALIGNED)
        {
            let mut dtype = Dtype::from_node_at(graph, descr, depth + 1)?;
            let Node::Int(alignment) = graph.node(given) else {
                return None;
            };
            return dtype
                .set_aligned(u32::try_from(alignment).ok()?)
                .then_some(dtype);
        }
        let mut fields = Vec::new();
        let mut offset = 0u32;
        for &field in graph.children(id) {
            let (name, descr, shape) = match *graph.children(field) {
                [name, descr] => (name, descr, Vec::new()),
                [name, descr, shape] => (name, descr, shape_of(graph, shape)?),
                _ => return None,
            };
            let dtype = Dtype::from_node_at(graph, descr, depth + 1)?;
            let count = shape
                .iter()
                .try_fold(1u64, |count, &n| count.checked_mul(n))?;
            let nbytes = count.checked_mul(u64::from(dtype.itemsize()))?;
            let (title, name) = match (graph.str(name), graph.children(name)) {
                (Some(name), _) => (None, name.to_vec()),
                (None, &[title, name]) => {
                    (Some(graph.str(title)?.to_vec()), graph.str(name)?.to_vec())
                }
                _ => return None,
            };
            let end = u32::try_from(nbytes).ok()?.checked_add(offset)?;
            if !name.is_empty() || title.is_some() {
                fields.push(Field {
                    name,
                    title,
                    dtype,
                    shape,
                    offset,
                });
            }
            offset = end;
        }
        Some(Dtype::Struct {
            fields,
            itemsize: offset,
            alignment: 1,
            aligned: false,
        })
    }

    /// Adds NumPy's `descr` to a graph, padding included, as [`Dtype::from_node`] reads it; `None` where
    /// fields overlap or are out of order.
    pub fn to_node(&self, graph: &mut Graph) -> Option<NodeId> {
        self.to_node_with(graph, true)
    }

    /// The same without the number of the alignment, which does not make another dtype.
    pub fn to_node_for_hash(&self, graph: &mut Graph) -> Option<NodeId> {
        self.to_node_with(graph, false)
    }

    fn to_node_with(&self, graph: &mut Graph, with_alignment: bool) -> Option<NodeId> {
        let Dtype::Struct {
            fields,
            itemsize,
            alignment,
            aligned,
        } = self
        else {
            return Some(graph.push_str(self.name().as_bytes()));
        };
        let mut list = Vec::new();
        let mut at = 0;
        for field in fields {
            push_padding(graph, &mut list, field.offset.checked_sub(at)?);
            let mut name = graph.push_str(&field.name);
            if let Some(title) = &field.title {
                let title = graph.push_str(title);
                name = graph.push_list(&[title, name]);
            }
            let descr = field.dtype.to_node_with(graph, with_alignment)?;
            let mut parts = vec![name, descr];
            if !field.shape.is_empty() {
                let shape: Vec<NodeId> = field
                    .shape
                    .iter()
                    .map(|&n| graph.push(Node::Int(n as i64)))
                    .collect();
                parts.push(graph.push_list(&shape));
            }
            list.push(graph.push_list(&parts));
            at = u32::try_from(field.nbytes()?)
                .ok()?
                .checked_add(field.offset)?;
        }
        push_padding(graph, &mut list, itemsize.checked_sub(at)?);
        let list = graph.push_list(&list);
        if !aligned {
            return Some(list);
        }
        let mut parts = vec![graph.push_str(ALIGNED), list];
        if with_alignment {
            parts.push(graph.push(Node::Int(i64::from(*alignment))));
        }
        Some(graph.push_list(&parts))
    }
}

fn push_padding(graph: &mut Graph, list: &mut Vec<NodeId>, nbytes: u32) {
    if nbytes > 0 {
        let name = graph.push_str(b"");
        let descr = graph.push_str(format!("|V{nbytes}").as_bytes());
        list.push(graph.push_list(&[name, descr]));
    }
}

/// A shape from a list or tuple of integers.
pub(crate) fn shape_of(graph: &Graph, id: NodeId) -> Option<Vec<u64>> {
    if let Node::Int(n) = graph.node(id) {
        return Some(vec![u64::try_from(n).ok()?]);
    }
    if !matches!(graph.node(id), Node::List(_) | Node::Tuple(_)) {
        return None;
    }
    let items = graph.children(id);
    if items.len() > 64 {
        return None;
    }
    items
        .iter()
        .map(|&item| {
            if let Node::Int(n) = graph.node(item) {
                u64::try_from(n).ok()
            } else {
                None
            }
        })
        .collect()
}

fn unit_is_known(unit: &str) -> bool {
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.is_empty() || UNITS.contains(&name) && unit.len() - name.len() <= 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive() {
        for name in [
            "<f8", ">i4", "|b1", "|u1", "<U5", "|S3", "<M8[ns]", "<m8[25s]", "<c16", "|V7", "<f2",
            "<U0", "<M8",
        ] {
            assert_eq!(
                Dtype::parse(name.as_bytes())
                    .map(|dtype| dtype.name())
                    .as_deref(),
                Some(name)
            );
        }
        for (given, name) in [
            ("U1", "<U1"),
            ("=U1", "<U1"),
            (">S5", "|S5"),
            (">u1", "|u1"),
            ("O8", "|O"),
            ("|f8", "<f8"),
            ("M8[1ns]", "<M8[ns]"),
            ("m8[generic]", "<m8"),
        ] {
            assert_eq!(
                Dtype::parse(given.as_bytes())
                    .map(|dtype| dtype.name())
                    .as_deref(),
                Some(name)
            );
        }
        for bad in [
            "",
            "<",
            "x8",
            "<f3",
            "<f8[ns]",
            "<M8[parsec]",
            "<f99999999999",
            "b2",
            "®",
            "<é8",
        ] {
            assert_eq!(Dtype::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
