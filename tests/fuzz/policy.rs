//! Any text as a policy: refused in one line with its place, or it judges a comparison, and the waivers that it writes
//! load. And any lines as patterns over each other.

#![no_main]

use std::sync::LazyLock;

use abigate::abi::Release;
use abigate::dwarf::debug_files::Alone;
use abigate::patterns::{Glob, NamePattern, PathPattern, QualifiedName};
use abigate::policy::{self, JudgeContext, Date, File, ConfigError, Policy};
use abigate::report::{self, Format, Options};
use abigate::rules::Severity;
use abigate::{binary, diff, dwarf};
use libfuzzer_sys::fuzz_target;

/// Two libraries under one name, one with types: changes under many rules, and names of many shapes.
static PAIR: LazyLock<(Release, Release)> = LazyLock::new(|| {
    let sample = include_bytes!("../fixtures/dwarf/libsample-x86_64.so");
    let tiny = include_bytes!("../fixtures/elf/libtiny-x86_64.so");
    (release("v1.0.0", sample), release("v1.1.0", tiny))
});

fn release(name: &str, data: &[u8]) -> Release {
    let mut library = binary::read("lib.so", data).expect("a library");
    let facts = dwarf::read(data, &library, &Alone, &dwarf::Options::default()).expect("whole debug info");
    if let Some(facts) = facts {
        facts.add_to(&mut library);
    }
    Release { name: name.to_owned(), libraries: vec![library], ..Release::default() }
}

/// What it says has to fit into one line behind the name of the file.
fn mistake(mistake: &ConfigError) {
    assert!(mistake.line > 0 && mistake.column > 0, "{mistake}");
}

fn policy(text: &str) {
    let file = match File::parse(text) {
        Ok(file) => file,
        Err(error) => return mistake(&error),
    };
    // The lists that it refers to are text of the same hand.
    let list = text.rsplit("\n---\n").next().unwrap_or_default();
    let policy = match Policy::new(&file, &|_| Ok(list.to_owned())) {
        Ok(policy) => policy,
        Err(error) => return mistake(&error),
    };
    let _ = policy.summary();
    let (old, new) = &*PAIR;
    let _ = policy::coverage(&policy, old);
    let circumstances = JudgeContext::of(old, new, Date::from_days(20_000));
    let verdict = match policy::judge(diff::compare(old, new), old, new, &policy, &circumstances) {
        Ok(verdict) => verdict,
        Err(error) => return mistake(&error),
    };
    report::write(&verdict, Format::Text, &Options::default(), &mut std::io::sink())
        .expect("nothing to fail");
    if let Some(waivers) = policy::write_waivers(&verdict, Severity::Breaking, &format!("because: {text}")) {
        let file = File::parse(&waivers).expect("written waivers load");
        Policy::new(&file, &|_| Ok(String::new())).expect("written waivers mean something");
    }
}

/// Every line as a pattern over the one after it; a name is what its own pattern says.
fn patterns(text: &str) {
    let lines: Vec<&str> = text.lines().take(20).collect();
    for pair in lines.windows(2) {
        let (pattern, name) = (pair[0], pair[1]);
        let _ = Glob::parse(pattern).map(|glob| glob.matches(name));
        let _ = PathPattern::parse(pattern).map(|path| path.matches(name));
        let name = QualifiedName::parse(name);
        let _ = NamePattern::parse(pattern).map(|pattern| pattern.matches(&name));
        assert!(Glob::literal(pattern).matches(pattern), "{pattern:?} is not itself");
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    patterns(text);
    policy(text);
});
