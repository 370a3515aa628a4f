//! NumPy's element types, named as NumPy's `descr` names them: `<f8`, `|b1`, `<M8[ns]`, `<U5`, or a
//! list of fields.

mod descr;
mod name;

pub(crate) use descr::shape_of;

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
}
