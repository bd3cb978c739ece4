//! Which library of the new release is which of the old one.

use crate::abi::{Library, Release, library_stem, split_version};

/// A library in both releases, or in one of them.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// In the old release.
    pub old: Option<&'a Library>,
    /// In the new release.
    pub new: Option<&'a Library>,
}

impl<'a> Pair<'a> {
    /// Both sides, when there are two.
    pub fn both(&self) -> Option<(&'a Library, &'a Library)> {
        self.old.zip(self.new)
    }
}

/// What two libraries may have in common that makes them one, a folder and a name; none: this one has no such thing.
type Sign = fn(&Library) -> Option<(&str, &str)>;

/// Pairs libraries from the surest sign to the weakest: same path, same SONAME, same file name, same stem in the same folder,
/// same stem, and the same name but for the version that stands before `.so` (`libpulsecommon-16.1.so`). The stem is the file name
/// without version and without the hash that wheel tools add (`libgomp-98df74fd.so.1.0.0`: `libgomp`).
/// A single library on either side is paired with the other, whatever their names. In packages for several machines, those
/// for one machine come first; what is left over may have become one for another machine.
pub fn pair_libraries<'a>(old: &'a Release, new: &'a Release) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = old.libraries.iter().map(|l| Pair { old: Some(l), new: None }).collect();
    let mut rest: Vec<&Library> = new.libraries.iter().collect();
    let signs: [Sign; 6] = [
        |l| Some(("", l.path.as_deref()?)),
        |l| Some(("", l.dynamic.soname.as_deref()?)),
        |l| Some(("", &l.name)),
        |l| Some((l.path.as_deref()?.rsplit_once('/')?.0, library_stem(&l.name))),
        |l| Some(("", library_stem(&l.name))),
        |l| Some((l.path.as_deref()?.rsplit_once('/')?.0, split_version(l.link_name())?.0)),
    ];
    for (sign, for_any_machine) in [false, true].iter().flat_map(|any| signs.map(|sign| (sign, *any))) {
        for pair in pairs.iter_mut().filter(|p| p.new.is_none()) {
            let Some((library, wanted)) = pair.old.and_then(|old| Some((old, sign(old)?))) else { continue };
            let is_it = |l: &&Library| {
                sign(l) == Some(wanted) && (for_any_machine || l.machine.arch == library.machine.arch)
            };
            if let Some(at) = rest.iter().position(is_it) {
                pair.new = Some(rest.remove(at));
            }
        }
    }
    if let ([pair], [only]) = (&mut pairs[..], &rest[..])
        && pair.new.is_none()
    {
        pair.new = Some(only);
        rest.clear();
    }
    pairs.extend(rest.into_iter().map(|l| Pair { old: None, new: Some(l) }));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(libraries: &[(&str, &str)]) -> Release {
        let library = |&(name, path): &(&str, &str)| Library {
            name: name.to_owned(),
            path: Some(path.to_owned()),
            ..Library::default()
        };
        Release { libraries: libraries.iter().map(library).collect(), ..Release::default() }
    }

    #[test]
    fn stems_leave_out_versions_and_hashes() {
        assert_eq!(library_stem("libgomp-98df74fd.so.1.0.0"), "libgomp");
        assert_eq!(library_stem("libgomp.so.1"), "libgomp");
        assert_eq!(library_stem("libarm_compute.so"), "libarm_compute");
        assert_eq!(library_stem("_C.cpython-312-aarch64-linux-gnu.so"), "_C");
        assert_eq!(library_stem("libfoo-bar.so"), "libfoo-bar");
    }

    #[test]
    fn the_same_path_wins_over_the_same_name() {
        let old = release(&[("_C.so", "a/_C.so"), ("_C.so", "b/_C.so"), ("libx-0123abcd.so.1", "l/libx")]);
        let new = release(&[("_C.so", "b/_C.so"), ("libx.so.2", "m/libx")]);
        let pairs = pair_libraries(&old, &new);
        assert!(pairs[0].new.is_none());
        assert_eq!(pairs[1].new.unwrap().path.as_deref(), Some("b/_C.so"));
        assert_eq!(pairs[2].new.unwrap().name, "libx.so.2");
    }

    #[test]
    fn extension_modules_of_another_interpreter_stay_in_their_folders() {
        let old = release(&[
            ("_C.cpython-311-x.so", "a/_C.cpython-311-x.so"),
            ("_C.cpython-311-x.so", "b/_C.cpython-311-x.so"),
        ]);
        let new = release(&[("_C.cpython-312-x.so", "b/_C.cpython-312-x.so")]);
        let pairs = pair_libraries(&old, &new);
        assert!(pairs[0].new.is_none() && pairs[1].new.is_some());
    }

    #[test]
    fn a_release_in_the_name_is_a_version() {
        let old = release(&[
            ("libpulse.so.0", "lib/libpulse.so.0"),
            ("libcommon-16.1.so", "lib/p/libcommon-16.1.so"),
        ]);
        let new = release(&[
            ("libpulse.so.0", "lib/libpulse.so.0"),
            ("libcommon-17.0.so", "lib/p/libcommon-17.0.so"),
        ]);
        let pairs = pair_libraries(&old, &new);
        assert_eq!(pairs.len(), 2);
        assert_eq!(pairs[1].new.unwrap().name, "libcommon-17.0.so");
        // Two that are installed beside each other are two.
        let both = release(&[("libx-3.so.0", "lib/libx-3.so.0"), ("libx-4.so.0", "lib/libx-4.so.0")]);
        let one = release(&[("libx-4.so.0", "lib/libx-4.so.0"), ("liby.so.0", "lib/liby.so.0")]);
        let pairs = pair_libraries(&both, &one);
        assert!(pairs[0].new.is_none());
        assert_eq!(pairs[1].new.unwrap().name, "libx-4.so.0");
    }

    #[test]
    fn packages_for_several_machines_are_paired_by_machine() {
        let of = |libraries: &[(&str, &str, &str)]| {
            let mut release =
                release(&libraries.iter().map(|(name, path, _)| (*name, *path)).collect::<Vec<_>>());
            for (library, (.., arch)) in release.libraries.iter_mut().zip(libraries) {
                (*arch).clone_into(&mut library.machine.arch);
            }
            release
        };
        let old = of(&[("liba.so", "jni/arm/liba.so", "arm"), ("liba.so", "jni/x86/liba.so", "i386")]);
        let new = of(&[("liba.so", "lib/x86/liba.so", "i386"), ("liba.so", "lib/arm/liba.so", "arm")]);
        for pair in pair_libraries(&old, &new) {
            let (old, new) = pair.both().unwrap();
            assert_eq!(old.machine.arch, new.machine.arch);
        }
    }

    #[test]
    fn two_single_files_are_compared_whatever_their_names() {
        let (old, new) = (release(&[("old.so", "old.so")]), release(&[("new.so", "new.so")]));
        assert!(pair_libraries(&old, &new)[0].both().is_some());
        let empty = release(&[]);
        assert!(pair_libraries(&old, &empty)[0].new.is_none());
    }
}
