//! Fixtures of every kind, damaged: bytes changed, the end cut off, sections exchanged with each other, or their headers.
//!
//! Each case runs the program, under the limits. It has to refuse the file in a line that names it and the place, or to
//! say what the file says. What that is after the damage is known for some of it:
//!
//! - Bytes that hold no fact (code, unwind tables) change no fact.
//! - A second reader, goblin, sees the same exports and imports in a damaged file as in a whole one.
//! - Archives have checksums: a library that comes out of one is the one that went in.
//! - A damaged file that gives the same dump compares equal, and one that lost an export that programs need does not.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use abigate::abi::{Binding, Library};
use abigate::dump;
use goblin::elf::Elf;

use crate::archives::{bz2, deb, deflated, gzip, stored, tar, xz, zip, zst};

use super::{Random, Run, bytes, fixture};

/// Damaged files. Each is one run of the program, and most of those that it can still read are a second one.
const CASES: usize = 2000;

/// A file to be damaged.
struct Whole {
    name: String,
    kind: Kind,
    data: Vec<u8>,
    /// Offsets and sizes of sections, and of headers of sections and segments; empty for what is no ELF file.
    sections: Vec<Section>,
    headers: Vec<Range<usize>>,
    /// What the program says about it.
    said: String,
}

struct Section {
    place: Range<usize>,
    /// Nothing that a program relies on by name or layout.
    is_inert: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Elf,
    Dump,
    Policy,
    /// An archive, and whether it has checksums of all its content.
    Archive {
        is_checked: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Bytes,
    InertBytes,
    Cut,
    Contents,
    Headers,
}

impl Whole {
    fn new(name: &str, kind: Kind, data: Vec<u8>) -> Whole {
        let (sections, headers) = if kind == Kind::Elf { parts(&data) } else { (Vec::new(), Vec::new()) };
        let folder = folder();
        fs::write(folder.path().join(name), &data).expect("a file");
        let run = Run::new(folder.path(), &arguments(kind, name));
        run.succeeds();
        Whole { name: name.to_owned(), kind, data, sections, headers, said: run.out }
    }

    /// A damaged copy. The same seed gives the same one.
    fn damaged(&self, random: &mut Random) -> (Damage, Vec<u8>) {
        let mut data = self.data.clone();
        let inert: Vec<&Section> = self.sections.iter().filter(|section| section.is_inert).collect();
        let damage = match random.below(8) {
            0 if !inert.is_empty() => Damage::InertBytes,
            1 => Damage::Cut,
            2 | 3 => Damage::Contents,
            4 if !self.headers.is_empty() => Damage::Headers,
            _ => Damage::Bytes,
        };
        match damage {
            Damage::InertBytes => change(&mut data, inert[random.below(inert.len())].place.clone(), random),
            Damage::Bytes => change(&mut data, self.hit(random), random),
            Damage::Cut => data.truncate(random.below(self.data.len())),
            Damage::Contents => exchange(&mut data, [self.hit(random), self.hit(random)]),
            Damage::Headers => {
                let mut header = || self.headers[random.below(self.headers.len())].clone();
                exchange(&mut data, [header(), header()]);
            }
        }
        (damage, data)
    }

    /// Where to hit: a section, since most bytes of a library are code; the first bytes of a file, which all others hang
    /// on; or some bytes anywhere.
    fn hit(&self, random: &mut Random) -> Range<usize> {
        let anywhere = random.below(self.data.len());
        match random.below(4) {
            0 => 0..self.data.len().min(200),
            1 => anywhere..self.data.len().min(anywhere + 64),
            _ if self.sections.is_empty() => anywhere..self.data.len(),
            _ => self.sections[random.below(self.sections.len())].place.clone(),
        }
    }
}

/// Changes some bytes.
fn change(data: &mut [u8], place: Range<usize>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        let at = place.start + random.below(place.len());
        data[at] = match random.below(4) {
            0 => 0,
            1 => 0xff,
            2 => data[at] ^ (1 << random.below(8)),
            _ => random.below(256) as u8,
        };
    }
}

/// Exchanges the bytes of two places, as far as the shorter one goes.
fn exchange(data: &mut [u8], [one, two]: [Range<usize>; 2]) {
    for (one, two) in one.zip(two) {
        data.swap(one, two);
    }
}

/// Sections that hold bytes, and all headers.
fn parts(data: &[u8]) -> (Vec<Section>, Vec<Range<usize>>) {
    let elf = Elf::parse(data).expect("whole");
    let inert = [".text", ".eh_frame", ".eh_frame_hdr", ".gcc_except_table", ".init", ".fini"];
    let section = |header: &goblin::elf::SectionHeader| {
        let name = elf.shdr_strtab.get_at(header.sh_name).unwrap_or_default();
        Some(Section { place: header.file_range()?, is_inert: inert.contains(&name) })
    };
    let sections = elf.section_headers.iter().filter_map(section);
    let sections = sections.filter(|section| !section.place.is_empty() && section.place.end <= data.len());
    let table = |start: u64, size: u16, count: u16| {
        let (start, size) = (start as usize, usize::from(size));
        (0..usize::from(count)).map(move |at| start + at * size..start + (at + 1) * size)
    };
    let header = elf.header;
    let headers = table(header.e_shoff, header.e_shentsize, header.e_shnum);
    let headers = headers.chain(table(header.e_phoff, header.e_phentsize, header.e_phnum));
    (sections.collect(), headers.collect())
}

/// A folder with the lists that the policy refers to.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a directory");
    for name in ["tiers.list", "consumer.imports"] {
        fs::copy(fixture("policy").join(name), folder.path().join(name)).expect("a copy");
    }
    folder
}

fn arguments(kind: Kind, name: &str) -> Vec<&str> {
    match kind {
        Kind::Policy => vec!["--config", name, "policy", "check"],
        _ => vec!["dump", name],
    }
}

/// Everything that is damaged.
fn wholes() -> Vec<Whole> {
    let mut wholes = Vec::new();
    for folder in ["elf", "dwarf"] {
        let entries = fs::read_dir(fixture(folder)).expect("the fixtures are there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        // In an order that does not depend on the file system.
        let names: BTreeSet<String> = names.filter(|name| name.contains(".so")).collect();
        let elf = |name: String| Whole::new(&name, Kind::Elf, bytes(&format!("{folder}/{name}")));
        wholes.extend(names.into_iter().map(elf));
    }
    let sample = wholes.iter().find(|whole| whole.name == "libsample-x86_64.so").expect("among them");
    let lines = sample.said.clone();
    let read = dump::read(lines.as_bytes()).expect("a dump");
    let yaml = dump::to_yaml(&read[0]).expect("plain data");
    wholes.push(Whole::new("format-1.abi.zst", Kind::Dump, bytes("dumps/format-1.abi.zst")));
    wholes.push(Whole::new("lines.abi", Kind::Dump, lines.into_bytes()));
    wholes.push(Whole::new("text.abi.yaml", Kind::Dump, yaml.into_bytes()));
    // More often than one fixture of many.
    for _ in 0..4 {
        wholes.push(Whole::new("policy.yaml", Kind::Policy, bytes("policy/every-key.yaml")));
    }
    wholes.extend(archives());
    wholes
}

/// One of each kind, with the same two libraries.
fn archives() -> Vec<Whole> {
    let (one, two) = (bytes("elf/libtiny-x86_64.so"), bytes("elf/libdep.so.1"));
    let entries = [("lib/libone.so", &*one), ("lib/libtwo.so.1", &*two)];
    let plain = tar(&entries);
    let info = zst(&tar(&[("info/index.json", br#"{"name": "tiny", "version": "1.2"}"#)]));
    let package = zst(&plain);
    let conda =
        zip(&[("pkg-tiny-1.2-0.tar.zst", &package, stored()), ("info-tiny-1.2-0.tar.zst", &info, stored())]);
    let zipped = zip(&[("lib/libone.so", &one, deflated()), ("lib/libtwo.so.1", &two, stored())]);
    let archives = [
        ("a.zip", zipped, true),
        ("a-1.2-0.conda", conda, true),
        ("a.tar.gz", gzip(&plain), true),
        ("a.tar.bz2", bz2(&plain), true),
        ("a.tar.xz", xz(&plain), true),
        ("a.deb", deb("data.tar.xz", &xz(&plain)), true),
        ("a.tar.zst", package, false),
        ("a.tar", plain, false),
    ];
    let whole = |(name, data, is_checked)| Whole::new(name, Kind::Archive { is_checked }, data);
    archives.into_iter().map(whole).collect()
}

/// What the cases came to; so that nobody takes a test for one that only sees errors.
#[derive(Default)]
struct Tally {
    refused: AtomicUsize,
    same: AtomicUsize,
    other: AtomicUsize,
    compared: AtomicUsize,
    agreed: AtomicUsize,
}

fn count(number: &AtomicUsize) {
    number.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn damaged_files() {
    let wholes = wholes();
    let (next, tally) = (AtomicUsize::new(0), Tally::default());
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let folder = folder();
                loop {
                    let case = next.fetch_add(1, Ordering::Relaxed);
                    if case >= CASES {
                        break;
                    }
                    check(&wholes[case % wholes.len()], case, folder.path(), &tally);
                }
            });
        }
    });
    let [refused, same, other, compared, agreed] =
        [&tally.refused, &tally.same, &tally.other, &tally.compared, &tally.agreed]
            .map(|number| number.load(Ordering::Relaxed));
    println!(
        "{CASES} cases: {refused} refused, {same} as if whole, {other} with other facts; {compared} compared with the \
         whole, {agreed} read by goblin as well"
    );
    assert!(refused > CASES / 10 && same > CASES / 10 && other > CASES / 20 && agreed > CASES / 20);
}

/// One case: damages the file, lets the program read it and holds what it says against what is known.
fn check(whole: &Whole, case: usize, folder: &Path, tally: &Tally) {
    let (damage, data) = whole.damaged(&mut Random::new(case as u64 + 1));
    fs::write(folder.join(&whole.name), &data).expect("a file");
    let mut run = Run::new(folder, &arguments(whole.kind, &whole.name));
    run.line = format!("case {case}, {damage:?}: {}", run.line);
    run.ends();
    if run.code == Some(2) {
        assert_ne!(damage, Damage::InertBytes, "{}: {}", run.line, run.err);
        names_a_place(&run, &whole.name);
        return count(&tally.refused);
    }
    run.succeeds();
    let is_same = run.out == whole.said;
    count(if is_same { &tally.same } else { &tally.other });
    assert!(is_same || damage != Damage::InertBytes, "{}: facts changed", run.line);
    match whole.kind {
        Kind::Policy => {}
        Kind::Archive { is_checked: true } => came_out_as_it_went_in(&run, whole),
        Kind::Archive { is_checked: false } => drop(libraries(&run.out)),
        Kind::Elf | Kind::Dump => {
            if whole.kind == Kind::Elf && agrees_with_goblin(&run, &data) {
                count(&tally.agreed);
            }
            compares(&run, whole, folder);
            count(&tally.compared);
        }
    }
}

fn libraries(said: &str) -> Vec<Library> {
    let dumps = dump::read(said.as_bytes()).expect("what was written can be read");
    dumps.into_iter().map(|dump| dump.library).collect()
}

/// The line says which file, and where in it: an offset, a line, a part; or that the file as a whole is not what it should
/// be.
fn names_a_place(run: &Run, name: &str) {
    let line = run.err.lines().last().unwrap_or_default();
    let is_line = line.starts_with("abigate: ") && line.contains(name) && run.out.is_empty();
    assert!(is_line, "{}: {:?}", run.line, run.err);
    let rest = line.replace(name, "");
    let has_number = |before: &str| {
        let after = rest.split(before).skip(1);
        after.into_iter().any(|text| text.starts_with(|c: char| c.is_ascii_hexdigit()))
    };
    let is_placed =
        ["offset 0x", "byte ", "after ", "line ", "abigate: :"].iter().any(|before| has_number(before));
    let about_all = [
        "an empty file",
        "expected a shared object or an archive of them",
        "no shared object in this archive",
        "not a dump",
        "format version",
    ];
    assert!(is_placed || about_all.iter().any(|words| rest.contains(words)), "{}: {line}", run.line);
}

/// Exports and imports are those that another reader sees, where it reads the file at all.
fn agrees_with_goblin(run: &Run, data: &[u8]) -> bool {
    let (Ok(elf), [library]) = (Elf::parse(data), &libraries(&run.out)[..]) else { return false };
    // Without a hash table it guesses how many symbols there are.
    if elf.dynamic.as_ref().is_none_or(|dynamic| dynamic.info.hash.or(dynamic.info.gnu_hash).is_none()) {
        return false;
    }
    let theirs: BTreeSet<&str> = elf.dynsyms.iter().filter_map(|s| elf.dynstrtab.get_at(s.st_name)).collect();
    let ours = library.exports.iter().map(|e| &*e.name).chain(library.imports.iter().map(|i| &*i.name));
    for name in ours {
        assert!(theirs.contains(name), "{}: {name} is seen by nobody else", run.line);
    }
    true
}

/// Compared with the whole one: no difference where both say the same, and no silence where something is lost.
fn compares(run: &Run, whole: &Whole, folder: &Path) {
    fs::create_dir_all(folder.join("whole")).expect("a directory");
    let place = format!("whole/{}", whole.name);
    fs::write(folder.join(&place), &whole.data).expect("a file");
    let diff = Run::new(folder, &["diff", &place, &whole.name]);
    diff.ends();
    if run.out == whole.said {
        assert_eq!(diff.code, Some(0), "{}: differs from its equal: {}", run.line, diff.out);
        return;
    }
    let ([old], [new]) = (&libraries(&whole.said)[..], &libraries(&run.out)[..]) else { return };
    let kept: BTreeSet<_> = new.exports.iter().map(|export| &export.name).collect();
    let lost = old.exports.iter().filter(|e| e.binding == Binding::Global && !kept.contains(&e.name));
    if let Some(export) = lost.into_iter().next() {
        assert_ne!(diff.code, Some(0), "{}: nobody misses {}", run.line, export.name);
    }
}

/// A library of an archive that has checksums. Its name may have changed, which zip files have no checksum of.
fn came_out_as_it_went_in(run: &Run, whole: &Whole) {
    let whole = libraries(&whole.said);
    for library in libraries(&run.out) {
        let is_known =
            whole.iter().any(|one| (&one.exports, &one.imports) == (&library.exports, &library.imports));
        assert!(is_known, "{}: {} never went in", run.line, library.name);
    }
}
