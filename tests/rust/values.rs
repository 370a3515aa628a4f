//! Files of every kind of value: they hash as published, survive being written again, and damage
//! never does more than an error.

use joblite::hash::hash_value;
use joblite::persist::{dump, dump_in_protocol, load, tape_to_pickle};
use joblite::pickle::{self, Parser, Pickle, Step};
use joblite::tape;
use joblite::value::{Construct, Dtype, Graph, MAX_DEPTH, Node};
use proptest::prelude::*;
use serde_json::Value as Json;

struct Vector {
    name: String,
    file: Vec<u8>,
    hash: String,
}

fn vectors() -> Vec<Vector> {
    let json: Json =
        serde_json::from_str(include_str!("../fixtures/hash-vectors.json")).expect("JSON");
    let vectors = json["vectors"].as_array().expect("a list");
    let text = |vector: &Json, key: &str| vector[key].as_str().unwrap_or_default().to_owned();
    vectors
        .iter()
        .filter(|vector| vector["file"].is_string())
        .map(|vector| Vector {
            name: text(vector, "name"),
            file: from_base64(&text(vector, "file")),
            hash: text(vector, "hash"),
        })
        .collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in text
        .bytes()
        .filter_map(|byte| DIGITS.iter().position(|&digit| digit == byte))
    {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn every_published_value_has_its_hash() {
    let vectors = vectors();
    assert!(vectors.len() > 90, "only {} vectors", vectors.len());
    for Vector { name, file, hash } in vectors {
        let graph = load(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hash_value(&graph).as_deref(), Ok(hash.as_str()), "{name}");
    }
}

#[test]
fn what_is_written_again_is_the_same_value() {
    for Vector { name, file, hash } in vectors() {
        let graph = load(&file).expect("loads");
        let again = load(&dump(&graph).expect("dumps")).expect("loads again");
        assert_eq!(hash_value(&again).as_deref(), Ok(hash.as_str()), "{name}");
    }
}

#[test]
fn every_protocol_holds_the_same_value() {
    for Vector { name, file, hash } in vectors() {
        let graph = load(&file).expect("loads");
        for protocol in 2..=5 {
            let written = dump_in_protocol(&graph, protocol).expect("dumps");
            assert_eq!(written[..2], [0x80, protocol]);
            let again = load(&written).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                hash_value(&again).as_deref(),
                Ok(hash.as_str()),
                "{name}, protocol {protocol}"
            );
        }
    }
    for protocol in [0, 1, 6] {
        let error = pickle::write(&load(b"N.").expect("loads"), protocol).expect_err("not written");
        assert_eq!(error.code(), "UNSUPPORTED_VALUE");
    }
}

#[test]
fn a_tape_holds_the_same_value() {
    for Vector { name, file, hash } in vectors() {
        let graph = load(&file).expect("loads");
        let tape = tape::write(&graph).expect("writes");
        let buffers = tape
            .buffers
            .iter()
            .map(|&index| graph.buffers[index as usize].clone());
        let buffers: Vec<_> = buffers.collect();
        let sizes: Vec<u64> = buffers.iter().map(|buffer| buffer.len).collect();
        let mut read: Graph = tape::read(&tape.ops, &tape.text, &sizes).expect("reads");
        read.buffers = buffers;
        assert_eq!(hash_value(&read).as_deref(), Ok(hash.as_str()), "{name}");
        // Whichever way it takes to a file.
        let pickle = tape_to_pickle(&tape.ops, &tape.text, &sizes, &[], 5).expect("writes");
        let file = with_buffers(&pickle, &read);
        assert_eq!(
            hash_value(&load(&file).expect("loads")).as_deref(),
            Ok(hash.as_str()),
            "{name}"
        );
    }
}

fn with_buffers(pickle: &Pickle, graph: &Graph) -> Vec<u8> {
    let mut file = Vec::new();
    let mut at = 0;
    for cut in &pickle.cuts {
        file.extend_from_slice(&pickle.bytes[at..cut.at]);
        let bytes = graph.buffers[cut.buffer as usize].bytes.as_deref();
        file.extend_from_slice(bytes.expect("is here"));
        at = cut.at;
    }
    file.extend_from_slice(&pickle.bytes[at..]);
    file
}

/// Feeds a file in pieces, as a stream comes.
fn load_in_pieces(file: &[u8], size: usize) -> joblite::Result<Graph> {
    let mut parser = Parser::new();
    let mut at = 0;
    while at < file.len() {
        let piece = &file[at..file.len().min(at + size)];
        let (used, step) = parser.feed(piece)?;
        at += used;
        match step {
            Step::Done => break,
            Step::NeedMore => {}
            Step::Buffer { index, len, .. } => {
                let end = at + len as usize;
                parser.fill(index, file[at..end].to_vec());
                at = end;
            }
        }
    }
    parser.finish()
}

#[test]
fn the_size_of_pieces_does_not_matter() {
    for Vector { name, file, hash } in vectors() {
        for size in [1, 2, 3, 7, 64] {
            let graph = load_in_pieces(&file, size)
                .unwrap_or_else(|error| panic!("{name} by {size}: {error}"));
            assert_eq!(
                hash_value(&graph).as_deref(),
                Ok(hash.as_str()),
                "{name} by {size}"
            );
        }
    }
}

#[test]
fn claimed_sizes_are_not_believed() {
    // A string, a byte string, a long and an array that say they have far more bytes than there are.
    let claims: [&[u8]; 4] = [
        b"\x80\x05X\xff\xff\xff\x7fabc",
        b"\x80\x05\x8e\xff\xff\xff\xff\xff\xff\x00\x00abc",
        b"\x80\x05\x8b\xff\xff\xff\xffabc",
        b"\x80\x05(r\xff\xff\xff\xff",
    ];
    for claim in claims {
        let error = load(claim).expect_err("has no end");
        assert_eq!(error.code(), "CORRUPT_DATA", "{error}");
    }
    let error = load(b"\x80\x05\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc").expect_err("too long");
    assert_eq!(error.code(), "TOO_LARGE", "{error}");
}

/// Opcodes of a pickle in which a value is made once and then taken from the memo.
struct Hostile(Vec<u8>);

impl Hostile {
    fn new() -> Self {
        Hostile(b"\x80\x05".to_vec())
    }

    fn op(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.op(b"X").op(&(text.len() as u32).to_le_bytes());
        self.op(text.as_bytes())
    }

    /// Remembers the top by this number.
    fn put(&mut self, number: u32) -> &mut Self {
        self.op(b"r").op(&number.to_le_bytes())
    }

    fn get(&mut self, number: u32) -> &mut Self {
        self.op(b"j").op(&number.to_le_bytes())
    }

    fn load(&mut self) -> joblite::Result<Graph> {
        self.op(b".");
        load_in_pieces(&self.0, 1 << 20)
    }
}

fn is_too_large(loaded: joblite::Result<Graph>) -> bool {
    loaded.is_err_and(|error| error.code() == "TOO_LARGE")
}

#[test]
fn dtypes_inside_dtypes_do_not_multiply() {
    let mut file = Hostile::new();
    file.op(b"cnumpy\ndtype\n").put(0).op(b"0");
    file.text("i4").put(1).op(b"0");
    // Each level has two fields, both of the level before.
    for level in 0..16 {
        let inner = if level == 0 {
            None
        } else {
            Some(10 + level - 1)
        };
        file.get(0);
        match inner {
            None => file.get(1),
            Some(_) => file.text("V8"),
        };
        file.op(b"\x85R");
        if let Some(inner) = inner {
            file.op(b"(K\x03").text("|").op(b"N");
            file.op(b"(");
            (0..8).for_each(|name| {
                file.text(&format!("f{name}"));
            });
            file.op(b"t}(");
            (0..8).for_each(|name| {
                file.text(&format!("f{name}")).get(inner).op(b"K\x00\x86");
            });
            file.op(b"uK\x08K\x01K\x00tb");
        }
        file.put(10 + level).op(b"0");
    }
    file.op(b"cnumpy._core.numeric\n_frombuffer\n(C\x00")
        .get(25)
        .op(b"K\x00\x85")
        .text("C")
        .op(b"tR");
    assert!(is_too_large(file.load()));
}

#[test]
fn a_record_is_aligned_only_where_its_fields_are() {
    // (offset of the field of four bytes, bytes of a record, whether NumPy would make it with align=True)
    for (offset, itemsize, is_aligned) in [(4u8, 8u8, true), (1, 8, false), (4, 9, false)] {
        let mut file = Hostile::new();
        file.op(b"cnumpy\ndtype\n").put(0).op(b"0");
        for name in ["u1", "f4"] {
            file.get(0).text(name).op(b"\x85R");
            file.put(u32::from(name.as_bytes()[0])).op(b"0");
        }
        file.op(b"cnumpy._core.numeric\n_frombuffer\n(C");
        file.op(&[itemsize]).op(&vec![7; itemsize.into()]);
        file.get(0).text(&format!("V{itemsize}")).op(b"\x85R(K\x03");
        file.text("|").op(b"N").text("a").text("b").op(b"\x86}(");
        file.text("a").get(u32::from(b'u')).op(b"K\x00\x86");
        file.text("b").get(u32::from(b'f')).op(b"K");
        file.op(&[offset]).op(b"\x86uK").op(&[itemsize]);
        file.op(b"K\x04K\x90tbK\x01\x85").text("C").op(b"tR");
        let graph = file.load().expect("loads");
        let dtype = &graph.arrays[0].dtype;
        assert!(
            matches!(dtype, Dtype::Struct { aligned, .. } if *aligned == is_aligned),
            "{dtype:?}"
        );
        let again = load(&dump(&graph).expect("writes")).expect("reads what it wrote");
        assert_eq!(&again.arrays[0].dtype, dtype);
        assert_eq!(hash_value(&again), hash_value(&graph));
    }
}

#[test]
fn a_dtype_has_its_state_in_a_tuple() {
    // Four keys with values, which are as many as the parts of a dtype's state.
    let mut file = Hostile::new();
    file.op(b"cnumpy._core.numeric\n_frombuffer\n(C\x04abcdcnumpy\ndtype\n");
    file.text("i4").op(b"\x85R}(K\x03").text("<");
    file.op(b"NNK\x01J\xff\xff\xff\xffK\x02K\x00ubK\x01\x85");
    let graph = file.text("C").op(b"tR").load().expect("loads");
    assert!(graph.arrays.is_empty(), "{:?}", graph.arrays);
}

#[test]
fn names_of_keyword_arguments_are_strings() {
    let with = |name: &[u8]| {
        let mut file = Hostile::new();
        file.op(b"cuser\nClass\n)}")
            .op(name)
            .op(b"K\x01s\x92")
            .load()
    };
    let graph = with(b"X\x01\x00\x00\x00a").expect("loads");
    let again = load(&dump(&graph).expect("writes")).expect("reads what it wrote");
    assert_eq!(hash_value(&again), hash_value(&graph));
    let error = with(b"K\x07").expect_err("a number is no name");
    assert_eq!(error.code(), "CORRUPT_DATA");
    // The dictionary gets the name after the object is made.
    let mut file = Hostile::new();
    file.op(b"cuser\nClass\n)}")
        .put(1)
        .text("a")
        .op(b"K\x01s\x92");
    file.get(1).op(b"K\x07K\x01s0");
    let error = dump(&file.load().expect("loads")).expect_err("is no call of Python's");
    assert_eq!(error.code(), "UNSUPPORTED_VALUE");
}

#[test]
fn copies_of_what_is_remembered_are_limited() {
    for (global, second) in [
        ("cbuiltins\nset\n", None),
        ("c_codecs\nencode\n", Some("latin1")),
    ] {
        let mut file = Hostile::new();
        file.op(global.as_bytes()).put(0).op(b"0");
        match second {
            None => {
                file.op(b"](");
                file.op(&b"N".repeat(10_000)).op(b"e");
            }
            Some(_) => {
                file.text(&"a".repeat(10_000));
            }
        }
        file.put(1).op(b"0").text("latin1").put(2).op(b"0](");
        let once = file.0.len();
        for _ in 0..1000 {
            file.get(0).get(1);
            match second {
                None => file.op(b"\x85R"),
                Some(_) => file.get(2).op(b"\x86R"),
            };
        }
        let mut few = Hostile(file.0[..once + (file.0.len() - once) / 1000 * 5].to_vec());
        assert!(few.op(b"e").load().is_ok(), "{global}");
        assert!(is_too_large(file.op(b"e").load()), "{global}");
    }
}

#[test]
fn a_tape_has_a_repeated_string_at_most_twice() {
    let text = "long ".repeat(2000);
    let mut list = Hostile::new();
    list.text(&text).put(1).op(b"0](");
    (0..1000).for_each(|_| {
        list.get(1);
    });
    list.op(b"e");
    let mut lists = Hostile::new();
    lists.text(&text).put(1).op(b"0](");
    let mut objects = Hostile(lists.0.clone());
    for i in 0..100 {
        lists.op(b"](").get(1);
        objects.op(b"}(").get(1).op(b"N");
        (0..60).for_each(|j| {
            lists.text(&format!("{i} {j}"));
            objects.text(&format!("{j}")).op(b"N");
        });
        lists.op(b"e");
        objects.op(b"u");
    }
    lists.op(b"e");
    objects.op(b"e");
    for mut file in [list, lists, objects] {
        let graph = file.load().unwrap();
        let tape = tape::write(&graph).unwrap();
        assert!(tape.text.len() < 2 * text.len() + 50_000);
        let again = tape::read(&tape.ops, &tape.text, &[]).unwrap();
        assert_eq!(hash_value(&graph), hash_value(&again));
    }
}

#[test]
fn depth_is_limited_alike() {
    // Without optimisation a level of the hash takes more of the stack than a test thread has.
    let deep = std::thread::Builder::new()
        .stack_size(1 << 24)
        .spawn(depth_is_limited);
    deep.expect("starts").join().expect("passes");
}

fn depth_is_limited() {
    let nested = |depth: usize| {
        [
            b"\x80\x05".as_slice(),
            &b"]".repeat(depth),
            &b"a".repeat(depth - 1),
            b".",
        ]
        .concat()
    };
    let graph = load(&nested(MAX_DEPTH)).expect("loads");
    assert!(hash_value(&graph).is_ok());
    let tape = tape::write(&graph).expect("writes");
    assert!(tape::read(&tape.ops, &tape.text, &[]).is_ok());
    let graph = load(&nested(MAX_DEPTH + 1)).expect("loads");
    assert_eq!(
        hash_value(&graph).map_err(|error| error.code()),
        Err("TOO_LARGE")
    );
    assert_eq!(
        tape::write(&graph)
            .map(|_| ())
            .map_err(|error| error.code()),
        Err("TOO_LARGE")
    );
}

#[test]
fn errors_say_where() {
    let error = load(b"\x80\x05]\x94h\x07.").expect_err("no such memo");
    assert_eq!(
        error.to_string(),
        "corrupt data at byte 4: expected a memo number, found 7"
    );
    let error = load(b"\x80\x05]\xff.").expect_err("no such opcode");
    assert_eq!(
        error.to_string(),
        "unsupported pickle opcode 0xff at byte 3"
    );
}

#[test]
fn nothing_is_called_whatever_it_is_named() {
    let graph = load(b"\x80\x04cos\nsystem\n\x8c\x02ls\x85R.").expect("data");
    let [object] = graph.objects.as_slice() else {
        // The class and the call.
        assert_eq!(graph.objects.len(), 2);
        return;
    };
    panic!("{object:?}");
}

/// What pickles of the old protocols say, and the same in protocol 5.
const OLD: [(&[u8], &[u8]); 20] = [
    (b"I42\n.", b"\x80\x05K*."),
    (b"I01\n.", b"\x80\x05\x88."),
    (b"L-70000L\n.", b"\x80\x05J\x90\xee\xfe\xff."),
    (b"F-1.5\n.", b"\x80\x05G\xbf\xf8\0\0\0\0\0\0."),
    (b"S'a\\n\\x00'\np0\n.", b"\x80\x05\x8c\x03a\n\0."),
    (b"S'\\xff'\n.", b"\x80\x05C\x01\xff."),
    (b"U\x02\xc3\xa9.", b"\x80\x05\x8c\x02\xc3\xa9."),
    (b"T\x01\0\0\0\xff.", b"\x80\x05C\x01\xff."),
    (b"V\xe9\\u20ac\n.", b"\x80\x05\x8c\x05\xc3\xa9\xe2\x82\xac."),
    (b"(I1\nI2\nl.", b"\x80\x05](K\x01K\x02e."),
    (b"(dp5\nS'k'\ng5\ns.", b"\x80\x05}\x94\x8c\x01kh\0s."),
    (b"(S'k'\nNd.", b"\x80\x05}\x8c\x01kNs."),
    (b"(im\nC\n.", b"\x80\x05\x8c\x01m\x8c\x01C\x93)\x81."),
    (
        b"(I1\nim\nC\n.",
        b"\x80\x05\x8c\x01m\x8c\x01C\x93K\x01\x85R.",
    ),
    (
        b"(cm\nC\nI1\no.",
        b"\x80\x05\x8c\x01m\x8c\x01C\x93K\x01\x85R.",
    ),
    (
        b"ccopy_reg\n_reconstructor\n(cm\nC\nc__builtin__\nobject\nNtR(dS'a'\nI1\nsb.",
        b"\x80\x05\x8c\x01m\x8c\x01C\x93)\x81}\x8c\x01aK\x01sb.",
    ),
    (
        b"c__builtin__\nset\n((lI1\natR.",
        b"\x80\x05\x8f(K\x01\x90.",
    ),
    (
        b"c__builtin__\nxrange\n(I3\ntR.",
        b"\x80\x05cbuiltins\nrange\nK\x03\x85R.",
    ),
    (
        b"c_codecs\nencode\n(V\xff\nVlatin1\ntR.",
        b"\x80\x05C\x01\xff.",
    ),
    (
        b"cdatetime\ndatetime\n(S'\\x07\\xe4\\x01\\x02\\x03\\x04\\x05\\x00\\x00\\x01'\ntR.",
        b"\x80\x05cdatetime\ndatetime\nC\x0a\x07\xe4\x01\x02\x03\x04\x05\0\0\x01\x85R.",
    ),
];

#[test]
fn old_protocols_say_the_same() {
    for (old, new) in OLD {
        let shown = String::from_utf8_lossy(old);
        let hash =
            |file| hash_value(&load(file).unwrap_or_else(|error| panic!("{shown}: {error}")));
        assert_eq!(hash(old), hash(new), "{shown}");
        let pieces = load_in_pieces(old, 1).expect("loads in pieces");
        assert_eq!(hash_value(&pieces), hash(new), "{shown} in pieces");
    }
}

#[test]
fn names_of_python_2_stay_where_they_are_new_ones() {
    let graph = load(b"\x80\x03c__builtin__\nset\n.").expect("loads");
    assert_eq!(
        graph.str(graph.objects[0].global[0]),
        Some(&b"__builtin__"[..])
    );
}

#[test]
fn strict_refuses_what_is_not_known() {
    let strict = |file: &[u8]| {
        let mut parser = Parser::strict();
        parser
            .feed(file)
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    for known in [
        b"\x80\x05cbuiltins\nfrozenset\n]\x85R.".as_slice(),
        b"\x80\x02c__builtin__\nset\n]\x85R.",
        b"\x80\x05cdecimal\nDecimal\n\x8c\x011\x85R.",
        b"\x80\x05cnumpy\ndtype\n\x8c\x02f8\x85R.",
    ] {
        assert_eq!(strict(known), Ok(()), "{}", String::from_utf8_lossy(known));
    }
    for (file, offset) in [
        (b"\x80\x05]cos\nsystem\n.".as_slice(), 3),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", 14),
        (b"(ios\nsystem\n.", 1),
        (b"\x80\x05cbuiltins\neval\n.", 2),
    ] {
        let error = strict(file).expect_err("is not known");
        assert!(
            error.starts_with("unsupported global ") && error.ends_with(&format!("byte {offset}")),
            "{error}"
        );
        assert!(load(file).is_ok());
    }
}

#[test]
fn arrays_beside_the_file_are_refused_with_what_to_do() {
    let error = load(b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\nq\0)\x81.").expect_err("old");
    assert_eq!(error.code(), "UNSUPPORTED_VALUE");
    assert!(error.to_string().contains("dump it again"), "{error}");
}

#[test]
fn what_a_protocol_cannot_say_is_an_error() {
    let named = load("cm\nKlasse\u{fc}\n.".as_bytes()).expect("loads");
    assert_eq!(
        dump_in_protocol(&named, 2).map_err(|error| error.code()),
        Err("UNSUPPORTED_VALUE")
    );
    assert!(dump_in_protocol(&named, 3).is_ok());
    let lines = load(b"\x80\x04\x8c\x01m\x8c\x03a\nb\x93.").expect("loads");
    assert!(dump_in_protocol(&lines, 3).is_err());
    assert!(dump_in_protocol(&lines, 4).is_ok());
    let unhashable = load(b"\x80\x04(]\x91.").expect("loads");
    assert!(dump(&unhashable).is_err());
}

#[test]
fn a_name_inside_a_class_is_one_in_every_protocol() {
    let graph = load(b"\x80\x04\x8c\x01m\x8c\x07Outer.A\x93)\x81.").expect("loads");
    for protocol in 2..=5 {
        let again = load(&dump_in_protocol(&graph, protocol).expect("dumps")).expect("loads");
        assert_eq!(hash_value(&again), hash_value(&graph));
        let Node::Object(index) = again.node(again.root) else {
            panic!("an object")
        };
        let object = &again.objects[index as usize];
        assert_eq!(object.construct, Construct::New);
        assert_eq!(again.str(object.global[1]), Some(&b"Outer.A"[..]));
    }
}

#[test]
fn keys_of_shared_tuples_are_looked_at_once() {
    // Each level is a tuple of ten times the one before; the last is a key.
    let mut file = Hostile::new();
    file.op(b"K\x01").put(0).op(b"0");
    for level in 1..40 {
        file.op(b"(");
        (0..10).for_each(|_| {
            file.get(level - 1);
        });
        file.op(b"t").put(level).op(b"0");
    }
    let graph = file.op(b"}").get(39).op(b"Ns").load().expect("loads");
    assert!(pickle::write(&graph, 5).is_ok());
}

#[test]
fn long_lines_are_looked_through_once() {
    // Two million bytes, seven at a time.
    let line = [b"V".as_slice(), &b"a".repeat(2_000_000), b"\n."].concat();
    let graph = load_in_pieces(&line, 7).expect("loads");
    assert_eq!(graph.str(graph.root).map(<[u8]>::len), Some(2_000_000));
    let endless = [b"I".as_slice(), &b"1".repeat(100_000)].concat();
    assert!(is_too_large(load(&endless)));
    assert!(is_too_large(load(&[b"c", endless.as_slice()].concat())));
}

/// Small pickles of every kind and protocol.
fn small_files(limit: usize) -> Vec<Vec<u8>> {
    let old = OLD
        .iter()
        .flat_map(|(old, new)| [old.to_vec(), new.to_vec()]);
    let written = vectors().into_iter().flat_map(|vector| {
        let graph = load(&vector.file).expect("loads");
        (2..=5).map(move |protocol| dump_in_protocol(&graph, protocol).expect("dumps"))
    });
    old.chain(written.filter(|file| file.len() < limit))
        .collect()
}

#[test]
fn cut_at_every_byte_they_are_errors() {
    for file in small_files(300) {
        for end in 0..file.len() {
            assert!(load(&file[..end]).is_err(), "{end} of {file:?}");
        }
    }
}

#[test]
fn every_bit_may_flip() {
    for mut file in small_files(90) {
        for bit in 0..file.len() * 8 {
            file[bit / 8] ^= 1 << (bit % 8);
            use_whatever_loads(&file);
            file[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

/// Whatever comes of damaged bytes can be written and hashed, or is an error.
fn use_whatever_loads(bytes: &[u8]) {
    if let Ok(graph) = load(bytes) {
        let _ = hash_value(&graph);
        let _ = tape::write(&graph);
        for protocol in [2, 5] {
            if let Ok(file) = dump_in_protocol(&graph, protocol) {
                load(&file).expect("what was written can be read");
            }
        }
    }
    let _ = load_in_pieces_of_damaged(bytes);
}

fn load_in_pieces_of_damaged(file: &[u8]) -> Option<Graph> {
    let mut parser = Parser::new();
    for piece in file.chunks(5) {
        let (_, step) = parser.feed(piece).ok()?;
        if step == Step::Done {
            break;
        }
    }
    parser.finish().ok()
}

proptest! {
    #[test]
    fn a_file_cut_short_is_an_error(pick in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let vectors = vectors_once();
        let file = &vectors[pick.index(vectors.len())].file;
        let cut = cut.index(file.len());
        prop_assert!(load(&file[..cut]).is_err());
    }

    #[test]
    fn flipped_bits_never_panic(
        pick in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..6),
    ) {
        let vectors = vectors_once();
        let mut file = vectors[pick.index(vectors.len())].file.clone();
        for (at, bit) in flips {
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
        }
        use_whatever_loads(&file);
    }

    #[test]
    fn any_opcodes_never_panic(bytes in prop::collection::vec(opcode(), 0..200)) {
        let file = [b"\x80\x05".as_slice(), &bytes.concat()].concat();
        use_whatever_loads(&file);
    }

    #[test]
    fn any_tape_never_panics(ops in prop::collection::vec(0u8..34, 0..200), text in "\\PC{0,40}") {
        let _ = tape::read(&ops, text.as_bytes(), &[8, 0, 24]);
    }
}

/// Opcodes with arguments that are mostly sensible, so that programs get somewhere.
fn opcode() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(
            b"(.012NRab}e]stu)dlo\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94".to_vec()
        )
        .prop_map(|op| vec![op]),
        (0u8..4).prop_map(|n| vec![b'h', n]),
        (0u8..4).prop_map(|n| vec![b'q', n]),
        any::<u8>().prop_map(|n| vec![b'K', n]),
        prop::sample::select(vec![
            "joblib.numpy_pickle",
            "NumpyArrayWrapper",
            "numpy",
            "dtype",
            "f8",
            "shape",
            "order",
            "C",
            "joblite:Map",
            "joblite:Set",
            "joblite:hole",
            "datetime",
            "timezone",
            "timedelta",
            "numpy._core.multiarray",
            "scalar",
            "_reconstruct",
            "<",
            "builtins",
            "set",
            "frozenset",
            "bytearray",
            "getattr",
            "functools",
            "partial",
            "copyreg",
            "_reconstructor",
            "__newobj_ex__",
            "object",
            "__new__",
            "numpy.ma.core",
            "_mareconstruct",
            "MaskedArray",
            "ndarray",
            "matrix",
            "subclass",
            "O8",
        ])
        .prop_map(|text| [b"\x8c".as_slice(), &[text.len() as u8], text.as_bytes()].concat()),
        Just(b"cnumpy\ndtype\n".to_vec()),
        Just(b"C\x0a\x07\xe4\x01\x02\x03\x04\x05\x0a\x58\x70".to_vec()),
    ]
}

fn vectors_once() -> &'static [Vector] {
    static VECTORS: std::sync::OnceLock<Vec<Vector>> = std::sync::OnceLock::new();
    VECTORS.get_or_init(vectors)
}
