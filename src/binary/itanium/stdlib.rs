//! Which C++ library the names belong to, and which side of libstdc++'s dual ABI they are on.

use memchr::memmem::Finder;

use crate::abi::{Cxx11Abi, Export, Import, StdLib};
use crate::mangling::{self, DualAbi};

fn names<'a>(exports: &'a [Export], imports: &'a [Import]) -> impl Iterator<Item = &'a str> {
    exports.iter().map(|e| &*e.name).chain(imports.iter().map(|i| &*i.name))
}

/// Reads the C++ library off the inline namespaces in the names, and off what is needed. `mentions`: whether the
/// strings that the names are from hold a part anywhere, as far as that is known without looking at each name.
pub(in crate::binary) fn stdlib(
    exports: &[Export],
    imports: &[Import],
    needed: &[String],
    mentions: impl Fn(&str) -> bool,
) -> StdLib {
    let needs = |library: &str| needed.iter().any(|n| n.starts_with(library));
    let has = |part: &str| {
        let finder = Finder::new(part);
        mentions(part) && names(exports, imports).any(|name| finder.find(name.as_bytes()).is_some())
    };
    let gnu = needs("libstdc++.so") || has("St7__cxx11");
    let llvm = needs("libc++.so") || has("NSt3__1") || has("NSt6__ndk1");
    match (gnu, llvm) {
        (true, true) => StdLib::Both,
        (true, false) => StdLib::LibStdCxx,
        (false, true) => StdLib::LibCxx,
        (false, false) => StdLib::Unknown,
    }
}

/// Counts the names on either side of the dual ABI. Only names of the library itself count, since instantiations of
/// the standard library come and go with the compiler.
pub(in crate::binary) fn dual_abi(exports: &[Export], imports: &[Import]) -> Cxx11Abi {
    let mut counts = Cxx11Abi::default();
    let marks = ["cxx11", "Ss", "Sb", "4list"].map(Finder::new);
    for name in names(exports, imports) {
        // Parsing every name would cost more than reading the file: look for the letters first.
        let suspicious = marks.iter().any(|mark| mark.find(name.as_bytes()).is_some());
        if !suspicious || is_std(name) {
            continue;
        }
        match mangling::parse(name).map(|m| m.dual_abi()) {
            Ok(DualAbi::Old) => counts.old += 1,
            Ok(DualAbi::New) => counts.new += 1,
            Ok(DualAbi::Both) => {
                counts.old += 1;
                counts.new += 1;
            }
            Ok(DualAbi::Neutral) | Err(_) => {}
        }
    }
    counts
}

/// Whether the entity itself is declared in namespace `std` (or is RTTI of such an entity).
fn is_std(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("_Z") else { return false };
    let rest = ["TV", "TI", "TS", "TT", "GV"].iter().find_map(|p| rest.strip_prefix(p)).unwrap_or(rest);
    let rest = rest.strip_prefix('N').unwrap_or(rest).trim_start_matches(['K', 'V', 'R', 'O']);
    ["St", "Sa", "Ss", "Sb", "Si", "So", "Sd", "9__gnu_cxx"].iter().any(|p| rest.starts_with(p))
}

#[cfg(test)]
mod tests {
    use super::is_std;

    #[test]
    fn entities_of_the_standard_library() {
        for name in
            ["_ZNSt6vectorIiSaIiEE9push_backERKi", "_ZNKSs4sizeEv", "_ZTVSt9exception", "_ZSt4moveIRiEvOT_"]
        {
            assert!(is_std(name), "{name}");
        }
        for name in ["_ZN3c105ErrorC1ESs", "_Z3fooSs", "memcpy", "_ZTIN3c105ErrorE"] {
            assert!(!is_std(name), "{name}");
        }
    }
}
