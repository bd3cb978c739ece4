//! `abigate show INPUT types`: what debug info says about types, or why there is nothing to say.

use std::path::Path;

use anyhow::{Result, bail};

use super::context::Context;
use super::exit::Exit;
use super::form::Form;
use super::output;
use crate::abi::{Library, Release, Type};
use crate::artifact::{self, Kind, Limits};
use crate::layout::Layouts;
use crate::patterns::{EntityPattern, QualifiedName};
use crate::report::types;
use crate::report::types::json;
use crate::session::Named;

/// How to print.
pub(super) struct Layout {
    pub(super) cache_lines: bool,
    pub(super) format: Form,
}

/// A library and what is wanted of it.
struct Part<'l> {
    library: &'l Library,
    types: Vec<&'l Type>,
}

pub(super) fn run(
    input: &str,
    release: &Release,
    pattern: Option<&EntityPattern>,
    layout: &Layout,
    context: &Context,
) -> Result<Exit> {
    if release.parts().all(|library| library.types.is_empty() && library.evidence.dwarf.is_none()) {
        bail!("{}", nothing(input, release, context));
    }
    let wants = |type_: &&Type| {
        pattern.is_none_or(|pattern| pattern.matches_name(&QualifiedName::parse(&type_.name)))
    };
    let parts: Vec<Part<'_>> = release
        .parts()
        .map(|library| Part { library, types: library.types.iter().filter(wants).collect() })
        .filter(|part| !part.types.is_empty())
        .collect();
    if parts.is_empty() {
        let what = if pattern.is_some() { "no type matches" } else { "no type is reached" };
        context
            .warn(&format!("{input}: {what}; --all-types keeps those that nothing exported reaches as well"));
    }
    match layout.format {
        Form::Json => json(&parts)?,
        Form::Text => text(&parts, release.parts().count() > 1, pattern.is_some(), layout)?,
    }
    Ok(Exit::Fine)
}

fn name(library: &Library) -> &str {
    library.path.as_deref().unwrap_or(&library.name)
}

fn json(parts: &[Part<'_>]) -> Result<()> {
    let layouts: Vec<Layouts<'_>> = parts.iter().map(|part| Layouts::new(part.library)).collect();
    let all: Vec<_> = parts
        .iter()
        .zip(&layouts)
        .flat_map(|(part, layouts)| part.types.iter().map(move |type_| (layouts, name(part.library), *type_)))
        .collect();
    output::tell(|out| json::write(&all, out))
}

fn text(parts: &[Part<'_>], several: bool, in_full: bool, layout: &Layout) -> Result<()> {
    let screen = output::screen();
    let options =
        types::Options { width: screen.width, color: screen.color, cache_lines: layout.cache_lines };
    output::tell(|out| {
        for (number, part) in parts.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            if several {
                writeln!(out, "{}:", name(part.library))?;
            }
            if !in_full {
                types::list(&part.types, out)?;
                continue;
            }
            let layouts = Layouts::new(part.library);
            for (number, type_) in part.types.iter().enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                types::write(type_, &layouts, &options, out)?;
            }
        }
        Ok(())
    })
}

/// Why no types are known, and what can be done about it.
fn nothing(input: &str, release: &Release, context: &Context) -> String {
    if matches!(context.session.resolve(input), Ok(Named::Stored { .. })) {
        let release = &release.name;
        return format!("no types are known of {release}: it was stored from files without debug info");
    }
    let is_dump = artifact::open(Path::new(input), &Limits::default()).is_ok_and(|a| a.kind == Kind::Dump);
    if is_dump {
        return format!("{input}: no types are known: the dump was made from a file without debug info");
    }
    if !context.session.reads_debug_info() {
        return format!("{input}: no types are known with --no-debug-info");
    }
    let folders = &context.session.options().debug_directories;
    let folders: Vec<String> = folders.iter().map(|path| path.display().to_string()).collect();
    format!(
        "{input}: no debug info in it, and none was found beside it or in {}; \
         --debug-dir names a folder that has some",
        folders.join(", ")
    )
}
