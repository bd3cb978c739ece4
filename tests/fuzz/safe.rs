//! Any text through what makes it safe: nothing is left that a terminal or a workflow's log obeys, twice is the same as once, and
//! whatever pieces it is written in.

#![no_main]

use std::io::Write as _;

use abigate::report::safe;
use libfuzzer_sys::fuzz_target;

fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
}

fn through(data: &[u8], pieces: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut shown = safe::Shown::new(&mut out);
    for piece in data.chunks(pieces) {
        shown.write_all(piece).expect("nothing to fail");
    }
    shown.finish().expect("nothing to fail");
    out
}

fuzz_target!(|data: &[u8]| {
    let whole = through(data, data.len().max(1));
    assert_eq!(whole, through(data, 3));
    let told = String::from_utf8(whole).expect("text");
    for line in told.split('\n') {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?}");
        // Only colors are left.
        let mut rest = line;
        while let Some(at) = rest.find('\u{1b}') {
            let after = &rest[at + 1..];
            let end = after.find('m').expect("a color ends");
            assert!(after[..end].starts_with('[') && after[1..end].bytes().all(|b| b.is_ascii_digit() || b == b';'));
            rest = &after[end..];
        }
        assert!(!line.contains(|c: char| is_obeyed(c) && c != '\t' && c != '\u{1b}'), "{line:?}");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let once = safe::text(text);
    assert!(!once.contains(is_obeyed) && !once.contains("##["), "{once:?}");
    assert_eq!(safe::text(&once), once);
    assert_eq!(safe::lines(text).split('\n').count(), text.split('\n').count());
});
