//! MD5 and SHA-1, which joblib hashes with. They identify; neither is for security.
//!
//! RustCrypto's: kept by many, MIT or Apache-2.0, and generic code that LLVM unrolls, so that no
//! assembly is missing in wasm. Both are chains of dependent additions and rotations, which SIMD does
//! not shorten: there a build for wasm is as fast as one can be.

use md5::{Digest as _, Md5};
use sha1::Sha1;

/// joblib's `hash_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashName {
    /// 128 bits; joblib's default.
    Md5,
    /// 160 bits.
    Sha1,
}

impl HashName {
    /// The one of this name, in lower case.
    pub fn parse(name: &str) -> Option<HashName> {
        match name {
            "md5" => Some(HashName::Md5),
            "sha1" => Some(HashName::Sha1),
            _ => None,
        }
    }
}

/// A digest that takes its bytes in pieces.
#[derive(Clone)]
pub enum Digest {
    /// MD5.
    Md5(Md5),
    /// SHA-1.
    Sha1(Sha1),
}

impl Digest {
    /// Of nothing yet.
    pub fn new(name: HashName) -> Digest {
        match name {
            HashName::Md5 => Digest::Md5(Md5::new()),
            HashName::Sha1 => Digest::Sha1(Sha1::new()),
        }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Digest::Md5(digest) => digest.update(bytes),
            Digest::Sha1(digest) => digest.update(bytes),
        }
    }

    /// The digest in hexadecimal digits, 32 or 40.
    pub fn finish(self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Digest::Md5(digest) => hex(&digest.finalize()),
            Digest::Sha1(digest) => hex(&digest.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_of_the_standards() {
        // RFC 1321, appendix A.5; RFC 3174, section 7.3.
        for (name, hex) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ] {
            let mut digest = Digest::new(HashName::parse(name).expect("known"));
            digest.update(b"a");
            digest.update(b"bc");
            assert_eq!(digest.finish(), hex);
        }
        assert_eq!(HashName::parse("sha256"), None);
    }
}
