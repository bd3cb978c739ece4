//! `abigate init`: a first configuration, for what is found here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::output;
use crate::abi::{Release, SymbolKind};
use crate::mangling;
use crate::session::CONFIG_NAME;

/// Write a first abigate.yaml for the library that is built here.
///
/// Looks for the directory with the built libraries, for public headers, and for names that look internal. Nothing is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate init                  looks into build, out, lib and the like
  abigate init out/release      the build is there")]
pub(super) struct Init {
    /// Directory or file of the build [default: what looks like one]
    #[arg(value_name = "BUILD")]
    pub(super) build: Option<PathBuf>,
}

/// Where builds usually are.
const BUILDS: [&str; 10] = [
    "build/lib",
    "build/lib64",
    "build",
    "builddir",
    "_build",
    "out",
    "cmake-build-release",
    "target/release",
    "lib",
    "bazel-bin",
];

/// Directories in directories that are looked through for libraries.
const DEEPEST: usize = 4;

/// Names of namespaces that are nobody else's business.
const INTERNAL: [&str; 5] = ["detail", "details", "internal", "impl", "_private"];

pub(super) fn run(args: &Init, context: &Context) -> Result<Exit> {
    let place = Path::new(CONFIG_NAME);
    if place.exists() {
        bail!("{CONFIG_NAME} already exists");
    }
    let build = match &args.build {
        Some(build) if build.exists() => build.clone(),
        Some(build) => bail!("{} not found", build.display()),
        None => match BUILDS.iter().map(PathBuf::from).find(|folder| has_library(folder, DEEPEST)) {
            Some(found) => found,
            None => bail!(
                "no built library in {}: build it first, or say where it is: abigate init DIR",
                BUILDS.join(", ")
            ),
        },
    };
    let progress = context.progress();
    let release = context.session.load_paths(std::slice::from_ref(&build))?;
    drop(progress);
    let headers = Path::new("include").is_dir().then_some("include");
    let is_described = |library: &crate::abi::Library| library.evidence.dwarf.is_some();
    if headers.is_none() && !release.libraries.iter().any(is_described) {
        context.warn(&format!(
            "no debug info in {}, and no public headers in include: types will not be compared; build with -g, or name \
             headers: in {CONFIG_NAME}",
            build.display()
        ));
    }
    let text = text(&build, &release, headers);
    output::write_file(place, |out| out.write_all(text.as_bytes()))?;
    let platform = &release.platform;
    let told = format!(
        "wrote {} for {}\n\nNext:\n  abigate baseline add {} --release v1.0.0 --platform {platform}   \
         the last release, built as you publish it\n  abigate gate{}what may be merged\n",
        CONFIG_NAME,
        names(&release),
        build.display(),
        " ".repeat(42),
    );
    context.done(&(told + FENCES))?;
    Ok(Exit::Fine)
}

/// What a project has to say elsewhere so that nobody passes the gate by himself.
const FENCES: &str = "
So that no change passes by itself, in .github/CODEOWNERS, with those who may accept a break:
  /abigate.yaml  @who
  /baselines/    @who
  /.github/      @who
and in the branch's settings: the gate's check is required, and code owners review.
";

/// Whether there is a shared object in a directory or below it.
fn has_library(folder: &Path, depth: usize) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() && (name.ends_with(".so") || name.contains(".so.")) {
            return true;
        }
        if kind.is_dir() && !name.starts_with('.') && name != "CMakeFiles" {
            folders.push(entry.path());
        }
    }
    depth > 0 && folders.iter().any(|folder| has_library(folder, depth - 1))
}

/// `libshop.so and 2 more`
fn names(release: &Release) -> String {
    let all: Vec<&str> = release.libraries.iter().map(|library| library.name.as_str()).collect();
    crate::report::style::text_layout::list(&all, 3)
}

fn text(build: &Path, release: &Release, headers: Option<&str>) -> String {
    let mut text = String::from(
        "# What this project promises to programs that are built against it; `abigate policy --help` says what else can be said.\n",
    );
    // Writing to a string does not fail.
    let _ = writeln!(text, "build: {}", build.display());
    if !release.platform.name.is_empty() {
        let _ = writeln!(text, "platform: {}", release.platform);
    }
    if let Some(folder) = headers {
        let _ = writeln!(
            text,
            "\n# Compiled to learn which types are public, and what programs see of each:\n\
             headers: {{ folders: {folder}, keep-going: true }}"
        );
    }
    let described = release.libraries.iter().filter(|library| library.evidence.dwarf.is_some());
    let described: Vec<String> = described.map(|library| format!("\"{}\"", library.name)).collect();
    if !described.is_empty() {
        let all = described.len() == release.libraries.len();
        let of = if all { "types".to_owned() } else { format!("{{ types: [{}] }}", described.join(", ")) };
        let _ = writeln!(
            text,
            "\n# A build without debug info is no verdict: types would not be compared.\nrequire: {of}"
        );
    }
    let internal = internal(release);
    let _ = writeln!(text, "\ntiers:");
    if internal.is_empty() {
        let _ = writeln!(
            text,
            "  # Exported by accident, and nobody's business:\n  # - name: internal\n  #   names: [\"mine::detail::**\"]\n  #   severity: note"
        );
    } else {
        let _ = writeln!(
            text,
            "  # Exported, and internal by its name. Public inline functions may call it all the same, so that it counts until\n  \
             # somebody who knows better takes the signs away:\n  # - name: internal\n  #   names:"
        );
        for name in &internal {
            let _ = writeln!(text, "  #     - \"{name}::**\"");
        }
        let _ = writeln!(text, "  #   severity: note");
    }
    let _ = writeln!(
        text,
        "  # Everything else. From one release to the next more may break than in a patch.\n  - name: public\n    \
         severity:\n      patch: {{ all: breaking }}"
    );
    text
}

/// Namespaces of exported functions that are internal by their names, outermost first.
fn internal(release: &Release) -> Vec<String> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let functions = release.libraries.iter().flat_map(|library| &library.exports);
    for export in functions.filter(|export| export.kind == SymbolKind::Func && export.name.starts_with("_ZN"))
    {
        let Some(signature) = mangling::parse(&export.name).ok().and_then(|read| read.signature()) else {
            continue;
        };
        let Some(at) = signature.scope.iter().position(|part| INTERNAL.contains(&part.as_str())) else {
            continue;
        };
        let is_plain = |part: &String| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if at > 0 && signature.scope[0] != "std" && signature.scope[..=at].iter().all(is_plain) {
            *found.entry(signature.scope[..=at].join("::")).or_default() += 1;
        }
    }
    found.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Export, Library, Platform};
    use crate::policy;

    #[test]
    fn what_is_written_is_a_policy() {
        let export = |name: &str| Export { name: name.into(), kind: SymbolKind::Func, ..Export::default() };
        let names = ["_ZN4shop6detail1fEv", "_ZN4shop1gEv", "_ZNSt6detail1hEv"];
        let library = Library { exports: names.map(export).to_vec(), ..Library::default() };
        let release = Release::new("HEAD".to_owned(), Platform::parse("linux-x86_64"), vec![library]);
        for headers in [None, Some("include")] {
            let text = text(Path::new("build/lib"), &release, headers);
            let file = policy::File::parse(&text).unwrap();
            assert_eq!(
                (file.build(), file.platform()),
                (&["build/lib".to_owned()][..], Some("linux-x86_64"))
            );
            policy::Policy::new(&file, &|_| Err(std::io::Error::other("none"))).unwrap();
            assert!(text.contains("- \"shop::detail::**\"") && !text.contains("std"), "{text}");
        }
        let bare = text(Path::new("b"), &Release::default(), None);
        policy::Policy::new(&policy::File::parse(&bare).unwrap(), &|_| Err(std::io::Error::other("none")))
            .unwrap();
    }
}
