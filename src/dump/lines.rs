//! JSON Lines: one library as a header line and one line per fact.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Dump, Error, VERSION};
use crate::abi::{
    Cxx11Abi, Dynamic, Evidence, Export, Import, Library, Machine, Platform, Section, StdLib, Typeinfo,
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
    dynamic: Option<Dynamic>,
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
    let mut first_line = 1;
    let mut dumps = Vec::new();
    for (&start, end) in starts.iter().zip(ends) {
        dumps.push(read_library(&text[start..end], first_line)?);
        first_line += count_lines(&text[start..end]);
    }
    Ok(dumps)
}

fn count_lines(text: &[u8]) -> usize {
    text.iter().filter(|&&b| b == b'\n').count()
}

fn header_offsets(text: &[u8]) -> Vec<usize> {
    let mut offsets = vec![0];
    let marker = b"\n{\"abigate\":";
    let finder = text.windows(marker.len()).enumerate();
    // Cheap enough: one comparison of the first byte for almost every position.
    offsets.extend(finder.filter(|(_, w)| w[0] == b'\n' && *w == marker).map(|(at, _)| at + 1));
    offsets
}

fn read_library(text: &[u8], first_line: usize) -> Result<Dump, Error> {
    let end = text.iter().position(|&b| b == b'\n').map_or(text.len(), |at| at + 1);
    let (header, rest) = text.split_at(end);
    let header = read_header(header, first_line)?;
    let chunks = chunks(rest, first_line + 1);
    let parts: Vec<Facts> =
        chunks.into_par_iter().map(|(text, line)| read_facts(text, line)).collect::<Result<_, Error>>()?;
    Ok(assemble(header, parts))
}

fn read_header(line: &[u8], number: usize) -> Result<Header, Error> {
    // Look at the version alone first: a newer header may have keys that this program does not know.
    #[derive(Deserialize)]
    struct Version {
        abigate: u64,
    }
    let version: Version = parse(line, number)?;
    if version.abigate > VERSION.into() {
        return Err(Error::Newer(version.abigate));
    }
    parse(line, number)
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8], number: usize) -> Result<T, Error> {
    serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        // serde_json counts lines from the start of this one; ours is the line of the file.
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what).to_owned();
        Error::Line { line: number, column: error.column(), what }
    })
}

/// Splits text at line ends into pieces of about [`CHUNK`] bytes, each with the number of its first line.
fn chunks(text: &[u8], first_line: usize) -> Vec<(&[u8], usize)> {
    let mut chunks = Vec::new();
    let (mut rest, mut line) = (text, first_line);
    while !rest.is_empty() {
        let from = CHUNK.min(rest.len());
        let end = rest[from..].iter().position(|&b| b == b'\n').map_or(rest.len(), |at| from + at + 1);
        let (chunk, after) = rest.split_at(end);
        chunks.push((chunk, line));
        line += count_lines(chunk);
        rest = after;
    }
    chunks
}

fn read_facts(text: &[u8], first_line: usize) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    for (line, number) in text.split(|&b| b == b'\n').zip(first_line..) {
        if line.is_empty() {
            continue;
        }
        let kind = line.strip_prefix(b"{\"").and_then(|rest| rest.split(|&b| b == b'"').next());
        match kind.unwrap_or(b"") {
            b"export" => facts.exports.push(parse(line, number)?),
            b"typeinfo" => facts.typeinfos.push(parse(line, number)?),
            b"vtable" => facts.vtables.push(parse(line, number)?),
            b"vtt" => facts.vtts.push(parse(line, number)?),
            b"import" => facts.imports.push(parse(line, number)?),
            b"section" => facts.sections.push(parse(line, number)?),
            b"version" => facts.versions.push(parse(line, number)?),
            b"dynamic" => facts.dynamic = Some(parse::<DynamicLine>(line, number)?.dynamic),
            other => {
                let what = format!("unknown kind of fact {:?}", String::from_utf8_lossy(other));
                return Err(Error::Line { line: number, column: 1, what });
            }
        }
    }
    Ok(facts)
}

fn assemble(header: Header, parts: Vec<Facts>) -> Dump {
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
    for part in parts {
        library.dynamic = part.dynamic.unwrap_or(library.dynamic);
        library.exports.extend(part.exports);
        library.imports.extend(part.imports);
        library.sections.extend(part.sections);
        library.typeinfos.extend(part.typeinfos);
        library.versions.extend(part.versions);
        library.vtables.extend(part.vtables);
        library.vtts.extend(part.vtts);
    }
    library.restore_order();
    Dump {
        release: header.release,
        platform: Platform { name: header.platform, variant: header.variant },
        library,
    }
}
