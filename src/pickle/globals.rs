//! The allow-list: which of Python's classes and functions joblite knows. What they stand for is in
//! `calls.rs` and `numpy.rs`; everything else stays a [`crate::value::PyObject`].

use crate::value::{Construct, Graph, Node, NodeId, PyObject};

/// A module's names and a name in them.
pub(super) type Global = (&'static [&'static str], &'static str);

/// scikit-learn before 0.23 had a copy of joblib.
pub(super) const NUMPY_ARRAY_WRAPPER: Global = (
    &[
        "joblib.numpy_pickle",
        "sklearn.externals.joblib.numpy_pickle",
    ],
    "NumpyArrayWrapper",
);
/// `numpy.core` became `numpy._core` in NumPy 2.
pub(super) const RECONSTRUCT: Global = (
    &["numpy._core.multiarray", "numpy.core.multiarray"],
    "_reconstruct",
);
/// What NumPy calls in protocol 5.
pub(super) const FROM_BUFFER: Global = (
    &["numpy._core.numeric", "numpy.core.numeric"],
    "_frombuffer",
);
pub(super) const SCALAR: Global = (
    &["numpy._core.multiarray", "numpy.core.multiarray"],
    "scalar",
);
/// What NumPy calls for a `StringDType`.
pub(super) const STRING_DTYPE: Global = (
    &["numpy._core._internal", "numpy.core._internal"],
    "_convert_to_stringdtype_kwargs",
);
pub(super) const DTYPE: Global = (&["numpy"], "dtype");
pub(super) const NDARRAY: Global = (&["numpy"], "ndarray");
pub(super) const MEMMAP: Global = (
    &["numpy", "numpy.core.memmap", "numpy._core.memmap"],
    "memmap",
);
pub(super) const MATRIX: Global = (&["numpy", "numpy.matrixlib.defmatrix"], "matrix");
pub(super) const MA_RECONSTRUCT: Global = (&["numpy.ma.core"], "_mareconstruct");
pub(super) const MASKED_ARRAY: Global = (&["numpy.ma", "numpy.ma.core"], "MaskedArray");
pub(super) const DATETIME: Global = (&["datetime"], "datetime");
pub(super) const DATE: Global = (&["datetime"], "date");
pub(super) const TIME: Global = (&["datetime"], "time");
pub(super) const TIMEZONE: Global = (&["datetime"], "timezone");
pub(super) const TIMEDELTA: Global = (&["datetime"], "timedelta");
pub(super) const ENCODE: Global = (&["_codecs"], "encode");
pub(super) const SET: Global = (&["builtins"], "set");
pub(super) const FROZENSET: Global = (&["builtins"], "frozenset");
pub(super) const BYTES: Global = (&["builtins"], "bytes");
pub(super) const BYTEARRAY: Global = (&["builtins"], "bytearray");
pub(super) const OBJECT: Global = (&["builtins"], "object");
pub(super) const GETATTR: Global = (&["builtins"], "getattr");
pub(super) const PARTIAL: Global = (&["functools"], "partial");
pub(super) const RECONSTRUCTOR: Global = (&["copyreg"], "_reconstructor");
pub(super) const NEWOBJ: Global = (&["copyreg"], "__newobj__");
pub(super) const NEWOBJ_EX: Global = (&["copyreg"], "__newobj_ex__");

/// Data types that are admitted by `strict` although they stay objects: Python's own, and pandas' two
/// that joblite writes.
const DATA_TYPES: [Global; 18] = [
    (&["builtins"], "complex"),
    (&["builtins"], "range"),
    (&["builtins"], "slice"),
    (&["collections"], "Counter"),
    (&["collections"], "OrderedDict"),
    (&["collections"], "defaultdict"),
    (&["collections"], "deque"),
    (&["decimal"], "Decimal"),
    (&["fractions"], "Fraction"),
    (&["uuid"], "UUID"),
    (&["zoneinfo"], "ZoneInfo._unpickle"),
    // The default of a defaultdict.
    (&["builtins"], "int"),
    (&["builtins"], "float"),
    (&["builtins"], "str"),
    (&["builtins"], "list"),
    (&["builtins"], "dict"),
    (&["pandas"], "DataFrame"),
    (&["pandas"], "Series"),
];

/// What is understood.
const UNDERSTOOD: [Global; 26] = [
    NUMPY_ARRAY_WRAPPER,
    RECONSTRUCT,
    FROM_BUFFER,
    SCALAR,
    DTYPE,
    STRING_DTYPE,
    NDARRAY,
    MEMMAP,
    MATRIX,
    MA_RECONSTRUCT,
    MASKED_ARRAY,
    DATETIME,
    DATE,
    TIME,
    TIMEZONE,
    TIMEDELTA,
    ENCODE,
    SET,
    FROZENSET,
    BYTES,
    BYTEARRAY,
    OBJECT,
    RECONSTRUCTOR,
    NEWOBJ,
    NEWOBJ_EX,
    // Older names of these.
    (&["numpy.core.multiarray"], "ndarray"),
];

/// Whether `strict` admits a global.
pub(super) fn is_known(graph: &Graph, global: [NodeId; 2]) -> bool {
    UNDERSTOOD
        .iter()
        .chain(&DATA_TYPES)
        .any(|known| is(graph, global, known))
}

/// Whether this describes an array that lies in a file beside this one, as joblib before 0.10 wrote it.
pub(super) fn is_sibling_file(graph: &Graph, global: [NodeId; 2]) -> bool {
    const MODULES: &[&str] = &[
        "joblib.numpy_pickle",
        "joblib.numpy_pickle_compat",
        "sklearn.externals.joblib.numpy_pickle",
        "sklearn.externals.joblib.numpy_pickle_compat",
    ];
    is(graph, global, &(MODULES, "NDArrayWrapper"))
        || is(graph, global, &(MODULES, "ZNDArrayWrapper"))
}

/// Whether a global, by its module and name, is this one.
pub(super) fn is(graph: &Graph, [module, name]: [NodeId; 2], (modules, wanted): &Global) -> bool {
    let text = |id| graph.str(id).unwrap_or_default();
    text(name) == wanted.as_bytes() && modules.iter().any(|known| known.as_bytes() == text(module))
}

/// Whether this is an object that will be replaced by what it stands for.
pub(super) fn is_on_the_way(graph: &Graph, id: NodeId) -> bool {
    object(graph, id).is_some_and(|object| {
        object.construct == Construct::Global || is(graph, object.global, &NUMPY_ARRAY_WRAPPER)
    })
}

pub(super) fn object(graph: &Graph, id: NodeId) -> Option<&PyObject> {
    match graph.node(id) {
        Node::Object(index) => Some(&graph.objects[index as usize]),
        _ => None,
    }
}

/// Module and name of a class or function.
pub(super) fn global_of(graph: &Graph, id: NodeId) -> Option<[NodeId; 2]> {
    object(graph, id)
        .filter(|object| object.construct == Construct::Global)
        .map(|object| object.global)
}

/// Whether this is that class or function itself.
pub(super) fn is_global(graph: &Graph, id: NodeId, global: &Global) -> bool {
    global_of(graph, id).is_some_and(|found| is(graph, found, global))
}

/// The object's arguments, if it is a call of this global.
pub(super) fn args_of<'a>(graph: &'a Graph, id: NodeId, global: &Global) -> Option<&'a [NodeId]> {
    let object = object(graph, id)?;
    (object.construct == Construct::Call && is(graph, object.global, global))
        .then(|| graph.children(object.args))
}

pub(super) fn int(graph: &Graph, id: NodeId) -> Option<i64> {
    match graph.node(id) {
        Node::Int(int) => Some(int),
        _ => None,
    }
}

/// The items of a tuple; none of anything else, so that what is looked for in one is found in no dictionary.
pub(super) fn tuple(graph: &Graph, id: NodeId) -> &[NodeId] {
    match graph.node(id) {
        Node::Tuple(span) => graph.items(span),
        _ => &[],
    }
}

/// Keys and values of a dictionary, in turn; none of anything else.
pub(super) fn entries(graph: &Graph, id: NodeId) -> &[NodeId] {
    match graph.node(id) {
        Node::Dict(span) => graph.items(span),
        _ => &[],
    }
}
