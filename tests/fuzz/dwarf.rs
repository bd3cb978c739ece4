//! Any bytes as a library with debug info: types are read or refused in one line, what is missing is a gap, and the facts
//! come back from a dump as they were.

#![no_main]

use abigate::dwarf::debug_files::Alone;
use abigate::{binary, dump, dwarf};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(mut library) = binary::read("libfuzzed.so", data) else { return };
    let options = dwarf::Options { all_types: true, ..dwarf::Options::default() };
    match dwarf::read(data, &library, &Alone, &options) {
        Ok(Some(facts)) => {
            facts.add_to(&mut library);
            let dump = dump::Dump { library, ..dump::Dump::default() };
            let again = dump::read(dump::to_text(&dump).as_bytes()).expect("what was written can be read");
            assert_eq!(again, [dump]);
        }
        Ok(None) => {}
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
});
