//! Any text as a mangled name, in every style and taken apart.

#![no_main]

use abigate::mangling::{self, Style};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(name) = std::str::from_utf8(data) else { return };
    let _ = mangling::demangle(name);
    let Ok(read) = mangling::parse(name) else { return };
    for style in [Style::Gnu, Style::Canonical, Style::Cxx11Neutral] {
        let _ = read.text(style);
    }
    if let Some(signature) = read.signature() {
        let _ = signature.qualified_name();
    }
    let _ = (read.entity(), read.dual_abi());
});
