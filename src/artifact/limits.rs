//! How much an artifact may unpack to.
//!
//! The defaults let every real package pass (a CUDA build's largest library is over 2 GB, its package
//! 900 MB packed) and stop archives that are made to fill memory.

use super::Error;

/// Small outputs may have any ratio: a library that is mostly padding really packs to a hundredth.
const ALWAYS_ALLOWED: u64 = 64 << 20;

/// Upper bounds for what is read out of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one member, unpacked.
    pub member: u64,
    /// Bytes of all members, unpacked; for tar files, of everything in them, since all of it is unpacked.
    pub total: u64,
    /// Entries of an archive or a directory, of any type.
    pub entries: usize,
    /// Unpacked bytes per packed byte, once more than 64 MiB are unpacked.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { member: 8 << 30, total: 16 << 30, entries: 500_000, ratio: 200 }
    }
}

impl Limits {
    /// How many bytes `packed` bytes may unpack to.
    pub(super) fn allowance(&self, packed: u64) -> u64 {
        packed.saturating_mul(self.ratio).max(ALWAYS_ALLOWED).min(self.total)
    }

    /// Checks what an archive says of one member, before anything is unpacked.
    pub(super) fn check_member(&self, file: &str, member: &str, size: u64) -> Result<(), Error> {
        if size > self.member {
            let (file, member) = (file.to_owned(), super::names::shown(member));
            return Err(Error::MemberSize { file, member, size, limit: self.member });
        }
        Ok(())
    }

    /// Checks the sizes that an archive says of one member against each other.
    pub(super) fn check_ratio(&self, file: &str, member: &str, packed: u64, size: u64) -> Result<(), Error> {
        if size > ALWAYS_ALLOWED && size > packed.saturating_mul(self.ratio) {
            let (file, member) = (file.to_owned(), super::names::shown(member));
            return Err(Error::Ratio { file, member, packed, size, ratio: self.ratio });
        }
        Ok(())
    }

    pub(super) fn over_total(&self, file: &str, limit: u64) -> Error {
        Error::TotalSize { file: file.to_owned(), limit, total: self.total, ratio: self.ratio }
    }
}
