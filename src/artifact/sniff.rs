//! What bytes are, going by how they start.

use super::unpack::Packing;

/// What the start of a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Empty,
    Elf,
    Zip,
    Deb,
    Rpm,
    Tar,
    Packed(Packing),
    Dump,
    LinkerScript,
    Text,
    /// Something known that is never read; the words say what.
    Foreign(&'static str),
    Unknown,
}

impl Look {
    /// What it is, to follow "it is".
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Empty => "an empty file",
            Self::Elf => "an ELF file",
            Self::Zip => "a zip file",
            Self::Deb => "a Debian package",
            Self::Rpm => "an RPM package",
            Self::Tar => "a tar file",
            Self::Packed(packing) => packing.describe(),
            Self::Dump => "a dump",
            Self::LinkerScript => "a linker script",
            Self::Text => "a text file",
            Self::Foreign(what) => what,
            Self::Unknown => "a file of an unknown type",
        }
    }
}

/// Starts of files that are recognized and not read.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"!<arch>\n", "a static library"),
    (b"!<thin>\n", "a thin static library"),
    (b"\xfe\xed\xfa\xce", "a Mach-O file"),
    (b"\xfe\xed\xfa\xcf", "a Mach-O file"),
    (b"\xce\xfa\xed\xfe", "a Mach-O file"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O file"),
    (b"\0asm", "a WebAssembly module"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"hsqs", "a SquashFS image"),
];

/// Looks at the start of a file; a few hundred bytes are enough, the whole file is fine too.
pub(super) fn look(bytes: &[u8]) -> Look {
    if bytes.is_empty() {
        return Look::Empty;
    }
    if bytes.starts_with(b"\x7fELF") {
        return Look::Elf;
    }
    if [b"PK\x03\x04", b"PK\x05\x06"].iter().any(|magic| bytes.starts_with(*magic)) {
        return Look::Zip;
    }
    // A module of Java: a zip file behind a mark of its own.
    if bytes.starts_with(b"JM\x01\0PK\x03\x04") {
        return Look::Zip;
    }
    if let Some(packing) = Packing::of(bytes) {
        return Look::Packed(packing);
    }
    if bytes.starts_with(b"!<arch>\ndebian-binary") {
        return Look::Deb;
    }
    if bytes.starts_with(b"\xed\xab\xee\xdb") {
        return Look::Rpm;
    }
    if is_tar(bytes) {
        return Look::Tar;
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Look::Foreign(what);
    }
    if bytes.starts_with(b"\xca\xfe\xba\xbe") {
        // Java took the same magic; its next number is a version of at least 45, here it counts machines.
        let universal = bytes.get(4..8).is_some_and(|n| n[..3] == [0; 3] && n[3] < 0x20);
        return Look::Foreign(if universal { "a Mach-O file" } else { "a Java class" });
    }
    if bytes.starts_with(b"MZ") {
        return Look::Foreign(windows(bytes));
    }
    text(bytes)
}

/// A tar header: the `ustar` mark of every tar since 1988 or, without it, a header sum that fits.
fn is_tar(bytes: &[u8]) -> bool {
    let Some(block) = bytes.get(..512) else { return false };
    block[257..].starts_with(b"ustar") || (block[0] != 0 && super::tar_reader::sum_fits(block))
}

fn windows(bytes: &[u8]) -> &'static str {
    let field = |at: usize, width| bytes.get(at..at.checked_add(width)?);
    let Some(at) = field(60, 4) else { return "a DOS program" };
    let at = u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize;
    if field(at, 4) != Some(b"PE\0\0") {
        return "a DOS or Windows program";
    }
    let dll = at.checked_add(22).and_then(|at| field(at, 2)).is_some_and(|flags| flags[1] & 0x20 != 0);
    if dll { "a Windows DLL (PE)" } else { "a Windows program (PE)" }
}

fn text(bytes: &[u8]) -> Look {
    let head = &bytes[..bytes.len().min(4096)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut in two by the end of the head is no reason to doubt the rest.
        Err(e) if e.error_len().is_none() => {
            std::str::from_utf8(&head[..e.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Look::Unknown,
    };
    if text.contains('\0') {
        return Look::Unknown;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let in_braces = start.strip_prefix('{').map(str::trim_start);
    if in_braces.is_some_and(|rest| rest.starts_with("\"abigate\"")) || start.starts_with("abigate:") {
        return Look::Dump;
    }
    let script = text.contains("GNU ld script") || ["INPUT", "GROUP"].iter().any(|c| start.starts_with(c));
    if script { Look::LinkerScript } else { Look::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_starts() {
        let cases: &[(&[u8], Look)] = &[
            (b"", Look::Empty),
            (b"\x7fELF\x02", Look::Elf),
            (b"PK\x05\x06", Look::Zip),
            (b"JM\x01\0PK\x03\x04", Look::Zip),
            (b"\xed\xab\xee\xdb\x03", Look::Rpm),
            (b"\x1f\x8b\x08", Look::Packed(Packing::Gzip)),
            (b"!<arch>\ndebian-binary   ", Look::Deb),
            (b"!<arch>\n/  ", Look::Foreign("a static library")),
            (b"{\n  \"abigate\": 1", Look::Dump),
            (b"abigate: 1\n", Look::Dump),
            (b"/* GNU ld script */ GROUP ( a )", Look::LinkerScript),
            (b"hello", Look::Text),
            ("grün".as_bytes(), Look::Text),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", Look::Foreign("a Mach-O file")),
            (b"\xca\xfe\xba\xbe\0\0\0\x34", Look::Foreign("a Java class")),
            (b"MZ", Look::Foreign("a DOS program")),
            (b"\0\x01\x02", Look::Unknown),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(look(bytes), *wanted, "{bytes:?}");
        }
    }

    #[test]
    fn windows_library() {
        let mut file = vec![0u8; 256];
        file[..2].copy_from_slice(b"MZ");
        file[60] = 128;
        file[128..132].copy_from_slice(b"PE\0\0");
        file[151] = 0x20;
        assert_eq!(look(&file).describe(), "a Windows DLL (PE)");
    }
}
