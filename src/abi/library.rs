//! One shared object: its identity, what its dynamic section asks of the loader, and its lists of facts.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    AbiOption, BaseType, Constant, Export, Function, Import, Inlined, Macro, Probe, Type, Typeinfo, Variable,
    VersionDefinition, VtableGroup, Vtt, is_default,
};

/// The ABI facts of one shared object.
///
/// All lists are sorted by their first field (and version, where there is one).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// File name without folder: `libc10.so`. It need not equal the SONAME.
    pub name: String,
    /// Path inside the release (`torch/lib/libc10.so`), where the input was a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it was compiled for.
    pub machine: Machine,
    /// GNU build-id in hexadecimal. Not an identity: two releases may share one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_id: Option<String>,
    /// Compilers and linkers that left their name in `.comment`, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub producers: Vec<String>,
    /// The C++ library in use, read off the names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stdlib: StdLib,
    /// Names of libstdc++'s dual ABI.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cxx11: Cxx11Abi,
    /// Where the facts came from and what is missing.
    pub evidence: Evidence,
    /// What the dynamic section and the program headers say.
    pub dynamic: Dynamic,
    /// Allocated sections and their sizes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// Symbol versions that the library defines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<VersionDefinition>,
    /// Definitions in the dynamic symbol table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exports: Vec<Export>,
    /// References in the dynamic symbol table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<Import>,
    /// Functions that there is code of; only of consumers, whose debug info says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inlined: Vec<Inlined>,
    /// Virtual tables and construction vtables behind exported symbols.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vtables: Vec<VtableGroup>,
    /// Tables of virtual tables behind exported symbols.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vtts: Vec<Vtt>,
    /// Type information behind exported symbols.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typeinfos: Vec<Typeinfo>,
    /// Types that the surface reaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Type>,
    /// Functions behind exported symbols.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Variables behind exported symbols.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// Types of the language that the facts mention, by name and representation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_types: Vec<BaseType>,
    /// Options of the compiler that change the ABI.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<AbiOption>,
    /// Constants at namespace scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constants: Vec<Constant>,
    /// Macros of the library's own headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub macros: Vec<Macro>,
    /// Macros that all units were compiled with (`-DNAME=VALUE`), where debug info has them. They help to compile public
    /// headers and are no part of a dump.
    #[serde(skip)]
    pub command_line: Vec<Macro>,
}

/// What the code was compiled for: `e_machine`, class, data encoding and ABI flags of the ELF header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// `x86_64`, `aarch64`, `i386`, `arm`, `ppc64le`, … as `uname -m` and platform tags name them.
    pub arch: String,
    /// Word size in bits: 32 or 64.
    pub bits: u8,
    /// Big-endian data.
    #[serde(default, skip_serializing_if = "is_default")]
    pub big_endian: bool,
    /// Calling or float ABI recorded in `e_flags`, where the machine has any (`hard-float`, `elfv2`, `lp64d`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abi: Option<String>,
}

/// Which C++ library the names belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StdLib {
    /// No name tells.
    #[default]
    Unknown,
    /// GNU's, with names such as `std::__cxx11::…` or a need of `libstdc++.so`.
    #[serde(rename = "libstdc++")]
    LibStdCxx,
    /// LLVM's, with names in `std::__1` (or `std::__ndk1`).
    #[serde(rename = "libc++")]
    LibCxx,
    /// Names of both.
    Both,
}

/// How many exported and imported names belong to the old and the new ABI of libstdc++.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cxx11Abi {
    /// Names that mention the old `std::string` or `std::list`.
    pub old: u32,
    /// Names that mention `__cxx11` or carry the tag `[abi:cxx11]`.
    pub new: u32,
}

/// Where facts came from, and what the file could not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// `.symtab` was there to name what vtables point at.
    #[serde(default, skip_serializing_if = "is_default")]
    pub symtab: bool,
    /// Exported `_ZTV`, `_ZTC`, `_ZTT` and `_ZTI` symbols.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rtti_symbols: u32,
    /// How many of those could be decoded from the image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rtti_decoded: u32,
    /// Debug info, where there was any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwarf: Option<DwarfCoverage>,
    /// How the headers were asked, in what they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Probe>,
    /// What is missing or damaged, one sentence each, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
}

/// How much debug info there was, and how much of the surface it describes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DwarfCoverage {
    /// Units read, type units and split units included.
    pub units: u32,
    /// Exported functions that are described.
    pub functions: u32,
    /// Exported functions in all.
    pub exported_functions: u32,
    /// Exported variables that are described.
    pub variables: u32,
    /// Virtual functions that both debug info and the virtual tables in the image describe.
    #[serde(default, skip_serializing_if = "is_default")]
    pub virtuals: u32,
    /// Units whose producer recorded the options it was called with.
    #[serde(default, skip_serializing_if = "is_default")]
    pub with_options: u32,
    /// Those about which the two disagree.
    #[serde(default, skip_serializing_if = "is_default")]
    pub disagreements: u32,
    /// What vector registers its units may use; only where the machine passes vectors in them, and the facts mention a
    /// vector that is larger than those which every such machine has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector_units: Option<VectorUnits>,
}

/// Units by the widest vector registers that their options allow (x86: SSE, AVX, AVX-512).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorUnits {
    /// 128 bits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bits_128: u32,
    /// 256 bits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bits_256: u32,
    /// 512 bits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bits_512: u32,
    /// Of which nobody recorded options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unknown: u32,
}

/// Requests to the dynamic loader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dynamic {
    /// It was not linked yet (`ET_REL`): there is nothing for a loader in it, and what it refers to is still to come.
    #[serde(default, skip_serializing_if = "is_default")]
    pub relocatable: bool,
    /// `DT_SONAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soname: Option<String>,
    /// `DT_NEEDED`, in file order: the order decides which definition of a symbol is found first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<String>,
    /// `DT_RPATH`, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpath: Option<String>,
    /// `DT_RUNPATH`, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runpath: Option<String>,
    /// `DF_STATIC_TLS`: initial-exec TLS, so that `dlopen` may fail.
    #[serde(default, skip_serializing_if = "is_default")]
    pub static_tls: bool,
    /// `DT_TEXTREL` or `DF_TEXTREL`: relocations in read-only segments.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text_relocations: bool,
    /// `DT_BIND_NOW`, `DF_BIND_NOW` or `DF_1_NOW`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bind_now: bool,
    /// `PT_GNU_STACK` is executable, or missing where the platform's default is an executable stack.
    #[serde(default, skip_serializing_if = "is_default")]
    pub executable_stack: bool,
    /// `PT_GNU_RELRO` is there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub relro: bool,
    /// `DF_1_NODELETE`, `DF_1_PIE` and the like, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// GNU program properties, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// Dynamic relocations by table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub relocations: RelocationCount,
}

/// A GNU program property (`NT_GNU_PROPERTY_TYPE_0`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Property {
    /// x86 indirect branch tracking.
    #[serde(rename = "ibt")]
    Ibt,
    /// x86 shadow stack.
    #[serde(rename = "shstk")]
    Shstk,
    /// x86-64 baseline required.
    #[serde(rename = "x86-64-baseline")]
    X86Baseline,
    /// x86-64-v2 required.
    #[serde(rename = "x86-64-v2")]
    X86V2,
    /// x86-64-v3 required.
    #[serde(rename = "x86-64-v3")]
    X86V3,
    /// x86-64-v4 required.
    #[serde(rename = "x86-64-v4")]
    X86V4,
    /// AArch64 branch target identification.
    #[serde(rename = "bti")]
    Bti,
    /// AArch64 pointer authentication.
    #[serde(rename = "pac")]
    Pac,
    /// AArch64 guarded control stack.
    #[serde(rename = "gcs")]
    Gcs,
}

impl Property {
    /// Instruction set level that this property requires: 1 for the baseline to 4 for x86-64-v4.
    pub fn isa_level(self) -> Option<u8> {
        match self {
            Property::X86Baseline => Some(1),
            Property::X86V2 => Some(2),
            Property::X86V3 => Some(3),
            Property::X86V4 => Some(4),
            _ => None,
        }
    }

    /// The name used in dumps and reports.
    pub fn name(self) -> &'static str {
        match self {
            Property::Ibt => "IBT",
            Property::Shstk => "SHSTK",
            Property::X86Baseline => "x86-64-baseline",
            Property::X86V2 => "x86-64-v2",
            Property::X86V3 => "x86-64-v3",
            Property::X86V4 => "x86-64-v4",
            Property::Bti => "BTI",
            Property::Pac => "PAC",
            Property::Gcs => "GCS",
        }
    }
}

/// Dynamic relocations: what start-up pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelocationCount {
    /// Entries of `DT_REL` and `DT_RELA`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rela: u64,
    /// Words relocated by `DT_RELR`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub relr: u64,
    /// Entries of `DT_JMPREL`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plt: u64,
}

/// An allocated section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Section name.
    #[serde(rename = "section")]
    pub name: String,
    /// Size in memory, in bytes.
    pub size: u64,
}

impl Library {
    /// The name under which the loader knows it: SONAME, else the file name.
    pub fn link_name(&self) -> &str {
        self.dynamic.soname.as_deref().unwrap_or(&self.name)
    }

    /// A Python extension module: found by the interpreter, named after it, and needed by nobody.
    pub fn is_extension_module(&self) -> bool {
        let name = &self.name;
        name.contains(".cpython-") || name.contains(".abi3.") || self.exports_from("PyInit_").next().is_some()
    }

    /// Whether programs load it by a path of their own instead of being linked against it. A linker finds `libx.so` by its
    /// name, with or without a SONAME.
    pub fn is_plug_in(&self) -> bool {
        let is_linkable = self.name.starts_with("lib") && self.name.contains(".so");
        self.is_extension_module() || (self.dynamic.soname.is_none() && !is_linkable)
    }

    /// Whether these facts are of public headers, all of which were compiled.
    pub fn are_all_headers(&self) -> bool {
        let probe = self.evidence.headers.as_ref();
        probe.is_some_and(|probe| probe.left_out.is_empty()) && !self.functions.is_empty()
    }

    /// Whether Clang compiled some of it. What it describes and emits is not what GCC does.
    pub fn is_by_clang(&self) -> bool {
        self.producers.iter().any(|producer| producer.contains("clang"))
    }

    /// Sorts every list by its key and makes sure that no key is there twice, which all comparisons rely on.
    pub(crate) fn restore_order(&mut self) -> Result<(), Repeated> {
        order("export", &mut self.exports, |e| (&e.name, e.version.as_deref(), None))?;
        order("import", &mut self.imports, |i| i.key())?;
        order("inlined", &mut self.inlined, |i| (&i.name, None, None))?;
        order("section", &mut self.sections, |s| (&s.name, None, None))?;
        order("version", &mut self.versions, |v| (&v.name, None, None))?;
        order("vtable", &mut self.vtables, |v| (&v.name, None, None))?;
        order("vtt", &mut self.vtts, |v| (&v.name, None, None))?;
        order("typeinfo", &mut self.typeinfos, |t| (&t.name, None, None))?;
        order("function", &mut self.functions, |f| (&f.symbol, None, None))?;
        order("variable", &mut self.variables, |v| (&v.symbol, None, None))?;
        order("constant", &mut self.constants, |c| (&c.name, None, None))?;
        order("macro", &mut self.macros, |m| (&m.name, None, None))?;
        order("option", &mut self.options, |o| (&o.option, None, None))?;
        self.base_types.sort();
        self.base_types.dedup();
        // Several definitions of one type are numbered.
        self.types.sort_by(|a, b| (&a.name, a.variant).cmp(&(&b.name, b.variant)));
        match self
            .types
            .windows(2)
            .find(|pair| (&pair[0].name, pair[0].variant) == (&pair[1].name, pair[1].variant))
        {
            None => Ok(()),
            Some(pair) => {
                Err(Repeated { kind: "type", name: pair[0].name.to_string(), version: None, library: None })
            }
        }
    }

    /// The virtual tables behind a `_ZTV` or `_ZTC` symbol.
    pub fn vtable(&self, name: &str) -> Option<&VtableGroup> {
        find(&self.vtables, name, |v| &v.name)
    }

    /// The table of virtual tables behind a `_ZTT` symbol.
    pub fn vtt(&self, name: &str) -> Option<&Vtt> {
        find(&self.vtts, name, |v| &v.name)
    }

    /// The type information behind a `_ZTI` symbol.
    pub fn typeinfo(&self, name: &str) -> Option<&Typeinfo> {
        find(&self.typeinfos, name, |t| &t.name)
    }

    /// What debug info says of the function behind a symbol.
    pub fn function(&self, symbol: &str) -> Option<&Function> {
        find(&self.functions, symbol, |function| &function.symbol)
    }

    /// What debug info says of the variable behind a symbol.
    pub fn variable(&self, symbol: &str) -> Option<&Variable> {
        find(&self.variables, symbol, |variable| &variable.symbol)
    }

    /// The export of that name and version, if any.
    pub fn export(&self, name: &str, version: Option<&str>) -> Option<&Export> {
        self.exports_named(name).find(|e| e.version.as_deref() == version)
    }

    /// Exports whose linkage name starts with `prefix`.
    pub fn exports_from<'l>(&'l self, prefix: &str) -> impl Iterator<Item = &'l Export> + use<'l> {
        let first = self.exports.partition_point(|e| *e.name < *prefix);
        let prefix = prefix.to_owned();
        self.exports[first..].iter().take_while(move |e| e.name.starts_with(&prefix))
    }

    /// All versions under which a name is exported.
    pub fn exports_named(&self, name: &str) -> impl Iterator<Item = &Export> {
        let first = self.exports.partition_point(|e| *e.name < *name);
        self.exports[first..].iter().take_while(move |e| *e.name == *name)
    }

    /// All that is known of a type of that name: several definitions, where a release has them.
    pub fn types_named(&self, name: &str) -> impl Iterator<Item = &Type> {
        let first = self.types.partition_point(|type_| *type_.name < *name);
        self.types[first..].iter().take_while(move |type_| *type_.name == *name)
    }

    /// Whether it imports a symbol, in any version; of headers, whether their inline functions and macros use it.
    pub fn has_import(&self, symbol: &str) -> bool {
        self.imports.binary_search_by(|import| (*import.name).cmp(symbol)).is_ok()
    }

    /// The name under which debug info describes an export: that of the symbol alone for the version that new links get,
    /// or the first one; `name@VERSION` for the others.
    pub fn described_name<'e>(&self, export: &'e Export) -> Cow<'e, str> {
        let order = |e: &Export| (e.hidden_version, e.version.clone());
        match self.exports_named(&export.name).all(|other| order(export) <= order(other)) {
            true => Cow::Borrowed(&export.name),
            false => format!("{}@{}", export.name, export.version.as_deref().unwrap_or_default()).into(),
        }
    }

    /// The export that is described under a name.
    pub fn described_export(&self, described: &str) -> Option<&Export> {
        let name = super::unversioned(described);
        self.exports_named(name).find(|export| self.described_name(export) == described)
    }
}

/// A library's name without version, architecture and the hash that wheel tools add: `libgomp` of
/// `libgomp-98df74fd.so.1.0.0`; `_C` of `_C.cpython-312-x86_64-linux-gnu.so`.
pub fn library_stem(name: &str) -> &str {
    let stem = name.split_once(".so").map_or(name, |(stem, _)| stem);
    let stem = stem.split('.').next().unwrap_or(stem);
    match stem.rsplit_once('-') {
        Some((base, hash)) if hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => base,
        _ => stem,
    }
}

/// The name without its version, and the version, of a SONAME that carries one: `libx` and 1 of `libx.so.1`, `libdb` and 5, 3 of
/// `libdb-5.3.so`, `libgtk` and 3, 0 of `libgtk-3.so.0`. None: it carries none, as `libtorch.so`.
pub fn split_version(soname: &str) -> Option<(&str, Vec<u64>)> {
    let (stem, after) = match soname.split_once(".so") {
        Some((stem, "")) => (stem, ""),
        Some((stem, after)) => (stem, after.strip_prefix('.')?),
        None => return None,
    };
    let is_numbers = |text: &str| !text.is_empty() && text.split('.').all(|part| part.parse::<u32>().is_ok());
    let (stem, release) = match stem.rsplit_once('-') {
        Some((stem, release)) if is_numbers(release) => (stem, release),
        _ => (stem, ""),
    };
    // Letters behind a number, as in 0.9.8zh, come after it.
    let number = |part: &str| -> Vec<u64> {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let letters = part[end..].bytes().map(u64::from);
        part[..end].parse().ok().into_iter().chain(letters).collect()
    };
    if !after.is_empty() && !after.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parts = release.split('.').chain(after.split('.')).filter(|part| !part.is_empty());
    let version: Vec<u64> = parts.flat_map(number).collect();
    (!version.is_empty()).then_some((stem, version))
}

fn find<'l, T>(sorted: &'l [T], name: &str, key: impl Fn(&T) -> &str) -> Option<&'l T> {
    sorted.binary_search_by(|item| key(item).cmp(name)).ok().map(|at| &sorted[at])
}

/// A fact that is there twice: what lists hold once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Kind of fact, as dumps call it: `export`, `vtable`, …
    pub kind: &'static str,
    /// Name of the fact.
    pub name: String,
    /// Version, where it is part of the key.
    pub version: Option<String>,
    /// Library that has to define the version, where it is part of the key.
    pub library: Option<String>,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        if let Some(version) = &self.version {
            write!(f, " of version {version}")?;
        }
        if let Some(library) = &self.library {
            write!(f, " from {library}")?;
        }
        f.write_str(" is there twice")
    }
}

/// Name, version and library, as far as they are part of a fact's key.
type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn order<T>(kind: &'static str, facts: &mut [T], key: impl Fn(&T) -> Key<'_>) -> Result<(), Repeated> {
    // Nearly every list comes sorted.
    if facts.is_sorted_by(|a, b| key(a) < key(b)) {
        return Ok(());
    }
    facts.sort_by(|a, b| key(a).cmp(&key(b)));
    match facts.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
        None => Ok(()),
        Some(pair) => {
            let (name, version, library) = key(&pair[0]);
            let owned = |text: Option<&str>| text.map(str::to_owned);
            Err(Repeated { kind, name: name.to_owned(), version: owned(version), library: owned(library) })
        }
    }
}
