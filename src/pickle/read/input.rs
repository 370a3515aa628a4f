//! The bytes at hand, from which opcodes and their arguments are taken.

/// The bytes at hand, from the current opcode on.
pub(super) struct Input<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..)?.get(..n)?;
        self.at += n;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// A length of `N` bytes, little endian.
    pub(super) fn length<const N: usize>(&mut self) -> Option<u64> {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(self.take(N)?);
        Some(u64::from_le_bytes(wide))
    }

    /// The next line without its end. `scanned` is how many bytes are known to have none, so that a
    /// line that comes in many pieces is looked through once.
    pub(super) fn line(&mut self, scanned: &mut usize) -> Option<&'a [u8]> {
        let start = self.at;
        let from = start.max(*scanned);
        let end = self
            .bytes
            .get(from..)?
            .iter()
            .position(|&byte| byte == b'\n');
        let Some(end) = end else {
            *scanned = self.bytes.len();
            return None;
        };
        *scanned = 0;
        self.at = from + end + 1;
        Some(&self.bytes[start..from + end])
    }
}
