//! JSON Lines: one library as a header line and one line per fact.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Dump, Error, VERSION};
use crate::abi::{
    Cxx11Abi, Dynamic, Evidence, Export, Import, Library, Machine, Platform, Repeated, Section, StdLib,
    Typeinfo, VersionDefinition, VtableGroup, Vtt, is_default,
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
    let mut text = Vec::with_capacity(library.exports.len() * 160 + 4096);
    push(&mut text, &header);
    push(&mut text, &DynamicLine { dynamic: library.dynamic.clone() });
    // Kinds in the order of their first keys, so that the whole file is sorted.
    push_sorted(&mut text, &library.exports);
    push_sorted(&mut text, &library.imports);
    push_sorted(&mut text, &library.sections);
    push_sorted(&mut text, &library.typeinfos);
    push_sorted(&mut text, &library.versions);
    push_sorted(&mut text, &library.vtables);
    push_sorted(&mut text, &library.vtts);
    String::from_utf8(text).expect("JSON is UTF-8")
}

fn push(text: &mut Vec<u8>, line: &impl Serialize) {
    serde_json::to_writer(&mut *text, line).expect("plain data always serializes");
    text.push(b'\n');
}

fn push_sorted(text: &mut Vec<u8>, facts: &[impl Serialize]) {
    let start = text.len();
    for fact in facts {
        push(text, fact);
    }
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
    /// With the offset of each line, to name the second one.
    dynamic: Vec<(usize, Dynamic)>,
    exports: Vec<Export>,
    imports: Vec<Import>,
    sections: Vec<Section>,
    typeinfos: Vec<Typeinfo>,
    versions: Vec<VersionDefinition>,
    vtables: Vec<VtableGroup>,
    vtts: Vec<Vtt>,
}

/// Bytes of text that one task parses.
const CHUNK: usize = 1 << 19;

pub(super) fn read(text: &[u8]) -> Result<Vec<Dump>, Error> {
    let starts: Vec<usize> = header_offsets(text);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| read_library(&text[..end], start)).collect()
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
fn read_library(text: &[u8], start: usize) -> Result<Dump, Error> {
    let end = line_end(text, start);
    let header = read_header(text, start..end)?;
    let parts: Vec<Facts> = chunks(text, end)
        .into_par_iter()
        .map(|chunk| read_facts(text, chunk))
        .collect::<Result<_, Error>>()?;
    let mut dump = assemble(text, header, parts)?;
    dump.library.restore_order().map_err(|repeated| second_line(text, end, repeated))?;
    Ok(dump)
}

/// Offset behind the line that `from` lies in.
fn line_end(text: &[u8], from: usize) -> usize {
    memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |at| from + at + 1)
}

fn read_header(text: &[u8], line: Range<usize>) -> Result<Header, Error> {
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

fn parse<'a, T: Deserialize<'a>>(text: &'a [u8], line: Range<usize>) -> Result<T, Error> {
    serde_json::from_slice(&text[line.clone()]).map_err(|error| {
        let message = error.to_string();
        // serde_json counts lines from the start of this one; ours is the line of the file.
        let what = message.rsplit_once(" at line ").map_or(&*message, |(what, _)| what).to_owned();
        Error::Line { line: line_number(text, line.start), column: error.column(), what }
    })
}

/// Splits the text from an offset on at line ends into pieces of about [`CHUNK`] bytes.
fn chunks(text: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = from;
    while start < text.len() {
        let end = line_end(text, (start + CHUNK).min(text.len()));
        chunks.push(start..end);
        start = end;
    }
    chunks
}

fn read_facts(text: &[u8], chunk: Range<usize>) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    let mut start = chunk.start;
    while start < chunk.end {
        let next = line_end(text, start);
        let line = start..next;
        start = next;
        let bytes = text[line.clone()].trim_ascii_end();
        if bytes.is_empty() {
            continue;
        }
        let kind = bytes.strip_prefix(b"{\"").and_then(|rest| rest.split(|&b| b == b'"').next());
        match kind.unwrap_or(b"") {
            b"export" => facts.exports.push(parse(text, line)?),
            b"typeinfo" => facts.typeinfos.push(parse(text, line)?),
            b"vtable" => facts.vtables.push(parse(text, line)?),
            b"vtt" => facts.vtts.push(parse(text, line)?),
            b"import" => facts.imports.push(parse(text, line)?),
            b"section" => facts.sections.push(parse(text, line)?),
            b"version" => facts.versions.push(parse(text, line)?),
            b"dynamic" => facts.dynamic.push((line.start, parse::<DynamicLine>(text, line)?.dynamic)),
            other => {
                let what = format!("unknown kind of fact {:?}", String::from_utf8_lossy(other));
                return Err(Error::Line { line: line_number(text, line.start), column: 1, what });
            }
        }
    }
    Ok(facts)
}

fn assemble(text: &[u8], header: Header, parts: Vec<Facts>) -> Result<Dump, Error> {
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
        library.exports.extend(part.exports);
        library.imports.extend(part.imports);
        library.sections.extend(part.sections);
        library.typeinfos.extend(part.typeinfos);
        library.versions.extend(part.versions);
        library.vtables.extend(part.vtables);
        library.vtts.extend(part.vtts);
    }
    if let Some((offset, _)) = dynamic.get(1) {
        let what = "dynamic is there twice".to_owned();
        return Err(Error::Line { line: line_number(text, *offset), column: 1, what });
    }
    library.dynamic = dynamic.pop().map(|(_, facts)| facts).unwrap_or_default();
    Ok(Dump {
        release: header.release,
        platform: Platform { name: header.platform, variant: header.variant },
        library,
    })
}

/// The error for a fact that is there twice in the lines from an offset on: names the second one.
fn second_line(text: &[u8], from: usize, repeated: Repeated) -> Error {
    let is_one = |line: &[u8]| {
        let Ok(fact) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
        let field = |key: &str| fact.get(key).and_then(|value| value.as_str());
        field(repeated.kind) == Some(&repeated.name)
            && (repeated.kind == "version" || field("version") == repeated.version.as_deref())
            && field("library") == repeated.library.as_deref()
    };
    let lines = text[from..].split(|&b| b == b'\n').zip(line_number(text, from)..);
    match lines.filter(|(line, _)| is_one(line)).nth(1) {
        Some((_, line)) => Error::Line { line, column: 1, what: repeated.to_string() },
        None => Error::Repeated(repeated),
    }
}
