//! Streams packed with gzip, xz, zstd or bzip2, told apart by content.

use std::io::{self, BufReader, Read};

/// Enough for a tar header and for the first words of a dump.
const HEAD: u64 = 1024;
/// What an xz stream may ask for its dictionary: more than `xz -9` does, less than a machine has.
const XZ_MEMORY: u64 = 1 << 30;

/// How a stream is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Xz,
    Zstd,
    Bzip2,
}

impl Packing {
    /// The packing of bytes that start like a packed stream.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Self::Bzip2),
            _ => None,
        }
    }

    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Gzip => "a gzip file",
            Self::Xz => "an xz file",
            Self::Zstd => "a zstd file",
            Self::Bzip2 => "a bzip2 file",
        }
    }

    /// Like [`Self::describe`], for one whose content is not what was hoped for.
    pub(super) fn without_tar(self) -> &'static str {
        match self {
            Self::Gzip => "a gzip file with neither a tar file nor a shared object in it",
            Self::Xz => "an xz file with neither a tar file nor a shared object in it",
            Self::Zstd => "a zstd file with neither a tar file, a shared object nor a dump in it",
            Self::Bzip2 => "a bzip2 file with neither a tar file nor a shared object in it",
        }
    }
}

/// Reads what `bytes` unpack to, or the bytes themselves if they are not packed.
pub(super) fn reader(bytes: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    Ok(match Packing::of(bytes) {
        None => Box::new(bytes),
        Some(packing) => Box::new(BufReader::with_capacity(64 << 10, decoder(bytes, packing)?)),
    })
}

/// The first bytes of what `bytes` unpack to, as far as they can be unpacked.
pub(super) fn head(bytes: &[u8], packing: Packing) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(decoder) = decoder(bytes, packing) {
        // What comes before an error is kept; the error comes up again when all of it is read.
        let _ = decoder.take(HEAD).read_to_end(&mut head);
    }
    head
}

fn decoder(bytes: &[u8], packing: Packing) -> io::Result<Box<dyn Read + '_>> {
    Ok(match packing {
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(bytes)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(bytes)?),
        Packing::Xz => {
            let stream =
                liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(bytes, stream))
        }
    })
}
