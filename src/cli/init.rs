//! `abigate init`: a first configuration, for what is found here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::output;
use super::typed::quoted;
use crate::abi::{Library, Release, SymbolKind};
use crate::mangling;
use crate::report::style::text_layout;
use crate::session::{CONFIG_NAME, Config};
use crate::versions;

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
    let found = context.session.load_paths(std::slice::from_ref(&build))?;
    let (mut release, exclude) = without_others(found, context);
    let headers = Headers::find(Path::new("."), &build);
    let mut written =
        Written { build: &build, headers: headers.as_ref(), exclude: &exclude, called: Vec::new() };
    if headers.is_some() {
        // What is written is tried: the next command must not be the first to read it.
        let config = Config::parse(place, &written.text(&release))?;
        match context
            .with(config)
            .and_then(|session| Ok(session.in_scope(session.load_paths(session.config().build())?)?))
        {
            Ok(asked) => {
                written.called = called(&asked);
                release = asked;
            }
            Err(error) => {
                context.warn(&format!(
                    "the public headers cannot be asked, so that they are left out: {error:#}"
                ));
                written.headers = None;
            }
        }
    }
    drop(progress);
    if let Some(why) = super::evidence::without_types(&release) {
        context.warn(&why);
    }
    let text = written.text(&release);
    output::write_file(place, |out| out.write_all(text.as_bytes()))?;
    let platform = &release.platform;
    let usual = || (String::new(), "v1.0.0".to_owned(), true);
    let (tag, release_name, is_here) = nearest_tag().unwrap_or_else(usual);
    let (checkout, built) = match is_here {
        true => (String::new(), "the last release, built as you publish it"),
        false => (
            format!("  git checkout {}\n", quoted(&tag)),
            "the last release: check it out, build it as you publish it",
        ),
    };
    let told = format!(
        "wrote {CONFIG_NAME} for {}{}\n\nNext:\n  # {built}\n{checkout}  \
         abigate baseline add {} --release {} --platform {platform}\n  \
         # what the branch has committed is what counts\n  git add {CONFIG_NAME} baselines && git commit\n  \
         # may this change be merged?\n  abigate gate\n",
        names(&release),
        left_out(&exclude),
        quoted(&build.display().to_string()),
        quoted(&release_name),
    );
    context.done(&(told + FENCES))?;
    Ok(Exit::Fine)
}

/// Directories in which a build keeps what is not the project's product.
const OTHERS: [&str; 14] = [
    "_deps",
    "test",
    "tests",
    "testing",
    "unittest",
    "unittests",
    "third_party",
    "third-party",
    "3rdparty",
    "vendor",
    "external",
    "examples",
    "benchmark",
    "benchmarks",
];

/// Libraries to test with, wherever they are built.
const TESTING: [&str; 5] = ["libgtest", "libgmock", "libbenchmark", "libCatch2", "libboost_unit_test"];

/// A build without tests, what was fetched to build with, and plug-ins; and the patterns that leave them out. What would leave
/// nothing leaves everything.
fn without_others(mut release: Release, context: &Context) -> (Release, Vec<String>) {
    let mut patterns: Vec<String> = Vec::new();
    let reason = |library: &Library| -> Option<String> {
        let path = library.path.as_deref().unwrap_or(&library.name);
        let mut above = path.split('/').rev().skip(1);
        if let Some(directory) = above.find(|part| OTHERS.contains(&&*part.to_ascii_lowercase())) {
            let is_first = path.starts_with(&format!("{directory}/"));
            return Some(if is_first { format!("{directory}/*") } else { format!("*/{directory}/*") });
        }
        if let Some(start) = TESTING.iter().find(|start| library.name.starts_with(**start)) {
            return Some(format!("{start}*"));
        }
        (library.is_plug_in() && !library.is_extension_module()).then(|| library.name.clone())
    };
    let (others, own): (Vec<Library>, Vec<Library>) =
        std::mem::take(&mut release.libraries).into_iter().partition(|library| reason(library).is_some());
    if own.is_empty() {
        release.libraries = others;
        return (release, patterns);
    }
    for other in &others {
        patterns.extend(reason(other).filter(|pattern| !patterns.contains(pattern)));
    }
    if !others.is_empty() {
        let all: Vec<&str> = others.iter().map(|library| library.name.as_str()).collect();
        context
            .tell(&format!("left out, as tests, dependencies or plug-ins: {}", text_layout::list(&all, 6)));
    }
    release.libraries = own;
    (release, patterns)
}

/// Where public headers are.
struct Headers {
    folders: Vec<String>,
    /// Names, where only some of what is in the directories is public; none: all.
    files: Vec<String>,
}

/// Most headers in the root that are taken for public ones.
const MOST_HEADERS: usize = 50;

impl Headers {
    /// `include` in the root or in directories of it, else headers in the root itself.
    fn find(root: &Path, build: &Path) -> Option<Headers> {
        let mut folders = Vec::new();
        nested(root, build, 3, &mut folders);
        folders.sort();
        if root.join("include").is_dir() {
            folders.retain(|folder| folder == "include");
        }
        if !folders.is_empty() {
            return Some(Headers { folders, files: Vec::new() });
        }
        let files = fs::read_dir(root).ok()?.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_header = [".h", ".hh", ".hpp", ".hxx"].iter().any(|ending| name.ends_with(ending));
            (is_header && entry.file_type().ok()?.is_file()).then_some(name)
        });
        let mut files: Vec<String> = files.take(MOST_HEADERS).collect();
        files.sort();
        (!files.is_empty()).then(|| Headers { folders: vec![".".to_owned()], files })
    }
}

/// Directories called `include` below one, but not in builds, tests and what others wrote.
fn nested(directory: &Path, build: &Path, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        let is_other = name.starts_with('.')
            || OTHERS.contains(&&*name.to_ascii_lowercase())
            || name.starts_with("build");
        if is_other || !entry.file_type().is_ok_and(|kind| kind.is_dir()) || path.ends_with(build) {
            continue;
        }
        if name == "include" {
            let shown = path.strip_prefix(".").unwrap_or(&path).display().to_string();
            found.push(shown);
        } else if depth > 1 {
            nested(&path, build, depth - 1, found);
        }
    }
}

/// Functions that public inline functions call: programs have copies of those, which call them whatever they are called.
fn called(release: &Release) -> Vec<String> {
    let imports = release.headers.iter().flat_map(|headers| &headers.imports);
    imports.map(|import| import.name.to_string()).collect()
}

/// The tag that is nearest to what is checked out, what the store calls it, and whether it is just there.
fn nearest_tag() -> Option<(String, String, bool)> {
    let ask = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).stdin(Stdio::null()).stderr(Stdio::null());
        let output = git.output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let tag = ask(&["describe", "--tags", "--abbrev=0"])?;
    // What the store takes: a tag may have slashes.
    let name = tag.rsplit('/').next().unwrap_or(&tag).to_owned();
    versions::version(&name)?;
    let is_here = ask(&["describe", "--tags", "--exact-match"]).is_some();
    Some((tag, name, is_here))
}

fn left_out(exclude: &[String]) -> String {
    match exclude {
        [] => String::new(),
        patterns => format!(" (exclude: {})", patterns.join(", ")),
    }
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
    text_layout::list(&all, 3)
}

/// What goes into the file.
struct Written<'w> {
    build: &'w Path,
    headers: Option<&'w Headers>,
    exclude: &'w [String],
    /// Symbols that public inline functions call.
    called: Vec<String>,
}

impl Written<'_> {
    fn text(&self, release: &Release) -> String {
        let mut text = String::from(
            "# What this project promises to programs that are built against it; `abigate policy --help` says what else can be said.\n",
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "build: {}", quoted_yaml(&self.build.display().to_string()));
        if !release.platform.name.is_empty() {
            let _ = writeln!(text, "platform: {}", release.platform);
        }
        if !self.exclude.is_empty() {
            let patterns: Vec<String> = self.exclude.iter().map(|pattern| quoted_yaml(pattern)).collect();
            let _ = writeln!(
                text,
                "\n# Tests, what was fetched to build with, and plug-ins:\nexclude: [{}]",
                patterns.join(", ")
            );
        }
        if let Some(Headers { folders, files }) = self.headers {
            let list =
                |names: &[String]| names.iter().map(|name| quoted_yaml(name)).collect::<Vec<_>>().join(", ");
            let groups =
                if files.is_empty() { String::new() } else { format!(", groups: [[{}]]", list(files)) };
            let _ = writeln!(
                text,
                "\n# Compiled to learn which types are public, and what programs see of each:\n\
                 headers: {{ folders: [{}]{groups}, keep-going: true }}",
                list(folders)
            );
        }
        let described = release.libraries.iter().filter(|library| library.evidence.dwarf.is_some());
        let described: Vec<String> = described.map(|library| quoted_yaml(&library.name)).collect();
        let has_headers = self.headers.is_some() && release.headers.is_some();
        if has_headers || !described.is_empty() {
            let all = has_headers || described.len() == release.libraries.len();
            let of =
                if all { "[types]".to_owned() } else { format!("{{ types: [{}] }}", described.join(", ")) };
            let of_what = if has_headers { "neither debug info nor headers" } else { "no debug info" };
            let _ = writeln!(
                text,
                "\n# A build with {of_what} is inconclusive: its types would not be compared.\nrequire: {of}"
            );
        }
        self.tiers(release, &mut text);
        text
    }

    fn tiers(&self, release: &Release, text: &mut String) {
        let internal = internal(release);
        let (promised, free): (Vec<_>, Vec<_>) =
            internal.into_iter().partition(|name| self.caller_of(name).is_some());
        let _ = writeln!(text, "\ntiers:");
        for name in &promised {
            let callee = self.caller_of(name).unwrap_or_default();
            let _ = writeln!(
                text,
                "  # {name} is internal by its name, but public inline functions call it: {callee}."
            );
        }
        if free.is_empty() {
            let _ = writeln!(
                text,
                "  # Exported but internal: reported, never fails the gate:\n  # - name: internal\n  #   names: [\"mine::detail::**\"]\n  #   severity: note"
            );
        } else {
            let tested = match self.headers {
                Some(_) => "No public inline function calls it, as far as the headers compile",
                None => "Public inline functions may call it all the same",
            };
            let _ = writeln!(
                text,
                "  # Exported but internal by its name. {tested}. It counts until\n  \
                 # these lines are uncommented, then it is reported and never fails the gate:\n  # - name: internal\n  #   names:"
            );
            for name in &free {
                let _ = writeln!(text, "  #     - \"{name}::**\"");
            }
            let _ = writeln!(text, "  #   severity: note");
        }
        let _ = writeln!(
            text,
            "  # Everything else. In a patch release, whatever may break a program or its sources fails the gate.\n  - name: public\n    \
             severity:\n      patch: {{ all: breaking }}"
        );
    }

    /// A function in a namespace that public inline functions call.
    fn caller_of(&self, namespace: &str) -> Option<String> {
        let start = format!("{namespace}::");
        let named = self.called.iter().map(|symbol| mangling::display(symbol));
        named.into_iter().find(|name| name.starts_with(&start)).map(std::borrow::Cow::into_owned)
    }
}

/// Text as YAML takes it in a list: JSON's strings are YAML's as well.
fn quoted_yaml(text: &str) -> String {
    let is_plain =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b)) && !text.is_empty();
    if is_plain && !text.starts_with('-') {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
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
    use crate::abi::{Export, Platform};
    use crate::policy;

    #[test]
    fn what_is_written_is_a_policy() {
        let export = |name: &str| Export { name: name.into(), kind: SymbolKind::Func, ..Export::default() };
        let names = ["_ZN4shop6detail1fEv", "_ZN4shop1gEv", "_ZNSt6detail1hEv"];
        let library = Library { exports: names.map(export).to_vec(), ..Library::default() };
        let release = Release::new("HEAD".to_owned(), Platform::parse("linux-x86_64"), vec![library]);
        let include = Headers { folders: vec!["include".to_owned()], files: vec!["a b.h".to_owned()] };
        let exclude = ["_deps/*".to_owned()];
        for headers in [None, Some(&include)] {
            let written =
                Written { build: Path::new("build/lib"), headers, exclude: &exclude, called: Vec::new() };
            let text = written.text(&release);
            let file = policy::File::parse(&text).unwrap();
            assert_eq!(
                (file.build(), file.platform()),
                (&["build/lib".to_owned()][..], Some("linux-x86_64"))
            );
            policy::Policy::new(&file, &|_| Err(std::io::Error::other("none"))).unwrap();
            assert!(text.contains("- \"shop::detail::**\"") && !text.contains("std"), "{text}");
        }
        // What public inline functions call is a promise, whatever its name says.
        let called = vec!["_ZN4shop6detail1fEv".to_owned()];
        let written = Written { build: Path::new("b"), headers: Some(&include), exclude: &[], called };
        let text = written.text(&release);
        assert!(text.contains("call it: shop::detail::f()") && !text.contains("- \"shop::detail"), "{text}");
        policy::File::parse(&text).unwrap();
        let written = Written { build: Path::new("b"), headers: None, exclude: &[], called: Vec::new() };
        let bare = written.text(&Release::default());
        policy::Policy::new(&policy::File::parse(&bare).unwrap(), &|_| Err(std::io::Error::other("none")))
            .unwrap();
    }
}
