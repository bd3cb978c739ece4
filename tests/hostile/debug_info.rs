//! Damaged debug info: an error or a gap, never a panic or a hang.

use std::path::Path;
use std::time::{Duration, Instant};

use abigate::dwarf::debug_files::Alone;
use abigate::{binary, dwarf};
use goblin::elf::Elf;

const SAMPLES: [&str; 3] = ["libsample-x86_64.so", "libsample-x86_64-types.so", "libsample-x86_64-clang.so"];

/// Damaged copies of each sample.
const CASES: u64 = 700;

/// No single file may take longer, in a build without optimization.
const PATIENCE: Duration = Duration::from_secs(2);

fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dwarf").join(name);
    std::fs::read(path).expect("the fixture is there")
}

/// Offsets and sizes of the sections that a reader of types looks at.
fn debug_sections(data: &[u8]) -> Vec<(usize, usize)> {
    let elf = Elf::parse(data).expect("whole");
    let wanted =
        [".debug_info", ".debug_abbrev", ".debug_str", ".debug_str_offsets", ".debug_line", ".debug_types"];
    let sections = elf.section_headers.iter();
    sections
        .filter(|s| elf.shdr_strtab.get_at(s.sh_name).is_some_and(|name| wanted.contains(&name)))
        .map(|s| (s.sh_offset as usize, s.sh_size as usize))
        .collect()
}

/// Changes some bytes: mostly in the entries and their abbreviations, which everything hangs on.
fn damage(data: &mut [u8], sections: &[(usize, usize)], seed: u64) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for _ in 0..=next(4) {
        let (start, size) = sections[next(sections.len())];
        let at = start + next(size);
        data[at] = match next(4) {
            0 => 0,
            1 => 0xff,
            2 => data[at] ^ (1 << next(8)),
            _ => next(256) as u8,
        };
    }
}

fn read(data: &[u8]) {
    let library = binary::read("libsample.so", data).expect("the rest of the file is whole");
    for all_types in [false, true] {
        let options = dwarf::Options { all_types, ..dwarf::Options::default() };
        match dwarf::read(data, &library, &Alone, &options) {
            Ok(Some(facts)) => assert!(facts.gaps.iter().all(|gap| !gap.contains('\n'))),
            Ok(None) => {}
            Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        }
    }
}

#[test]
fn changed_bytes() {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    for name in SAMPLES {
        let whole = sample(name);
        let sections = debug_sections(&whole);
        assert!(sections.len() >= 4, "{name}");
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let (whole, sections) = (&whole, &sections);
                // Nesting is bounded, but deep.
                let worker = std::thread::Builder::new().stack_size(16 << 20);
                let work = move || {
                    for seed in (0..CASES).filter(|seed| seed % threads == thread) {
                        let mut data = whole.clone();
                        damage(&mut data, sections, seed);
                        let start = Instant::now();
                        read(&data);
                        assert!(start.elapsed() < PATIENCE, "{name}, seed {seed}: {:?}", start.elapsed());
                    }
                };
                worker.spawn_scoped(scope, work).expect("a thread");
            }
        });
    }
}

/// Sections cut off anywhere.
#[test]
fn cut_sections() {
    let whole = sample(SAMPLES[0]);
    let elf = Elf::parse(&whole).expect("whole");
    let headers = elf.header.e_shoff as usize;
    let is_debug = |name: Option<&str>| name.is_some_and(|name| name.starts_with(".debug_"));
    let debug: Vec<usize> = (0..elf.section_headers.len())
        .filter(|&index| is_debug(elf.shdr_strtab.get_at(elf.section_headers[index].sh_name)))
        .collect();
    for index in debug {
        let size_at = headers + index * 64 + 32;
        let size = elf.section_headers[index].sh_size;
        for cut in [0, 1, 11, size / 3, size / 2, size.saturating_sub(1), size + (1 << 20), u64::MAX] {
            let mut data = whole.clone();
            data[size_at..size_at + 8].copy_from_slice(&cut.to_le_bytes());
            read(&data);
        }
    }
}
