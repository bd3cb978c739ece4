//! Any bytes as an ELF file: symbols, vtables and typeinfo are read or refused in one line, and what was read
//! comes back from a dump as it was.

#![no_main]

use abigate::{binary, dump};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match binary::read("libfuzzed.so", data) {
        Ok(library) => {
            let dump = dump::Dump { library, ..dump::Dump::default() };
            let text = dump::to_text(&dump);
            let again = dump::read(text.as_bytes()).expect("what was written can be read");
            assert_eq!(again, [dump]);
        }
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
    }
});
