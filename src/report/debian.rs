//! What a library exports as the `symbols` file of a Debian package has it: deb-symbols(5), dpkg-gensymbols(1).
//!
//! Names stay mangled, which dpkg-gensymbols takes as well as `(c++)` patterns and which mean the same on every architecture
//! with the same types.

use std::io::{self, Write};

use super::safe;
use crate::abi::{Export, Library, Release};

/// Symbols that linkers put into every library, which dpkg-gensymbols leaves out as well.
const BY_LINKER: [&str; 27] = [
    "_DYNAMIC",
    "_GLOBAL_OFFSET_TABLE_",
    "_PROCEDURE_LINKAGE_TABLE_",
    "_SDA2_BASE_",
    "_SDA_BASE_",
    "__bss_end",
    "__bss_end__",
    "__bss_start",
    "__bss_start__",
    "__data_start",
    "__do_global_ctors_aux",
    "__do_global_dtors_aux",
    "__do_jv_register_classes",
    "__end__",
    "__exidx_end",
    "__exidx_start",
    "__gnu_local_gp",
    "_bss_end__",
    "_edata",
    "_end",
    "_fbss",
    "_fdata",
    "_fini",
    "_ftext",
    "_gp",
    "_gp_disp",
    "_init",
];

/// What the file says of all symbols.
pub struct Symbols<'a> {
    /// Name of the package; none for the one that Debian's policy gives a library of that SONAME.
    pub package: Option<&'a str>,
    /// The version of the package that brought every symbol.
    pub version: &'a str,
}

/// Writes one section for each library that has a SONAME. Gives the number of them.
///
/// # Errors
/// What the writer said.
pub fn write(release: &Release, symbols: &Symbols<'_>, out: &mut dyn Write) -> io::Result<usize> {
    let mut libraries: Vec<(&str, &Library)> =
        release.libraries.iter().filter_map(|l| Some((l.dynamic.soname.as_deref()?, l))).collect();
    libraries.sort_by_key(|(soname, _)| *soname);
    for (soname, library) in &libraries {
        let package = symbols.package.map_or_else(|| package(soname), str::to_owned);
        writeln!(out, "{} {} #MINVER#", safe::text(soname), safe::text(&package))?;
        let mut lines: Vec<String> =
            library.exports.iter().filter_map(|export| line(export, symbols.version)).collect();
        // One that is there under its name alone and by default is one line.
        lines.sort();
        lines.dedup();
        lines.iter().try_for_each(|line| writeln!(out, " {line}"))?;
        for node in &library.versions {
            writeln!(out, " {0}@{0} {1}", safe::text(&node.name), symbols.version)?;
        }
    }
    Ok(libraries.len())
}

fn line(export: &Export, version: &str) -> Option<String> {
    if BY_LINKER.contains(&&*export.name) {
        return None;
    }
    let node = export.version.as_deref().unwrap_or("Base");
    // What every program that uses it has a copy of may go.
    let tag = if export.name.starts_with("_Z") && !export.is_strong() { "(optional)" } else { "" };
    // A name with an end of line in it would be two symbols.
    Some(format!("{tag}{}@{} {version}", safe::text(&export.name), safe::text(node)))
}

/// The package of a library, as Debian's policy names it (8.1): `libz.so.1` is in `libz1`, `libgtk-3.so.0` in `libgtk-3-0`.
fn package(soname: &str) -> String {
    let (stem, version) = match soname.split_once(".so") {
        Some((stem, version)) => (stem, version.trim_start_matches('.')),
        None => (soname, ""),
    };
    let apart = if stem.ends_with(|c: char| c.is_ascii_digit()) && !version.is_empty() { "-" } else { "" };
    format!("{stem}{apart}{version}").to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_after_sonames() {
        for (soname, name) in [
            ("libz.so.1", "libz1"),
            ("libgtk-3.so.0", "libgtk-3-0"),
            ("libFoo_bar.so.2.1", "libfoo-bar2.1"),
            ("libdb-5.3.so", "libdb-5.3"),
        ] {
            assert_eq!(package(soname), name);
        }
    }
}
