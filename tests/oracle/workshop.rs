//! Builds libraries and programs, and runs them: what is true of a pair.

use std::fmt;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::consumer::consumer;
use crate::dice::Dice;
use crate::library::{Sources, sources};
use crate::model::Library;

pub(crate) const OBSERVE: &str = include_str!("observe.h");

/// How everything of one seed is compiled.
#[derive(Clone)]
pub(crate) struct Toolchain {
    pub(crate) compiler: &'static str,
    level: &'static str,
    /// A program at a fixed address has copies of the data that it uses.
    is_fixed: bool,
}

impl Toolchain {
    pub(crate) fn of(seed: u64) -> Toolchain {
        let mut dice = Dice::of(seed, "toolchain");
        let compiler = if has("clang++") && seed % 3 == 2 { "clang++" } else { "g++" };
        Toolchain {
            compiler,
            level: dice.pick(&["-O0", "-O0", "-O0", "-O1", "-O2"]),
            is_fixed: dice.one_in(2),
        }
    }

    /// GCC's sanitizers come with it, Clang's are a package of their own.
    fn sanitizes(&self) -> bool {
        static CLANG: OnceLock<bool> = OnceLock::new();
        self.compiler == "g++"
            || *CLANG.get_or_init(|| {
                let mut command = Command::new(self.compiler);
                command.args(["-fsanitize=address", "-shared", "-x", "c++", "-o", "/dev/null", "/dev/null"]);
                command.output().is_ok_and(|output| output.status.success())
            })
    }

    /// The compiler with flags of this seed.
    fn command(&self, sanitized: bool) -> Command {
        let mut command = Command::new(self.compiler);
        // Macros are a part of the debug info that has to be asked for.
        command.args(["-std=c++17", "-w", "-g3", self.level]);
        if sanitized {
            command.arg("-fsanitize=address");
        }
        if self.compiler == "clang++" {
            // Without the first, a class is described only where its vtable is.
            command.args(["-fstandalone-debug", "-fdebug-macro"]);
        }
        command
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.is_fixed { "no-pie" } else { "pie" };
        write!(f, "{} {} {place}", self.compiler, self.level)
    }
}

pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What became of a program that was built against the old library and run with the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The same output.
    Same,
    /// Something else: the first line that differs, a signal, what the loader or a sanitizer said.
    Broken(String),
}

impl Seen {
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self, Seen::Broken(_))
    }
}

/// One library of a seed, with the programs that were built against it.
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
    toolchain: Toolchain,
    old: Sources,
    link: (Vec<String>, Vec<String>),
    expected: String,
    /// What the program says with the old library under a sanitizer, once somebody asked.
    sanitized: OnceLock<Result<String, String>>,
}

/// A mutation that does not compile is not one.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl Workshop {
    /// Builds the old library and a program that uses it.
    pub(crate) fn open(library: &Library, toolchain: Toolchain) -> Result<Workshop, Refused> {
        let folder = tempfile::tempdir().expect("a directory");
        let old = sources(library);
        let link = (library.flags.clone(), library.link_flags.clone());
        let mut workshop =
            Workshop { folder, toolchain, old, link, expected: String::new(), sanitized: OnceLock::new() };
        let place = workshop.place("old");
        workshop.build(library, &place, false)?;
        workshop.program(library, false)?;
        workshop.expected = text(&workshop.run(&place, false).stdout);
        if !workshop.expected.ends_with("end = 0\n") {
            return Err(Refused(format!("the program does not end: {:?}", workshop.run(&place, false))));
        }
        Ok(workshop)
    }

    pub(crate) fn toolchain(&self) -> &Toolchain {
        &self.toolchain
    }

    pub(crate) fn place(&self, name: &str) -> PathBuf {
        let place = self.folder.path().join(name);
        std::fs::create_dir_all(&place).expect("writable");
        place
    }

    pub(crate) fn old(&self) -> PathBuf {
        self.place("old").join("lib")
    }

    /// Builds a library into `place/lib`.
    pub(crate) fn build(&self, library: &Library, place: &Path, sanitized: bool) -> Result<PathBuf, Refused> {
        let sources = sources(library);
        write_sources(&sources, place);
        let lib = place.join(if sanitized { "sanitized" } else { "lib" });
        std::fs::create_dir_all(&lib).expect("writable");
        let same_flags = self.link == (library.flags.clone(), library.link_flags.clone());
        for (name, source, old) in
            [("base", &sources.base, &self.old.base), ("apart", &sources.apart, &self.old.apart)]
        {
            let (file, made) = (lib.join(format!("lib{name}.so")), self.old().join(format!("lib{name}.so")));
            if source == old && same_flags && made.exists() {
                // It is there where a build of this place was refused before.
                let _ = std::fs::remove_file(&file);
                std::fs::hard_link(&made, &file).expect("the same disk");
                continue;
            }
            let mut command = self.toolchain.command(false);
            command.args(["-shared", "-fPIC", "-o"]).arg(&file).arg(place.join(format!("{name}.cpp")));
            command.arg(format!("-Wl,-soname,lib{name}.so")).args(&library.flags);
            compile(command)?;
        }
        let mut command = self.toolchain.command(sanitized);
        command.args(["-shared", "-fPIC", "-o"]).arg(lib.join("libshop.so")).arg(place.join("shop.cpp"));
        command.args(&library.flags);
        command.arg("-Wl,-soname,libshop.so").args(["-L"]).arg(&lib).arg("-lbase").args(&library.link_flags);
        if !sources.version_script.is_empty() {
            command.arg(format!("-Wl,--version-script={}", place.join("shop.map").display()));
        }
        compile(command)?;
        Ok(lib)
    }

    /// The program, built against the old library.
    fn program(&self, library: &Library, sanitized: bool) -> Result<(), Refused> {
        let place = self.place("old");
        let source = place.join("consumer.cpp");
        std::fs::write(&source, consumer(library)).expect("writable");
        let mut command = self.toolchain.command(sanitized);
        let (name, lib) = if sanitized { ("sanitized-consumer", "sanitized") } else { ("consumer", "lib") };
        command.arg("-o").arg(place.join(name)).arg(&source);
        command.args(if self.toolchain.is_fixed { ["-fno-pie", "-no-pie"] } else { ["-fPIE", "-pie"] });
        command.arg("-L").arg(place.join(lib)).args(["-lshop", "-lbase"]).args(&library.flags);
        compile(command)
    }

    fn run(&self, place: &Path, sanitized: bool) -> Output {
        let (program, lib) =
            if sanitized { ("sanitized-consumer", "sanitized") } else { ("consumer", "lib") };
        let mut command = Command::new("timeout");
        command.args(["-s", "KILL", "20"]).arg(self.place("old").join(program));
        command.env("LD_LIBRARY_PATH", place.join(lib)).env("ASAN_OPTIONS", "detect_leaks=0:symbolize=0");
        command.output().expect("the program runs")
    }

    /// Runs the program with the library of `place`.
    pub(crate) fn look(&self, place: &Path) -> Seen {
        judge(&self.run(place, false), &self.expected)
    }

    /// Once more, with eyes for what goes wrong unseen, where the compiler's sanitizer is installed.
    pub(crate) fn look_closer(&self, old: &Library, new: &Library, place: &Path) -> Result<Seen, Refused> {
        if !self.toolchain.sanitizes() {
            return Ok(Seen::Same);
        }
        let usual = self.sanitized.get_or_init(|| self.sanitize(old).map_err(|refused| refused.0));
        let usual = usual.as_ref().map_err(|why| Refused(why.clone()))?;
        self.build(new, place, true)?;
        Ok(judge(&self.run(place, true), usual))
    }

    fn sanitize(&self, old: &Library) -> Result<String, Refused> {
        let place = self.place("old");
        self.build(old, &place, true)?;
        self.program(old, true)?;
        let usual = self.run(&place, true);
        if !usual.status.success() {
            let errors = text(&usual.stderr);
            return Err(Refused(format!("the old library does not pass the sanitizer: {errors}")));
        }
        Ok(text(&usual.stdout))
    }
}

/// Writes the files that a library is built of.
pub(crate) fn write_sources(sources: &Sources, place: &Path) {
    for (name, content) in [
        ("shop.h", &*sources.header),
        ("observe.h", OBSERVE),
        ("shop.cpp", &sources.main),
        ("base.cpp", &sources.base),
        ("apart.cpp", &sources.apart),
        ("shop.map", &sources.version_script),
    ] {
        std::fs::write(place.join(name), content).expect("writable");
    }
}

pub(crate) fn compile(mut command: Command) -> Result<(), Refused> {
    let output = command.output().expect("the compiler runs");
    if output.status.success() { Ok(()) } else { Err(Refused(text(&output.stderr))) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn judge(output: &Output, expected: &str) -> Seen {
    let (seen, errors) = (text(&output.stdout), text(&output.stderr));
    let said = |marks: &[&str]| {
        errors.lines().find(|line| marks.iter().any(|m| line.contains(m))).map(str::to_owned)
    };
    if let Some(line) =
        said(&["AddressSanitizer", "symbol lookup error", "cannot open shared", "version `", "pure virtual"])
    {
        return Seen::Broken(line);
    }
    if let Some(signal) =
        output.status.signal().or(output.status.code().filter(|c| *c > 128).map(|c| c - 128))
    {
        return Seen::Broken(format!("signal {signal}"));
    }
    let differing = expected.lines().zip(seen.lines()).find(|(old, new)| old != new);
    match differing {
        Some((old, new)) => Seen::Broken(format!("{old:?} became {new:?}")),
        None if expected != seen => Seen::Broken("the output ends early".to_owned()),
        None if !output.status.success() => Seen::Broken(format!("{}", output.status)),
        // Copies of data of another size make the loader complain, and go on.
        None if !errors.is_empty() => Seen::Broken(errors.lines().next().unwrap_or_default().to_owned()),
        None => Seen::Same,
    }
}
