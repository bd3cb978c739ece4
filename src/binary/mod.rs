//! Object files to the model: one ELF file in, one [`abi::Library`] out.
//!
//! Reads what the loader reads: program headers and the dynamic section. Section headers only add names, sizes
//! and `.symtab`; a file without them loses those and nothing else. Nothing is executed, and every offset, count
//! and size is checked against the file before it is used.
//!
//! Reading order: [`elf::image`] (the file and its address space), [`elf::dynamic`] (tags), [`elf::symbols`] and
//! [`elf::versions`] (the dynamic symbol table), [`elf::relocations`], [`elf::address_names`] (what stands at an address),
//! [`itanium::vtables`] and [`itanium::typeinfos`] (RTTI), [`elf::notes`] (build-id, properties), [`itanium::stdlib`] (which
//! C++ library); [`elf::relocatable`] (objects that were not linked yet).

mod elf;
mod itanium;

use std::borrow::Cow;

use crate::abi::{self, Evidence};
pub(crate) use elf::image::{Image, Section};

/// Why a file cannot be read: what is wrong, in which part of the file, at which offset in bytes.
#[derive(Debug, thiserror::Error)]
#[error("{place}, offset {offset:#x}: {what}")]
pub struct Error {
    place: Cow<'static, str>,
    offset: u64,
    what: Cow<'static, str>,
}

impl Error {
    pub(crate) fn new(
        place: impl Into<Cow<'static, str>>,
        offset: u64,
        what: impl Into<Cow<'static, str>>,
    ) -> Error {
        Error { place: place.into(), offset, what: what.into() }
    }
}

type Result<T> = std::result::Result<T, Error>;

/// Whether the bytes start like an ELF file.
pub fn is_elf(data: &[u8]) -> bool {
    data.starts_with(b"\x7fELF")
}

/// Whether the bytes start like an ELF file that can be linked against or loaded (`ET_DYN`), so that archives and
/// directories can be searched without reading every object file in full.
pub fn is_shared_object(data: &[u8]) -> bool {
    elf::image::file_type(data) == Some(object::elf::ET_DYN)
}

/// A function that a file exports, and where it is.
pub(crate) struct ExportedFunction {
    /// As [`abi::Library::described_name`] gives it.
    pub name: Vec<u8>,
    /// Address of its code; of an ifunc, of its resolver.
    pub address: u64,
    /// `STT_GNU_IFUNC`
    pub is_ifunc: bool,
    /// There are other versions of it, so that its name alone does not say which one it is.
    pub has_versions: bool,
}

/// The exported functions of a linked file whose linkage names, without version, somebody wants: every version of each.
pub(crate) fn exported_functions(
    image: &Image<'_>,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Vec<ExportedFunction> {
    use object::elf::{ET_REL, STT_FUNC, STT_GNU_IFUNC};
    if image.file_type == ET_REL {
        return Vec::new();
    }
    let Ok(tags) = elf::dynamic::Tags::parse(image) else { return Vec::new() };
    let (Ok(versions), Ok(table)) =
        (elf::versions::Versions::parse(image, &tags), elf::symbols::DynamicSymbols::parse(image, &tags))
    else {
        return Vec::new();
    };
    let symbols = table.symbols.iter().enumerate();
    let functions = symbols.filter(|(_, (symbol, name))| {
        symbol.is_placed()
            && symbol.is_exported()
            && matches!(symbol.kind, STT_FUNC | STT_GNU_IFUNC)
            && is_wanted(name)
    });
    let mut found: Vec<Placed<'_>> = functions
        .map(|(index, (symbol, name))| {
            let version = versions.of(index, image.endian);
            let is_hidden = version.is_some_and(|(_, hidden)| hidden);
            let address = elf::machine::code_address(image, symbol.value);
            let version = version.map_or(&b""[..], |(version, _)| version.name);
            Placed { name, is_hidden, version, address, is_ifunc: symbol.kind == STT_GNU_IFUNC }
        })
        .collect();
    found.sort_unstable();
    found.dedup_by_key(|placed| (placed.name, placed.version));
    found.chunk_by(|a, b| a.name == b.name).flat_map(of_one_name).collect()
}

/// A version of an exported function; the default one, which is not hidden, sorts first among those of its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Placed<'a> {
    name: &'a [u8],
    is_hidden: bool,
    version: &'a [u8],
    address: u64,
    is_ifunc: bool,
}

fn of_one_name<'a>(versions: &'a [Placed<'a>]) -> impl Iterator<Item = ExportedFunction> + 'a {
    versions.iter().enumerate().map(|(at, placed)| ExportedFunction {
        name: if at == 0 { placed.name.to_vec() } else { [placed.name, b"@", placed.version].concat() },
        address: placed.address,
        is_ifunc: placed.is_ifunc,
        has_versions: versions.len() > 1,
    })
}

/// The functions whose addresses the `size` bytes of code at an address take.
pub(crate) fn functions_taken(image: &Image<'_>, start: u64, size: u64) -> Vec<u64> {
    elf::code_references::taken(image, start, size)
}

/// Reads the facts of one shared object, or of a relocatable one as far as it has any.
///
/// `name` is its file name, which the model keeps beside the SONAME.
///
/// # Errors
/// The file is not ELF, has no dynamic section, or a table that the loader needs does not fit into it. Damage that
/// only concerns one virtual table or one note is recorded as a gap in the library's evidence instead.
pub fn read(name: &str, data: &[u8]) -> Result<abi::Library> {
    let image = Image::parse(data)?;
    if image.file_type == object::elf::ET_REL {
        return elf::relocatable::read(name, &image);
    }
    if let Some(section) = image.dropped_dynamic_section() {
        let what = "the content was taken out (objcopy --only-keep-debug): this is the debug info of a library; name \
                    the library, and the directory of this file with --debug-dir";
        return Err(Error::new(section.name(), section.offset, what));
    }
    let tags = elf::dynamic::Tags::parse(&image)?;
    let mut gaps = Vec::new();

    let versions = elf::versions::Versions::parse(&image, &tags)?;
    let table = elf::symbols::DynamicSymbols::parse(&image, &tags)?;
    let (symbols, rtti) = rayon::join(
        || {
            let exports = elf::symbols::exports(&image, &table, &versions)?;
            let copied = elf::relocations::copied(&image, &tags)?;
            let imports = elf::symbols::imports(&image, &table, &versions, &copied)?;
            let cxx11 = itanium::stdlib::dual_abi(&exports, &imports);
            Ok((exports, imports, cxx11))
        },
        || itanium::rtti::read(&image, &tags, &table, &mut gaps),
    );
    let ((exports, imports, cxx11), rtti) = (symbols?, rtti?);
    let notes = elf::notes::Notes::read(&image, &mut gaps);
    let dynamic = tags.facts(&image, notes.properties)?;

    gaps.sort();
    gaps.dedup();
    Ok(abi::Library {
        name: name.to_owned(),
        path: None,
        machine: elf::machine::describe(&image),
        build_id: notes.build_id,
        producers: image.producers(),
        stdlib: itanium::stdlib::stdlib(&exports, &imports, &dynamic.needed, |part| {
            tags.strings.mention(part)
        }),
        cxx11,
        evidence: Evidence {
            symtab: rtti.symtab,
            rtti_symbols: rtti.symbols,
            rtti_decoded: rtti.decoded,
            gaps,
            ..Evidence::default()
        },
        dynamic,
        sections: image.section_sizes(),
        versions: versions.defined,
        exports,
        imports,
        vtables: rtti.vtables,
        vtts: rtti.vtts,
        typeinfos: rtti.typeinfos,
        ..abi::Library::default()
    })
}
