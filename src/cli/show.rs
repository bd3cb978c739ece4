//! `abigate show`: what a library promises, to look at.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use super::context::Context;
use super::exit::Exit;
use super::form::Form;
use super::{output, types};
use crate::abi::{Binding, Export, Library, Release, StdLib, SymbolKind, VirtualTable, VtableGroup};
use crate::mangling;
use crate::patterns::EntityPattern;
use crate::report::safe;
use crate::report::style::text_layout::{count, number, wrap};
use crate::versions;

/// Print what a library promises.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate show libc10.so                                  what it is and what it needs
  abigate show libc10.so symbols --match 'c10::Error::*'  exported functions of a class
  abigate show v2.9 vtables --match 'c10::TensorImpl'     virtual functions in order
  abigate show libc10.so types                            classes, enums and typedefs by name
  abigate show libc10.so types --match c10::Storage       where every byte of a class goes
  abigate show v2.9 emitted --mangled                     what inline functions call")]
pub(super) struct Show {
    /// Shared object, directory, archive, dump, stored release or HEAD
    #[arg(value_name = "INPUT")]
    pub(super) input: String,
    /// What to print
    #[arg(value_name = "WHAT", default_value = "library")]
    what: What,
    /// Only what is called so: `c10::Error::*`, `c10::**`, `torch_*`, `_ZN3c10*`; * stays between ::, ** does not
    #[arg(long = "match", value_name = "PATTERN", value_parser = EntityPattern::parse)]
    pattern: Option<EntityPattern>,
    /// Mangled names instead of readable ones
    #[arg(long)]
    mangled: bool,
    /// Platform of a stored release, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Mark where cache lines of 64 bytes begin in the types that match
    #[arg(long)]
    cache_lines: bool,
    /// How to write types: text for people, json for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Names, needs, versions and counts
    Library,
    /// Exported symbols: kind, binding, version, name
    Symbols,
    /// Virtual functions of exported classes, in order
    Vtables,
    /// Classes, enums and typedefs, as debug info and public headers describe them; those that match with all their bytes
    Types,
    /// What inline functions of the public headers call, so that programs that include them need it
    Emitted,
}

pub(super) fn run(args: &Show, context: &Context) -> Result<Exit> {
    if args.what != What::Types && args.format != Form::Text {
        bail!("--format json is there for types only; abigate dump writes every fact as JSON");
    }
    if args.what != What::Types && args.cache_lines {
        bail!("--cache-lines goes with types");
    }
    let progress = context.progress();
    let release = context.session.load(&args.input, args.platform.as_deref())?;
    drop(progress);
    if args.what == What::Types {
        let layout = types::Layout { cache_lines: args.cache_lines, format: args.format };
        return types::run(&args.input, &release, args.pattern.as_ref(), &layout, context);
    }
    if args.what == What::Emitted {
        return args.emitted(&release);
    }
    let several = release.libraries.len() > 1;
    output::tell(|out| {
        for (i, library) in release.libraries.iter().enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            if several && args.what != What::Library {
                writeln!(out, "{}:", library.path.as_deref().unwrap_or(&library.name))?;
            }
            match args.what {
                What::Library => summary(library, out)?,
                What::Symbols => args.symbols(library, release.headers.as_ref(), out)?,
                What::Vtables => args.vtables(library, out)?,
                What::Types | What::Emitted => {}
            }
        }
        match (&release.headers, args.what) {
            (Some(headers), What::Library) => about_headers(headers, out),
            _ => Ok(()),
        }
    })
    .with_context(|| args.input.clone())?;
    Ok(Exit::Fine)
}

impl Show {
    fn wants(&self, symbol: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches_symbol(symbol))
    }

    fn name<'a>(&self, mangled: &'a str, readable: &'a str) -> Cow<'a, str> {
        safe::text(if self.mangled { mangled } else { readable })
    }

    /// What programs need that include the public headers, whatever they call themselves.
    fn emitted(&self, release: &Release) -> Result<Exit> {
        let headers = release.headers.as_ref();
        let known = headers.filter(|h| h.evidence.headers.as_ref().is_some_and(|probe| probe.emitted));
        let Some(headers) = known else {
            bail!("{}: its public headers were not asked what they call: --headers names them", self.input)
        };
        output::tell(|out| {
            for import in &headers.imports {
                let readable = mangling::display(&import.name);
                if self.wants(&import.name) {
                    writeln!(out, "{}", self.name(&import.name, &readable))?;
                }
            }
            Ok(())
        })?;
        Ok(Exit::Fine)
    }

    fn symbols(&self, library: &Library, headers: Option<&Library>, out: &mut dyn Write) -> io::Result<()> {
        let version = |export: &Export| export.version.as_deref().map_or(1, str::len);
        let widest = library.exports.iter().map(version).max().unwrap_or(1);
        for export in &library.exports {
            let readable = mangling::display(&export.name);
            if self.wants(&export.name) {
                let version = safe::text(export.version.as_deref().unwrap_or("-"));
                let name = self.name(&export.name, &readable);
                let is_secret = headers.is_some_and(|headers| !is_declared(headers, export));
                let mark = if is_secret { "  (in no public header)" } else { "" };
                writeln!(
                    out,
                    "{:6} {:6} {version:widest$} {name}{mark}",
                    kind(export.kind),
                    binding(export.binding)
                )?;
            }
        }
        Ok(())
    }

    fn vtables(&self, library: &Library, out: &mut dyn Write) -> io::Result<()> {
        let mut is_first = true;
        for group in &library.vtables {
            let readable = mangling::display(&group.name);
            // The class is what people know: `c10::Error` for `vtable for c10::Error`.
            let class = readable.strip_prefix("vtable for ").unwrap_or(&readable);
            if !self.wants(&group.name) {
                continue;
            }
            if !is_first {
                writeln!(out)?;
            }
            is_first = false;
            writeln!(out, "{}", self.name(&group.name, class))?;
            self.tables(group, out)?;
        }
        Ok(())
    }

    fn tables(&self, group: &VtableGroup, out: &mut dyn Write) -> io::Result<()> {
        for (i, table) in group.tables.iter().enumerate() {
            let what = if i == 0 { "primary".to_owned() } else { format!("secondary {i}") };
            let relative = if group.relative { ", relative" } else { "" };
            writeln!(out, "  {what}{relative}: {}", facts(table))?;
            for (number, slot) in table.slots.iter().enumerate() {
                let mangled = slot.as_str();
                writeln!(out, "  {number:5}  {}", self.name(mangled, &mangling::display(mangled)))?;
            }
        }
        Ok(())
    }
}

fn facts(table: &VirtualTable) -> String {
    let mut facts = vec![format!("offset to top {}", table.top)];
    if !table.offsets.is_empty() {
        let offsets: Vec<String> = table.offsets.iter().map(ToString::to_string).collect();
        facts.push(format!("virtual call and base offsets {}", offsets.join(" ")));
    }
    if table.typeinfo.is_none() {
        facts.push("no typeinfo".to_owned());
    }
    facts.push(count(table.slots.len(), "slot"));
    facts.join(", ")
}

fn kind(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Func => "func",
        SymbolKind::Object => "object",
        SymbolKind::Tls => "tls",
        SymbolKind::Ifunc => "ifunc",
        SymbolKind::Notype => "notype",
    }
}

fn binding(binding: Binding) -> &'static str {
    match binding {
        Binding::Global => "global",
        Binding::Weak => "weak",
        Binding::Unique => "unique",
    }
}

/// Whether public headers declare an exported function. Of all else they say nothing that could be held against it.
fn is_declared(headers: &Library, export: &Export) -> bool {
    let name = &*export.name;
    export.kind != SymbolKind::Func
        || !export.is_strong()
        || headers.function(name).is_some()
        || headers.exports_named(name).next().is_some()
}

/// How the headers were asked, and what they say, one line per fact.
fn about_headers(headers: &Library, out: &mut dyn Write) -> io::Result<()> {
    let Some(probe) = &headers.evidence.headers else { return Ok(()) };
    let flags = if probe.flags.is_empty() { String::new() } else { format!(", {}", probe.flags.join(" ")) };
    writeln!(out)?;
    let mut facts = vec![
        (
            "headers",
            format!(
                "{}, compiled by {} as {}{flags}",
                number(probe.headers as usize),
                probe.compiler,
                probe.standard
            ),
        ),
        ("types", number(headers.types.len())),
        (
            "functions",
            format!("{} declared, {} inline", number(headers.functions.len()), number(headers.exports.len())),
        ),
        (
            "constants",
            format!("{} and {}", number(headers.constants.len()), count(headers.macros.len(), "macro")),
        ),
    ];
    if probe.emitted {
        facts.push((
            "emitted",
            format!("{} that inline functions call", count(headers.imports.len(), "function")),
        ));
    }
    let left_out = probe.left_out.iter().map(|left| ("left out", format!("{}: {}", left.header, left.error)));
    facts.extend(left_out);
    for (label, value) in facts {
        for (i, line) in wrap(&value, output::text_width() - 12).iter().enumerate() {
            writeln!(out, "{:11} {line}", if i == 0 { label } else { "" })?;
        }
    }
    Ok(())
}

/// Everything about a library but its lists, one line per fact.
fn summary(library: &Library, out: &mut dyn Write) -> io::Result<()> {
    for (label, value) in identity(library).into_iter().chain(counts(library)).chain(requirements(library)) {
        let width = output::text_width() - 12;
        for (i, line) in wrap(&value, width).iter().enumerate() {
            writeln!(out, "{:11} {line}", if i == 0 { label } else { "" })?;
        }
    }
    Ok(())
}

type Facts = Vec<(&'static str, String)>;

fn identity(library: &Library) -> Facts {
    let machine = &library.machine;
    let order = if machine.big_endian { "big-endian" } else { "little-endian" };
    let abi = machine.abi.as_ref().map(|abi| format!(", {abi}")).unwrap_or_default();
    let mut facts = vec![("library", library.path.clone().unwrap_or_else(|| library.name.clone()))];
    facts.extend(library.dynamic.soname.clone().map(|soname| ("soname", soname)));
    facts.push(("machine", format!("{}, {}-bit, {order}{abi}", machine.arch, machine.bits)));
    facts.extend(library.build_id.clone().map(|id| ("build-id", id)));
    facts.extend(library.producers.iter().map(|producer| ("producer", producer.clone())));
    let stdlib = match library.stdlib {
        StdLib::Unknown => return facts,
        StdLib::LibStdCxx => "libstdc++",
        StdLib::LibCxx => "libc++",
        StdLib::Both => "libstdc++ and libc++",
    };
    let cxx11 = &library.cxx11;
    let strings = match (cxx11.old, cxx11.new) {
        (0, 0) => String::new(),
        (old, new) => {
            format!(", {} in the old string ABI and {new} in the new one", count(old as usize, "name"))
        }
    };
    facts.push(("stdlib", format!("{stdlib}{strings}")));
    facts
}

fn counts(library: &Library) -> Facts {
    let of = |binding| number(library.exports.iter().filter(|e| e.binding == binding).count());
    let evidence = &library.evidence;
    let symtab = if evidence.symtab { "with .symtab" } else { "without .symtab" };
    let exports = format!(
        "{} ({} strong, {} weak, {} unique)",
        number(library.exports.len()),
        of(Binding::Global),
        of(Binding::Weak),
        of(Binding::Unique)
    );
    let mut facts = vec![
        ("exports", exports),
        ("imports", number(library.imports.len())),
        (
            "classes",
            format!(
                "{}, {}",
                count(library.vtables.len(), "vtable"),
                count(library.typeinfos.len(), "typeinfo")
            ),
        ),
        (
            "evidence",
            format!(
                "{} of {} vtables and typeinfos decoded, {symtab}",
                number(evidence.rtti_decoded as usize),
                number(evidence.rtti_symbols as usize)
            ),
        ),
    ];
    facts.extend(evidence.gaps.iter().map(|gap| ("gap", gap.clone())));
    facts
}

fn requirements(library: &Library) -> Facts {
    let dynamic = &library.dynamic;
    let mut facts: Facts = dynamic.needed.iter().map(|needed| ("needed", needed.clone())).collect();
    facts.extend(dynamic.rpath.clone().map(|path| ("rpath", path)));
    facts.extend(dynamic.runpath.clone().map(|path| ("runpath", path)));
    let floor: Vec<String> = floor(library).into_values().collect();
    if !floor.is_empty() {
        facts.push(("floor", floor.join(" ")));
    }
    let mut defined: Vec<&str> = library.versions.iter().map(|version| &*version.name).collect();
    defined.sort_by(|a, b| versions::compare(a, b));
    if !defined.is_empty() {
        facts.push(("versions", defined.join(" ")));
    }
    let marks = [
        (dynamic.relro, "RELRO"),
        (dynamic.bind_now, "BIND_NOW"),
        (dynamic.static_tls, "STATIC_TLS"),
        (dynamic.text_relocations, "TEXTREL"),
        (dynamic.executable_stack, "executable stack"),
    ];
    let mut marks: Vec<&str> = marks.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    marks.extend(dynamic.properties.iter().map(|property| property.name()));
    marks.extend(dynamic.flags.iter().map(String::as_str));
    if !marks.is_empty() {
        facts.push(("flags", marks.join(" ")));
    }
    facts
}

/// The highest version of each system library that is needed, by the prefix of its versions.
fn floor(library: &Library) -> BTreeMap<&str, String> {
    let mut highest: BTreeMap<&str, String> = BTreeMap::new();
    for version in library.imports.iter().filter_map(|import| import.version.as_deref()) {
        let Some((prefix, number)) = version.split_once('_') else { continue };
        let is_system = ["GLIBC", "GLIBCXX", "CXXABI", "GCC", "GOMP"].contains(&prefix);
        if !is_system || !number.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let known = highest.entry(prefix).or_default();
        if known.is_empty() || versions::compare(version, known).is_gt() {
            version.clone_into(known);
        }
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Import;

    #[test]
    fn the_floor_is_the_highest_number() {
        let import = |version: &str| Import {
            name: "f".into(),
            version: Some(version.into()),
            library: None,
            weak: false,
            copy: None,
        };
        let versions = ["GLIBC_2.9", "GLIBC_2.17", "GLIBC_PRIVATE", "GLIBCXX_3.4", "MINE_9"];
        let library = Library { imports: versions.map(import).to_vec(), ..Library::default() };
        assert_eq!(floor(&library).into_values().collect::<Vec<_>>(), ["GLIBC_2.17", "GLIBCXX_3.4"]);
    }
}
