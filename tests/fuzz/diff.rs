//! Any dump against a real library, either one as the older: compared, judged and reported in every format.

#![no_main]

use std::sync::LazyLock;

use abigate::abi::Release;
use abigate::policy::{Date, JudgeContext, Policy};
use abigate::report::{self, Format, Options};
use abigate::{binary, diff, dump, policy};
use libfuzzer_sys::fuzz_target;

const LIBRARY: &[u8] = include_bytes!("../fixtures/elf/libtiny-x86_64.so");

static REAL: LazyLock<Release> = LazyLock::new(|| {
    let library = binary::read("libtiny-x86_64.so", LIBRARY).expect("a library");
    Release { name: "real".to_owned(), libraries: vec![library], ..Release::default() }
});

fuzz_target!(|data: &[u8]| {
    let Ok(dumps) = dump::read(data) else { return };
    let libraries: Vec<_> = dumps.into_iter().map(|dump| dump.library).collect();
    let any = Release { name: "any".to_owned(), libraries, ..Release::default() };
    for (old, new) in [(&*REAL, &any), (&any, &*REAL)] {
        let context = JudgeContext::of(old, new, Date::from_days(0));
        let changes = diff::compare(old, new);
        let verdict = policy::judge_unwaived(changes, old, new, &Policy::default(), &context);
        for format in [Format::Text, Format::Json] {
            let options = Options::default();
            report::write(&verdict, format, &options, &mut std::io::sink()).expect("nothing to fail");
        }
    }
    assert!(diff::compare(&any, &any).as_slice().is_empty(), "a release differs from itself");
});
