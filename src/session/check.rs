//! Whether a release would load: where its files are installed, what is beside them, and which Python loads them.

use std::path::{Path, PathBuf};

use super::config::io_error;
use super::{Error, Notice, Phase, Session};
use crate::abi::{Library, Release};
use crate::loader::{self, Check, SearchFilesystem};
use crate::platform::{self, CLibrary};
use crate::versions;

type Result<T> = std::result::Result<T, Error>;

/// What is asked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckRequest {
    /// Shared object, directory, archive, dump, stored release or `HEAD`.
    pub input: String,
    /// What is installed beside it.
    pub with: Vec<String>,
    /// Platform of stored releases.
    pub platform: Option<String>,
    /// Oldest system that it has to load on, as a manylinux tag; none for what the name of a wheel says, else any system.
    pub tag: Option<String>,
    /// Version of CPython that loads it; none for what names of files say, else the newest known one.
    pub python: Option<String>,
    /// Libraries that other packages are expected to have count as missing.
    pub strict: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// The release.
    pub release: Release,
    /// What is installed beside it.
    pub beside: Vec<Release>,
    /// The system whose libraries were looked into: a manylinux tag or an architecture; none where there is no list of them.
    pub system: Option<String>,
    /// The interpreter, where one loads it.
    pub python: Option<Library>,
    /// What it came to.
    pub check: Check,
}

impl Session {
    /// Whether a release would load. Nothing runs: the dynamic loader is followed over what the files say.
    ///
    /// # Errors
    /// Something cannot be read, or there is no list of what that Python exports.
    pub fn check(&self, request: &CheckRequest) -> Result<Checked> {
        self.install(|| check(request, &Session { programs: true, ..self.without_types() }))
    }
}

fn check(request: &CheckRequest, session: &Session) -> Result<Checked> {
    let stored = request.platform.as_deref();
    let (release, mount) = read(&request.input, stored, session)?;
    let beside: Vec<(Release, Mount)> =
        request.with.iter().map(|input| read(input, stored, session)).collect::<Result<_>>()?;
    session.events.phase(Phase::Loading);
    let arch = release.machine().arch;
    let tag = request.tag.clone().or_else(|| tag_of_name(&request.input));
    let system = System::of(&release, &arch, tag.as_deref());
    let python = python(request.python.as_deref(), &release, &request.input, session)?;
    let mut disk = SearchFilesystem::default();
    for library in &release.libraries {
        disk.add(library, &mount.path_of(library), true);
    }
    for (other, mount) in &beside {
        for library in &other.libraries {
            disk.add(library, &mount.path_of(library), false);
        }
        mount.searched(other).iter().for_each(|folder| disk.search(folder));
    }
    system.add_to(&mut disk, &release);
    if request.strict {
        disk.complete();
    }
    let before: Vec<usize> = python.iter().map(|library| disk.add_interpreter(library)).collect();
    let check = loader::check(&disk, &before, tag.as_deref());
    drop(disk);
    let system = (!system.libraries.is_empty()).then(|| tag.unwrap_or_else(|| system.name(&arch)));
    let beside = beside.into_iter().map(|(release, _)| release).collect();
    Ok(Checked { release, beside, system, python, check })
}

/// What every system with the C library that a release was linked with has.
struct System {
    c_library: CLibrary,
    libraries: Vec<Library>,
    /// Further names of the first library.
    names: Vec<String>,
}

impl System {
    fn of(release: &Release, arch: &str, tag: Option<&str>) -> System {
        let c_library = match tag {
            Some(tag) if tag.starts_with("musllinux") => CLibrary::Musl,
            Some(_) => CLibrary::Gnu,
            None => CLibrary::of(&release.platform.name, &release.libraries),
        };
        let (libraries, names) = match c_library {
            CLibrary::Gnu => (platform::libraries(arch, tag).unwrap_or_default(), Vec::new()),
            CLibrary::Musl => {
                let found = platform::musl(arch);
                found.map_or_else(Default::default, |(musl, names)| (vec![musl], names.to_vec()))
            }
            CLibrary::Bionic => Default::default(),
        };
        System { c_library, libraries, names }
    }

    fn add_to<'a>(&'a self, disk: &mut SearchFilesystem<'a>, release: &Release) {
        match &self.libraries[..] {
            // Nothing is known of the system, so that everything may be its.
            [] => {
                let needed = release.libraries.iter().flat_map(|library| &library.dynamic.needed);
                needed.filter(|name| release.library(name).is_none()).for_each(|name| disk.add_foreign(name));
            }
            [only] => disk.add_system_as(only, &self.names),
            all => all.iter().for_each(|library| disk.add_system(library)),
        }
        if self.c_library == CLibrary::Musl {
            // Parts of GCC are packages of their own there.
            ["libstdc++.so.6", "libgcc_s.so.1", "libatomic.so.1"]
                .iter()
                .for_each(|name| disk.add_foreign(name));
        }
    }

    fn name(&self, arch: &str) -> String {
        match self.c_library {
            CLibrary::Musl => format!("musl, {arch}"),
            CLibrary::Gnu | CLibrary::Bionic => arch.to_owned(),
        }
    }
}

/// Where what an input has is, once it is installed.
enum Mount {
    /// What an archive or a stored release has is installed into one directory.
    Installed,
    /// The files of a directory, where they are.
    Folder(String),
}

impl Mount {
    fn path_of(&self, library: &Library) -> String {
        let inside = library.path.as_deref().unwrap_or(&library.name);
        match self {
            Mount::Installed => format!("/{inside}"),
            Mount::Folder(folder) => format!("{folder}/{inside}"),
        }
    }

    /// Directories that are searched because somebody named them, each once.
    fn searched(&self, release: &Release) -> Vec<String> {
        let Mount::Folder(_) = self else { return Vec::new() };
        let paths = release.libraries.iter().map(|library| self.path_of(library));
        let mut folders: Vec<String> =
            paths.filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned())).collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

/// Reads an input without its debug info, and says where it is. `stored`: the platform of a stored release.
fn read(input: &str, stored: Option<&str>, session: &Session) -> Result<(Release, Mount)> {
    let release = session.load_one(input, stored)?;
    let path = Path::new(input);
    let folder = match () {
        () if path.is_dir() => Some(path.to_owned()),
        () if path.is_file() && release.libraries.iter().all(|library| library.path.is_none()) => {
            Some(path.parent().unwrap_or(Path::new("")).to_owned())
        }
        () => None,
    };
    let folder = folder.map(|folder| if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder });
    let mount = match folder {
        Some(folder) => {
            Mount::Folder(folder.canonicalize().map_err(io_error(&folder))?.display().to_string())
        }
        None => Mount::Installed,
    };
    Ok((release, mount))
}

/// `manylinux_2_28` of `torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl`; of several the oldest, which the others include.
fn tag_of_name(input: &str) -> Option<String> {
    let name = Path::new(input).file_name()?.to_str()?.strip_suffix(".whl")?;
    let tags = name.rsplit('-').next()?.split('.');
    let tags = tags.filter_map(|tag| {
        let end = ["_x86_64", "_aarch64", "_i686", "_ppc64le", "_s390x", "_armv7l", "_riscv64"];
        end.iter().find_map(|arch| tag.strip_suffix(arch)).filter(|tag| platform::is_tag(tag))
    });
    tags.min_by(|a, b| platform::order(a, b)).map(str::to_owned)
}

/// The interpreter, where the release has modules for one.
pub(super) fn python(
    typed: Option<&str>,
    release: &Release,
    input: &str,
    session: &Session,
) -> Result<Option<Library>> {
    if let Some(typed) = typed {
        let name = format!("python{}", typed.trim_start_matches("python"));
        return match platform::python(&name) {
            Some(library) => Ok(Some(library)),
            None => Err(Error::UnknownPython { wanted: name, known: platform::pythons() }),
        };
    }
    let is_module = |library: &Library| {
        library.imports.iter().any(|import| !import.weak && platform::is_pythons(&import.name))
    };
    let has_its_own = |library: &Library| library.link_name().starts_with("libpython");
    if !release.libraries.iter().any(is_module) || release.libraries.iter().any(has_its_own) {
        return Ok(None);
    }
    // `_C.cpython-312-x86_64-linux-gnu.so`, `torch-2.15.0-cp312-cp312-….whl`
    let names = release.libraries.iter().map(|library| library.name.as_str()).chain([input]);
    let number = names
        .flat_map(|name| ["cpython-3", "-cp3"].map(|mark| name.split_once(mark)))
        .flatten()
        .find_map(|(_, rest)| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            (digits > 0).then(|| format!("python3.{}", &rest[..digits]))
        });
    let found = number.as_deref().and_then(platform::python);
    let newest =
        || platform::python(&platform::pythons().into_iter().max_by(|a, b| versions::compare(a, b))?);
    if let (Some(wanted), None) = (&number, &found) {
        session.events.notice(&Notice::UnknownPython { wanted, known: &platform::pythons() });
    }
    Ok(found.or_else(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_says_the_oldest_system() {
        let tag = |name: &str| tag_of_name(name);
        assert_eq!(
            tag("a/torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl").as_deref(),
            Some("manylinux_2_28")
        );
        let both = "x-1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert_eq!(tag(both).as_deref(), Some("manylinux_2_17"));
        assert_eq!(tag("x-1-cp312-cp312-musllinux_1_2_x86_64.whl").as_deref(), Some("musllinux_1_2"));
        let finer = "x-1-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl";
        assert_eq!(tag(finer).as_deref(), Some("manylinux_2_27"));
        assert_eq!(tag("x-1-cp312-cp312-linux_x86_64.whl"), None);
        assert_eq!(tag("v2.9"), None);
    }
}
