//! How much a pickle may make of values that it has already told: without a limit, a few bytes that
//! refer to a long list copy it each time.

/// What a pickle may derive before anything of it has been read.
const FREE: u64 = 1 << 16;

/// What each byte of it adds.
const PER_BYTE: u64 = 4;

/// What has been derived: list items, fields of dtypes, characters; one each.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: u64,
    allowed: u64,
}

impl Budget {
    /// To be called with how many bytes have been read, before something is derived.
    pub fn read(&mut self, nbytes: u64) {
        self.allowed = nbytes.saturating_mul(PER_BYTE).saturating_add(FREE);
    }

    /// `None` if that is too much.
    pub fn spend(&mut self, n: usize) -> Option<()> {
        self.spent = self.spent.saturating_add(n as u64);
        (self.spent <= self.allowed).then_some(())
    }

    /// What has been spent and what was allowed, if that is too much.
    pub fn exceeded(&self) -> Option<(u64, u64)> {
        (self.spent > self.allowed).then_some((self.spent, self.allowed))
    }
}
