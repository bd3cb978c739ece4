//! Debian packages: an `ar` file with a tar stream of papers and a tar stream of files.

use super::{Artifact, DebSymbols, Error, Kind, Limits, Opened, identity, names, tarball};

const MAGIC: usize = 8;
const HEADER: usize = 60;

/// One member of the `ar` file.
struct Part<'a> {
    name: String,
    bytes: &'a [u8],
}

pub(super) fn open(file: &Opened, limits: &Limits) -> Result<Artifact, Error> {
    let (mut control, mut data) = (None, None);
    let mut at = MAGIC;
    while let Some((part, next)) = part(file, at)? {
        at = next;
        let slot = match part.name.split_once('.') {
            Some(("control", "tar" | "tar.gz" | "tar.xz" | "tar.zst")) => &mut control,
            Some(("data", tail)) if tail == "tar" || tail.starts_with("tar.") => &mut data,
            _ => continue,
        };
        // Unpackers take the first one of each.
        slot.get_or_insert(part);
        if control.is_some() && data.is_some() {
            break;
        }
    }
    let damaged = |what: &str| {
        let (file, what) = (file.label.to_string(), what.to_owned());
        Error::Damaged { file, offset: at as u64, what }
    };
    let data = data.ok_or_else(|| damaged("the package ends without a data.tar"))?;
    let control = control.ok_or_else(|| damaged("the package has no control.tar before this"))?;
    if data.name.ends_with(".lzma") {
        let what = "a Debian package packed with lzma, as none has been for many years, which is not read";
        return Err(Error::Unsupported { file: file.label.to_string(), what });
    }
    let label = tarball::within(&file.label, &control.name);
    let paper = tarball::paper(control.bytes, &label, "control", limits)?;
    let identity = paper.as_deref().map(identity::deb).unwrap_or_default();
    let symbols = tarball::paper(control.bytes, &label, "symbols", limits)?;
    let promises = symbols.map(|text| DebSymbols::parse(&String::from_utf8_lossy(&text)));
    let artifact = tarball::inside(file, (&data.name, data.bytes), (Kind::Deb, identity), limits)?;
    Ok(Artifact { promises, ..artifact })
}

/// Gives every regular file of the package's tar stream of files: name, size in bytes, and how to read it.
pub(super) fn each_file(file: &Opened, limits: &Limits, take: &mut tarball::Take<'_>) -> Result<(), Error> {
    let mut at = MAGIC;
    while let Some((part, next)) = part(file, at)? {
        at = next;
        if part.name == "data.tar" || part.name.starts_with("data.tar.") {
            return tarball::each_file(part.bytes, &tarball::within(&file.label, &part.name), limits, take);
        }
    }
    Ok(())
}

/// The part whose header is at `at`, and where the next one is; none at the end.
fn part(file: &Opened, at: usize) -> Result<Option<(Part<'_>, usize)>, Error> {
    let bytes: &[u8] = &file.map;
    let damaged = |what: &str| Error::Damaged {
        file: file.label.to_string(),
        offset: at as u64,
        what: what.to_owned(),
    };
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.is_empty() {
        return Ok(None);
    }
    let header = rest.get(..HEADER).ok_or_else(|| damaged("it ends in the middle of a header"))?;
    if &header[58..] != b"`\n" {
        return Err(damaged("a header of a part should end here and does not"));
    }
    let text = |field: &[u8]| String::from_utf8_lossy(field).trim_end().to_owned();
    let size: usize =
        text(&header[48..58]).parse().map_err(|_| damaged("the size of a part is no number"))?;
    let bytes = rest[HEADER..].get(..size).ok_or_else(|| damaged("a part goes past the end of the file"))?;
    let name = names::shown(text(&header[..16]).trim_end_matches('/'));
    // Parts start at even offsets.
    Ok(Some((Part { name, bytes }, at + HEADER + size + size % 2)))
}
