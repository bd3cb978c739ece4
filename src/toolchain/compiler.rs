//! The compiler: which one, for which machine, and how GCC and Clang are asked the same.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Error;
use crate::abi::Machine;

/// Whose options it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Gcc,
    Clang,
}

/// The language that a translation unit is compiled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    Cxx,
}

/// A compiler of C++, which compiles C as well.
#[derive(Clone, Debug)]
pub(crate) struct Compiler {
    /// Program.
    pub program: String,
    pub family: Family,
    /// `GCC 12.2.0`
    pub version: String,
    /// Options that choose the machine.
    target: Vec<String>,
}

impl Compiler {
    /// The compiler that was named, else GCC for the machine of the libraries.
    pub(crate) fn find(named: Option<&str>, machine: &Machine) -> Result<Compiler, Error> {
        let is_here = machine.arch.is_empty() || machine.arch == std::env::consts::ARCH;
        let triple = triple(&machine.arch);
        let program = match named {
            Some(named) => named.to_owned(),
            None if is_here => "g++".to_owned(),
            None => format!("{triple}-g++"),
        };
        let first = first_line(&program, &["--version"]).ok_or_else(|| Error::NoCompiler {
            program: program.clone(),
            hint: if is_here || named.is_some() {
                String::new()
            } else {
                format!(
                    ": install a compiler for {} (Debian: g++-{triple}) or name one with --probe-cxx",
                    machine.arch
                )
            },
        })?;
        let family = if first.contains("clang") { Family::Clang } else { Family::Gcc };
        let number = first_line(&program, &["-dumpfullversion", "-dumpversion"]).unwrap_or_default();
        let clangs = first.split("version ").nth(1).and_then(|rest| rest.split([' ', '-']).next());
        let version = match family {
            Family::Gcc => format!("GCC {number}"),
            Family::Clang => format!("Clang {}", clangs.unwrap_or(&number)),
        };
        let target = match family {
            Family::Clang if !is_here => vec![format!("--target={triple}")],
            _ => Vec::new(),
        };
        let compiler = Compiler { program, family, version, target };
        compiler.check(machine)?;
        Ok(compiler)
    }

    /// Layouts of another machine would be wrong without a word.
    fn check(&self, machine: &Machine) -> Result<(), Error> {
        let mut arguments: Vec<&str> = self.target.iter().map(String::as_str).collect();
        arguments.push("-dumpmachine");
        let made_for = first_line(&self.program, &arguments).unwrap_or_default();
        let arch = made_for.split('-').next().unwrap_or_default();
        let same = match machine.arch.as_str() {
            "" => true,
            "i386" => matches!(arch, "i386" | "i486" | "i586" | "i686"),
            "arm" => arch.starts_with("arm"),
            "ppc64le" => arch == "powerpc64le",
            known => arch == known,
        };
        match same {
            true => Ok(()),
            false => Err(Error::OtherMachine {
                program: self.program.clone(),
                made_for,
                wanted: machine.arch.clone(),
            }),
        }
    }

    /// Options of every run: machine, language, no warnings, messages that can be read.
    pub(crate) fn common(&self, language: Language) -> Vec<String> {
        let mut options = self.target.clone();
        let language = match language {
            Language::C => "c",
            Language::Cxx => "c++",
        };
        let shared = ["-x", language, "-w", "-fPIC", "-fno-diagnostics-color"];
        options.extend(shared.map(str::to_owned));
        let own: &[&str] = match self.family {
            Family::Gcc => &["-fmax-errors=0", "-fno-diagnostics-show-caret"],
            Family::Clang => &["-ferror-limit=0", "-fno-caret-diagnostics"],
        };
        options.extend(own.iter().map(|option| (*option).to_owned()));
        options
    }

    /// Options that keep everything in the debug info that headers define, used or not.
    pub(crate) fn describing(&self) -> &'static [&'static str] {
        match self.family {
            Family::Gcc => {
                &["-O0", "-g", "-gdwarf-5", "-fno-eliminate-unused-debug-types", "-femit-class-debug-always"]
            }
            Family::Clang => {
                &["-O0", "-g", "-gdwarf-5", "-fno-eliminate-unused-debug-types", "-fstandalone-debug"]
            }
        }
    }

    /// Options that compile inline functions that nothing calls, as far as it takes to know what these call: the first that
    /// the compiler knows, the quickest first. Clang has none.
    pub(crate) fn keeping_inline(&self) -> &'static [&'static [&'static str]] {
        match self.family {
            Family::Gcc => &[
                &["-O0", "-g0", "-fkeep-inline-functions", "-flto", "-fno-fat-lto-objects"],
                &["-O0", "-g0", "-fkeep-inline-functions"],
            ],
            Family::Clang => &[],
        }
    }
}

/// How GNU's tools name machines.
fn triple(arch: &str) -> String {
    match arch {
        "arm" => "arm-linux-gnueabihf".to_owned(),
        "i386" => "i686-linux-gnu".to_owned(),
        "ppc64le" => "powerpc64le-linux-gnu".to_owned(),
        "x86_64" => "x86_64-linux-gnu".to_owned(),
        other => format!("{other}-linux-gnu"),
    }
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(|line| line.trim().to_owned())
}

/// An option that makes a directory one that headers are found in.
pub(crate) fn include(folder: &Path) -> String {
    format!("-I{}", folder.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_for_another_machine_is_refused() {
        let machine = |arch: &str| Machine { arch: arch.to_owned(), bits: 64, ..Machine::default() };
        let here = machine(std::env::consts::ARCH);
        assert!(Compiler::find(None, &here).unwrap().version.starts_with("GCC "));
        let error = Compiler::find(Some("g++"), &machine("s390x")).unwrap_err().to_string();
        assert!(error.contains("s390x"), "{error}");
        let error = Compiler::find(None, &machine("made-up")).unwrap_err().to_string();
        assert!(error.contains("g++-made-up-linux-gnu"), "{error}");
    }
}
