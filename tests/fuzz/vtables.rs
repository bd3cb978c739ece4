//! Vtables, VTTs and typeinfo of a real library in which some words are other ones: decoded or told as a gap, the same
//! after a dump, and compared with the whole library either way.
//!
//! The target `elf` takes any bytes, and hardly ever hits what a vtable is made of: 2 % of a library. Here an input is
//! the number of a library and a list of changes to what vtables hang on: their words, relocations, symbols and names.

#![no_main]

use std::ops::Range;
use std::sync::LazyLock;

use abigate::abi::{Library, Release};
use abigate::policy::{self, Date, JudgeContext, Policy};
use abigate::report::{self, Format, Options};
use abigate::{binary, diff, dump};
use libfuzzer_sys::fuzz_target;
use object::{Object, ObjectSection};

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/elf/libshapes-", $name, ".so"))
    };
}

/// Each way to store vtables: word sizes, byte orders, kinds of relocation, with and without typeinfo.
const LIBRARIES: [&[u8]; 10] = [
    fixture!("x86_64"),
    fixture!("x86_64-clang"),
    fixture!("x86_64-relr"),
    fixture!("x86_64-relative-vtables"),
    fixture!("x86_64-nortti"),
    fixture!("x86_64-versioned"),
    fixture!("i686"),
    fixture!("arm"),
    fixture!("powerpc64"),
    fixture!("s390x"),
];

/// Where what vtables are read from stands; `.symtab` names hidden functions, `.opd` functions of PowerPC.
const SECTIONS: [&str; 12] = [
    ".data.rel.ro",
    ".rela.dyn",
    ".rel.dyn",
    ".relr.dyn",
    ".dynsym",
    ".dynstr",
    ".rodata",
    ".symtab",
    ".opd",
    ".plt",
    ".dynamic",
    ".gnu.version",
];

struct Whole {
    data: &'static [u8],
    parts: Vec<Range<usize>>,
    release: Release,
}

static WHOLE: LazyLock<Vec<Whole>> =
    LazyLock::new(|| LIBRARIES.iter().map(|data| Whole::new(data)).collect());

impl Whole {
    fn new(data: &'static [u8]) -> Whole {
        let file = object::File::parse(data).expect("an ELF file");
        let range = |name| {
            let (start, size) = file.section_by_name(name)?.file_range()?;
            Some(start as usize..(start + size) as usize)
        };
        let parts: Vec<_> = SECTIONS.into_iter().filter_map(range).filter(|part| !part.is_empty()).collect();
        let release = release(binary::read("libshapes.so", data).expect("a library"));
        Whole { data, parts, release }
    }

    /// A part, an offset in it, how many bytes to change, and the bytes; again and again.
    fn changed(&self, mut changes: &[u8]) -> Vec<u8> {
        let mut data = self.data.to_vec();
        while let [part, high, low, count, rest @ ..] = changes {
            let part = self.parts[usize::from(*part) % self.parts.len()].clone();
            let at = usize::from(u16::from_be_bytes([*high, *low])) % part.len();
            let count = (usize::from(*count) % 8 + 1).min(rest.len()).min(part.len() - at);
            data[part.start + at..][..count].copy_from_slice(&rest[..count]);
            changes = &rest[count..];
        }
        data
    }
}

fn release(library: Library) -> Release {
    Release { name: "v1.0.0".to_owned(), libraries: vec![library], ..Release::default() }
}

fuzz_target!(|data: &[u8]| {
    let Some((number, changes)) = data.split_first() else { return };
    let whole = &WHOLE[usize::from(*number) % WHOLE.len()];
    let library = match binary::read("libshapes.so", &whole.changed(changes)) {
        Ok(library) => library,
        Err(error) => return assert!(!error.to_string().contains('\n'), "{error}"),
    };
    assert!(library.evidence.rtti_decoded <= library.evidence.rtti_symbols);
    let dump = dump::Dump { library, ..dump::Dump::default() };
    let again = dump::read(dump::to_text(&dump).as_bytes()).expect("what was written can be read");
    assert_eq!(again, std::slice::from_ref(&dump));

    let changed = release(dump.library);
    assert!(diff::compare(&changed, &changed).as_slice().is_empty(), "a release differs from itself");
    for (old, new) in [(&whole.release, &changed), (&changed, &whole.release)] {
        let context = JudgeContext::of(old, new, Date::from_days(0));
        let changes = diff::compare(old, new);
        let verdict = policy::judge_unwaived(changes, old, new, &Policy::default(), &context);
        report::write(&verdict, Format::Text, &Options::default(), &mut std::io::sink())
            .expect("nothing to fail");
    }
});
