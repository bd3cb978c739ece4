//! `abigate show`: facts for people to read.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use globset::{Glob, GlobMatcher};

use super::{Exit, Session, load, resolve};
use crate::abi::{Binding, Library, Slot};
use crate::mangling;

/// Show what a library exports
#[derive(Args)]
#[command(
    after_help = "Examples:\n  abigate show libfoo.so\n  abigate show v2.10 vtables --match 'c10::TensorImpl'\n  abigate show libfoo.so symbols --match 'foo::*'"
)]
pub(super) struct Arguments {
    /// A path or a stored release
    input: String,
    /// What to show
    #[arg(value_enum, default_value_t = What::Library)]
    what: What,
    /// Only names that fit, mangled or demangled
    #[arg(long = "match", value_name = "GLOB")]
    pattern: Option<String>,
    /// Platform of a stored release
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Library,
    Symbols,
    Vtables,
}

pub(super) fn run(session: &Session, arguments: &Arguments) -> anyhow::Result<Exit> {
    let release = match resolve::name(session, &arguments.input)? {
        resolve::Named::Path(path) => load::release(&path)?,
        resolve::Named::Stored(entries) => {
            let (platform, _) =
                resolve::shared_platform(session, arguments.platform.as_deref(), &entries, &entries)?;
            let entry =
                entries.iter().find(|e| e.platform == platform).context("the platform is not stored")?;
            session.store.load(entry)?
        }
    };
    let pattern = arguments.pattern.as_deref().map(Glob::new).transpose().context("--match")?;
    let matcher = pattern.map(|p| p.compile_matcher());
    let mut out = String::new();
    for library in &release.libraries {
        match arguments.what {
            What::Library => summary(&mut out, library),
            What::Symbols => symbols(&mut out, library, matcher.as_ref()),
            What::Vtables => vtables(&mut out, library, matcher.as_ref()),
        }
    }
    super::print(&out)?;
    Ok(Exit::Ok)
}

fn fits(matcher: Option<&GlobMatcher>, mangled: &str, text: &str) -> bool {
    matcher.is_none_or(|m| m.is_match(mangled) || m.is_match(text))
}

fn summary(out: &mut String, library: &Library) {
    let dynamic = &library.dynamic;
    let _ = writeln!(out, "{}", library.name);
    let mut line = |label: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {label:<10} {text}");
        }
    };
    line("soname", dynamic.soname.clone().unwrap_or_default());
    line("machine", format!("{}, {} bits", library.machine.arch, library.machine.bits));
    line("build-id", library.build_id.clone().unwrap_or_default());
    line("needed", dynamic.needed.join(", "));
    line("exports", library.exports.len().to_string());
    line("imports", library.imports.len().to_string());
    line("vtables", library.vtables.len().to_string());
    line("typeinfo", library.typeinfos.len().to_string());
    line("producers", library.producers.join("; "));
    line("dual ABI", format!("{} names old, {} new", library.cxx11.old, library.cxx11.new));
    line("gaps", library.evidence.gaps.join("; "));
}

fn symbols(out: &mut String, library: &Library, matcher: Option<&GlobMatcher>) {
    for export in &library.exports {
        let text = mangling::display(&export.name);
        if fits(matcher, &export.name, &text) {
            let binding = match export.binding {
                Binding::Global => "strong",
                Binding::Weak => "weak",
                Binding::Unique => "unique",
            };
            let version = export.version.as_ref().map_or_else(String::new, |v| format!("  @{v}"));
            let kind = format!("{:?}", export.kind).to_lowercase();
            let _ = writeln!(out, "{kind:<7} {binding:<7} {text}{version}");
        }
    }
}

fn vtables(out: &mut String, library: &Library, matcher: Option<&GlobMatcher>) {
    for group in &library.vtables {
        let text = mangling::display(&group.name);
        let class = text.strip_prefix("vtable for ").unwrap_or(&text);
        if !fits(matcher, &group.name, class) {
            continue;
        }
        let _ = writeln!(out, "{class}  [{}]", library.name);
        for (i, table) in group.tables.iter().enumerate() {
            let offsets = if table.offsets.is_empty() {
                String::new()
            } else {
                format!(", offsets {:?}", table.offsets)
            };
            let _ = writeln!(out, "  virtual table {i}: offset to top {}{offsets}", table.top);
            for (slot, target) in table.slots.iter().enumerate() {
                let text = match target {
                    Slot::Function(name) => mangling::display(name),
                    other => other.as_str().into(),
                };
                let _ = writeln!(out, "    {slot:>3}  {text}");
            }
        }
    }
}
