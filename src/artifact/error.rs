//! What can go wrong between a path and the bytes of its shared objects.
//!
//! Every message is complete in itself and one line: names that come from outside are made printable
//! before they get here.

use std::io;

use thiserror::Error;

/// Why a path, or one member of what it leads to, could not be read.
///
/// `file` is the path as the user gave it; for an archive inside a package it is `package(archive)`.
/// Offsets are bytes from the start of that file. A cause is part of the message, and is kept to be looked at; it is not given
/// as a source as well, which would be told twice.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is there.
    #[error("{file}: no such file or directory")]
    Missing { file: String },
    /// The operating system refused.
    #[error("{file}: cannot be read: {cause}")]
    Read { file: String, cause: io::Error },
    /// Another process wrote to the file while it was mapped: what was read is neither the old file nor the new one.
    #[error("{file}: {what} while it was read")]
    Changed { file: String, what: &'static str },
    /// A device, a pipe or a socket.
    #[error("{file}: neither a regular file nor a directory")]
    NotAFile { file: String },
    /// A file of no bytes.
    #[error("{file}: an empty file")]
    Empty { file: String },
    /// A file of another type.
    #[error("{file}: {what}; expected a shared object or an archive of them")]
    Unknown { file: String, what: &'static str },
    /// A directory without shared objects or dumps.
    #[error("{file}: no shared object in this directory or below it: {found}")]
    NothingInFolder { file: String, found: String },
    /// An archive without shared objects.
    #[error("{file}: no shared object in this archive: {found}")]
    NothingInArchive { file: String, found: String },
    /// The bytes contradict the format.
    #[error("{file}: damaged at byte {offset}: {what}")]
    Damaged { file: String, offset: u64, what: String },
    /// The unpacked bytes contradict the format, or cannot be unpacked.
    #[error("{file}: damaged at byte {offset} of its unpacked content: {what}")]
    DamagedInside { file: String, offset: u64, what: String },
    /// The bytes of one member contradict what the archive says of it.
    #[error("{file}: {member}: damaged at byte {offset}: {what}")]
    DamagedMember { file: String, member: String, offset: u64, what: String },
    /// One member is encrypted.
    #[error("{file}: {member}: encrypted (at byte {offset})")]
    Encrypted { file: String, member: String, offset: u64 },
    /// One member is packed in a way that is not read.
    #[error("{file}: {member}: packed with an unsupported method, number {method} (at byte {offset})")]
    Method { file: String, member: String, method: u16, offset: u64 },
    /// The format allows it, this reader does not.
    #[error("{file}: {what}")]
    Unsupported { file: String, what: &'static str },
    /// The name of a library is not fit to be shown or compared.
    #[error("{file}: {member}: a name that is not accepted: {why}")]
    Name { file: String, member: String, why: &'static str },
    /// One member is, or says it is, larger than allowed. Sizes are bytes unpacked.
    #[error("{file}: {member}: {size} bytes unpacked, more than the limit of {limit}")]
    MemberSize { file: String, member: String, size: u64, limit: u64 },
    /// The whole is, or says it is, larger than allowed. Sizes are bytes unpacked.
    #[error("{file}: more than {limit} bytes unpacked (limits: {total} in all, {ratio} per packed byte)")]
    TotalSize { file: String, limit: u64, total: u64, ratio: u64 },
    /// One member unpacks to suspiciously many bytes.
    #[error("{file}: {member}: {packed} bytes say they unpack to {size}, over {ratio} times as many")]
    Ratio { file: String, member: String, packed: u64, size: u64, ratio: u64 },
    /// Too many entries.
    #[error("{file}: more than {limit} entries")]
    Entries { file: String, limit: usize },
    /// A member does not fit into memory.
    #[error("{file}: {member}: no memory for {size} bytes")]
    Memory { file: String, member: String, size: u64 },
}
