//! What the object file of a unit with all its inline functions defines and calls.
//!
//! The table of an ordinary object file says it, and so does the one that GCC writes for the linker's plugin when it stops before
//! it makes machine code, which it does in half the time: for each symbol its name and the name of its group, both ended by
//! zero, one byte for its kind, one for its visibility, eight for its size, four for its slot; and in a section beside it, behind
//! a version, two bytes for each: whether it is a function, and what kind of section it is in.

use std::collections::BTreeSet;

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

use crate::binary::Error;

/// Symbols of an object file that are not local.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    /// Functions that it defines.
    pub defined: BTreeSet<String>,
    /// What it uses from elsewhere.
    pub undefined: BTreeSet<String>,
}

/// Start of the names of the plugin's sections; a number that differs from run to run follows.
const PLUGIN: &str = ".gnu.lto_.symtab.";
const PLUGIN_MORE: &str = ".gnu.lto_.ext_symtab.";

/// Reads the symbols of an object file of either kind.
///
/// # Errors
/// It is none, or its table is damaged.
pub(super) fn read(data: &[u8]) -> Result<Symbols, Error> {
    let damaged = |cause: object::Error| Error::new("symbol table", 0, cause.to_string());
    let file = object::File::parse(data).map_err(damaged)?;
    let section = |start: &str| {
        let found = file.sections().find(|section| section.name().is_ok_and(|name| name.starts_with(start)));
        found.map(|section| section.data()).transpose().map_err(damaged)
    };
    match (section(PLUGIN)?, section(PLUGIN_MORE)?) {
        (Some(table), Some(more)) => plugin(table, more),
        _ => Ok(ordinary(&file)),
    }
}

fn ordinary(file: &object::File<'_>) -> Symbols {
    let mut found = Symbols::default();
    for symbol in file.symbols() {
        let Ok(name) = symbol.name() else { continue };
        if name.is_empty() || symbol.is_local() {
            continue;
        }
        if symbol.is_undefined() {
            found.undefined.insert(name.to_owned());
        } else if symbol.kind() == object::SymbolKind::Text {
            found.defined.insert(name.to_owned());
        }
    }
    found
}

/// The table for the linker's plugin. It has no local symbols.
fn plugin(table: &[u8], more: &[u8]) -> Result<Symbols, Error> {
    /// Visibility, size and slot.
    const REST: usize = 1 + 8 + 4;
    const FUNCTION: u8 = 1;
    let end = |at: usize| Error::new(PLUGIN, at as u64, "the table ends within a symbol");
    let mut types = match more {
        [1, rest @ ..] => rest.chunks_exact(2).map(|pair| pair[0]),
        _ => return Err(Error::new(PLUGIN_MORE, 0, "a version that is not known")),
    };
    let mut found = Symbols::default();
    let mut rest = table;
    while !rest.is_empty() {
        let at = table.len() - rest.len();
        let mut text = || {
            let length = rest.iter().position(|&byte| byte == 0).ok_or_else(|| end(at))?;
            let (text, after) = rest.split_at(length);
            rest = &after[1..];
            Ok(String::from_utf8_lossy(text).into_owned())
        };
        let name = text()?;
        text()?;
        let (&kind, after) = rest.split_first().ok_or_else(|| end(at))?;
        rest = after.get(REST..).ok_or_else(|| end(at))?;
        let is_function = types.next().ok_or_else(|| end(at))? == FUNCTION;
        match kind {
            0 | 1 if is_function => drop(found.defined.insert(name)),
            2 | 3 => drop(found.undefined.insert(name)),
            // Variables, common ones among them.
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn both_tables_say_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a.cpp");
        let text = "extern int far(int); extern int there; inline int variable = there;
            struct A { virtual ~A(); virtual int f() { return far(1); } static int g() { return there; } };
            inline int h(A *a) { return a->f() + A::g() + variable; }
            template <class T> inline T never(T t) { return far(t); }";
        std::fs::write(&source, text).unwrap();
        let compile = |more: &[&str]| {
            let object = folder.path().join("a.o");
            let mut command = Command::new("g++");
            command.args(["-std=c++17", "-O0", "-fPIC", "-fkeep-inline-functions", "-c", "-o"]);
            assert!(command.arg(&object).arg(&source).args(more).status().unwrap().success());
            read(&std::fs::read(&object).unwrap()).unwrap()
        };
        let mut ordinary = compile(&[]);
        // An affair of the machine code.
        ordinary.undefined.remove("_GLOBAL_OFFSET_TABLE_");
        assert!(ordinary.defined.contains("_Z1hP1A") && ordinary.defined.contains("_ZN1A1gEv"));
        assert!(ordinary.undefined.contains("_Z3fari") && ordinary.undefined.contains("there"));
        let plugin = compile(&["-flto", "-fno-fat-lto-objects"]);
        assert_eq!(plugin, ordinary);
    }

    #[test]
    fn a_damaged_table_is_an_error() {
        let one = [&b"f\0\0\0\0"[..], &[0; 12]].concat();
        let found = plugin(&one, &[1, 1, 0]).unwrap();
        assert!(found.defined.contains("f"));
        assert!(plugin(&one[..one.len() - 1], &[1, 1, 0]).is_err());
        assert!(plugin(&one[..1], &[1, 1, 0]).is_err());
        assert!(
            plugin(&one, &[1]).is_err() && plugin(&one, &[2, 1, 0]).is_err() && plugin(&one, &[]).is_err()
        );
    }
}
