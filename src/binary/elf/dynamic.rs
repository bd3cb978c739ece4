//! The dynamic section: tags as the loader sees them, and the facts they make.

use object::Endianness;
use object::elf::{self, Dyn32, Dyn64};
use object::read::elf::Dyn;

use super::super::{Error, Result};
use super::image::Image;
use crate::abi;

/// Addresses and sizes named by `DT_*` entries; zero where an entry is missing.
#[derive(Default)]
pub(in crate::binary) struct Tags<'data> {
    pub symtab: u64,
    pub strings: Strings<'data>,
    pub hash: Option<u64>,
    pub gnu_hash: Option<u64>,
    pub versym: Option<u64>,
    pub verdef: Option<(u64, u64)>,
    pub verneed: Option<(u64, u64)>,
    pub rel: Option<(u64, u64)>,
    pub rela: Option<(u64, u64)>,
    pub relr: Option<(u64, u64)>,
    /// Android's packed relocations, each with whether they have addends.
    pub android: Option<(u64, u64, bool)>,
    /// Address, size in bytes, entries have addends.
    pub plt: Option<(u64, u64, bool)>,
    soname: Option<u64>,
    needed: Vec<u64>,
    rpath: Option<u64>,
    runpath: Option<u64>,
    flags: u64,
    flags_1: u64,
    textrel: bool,
    bind_now: bool,
}

/// `DT_STRTAB`.
#[derive(Default, Clone, Copy)]
pub(in crate::binary) struct Strings<'data> {
    bytes: &'data [u8],
    offset: u64,
}

impl<'data> Strings<'data> {
    /// The string at an offset; `what` says who asked for it.
    pub(in crate::binary) fn get(&self, at: u64, what: &'static str) -> Result<&'data [u8]> {
        let rest = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..));
        rest.and_then(|rest| memchr_nul(rest)).ok_or_else(|| {
            Error::new(
                ".dynstr",
                self.offset.wrapping_add(at),
                format!("{what} is not inside the string table of {} bytes", self.bytes.len()),
            )
        })
    }

    /// Whether any string has this part.
    pub(in crate::binary) fn mention(&self, part: &str) -> bool {
        memchr::memmem::find(self.bytes, part.as_bytes()).is_some()
    }

    fn text(&self, at: u64, what: &'static str) -> Result<String> {
        Ok(String::from_utf8_lossy(self.get(at, what)?).into_owned())
    }
}

fn memchr_nul(bytes: &[u8]) -> Option<&[u8]> {
    memchr::memchr(0, bytes).map(|end| &bytes[..end])
}

impl<'data> Tags<'data> {
    /// Finds the dynamic section by `PT_DYNAMIC` and reads its tags.
    pub(in crate::binary) fn parse(image: &Image<'data>) -> Result<Tags<'data>> {
        let Some(segment) = image.segments.iter().find(|s| s.kind == elf::PT_DYNAMIC) else {
            return Err(Error::new("program headers", 0, "no PT_DYNAMIC: not a shared object"));
        };
        let bytes = image.file_bytes(segment.offset, segment.file_size).ok_or_else(|| {
            Error::new("dynamic section", segment.offset, "PT_DYNAMIC does not fit into the file")
        })?;
        let entries: Vec<(u64, u64)> = match image.is_64 {
            true => Image::table::<Dyn64<Endianness>>(bytes)
                .iter()
                .map(|d| (Dyn::tag(d, image.endian).0 as u64, d.val(image.endian)))
                .collect(),
            false => Image::table::<Dyn32<Endianness>>(bytes)
                .iter()
                // The tag is sign-extended, which the OS-specific ones must not be.
                .map(|d| (u64::from(Dyn::tag(d, image.endian).0 as u32), d.val(image.endian)))
                .collect(),
        };
        let mut tags = Tags::default();
        tags.collect(image, &entries)?;
        Ok(tags)
    }

    fn collect(&mut self, image: &Image<'data>, entries: &[(u64, u64)]) -> Result<()> {
        let value = |tag: u64| entries.iter().take_while(|e| e.0 != 0).find(|e| e.0 == tag).map(|e| e.1);
        let pair = |address: u64, size: u64| Some((value(address)?, value(size).unwrap_or(0)));
        for &(tag, value) in entries.iter().take_while(|e| e.0 != 0) {
            match tag {
                1 => self.needed.push(value),
                22 => self.textrel = true,
                24 => self.bind_now = true,
                _ => {}
            }
        }
        self.symtab = value(6).unwrap_or(0);
        self.hash = value(4);
        self.gnu_hash = value(0x6fff_fef5);
        self.versym = value(0x6fff_fff0);
        self.verdef = pair(0x6fff_fffc, 0x6fff_fffd);
        self.verneed = pair(0x6fff_fffe, 0x6fff_ffff);
        self.rela = pair(7, 8);
        self.rel = pair(17, 18);
        // Android had the same table under numbers of its own at first.
        self.relr = pair(36, 35).or_else(|| pair(0x6fff_e000, 0x6fff_e001));
        let packed = pair(0x6000_0011, 0x6000_0012).map(|(address, size)| (address, size, true));
        let without_addends = || pair(0x6000_000f, 0x6000_0010).map(|(at, size)| (at, size, false));
        self.android = packed.or_else(without_addends);
        self.plt = pair(23, 2).map(|(address, size)| (address, size, value(20) == Some(7)));
        self.soname = value(14);
        self.rpath = value(15);
        self.runpath = value(29);
        self.flags = value(30).unwrap_or(0);
        self.flags_1 = value(0x6fff_fffb).unwrap_or(0);
        self.strings = match (value(5), value(10)) {
            (Some(address), Some(size)) => Strings {
                bytes: image.bytes_at(address, size).ok_or_else(|| {
                    Error::new(
                        ".dynstr",
                        image.offset_of(address),
                        format!("DT_STRTAB with DT_STRSZ {size:#x} does not fit into its segment"),
                    )
                })?,
                offset: image.offset_of(address),
            },
            _ => Strings::default(),
        };
        Ok(())
    }

    /// The facts of the dynamic section and of the program headers beside it.
    pub(in crate::binary) fn facts(
        &self,
        image: &Image<'_>,
        properties: Vec<abi::Property>,
    ) -> Result<abi::Dynamic> {
        let needed = self.needed.iter().map(|&at| self.strings.text(at, "a DT_NEEDED name"));
        let optional = |at: Option<u64>, what| at.map(|at| self.strings.text(at, what)).transpose();
        let stack = image.segments.iter().find(|s| s.kind == elf::PT_GNU_STACK);
        Ok(abi::Dynamic {
            relocatable: false,
            soname: optional(self.soname, "DT_SONAME")?,
            needed: needed.collect::<Result<_>>()?,
            rpath: optional(self.rpath, "DT_RPATH")?,
            runpath: optional(self.runpath, "DT_RUNPATH")?,
            static_tls: self.flags & 0x10 != 0,
            text_relocations: self.textrel || self.flags & 4 != 0,
            bind_now: self.bind_now || self.flags & 8 != 0 || self.flags_1 & 1 != 0,
            // Without PT_GNU_STACK the kernel's default counts: executable on the older architectures.
            executable_stack: match stack {
                Some(stack) => stack.flags.0 & elf::PF_X.0 != 0,
                None => [elf::EM_386, elf::EM_X86_64, elf::EM_ARM].contains(&image.machine),
            },
            relro: image.segments.iter().any(|s| s.kind == elf::PT_GNU_RELRO),
            flags: self.flag_names(),
            properties,
            relocations: super::relocations::count(image, self)?,
        })
    }

    fn flag_names(&self) -> Vec<String> {
        let names_1 = [
            (0x2, "global"),
            (0x4, "group"),
            (0x8, "nodelete"),
            (0x20, "initfirst"),
            (0x40, "noopen"),
            (0x80, "origin"),
            (0x400, "interpose"),
            (0x0800_0000, "pie"),
        ];
        let mut names: Vec<String> = names_1
            .iter()
            .filter(|(bit, _)| self.flags_1 & bit != 0)
            .map(|(_, name)| (*name).to_owned())
            .collect();
        if self.flags & 2 != 0 {
            names.push("symbolic".to_owned());
        }
        names.sort();
        names
    }
}
