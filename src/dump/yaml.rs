//! YAML: one document per library, for people who review a baseline in a pull request.

use serde::{Deserialize, Serialize};

use super::{Dump, Error, VERSION};
use crate::abi::{Library, Platform};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    abigate: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    library: Library,
}

pub(super) fn write(dump: &Dump) -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(&Document {
        abigate: VERSION,
        release: dump.release.clone(),
        platform: dump.platform.name.clone(),
        variant: dump.platform.variant.clone(),
        library: dump.library.clone(),
    })
}

pub(super) fn read(text: &[u8]) -> Result<Vec<Dump>, Error> {
    check_version(text)?;
    let documents = serde_yaml::Deserializer::from_slice(text);
    documents.map(|document| Document::deserialize(document).map_err(error).and_then(dump)).collect()
}

/// The version stands on the first line, so that a newer document is refused before its keys are.
fn check_version(text: &[u8]) -> Result<(), Error> {
    let first = text.split(|&b| b == b'\n').next().unwrap_or(b"");
    let number = first.strip_prefix(b"abigate:").and_then(|rest| std::str::from_utf8(rest).ok());
    match number.and_then(|n| n.trim().parse::<u64>().ok()) {
        Some(version) if version > VERSION.into() => Err(Error::Newer(version)),
        Some(_) => Ok(()),
        None => {
            let what = "the format version after abigate: is not a number".to_owned();
            Err(Error::Line { line: 1, column: 1, what })
        }
    }
}

fn error(error: serde_yaml::Error) -> Error {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    Error::Line { line, column, what: error.to_string() }
}

fn dump(document: Document) -> Result<Dump, Error> {
    let mut library = document.library;
    library.restore_order()?;
    Ok(Dump {
        release: document.release,
        platform: Platform { name: document.platform, variant: document.variant },
        library,
    })
}
