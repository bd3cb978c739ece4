//! The model to bytes and back.
//!
//! A dump is JSON Lines, usually under zstd: a header line, then one fact per line, sorted bytewise, so that `zstdcat`,
//! `grep`, `jq` and `diff` work on it and a changed line is a changed fact. The first key of a line is the kind of fact
//! and its value the name, such as `{"export":"_ZN3c105ErrorC1Ev"}`. Several libraries may follow each other, each with
//! its own header. YAML is the same facts in a form to read and review. `dump.schema.json` describes every line.
//!
//! - [`lines`]: JSON Lines to text and back
//! - [`yaml`]: the reviewable form
//! - this file: which form the bytes have, compression, and the format's version
//!
//! # Versions
//! The header carries the format version. Any change of a line, be it one more key, raises it; readers accept every older
//! version and refuse a newer one by name, since facts they do not understand could hide a break.

mod lines;
mod yaml;

use std::borrow::Cow;
use std::io::{self, Read};

use crate::abi::{Library, Platform, Repeated};
use lines::Wanted;

/// Version of the format that this program writes, and the newest it reads.
pub const VERSION: u32 = 6;

/// The JSON Schema of the lines of a dump.
pub const SCHEMA: &str = include_str!("dump.schema.json");

/// Text that any dump may unpack to, in bytes; a larger one is taken for an attack.
const LARGEST_TEXT: u64 = 4 << 30;

/// Bytes of text that a byte of compressed data may stand for; real dumps stay below 50.
const LARGEST_RATIO: u64 = 1000;

/// Bytes of text that are unpacked whatever they came from.
const ALWAYS_ALLOWED: u64 = 64 << 20;

/// Why bytes are not a dump.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither zstd nor JSON Lines nor YAML of ours.
    #[error("not a dump: it starts with neither a zstd frame, {{\"abigate\": nor abigate:")]
    Foreign,
    /// Written by a newer program.
    #[error("format version {0} is newer than this program understands ({VERSION}): update abigate")]
    Newer(u64),
    /// A line that is not a fact.
    #[error("line {line}, column {column}: {what}")]
    Line {
        /// One-based line of the unpacked text.
        line: usize,
        /// One-based byte column.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// Compressed data that does not unpack.
    #[error("damaged zstd data, after {unpacked} bytes of text: {cause}")]
    Zstd {
        /// Bytes that could be unpacked before that.
        unpacked: usize,
        /// What is wrong.
        cause: io::Error,
    },
    /// Unpacks to more than a dump can hold.
    #[error("{packed} bytes of zstd data unpack to over {limit} bytes, which no dump does")]
    TooLarge {
        /// Bytes of compressed data.
        packed: usize,
        /// Bytes of text that it may unpack to.
        limit: u64,
    },
    /// A fact that is there twice.
    #[error("{0}")]
    Repeated(Repeated),
}

impl From<Repeated> for Error {
    fn from(repeated: Repeated) -> Error {
        Error::Repeated(repeated)
    }
}

/// A library together with the release that it was dumped as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// Release name, when the dump was made under one.
    pub release: Option<String>,
    /// Platform and variant, as far as known.
    pub platform: Platform,
    /// The facts.
    pub library: Library,
}

/// Reads a header line, which is a dump without facts. None: it is not that of one library.
///
/// # Errors
/// It is no header.
#[cfg(feature = "serve")]
pub(crate) fn read_header(line: &str) -> Result<Option<Dump>, Error> {
    let mut dumps = read(format!("{line}\n").as_bytes())?;
    Ok(dumps.pop().filter(|_| dumps.is_empty()))
}

/// Whether bytes look like a dump in any of its forms (compressed ones are told by their content).
pub fn is_dump(data: &[u8]) -> bool {
    let is_text = |text: &[u8]| text.starts_with(b"{\"abigate\":") || text.starts_with(b"abigate:");
    if !data.starts_with(&zstd::zstd_safe::MAGICNUMBER.to_le_bytes()) {
        return is_text(data);
    }
    let mut start = [0; 11];
    let decoder = zstd::stream::read::Decoder::new(data);
    decoder.and_then(|mut d| d.read_exact(&mut start)).is_ok() && is_text(&start)
}

/// Writes JSON Lines.
pub fn to_text(dump: &Dump) -> String {
    lines::write(dump)
}

/// Writes YAML.
///
/// # Errors
/// The serializer failed, which plain data never makes it do.
pub fn to_yaml(dump: &Dump) -> Result<String, serde_yaml::Error> {
    yaml::write(dump)
}

/// How hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For a dump that is used once.
    Fast,
    /// For a baseline that is kept for years.
    Best,
}

/// Compresses the text of a dump. The same text and effort give the same bytes.
///
/// # Errors
/// The compressor ran out of memory.
pub fn compress(text: &str, effort: Effort) -> io::Result<Vec<u8>> {
    let level = match effort {
        Effort::Fast => 3,
        Effort::Best => 19,
    };
    let mut compressor = zstd::bulk::Compressor::new(level)?;
    compressor.include_checksum(true)?;
    if effort == Effort::Best {
        // Mangled names repeat over the whole text, not only nearby.
        compressor.long_distance_matching(true)?;
        compressor.window_log(25)?;
    }
    compressor.compress(text.as_bytes())
}

/// Reads a dump in any form: all libraries that it holds.
///
/// # Errors
/// See [`Error`].
pub fn read(data: &[u8]) -> Result<Vec<Dump>, Error> {
    read_wanted(data, Wanted::Everything)
}

/// Reads what a dump says in lines that have a word in them, and what it says of libraries as a whole. Much faster than
/// reading everything, and as exact: what names a thing has its name in the line. A word is of letters, digits and `_`.
///
/// # Errors
/// See [`Error`]. Lines without the word are not looked at.
pub fn read_about(data: &[u8], word: &str) -> Result<Vec<Dump>, Error> {
    let text = &*text_of(data)?;
    if text.starts_with(b"{\"abigate\":") {
        return lines::read(&lines::about(text, word), Wanted::Everything);
    }
    read(text)
}

/// Reads what the dynamic loader asks of libraries: exports, imports, versions, the dynamic section. Much faster than reading
/// everything.
///
/// # Errors
/// See [`Error`]. Other lines are not looked at.
pub fn read_linkage(data: &[u8]) -> Result<Vec<Dump>, Error> {
    read_wanted(data, Wanted::Linkage)
}

/// Reads what libraries export, and which types, functions, variables and constants are declared where: what policies go by.
/// Faster than reading everything.
///
/// # Errors
/// See [`Error`]. Other lines, and what else those say, are not looked at.
pub fn read_surface(data: &[u8]) -> Result<Vec<Dump>, Error> {
    read_wanted(data, Wanted::Surface)
}

fn read_wanted(data: &[u8], wanted: Wanted) -> Result<Vec<Dump>, Error> {
    let text = &*text_of(data)?;
    if text.starts_with(b"{\"abigate\":") {
        lines::read(text, wanted)
    } else if text.starts_with(b"abigate:") {
        yaml::read(text)
    } else {
        Err(Error::Foreign)
    }
}

/// The text of a dump, packed or not.
pub(crate) fn text_of(data: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    match data.starts_with(&zstd::zstd_safe::MAGICNUMBER.to_le_bytes()) {
        true => decompress(data).map(Cow::Owned),
        false => Ok(Cow::Borrowed(data)),
    }
}

fn decompress(data: &[u8]) -> Result<Vec<u8>, Error> {
    let packed = data.len();
    let limit = (packed as u64).saturating_mul(LARGEST_RATIO).clamp(ALWAYS_ALLOWED, LARGEST_TEXT);
    let too_large = || Error::TooLarge { packed, limit };
    // The frame says how large the content is; it is a hint to be checked, not believed.
    let declared = zstd::zstd_safe::get_frame_content_size(data).ok().flatten();
    if declared.is_some_and(|size| size > limit) {
        return Err(too_large());
    }
    let first = zstd::zstd_safe::find_frame_compressed_size(data);
    if let Some(size) = declared.and_then(|size| usize::try_from(size).ok())
        && first == Ok(packed)
    {
        // One frame of known size goes straight to its place, without a window beside it.
        if let Ok(text) = zstd::bulk::decompress(data, size) {
            return Ok(text);
        }
        // Read again in pieces, it turns out where it is damaged.
    }
    // Frames that do not say their size, or several of them.
    let mut text = Vec::new();
    let read = zstd::stream::read::Decoder::new(data).and_then(|mut decoder| {
        decoder.window_log_max(27)?;
        decoder.take(limit + 1).read_to_end(&mut text)
    });
    read.map_err(|cause| Error::Zstd { unpacked: text.len(), cause })?;
    if text.len() as u64 > limit { Err(too_large()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Export, Function, Location, Machine, Section, Type, TypeKind, Variable};

    fn sample() -> Dump {
        let export = |name: &str, version: Option<&str>| Export {
            name: name.into(),
            version: version.map(Into::into),
            hidden_version: false,
            kind: Default::default(),
            binding: Default::default(),
            visibility: Default::default(),
            size: None,
            section: None,
            alias_of: None,
            unpromised: false,
        };
        Dump {
            release: Some("v1.0.0".to_owned()),
            platform: Platform::parse("linux-x86_64-debug"),
            library: Library {
                name: "liba.so".to_owned(),
                machine: Machine { arch: "x86_64".to_owned(), bits: 64, ..Machine::default() },
                exports: vec![export("f", None), export("g", Some("V1")), export("quote\"d", None)],
                ..Library::default()
            },
        }
    }

    #[test]
    fn every_form_gives_the_same_facts_back() {
        let dump = sample();
        let text = to_text(&dump);
        let yaml = to_yaml(&dump).unwrap();
        for effort in [Effort::Fast, Effort::Best] {
            assert_eq!(read(&compress(&text, effort).unwrap()).unwrap(), std::slice::from_ref(&dump));
        }
        assert_eq!(read(text.as_bytes()).unwrap(), std::slice::from_ref(&dump));
        assert_eq!(read(yaml.as_bytes()).unwrap(), std::slice::from_ref(&dump));
        for form in [text.as_bytes(), yaml.as_bytes(), &compress(&text, Effort::Fast).unwrap()] {
            assert!(is_dump(form));
        }
    }

    #[test]
    fn what_is_said_about_a_word_is_all_that_is_read() {
        let mut dump = sample();
        dump.library.dynamic.soname = Some("liba.so.1".to_owned());
        let text = to_text(&dump);
        let exports = |word: &str, data: &[u8]| {
            let dumps = read_about(data, word).unwrap();
            let libraries = dumps.into_iter().map(|dump| dump.library);
            let names = libraries.flat_map(|library| {
                assert_eq!(library.dynamic.soname.as_deref(), Some("liba.so.1"));
                library.exports.into_iter().map(|export| export.name.to_string())
            });
            names.collect::<Vec<_>>()
        };
        for data in [text.clone().into_bytes(), compress(&text, Effort::Fast).unwrap()] {
            assert_eq!(exports("V1", &data), ["g"]);
            assert_eq!(exports("export", &data).len(), 3);
            assert!(exports("nothing", &data).is_empty());
        }
        assert_eq!(exports("quote", format!("{text}{text}").as_bytes()).len(), 2);
    }

    #[test]
    fn the_surface_is_what_is_exported_and_declared_where() {
        let location = Some(Location { file: "a.h".into(), line: 7 });
        let mut whole = sample();
        let library = &mut whole.library;
        library.types = vec![
            Type { name: "A".into(), size: Some(8), location: location.clone(), ..Type::default() },
            Type { name: "A".into(), variant: 1, kind: TypeKind::Enum, ..Type::default() },
        ];
        library.functions =
            vec![Function { symbol: "f".into(), location: location.clone(), ..Function::default() }];
        library.functions[0].returns = Some("A".into());
        library.variables =
            vec![Variable { symbol: "v".into(), type_: "A".into(), location, ..Variable::default() }];
        library.sections = vec![Section { name: ".text".to_owned(), size: 1 }];
        let mut surface = whole.clone();
        surface.library.types[0].size = None;
        surface.library.functions[0].returns = None;
        surface.library.variables[0].type_ = "".into();
        surface.library.sections.clear();
        let mut linkage = surface.clone();
        linkage.library.types.clear();
        linkage.library.functions.clear();
        linkage.library.variables.clear();
        let text = to_text(&whole);
        for data in [text.clone().into_bytes(), compress(&text, Effort::Fast).unwrap()] {
            assert_eq!(read(&data).unwrap(), std::slice::from_ref(&whole));
            assert_eq!(read_surface(&data).unwrap(), std::slice::from_ref(&surface));
            assert_eq!(read_linkage(&data).unwrap(), std::slice::from_ref(&linkage));
        }
    }

    #[test]
    fn lines_are_sorted_bytewise() {
        let text = to_text(&sample());
        let facts: Vec<&str> = text.lines().skip(1).collect();
        assert!(facts.is_sorted());
        assert_eq!(facts.len(), 4);
    }

    #[test]
    fn several_libraries_follow_each_other() {
        let text = to_text(&sample());
        assert_eq!(read(format!("{text}{text}").as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let text = to_text(&sample()).replacen(&format!("\"abigate\":{VERSION}"), "\"abigate\":7", 1);
        assert!(matches!(read(text.as_bytes()), Err(Error::Newer(7))));
        let yaml = to_yaml(&sample()).unwrap().replacen(&format!("abigate: {VERSION}"), "abigate: 7", 1);
        assert!(matches!(read(yaml.as_bytes()), Err(Error::Newer(7))));
    }

    #[test]
    fn damage_is_named_by_line_and_column() {
        let text = to_text(&sample()).replace("{\"export\":\"f\"}", "{\"export\":\"f\",\"size\":true}");
        let error = read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("line 3, column "), "{error}");
        let packed = compress(&text, Effort::Fast).unwrap();
        assert!(matches!(read(&packed[..packed.len() / 2]), Err(Error::Zstd { .. })));
        assert_eq!(read(b"{\"abigate\":1}\nab\xff").unwrap_err().to_string(), "line 2, column 3: not UTF-8");
        assert!(matches!(read(b"hello"), Err(Error::Foreign)));
        assert!(matches!(read(b"{\"export\":\"f\"}"), Err(Error::Foreign)));
    }
    #[test]
    fn a_fact_that_is_there_twice_is_refused_by_name() {
        let refused = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
        let lines = |facts: &[&str]| format!("{}{}\n", to_text(&sample()), facts.join("\n"));
        // Same name, another version: another fact.
        assert!(read(lines(&["{\"export\":\"f\",\"version\":\"V1\"}"]).as_bytes()).is_ok());
        let twice = [
            (
                &["{\"export\":\"g\",\"version\":\"V1\",\"size\":8}"][..],
                "line 6, column 1: export g of version V1",
            ),
            (&["{\"export\":\"f\"}"], "line 6, column 1: export f"),
            (&["{\"version\":\"V\"}", "{\"version\":\"V\"}"], "line 7, column 1: version V"),
            (&["{\"vtt\":\"_ZTT1A\",\"entries\":[]}"; 2], "line 7, column 1: vtt _ZTT1A"),
            (
                &["{\"import\":\"i\",\"version\":\"V\",\"library\":\"l\"}"; 2],
                "line 7, column 1: import i of version V from l",
            ),
            (&["{\"dynamic\":{}}"], "line 6, column 1: dynamic"),
        ];
        for (facts, what) in twice {
            assert_eq!(refused(&lines(facts)), format!("{what} is there twice"));
        }
        // The line is that of the file, not of the library.
        let second = format!("{}{}", to_text(&sample()), lines(&["{\"export\":\"f\"}"]));
        assert_eq!(refused(&second), "line 11, column 1: export f is there twice");
        let mut dump = sample();
        dump.library.exports.push(dump.library.exports[0].clone());
        assert_eq!(refused(&to_yaml(&dump).unwrap()), "export f is there twice");
    }

    /// What compares them takes the prefix off, which was a panic.
    #[test]
    fn names_without_their_prefix_are_refused() {
        for (fact, prefix) in [
            ("{\"typeinfo\":\"\",\"kind\":\"class\"}", "_ZTI"),
            ("{\"vtable\":\"_ZTÄ1A\",\"tables\":[]}", "_ZTV or _ZTC"),
            ("{\"vtt\":\"_ZTV1A\",\"entries\":[]}", "_ZTT"),
        ] {
            let error = read(format!("{}{fact}\n", to_text(&sample())).as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("line 6, column ") && error.contains(prefix), "{error}");
        }
    }

    #[test]
    fn small_data_that_unpacks_to_a_lot_is_refused() {
        let text = |size: u64| vec![b' '; usize::try_from(size).unwrap()];
        let frame = |size: u64| zstd::bulk::compress(&text(size), 1).unwrap();
        let too_large = |data: &[u8]| matches!(decompress(data), Err(Error::TooLarge { .. }));
        assert!(too_large(&frame(ALWAYS_ALLOWED + 1)));
        // A frame that does not say its size, and two that share the sum.
        assert!(too_large(&zstd::stream::encode_all(&*text(ALWAYS_ALLOWED + 1), 1).unwrap()));
        let half = frame(ALWAYS_ALLOWED / 2);
        assert!(too_large(&[&*half, &half, &frame(1)].concat()));
        assert_eq!(decompress(&[half.clone(), half].concat()).unwrap().len() as u64, ALWAYS_ALLOWED);
    }
}
