//! What Python 2 called the modules and names of Python 3: pickles of protocols 0 to 2 have the old
//! ones. Those that stand in data; the whole list is Python's `_compat_pickle`.
//! <https://github.com/python/cpython/blob/main/Lib/_compat_pickle.py>

/// Modules under another name: Python 2's, Python 3's.
const MODULES: [(&str, &str); 21] = [
    ("__builtin__", "builtins"),
    ("copy_reg", "copyreg"),
    ("Queue", "queue"),
    ("repr", "reprlib"),
    ("cPickle", "pickle"),
    ("_abcoll", "collections.abc"),
    ("StringIO", "io"),
    ("cStringIO", "io"),
    ("ConfigParser", "configparser"),
    ("SocketServer", "socketserver"),
    ("Cookie", "http.cookies"),
    ("cookielib", "http.cookiejar"),
    ("httplib", "http.client"),
    ("HTMLParser", "html.parser"),
    ("htmlentitydefs", "html.entities"),
    ("urllib2", "urllib.request"),
    ("urlparse", "urllib.parse"),
    ("robotparser", "urllib.robotparser"),
    ("xmlrpclib", "xmlrpc.client"),
    ("anydbm", "dbm"),
    ("thread", "_thread"),
];

/// Names that moved: module and name in Python 2, the same in Python 3.
const MOVED: [[&str; 4]; 13] = [
    ["__builtin__", "xrange", "builtins", "range"],
    ["__builtin__", "reduce", "functools", "reduce"],
    ["__builtin__", "intern", "sys", "intern"],
    ["__builtin__", "unichr", "builtins", "chr"],
    ["__builtin__", "unicode", "builtins", "str"],
    ["__builtin__", "basestring", "builtins", "str"],
    ["__builtin__", "long", "builtins", "int"],
    ["itertools", "izip", "builtins", "zip"],
    ["itertools", "imap", "builtins", "map"],
    ["itertools", "ifilter", "builtins", "filter"],
    ["UserDict", "IterableUserDict", "collections", "UserDict"],
    ["UserList", "UserList", "collections", "UserList"],
    ["UserString", "UserString", "collections", "UserString"],
];

/// Python 3's module and name of what a pickle of protocol 0 to 2 names.
pub(super) fn to_python3<'a>(module: &'a [u8], name: &'a [u8]) -> [&'a [u8]; 2] {
    let moved = MOVED
        .iter()
        .find(|moved| moved[0].as_bytes() == module && moved[1].as_bytes() == name);
    if let Some(&[_, _, module, name]) = moved {
        return [module.as_bytes(), name.as_bytes()];
    }
    if module == b"exceptions" {
        let name = if name == b"StandardError" {
            b"Exception"
        } else {
            name
        };
        return [b"builtins", name];
    }
    let renamed = MODULES.iter().find(|(old, _)| old.as_bytes() == module);
    [renamed.map_or(module, |(_, new)| new.as_bytes()), name]
}

/// What Python 3 writes in protocol 2. Differs from it in that classes which Python 2 has not, such as
/// `FileNotFoundError`, are not named by others.
pub(super) fn to_python2<'a>(module: &'a str, name: &'a str) -> (&'a str, &'a str) {
    match (module, name) {
        ("builtins", "range") => ("__builtin__", "xrange"),
        ("builtins", "str") => ("__builtin__", "unicode"),
        ("builtins", "int") => ("__builtin__", "long"),
        ("builtins", "chr") => ("__builtin__", "unichr"),
        ("builtins", _) => ("__builtin__", name),
        ("functools", "reduce") => ("__builtin__", "reduce"),
        ("copyreg", _) => ("copy_reg", name),
        _ => (module, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_names_are_read_and_written() {
        let new = |module: &'static str, name: &'static str| {
            to_python3(module.as_bytes(), name.as_bytes())
                .map(|text| String::from_utf8_lossy(text).into_owned())
        };
        assert_eq!(new("__builtin__", "set"), ["builtins", "set"]);
        assert_eq!(new("__builtin__", "xrange"), ["builtins", "range"]);
        assert_eq!(
            new("copy_reg", "_reconstructor"),
            ["copyreg", "_reconstructor"]
        );
        assert_eq!(new("exceptions", "ValueError"), ["builtins", "ValueError"]);
        assert_eq!(new("numpy", "dtype"), ["numpy", "dtype"]);
        for (module, name) in [
            ("builtins", "range"),
            ("builtins", "int"),
            ("builtins", "complex"),
            ("builtins", "OSError"),
            ("copyreg", "_reconstructor"),
            ("functools", "reduce"),
        ] {
            let (old_module, old_name) = to_python2(module, name);
            let back = to_python3(old_module.as_bytes(), old_name.as_bytes());
            assert_eq!(back, [module.as_bytes(), name.as_bytes()]);
        }
    }
}
