//! JSON Lines: one library as a header line and one line per fact.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Dump, Error, VERSION};
use crate::abi::{
    AbiOption, BaseType, Constant, Cxx11Abi, Dynamic, Evidence, Export, Function, Import, Inlined, Library,
    Location, Machine, Macro, Platform, Repeated, Section, StdLib, Type, TypeKind, Typeinfo, Variable,
    VersionDefinition, VtableGroup, Vtt, is_default,
};

/// The first line: what the library is, and where its facts came from.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    abigate: u32,
    library: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    machine: Machine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    build_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    producers: Vec<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    stdlib: StdLib,
    #[serde(default, skip_serializing_if = "is_default")]
    cxx11: Cxx11Abi,
    evidence: Evidence,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DynamicLine {
    dynamic: Dynamic,
}

/// Facts that one task writes.
const FACTS: usize = 1 << 12;

/// Bytes to set aside for a line, which most stay below.
const LINE: usize = 160;

pub(super) fn write(dump: &Dump) -> String {
    let library = &dump.library;
    let header = Header {
        abigate: VERSION,
        library: library.name.clone(),
        path: library.path.clone(),
        release: dump.release.clone(),
        platform: dump.platform.name.clone(),
        variant: dump.platform.variant.clone(),
        machine: library.machine.clone(),
        build_id: library.build_id.clone(),
        producers: library.producers.clone(),
        stdlib: library.stdlib,
        cxx11: library.cxx11,
        evidence: library.evidence.clone(),
    };
    let mut text = Vec::with_capacity(library.exports.len() * LINE + 4096);
    push(&mut text, &header);
    // Kinds in the order of their first keys, so that the whole file is sorted.
    push_sorted(&mut text, &library.base_types);
    push_sorted(&mut text, &library.constants);
    push(&mut text, &DynamicLine { dynamic: library.dynamic.clone() });
    push_sorted(&mut text, &library.exports);
    push_sorted(&mut text, &library.functions);
    push_sorted(&mut text, &library.imports);
    push_sorted(&mut text, &library.inlined);
    push_sorted(&mut text, &library.macros);
    push_sorted(&mut text, &library.options);
    push_sorted(&mut text, &library.sections);
    push_sorted(&mut text, &library.types);
    push_sorted(&mut text, &library.typeinfos);
    push_sorted(&mut text, &library.variables);
    push_sorted(&mut text, &library.versions);
    push_sorted(&mut text, &library.vtables);
    push_sorted(&mut text, &library.vtts);
    String::from_utf8(text).expect("JSON is UTF-8")
}

fn push(text: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(&mut *text, line).expect("plain data always serializes");
    text.push(b'\n');
}

fn push_sorted(text: &mut Vec<u8>, facts: &[impl Serialize + Sync]) {
    let start = text.len();
    let parts: Vec<Vec<u8>> = facts
        .par_chunks(FACTS)
        .map(|facts| {
            let mut text = Vec::with_capacity(facts.len() * LINE);
            facts.iter().for_each(|fact| push(&mut text, fact));
            text
        })
        .collect();
    parts.iter().for_each(|part| text.extend(part));
    let lines: Vec<&[u8]> = text[start..].split_inclusive(|&b| b == b'\n').collect();
    if !lines.is_sorted() {
        let mut lines: Vec<Vec<u8>> = lines.into_iter().map(<[u8]>::to_vec).collect();
        lines.sort_unstable();
        text.truncate(start);
        text.extend(lines.iter().flatten());
    }
}

/// Facts of some consecutive lines.
#[derive(Default)]
struct Facts {
    base_types: Vec<BaseType>,
    options: Vec<AbiOption>,
    constants: Vec<Constant>,
    functions: Vec<Function>,
    macros: Vec<Macro>,
    types: Vec<Type>,
    variables: Vec<Variable>,
    /// With the offset of each line, to name the second one.
    dynamic: Vec<(usize, Dynamic)>,
    exports: Vec<Export>,
    imports: Vec<Import>,
    inlined: Vec<Inlined>,
    sections: Vec<Section>,
    typeinfos: Vec<Typeinfo>,
    versions: Vec<VersionDefinition>,
    vtables: Vec<VtableGroup>,
    vtts: Vec<Vtt>,
}

/// Bytes of text that one task parses.
const CHUNK: usize = 1 << 19;

/// The lines that say what a library is, and those that have a word in them; one macro, to show that macros are known.
pub(super) fn about(text: &[u8], word: &str) -> Vec<u8> {
    let mut found = Vec::new();
    let mut end = 0;
    let wanted = memchr::memmem::find_iter(text, word).map(|at| (at, false));
    let whole = ["{\"abigate\":", "{\"dynamic\":"].into_iter();
    let whole = whole.flat_map(|start| memchr::memmem::find_iter(text, start).map(|at| (at, true)));
    let macros = memchr::memmem::find_iter(text, "\n{\"macro\":").take(1).map(|at| (at + 1, true));
    let mut places: Vec<(usize, bool)> = wanted.chain(whole).chain(macros).collect();
    places.sort_unstable();
    for (at, starts_line) in places {
        // A line that was taken already, or a word that only looks like the start of one.
        if at < end || starts_line && at > 0 && text[at - 1] != b'\n' {
            continue;
        }
        let start = memchr::memrchr(b'\n', &text[end..at]).map_or(end, |newline| end + newline + 1);
        end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline + 1);
        found.extend_from_slice(&text[start..end]);
    }
    found
}

/// Which facts are read, and how much of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Everything,
    /// What the dynamic loader asks for.
    Linkage,
    /// That, and what is declared where.
    Surface,
}

impl Wanted {
    /// Whether lines of a kind are looked at.
    fn takes(self, kind: &str) -> bool {
        let is_linkage = matches!(kind, "dynamic" | "export" | "import" | "version");
        let is_declared = matches!(kind, "constant" | "function" | "type" | "variable");
        match self {
            Wanted::Everything => true,
            Wanted::Linkage => is_linkage,
            Wanted::Surface => is_linkage || is_declared,
        }
    }
}

/// A type as far as its name and place go; the rest of the line is passed over, which is where most of the text is.
#[derive(Deserialize)]
struct DeclaredType {
    #[serde(rename = "type")]
    name: Box<str>,
    #[serde(default)]
    variant: u32,
    kind: TypeKind,
    location: Option<Location>,
}

/// A function or variable likewise.
#[derive(Deserialize)]
struct DeclaredSymbol {
    #[serde(alias = "function", alias = "variable")]
    symbol: Box<str>,
    location: Option<Location>,
}

impl From<DeclaredType> for Type {
    fn from(DeclaredType { name, variant, kind, location }: DeclaredType) -> Type {
        Type { name, variant, kind, location, ..Type::default() }
    }
}

impl From<DeclaredSymbol> for Function {
    fn from(DeclaredSymbol { symbol, location }: DeclaredSymbol) -> Function {
        Function { symbol, location, ..Function::default() }
    }
}

impl From<DeclaredSymbol> for Variable {
    fn from(DeclaredSymbol { symbol, location }: DeclaredSymbol) -> Variable {
        Variable { symbol, location, ..Variable::default() }
    }
}

pub(super) fn read(text: &[u8], wanted: Wanted) -> Result<Vec<Dump>, Error> {
    // Once for all, so that the names in it need not be checked one by one.
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        let column = at - text[..at].iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1) + 1;
        Error::Line { line: line_number(text, at), column, what: "not UTF-8".to_owned() }
    })?;
    let starts: Vec<usize> = header_offsets(text.as_bytes());
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| read_library(&text[..end], start, wanted)).collect()
}

/// One-based number of the line that starts at an offset; only errors need it.
fn line_number(text: &[u8], offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..offset]).count()
}

fn header_offsets(text: &[u8]) -> Vec<usize> {
    let rest = memchr::memmem::find_iter(text, b"\n{\"abigate\":").map(|at| at + 1);
    [0].into_iter().chain(rest).collect()
}

/// Reads the library whose header line starts at an offset, up to the end of the text.
fn read_library(text: &str, start: usize, wanted: Wanted) -> Result<Dump, Error> {
    let end = line_end(text, start);
    let header = read_header(text, start..end)?;
    let parts: Vec<Facts> = chunks(text, end)
        .into_par_iter()
        .map(|chunk| read_facts(text, chunk, wanted))
        .collect::<Result<_, Error>>()?;
    let mut dump = assemble(text, header, parts)?;
    dump.library.restore_order().map_err(|repeated| second_line(text, end, repeated))?;
    Ok(dump)
}

/// Offset behind the line that `from` lies in.
fn line_end(text: &str, from: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |at| from + at + 1)
}

fn read_header(text: &str, line: Range<usize>) -> Result<Header, Error> {
    // Look at the version alone first: a newer header may have keys that this program does not know.
    #[derive(Deserialize)]
    struct Version {
        abigate: u64,
    }
    let version: Version = parse(text, line.clone())?;
    if version.abigate > VERSION.into() {
        return Err(Error::Newer(version.abigate));
    }
    parse(text, line)
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, line: Range<usize>) -> Result<T, Error> {
    serde_json::from_str(&text[line.clone()]).map_err(|error| {
        let message = error.to_string();
        // serde_json counts lines from the start of this one; ours is the line of the file.
        let what = message.rsplit_once(" at line ").map_or(&*message, |(what, _)| what).to_owned();
        Error::Line { line: line_number(text.as_bytes(), line.start), column: error.column(), what }
    })
}

/// Splits the text from an offset on at line ends into pieces of about [`CHUNK`] bytes.
fn chunks(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = from;
    while start < text.len() {
        let end = line_end(text, (start + CHUNK).min(text.len()));
        chunks.push(start..end);
        start = end;
    }
    chunks
}

fn read_facts(text: &str, chunk: Range<usize>, wanted: Wanted) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    let mut start = chunk.start;
    while start < chunk.end {
        let next = line_end(text, start);
        let line = start..next;
        start = next;
        let fact = text[line.clone()].trim_ascii_end();
        if fact.is_empty() {
            continue;
        }
        let kind = fact.strip_prefix("{\"").and_then(|rest| rest.split('"').next()).unwrap_or("");
        if !wanted.takes(kind) {
            continue;
        }
        match kind {
            "type" if wanted == Wanted::Surface => {
                facts.types.push(parse::<DeclaredType>(text, line)?.into())
            }
            "function" if wanted == Wanted::Surface => {
                facts.functions.push(parse::<DeclaredSymbol>(text, line)?.into());
            }
            "variable" if wanted == Wanted::Surface => {
                facts.variables.push(parse::<DeclaredSymbol>(text, line)?.into());
            }
            "export" => facts.exports.push(parse(text, line)?),
            "typeinfo" => facts.typeinfos.push(parse(text, line)?),
            "vtable" => facts.vtables.push(parse(text, line)?),
            "type" => facts.types.push(parse(text, line)?),
            "function" => facts.functions.push(parse(text, line)?),
            "variable" => facts.variables.push(parse(text, line)?),
            "constant" => facts.constants.push(parse(text, line)?),
            "macro" => facts.macros.push(parse(text, line)?),
            "vtt" => facts.vtts.push(parse(text, line)?),
            "import" => facts.imports.push(parse(text, line)?),
            "base_type" => facts.base_types.push(parse(text, line)?),
            "option" => facts.options.push(parse(text, line)?),
            "inlined" => facts.inlined.push(parse(text, line)?),
            "section" => facts.sections.push(parse(text, line)?),
            "version" => facts.versions.push(parse(text, line)?),
            "dynamic" => facts.dynamic.push((line.start, parse::<DynamicLine>(text, line)?.dynamic)),
            other => {
                let what = format!("unknown kind of fact {other:?}");
                return Err(Error::Line { line: line_number(text.as_bytes(), line.start), column: 1, what });
            }
        }
    }
    Ok(facts)
}

fn assemble(text: &str, header: Header, parts: Vec<Facts>) -> Result<Dump, Error> {
    let mut library = Library {
        name: header.library,
        path: header.path,
        machine: header.machine,
        build_id: header.build_id,
        producers: header.producers,
        stdlib: header.stdlib,
        cxx11: header.cxx11,
        evidence: header.evidence,
        ..Library::default()
    };
    let mut dynamic = Vec::new();
    for part in parts {
        dynamic.extend(part.dynamic);
        append(&mut library.base_types, part.base_types);
        append(&mut library.options, part.options);
        append(&mut library.constants, part.constants);
        append(&mut library.functions, part.functions);
        append(&mut library.macros, part.macros);
        append(&mut library.types, part.types);
        append(&mut library.variables, part.variables);
        append(&mut library.exports, part.exports);
        append(&mut library.imports, part.imports);
        append(&mut library.inlined, part.inlined);
        append(&mut library.sections, part.sections);
        append(&mut library.typeinfos, part.typeinfos);
        append(&mut library.versions, part.versions);
        append(&mut library.vtables, part.vtables);
        append(&mut library.vtts, part.vtts);
    }
    if let Some((offset, _)) = dynamic.get(1) {
        let what = "dynamic is there twice".to_owned();
        return Err(Error::Line { line: line_number(text.as_bytes(), *offset), column: 1, what });
    }
    library.dynamic = dynamic.pop().map(|(_, facts)| facts).unwrap_or_default();
    Ok(Dump {
        release: header.release,
        platform: Platform { name: header.platform, variant: header.variant },
        library,
    })
}

/// Adds a part to a list. The first one becomes the list, and most have no other.
fn append<T>(list: &mut Vec<T>, part: Vec<T>) {
    if list.is_empty() { *list = part } else { list.extend(part) }
}

/// The error for a fact that is there twice in the lines from an offset on: names the second one.
fn second_line(text: &str, from: usize, repeated: Repeated) -> Error {
    let is_one = |line: &str| {
        let Ok(fact) = serde_json::from_str::<serde_json::Value>(line) else { return false };
        let field = |key: &str| fact.get(key).and_then(|value| value.as_str());
        field(repeated.kind) == Some(&repeated.name)
            && (repeated.kind == "version" || field("version") == repeated.version.as_deref())
            && field("library") == repeated.library.as_deref()
    };
    let lines = text[from..].split('\n').zip(line_number(text.as_bytes(), from)..);
    match lines.filter(|(line, _)| is_one(line)).nth(1) {
        Some((_, line)) => Error::Line { line, column: 1, what: repeated.to_string() },
        None => Error::Repeated(repeated),
    }
}
