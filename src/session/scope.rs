//! Which libraries of a release are compared: those that the configuration or the command line names, without those that it
//! leaves out.

use super::{Error, Notice, Session};
use crate::abi::{Library, Release};
use crate::patterns::Glob;

/// Patterns over the name of a file, the SONAME and the path in what is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// None: all.
    only: Vec<Glob>,
    /// The same of the command line, which narrows what the configuration says.
    asked: Vec<Glob>,
    except: Vec<Glob>,
}

impl Scope {
    /// Reads the patterns of a configuration.
    pub(super) fn read(only: &[String], except: &[String]) -> Result<Scope, Error> {
        Ok(Scope { only: globs(only)?, asked: Vec::new(), except: globs(except)? })
    }

    /// The same for who asks for some libraries only.
    pub(super) fn narrowed(&self, asked: &[String]) -> Result<Scope, Error> {
        Ok(Scope { asked: globs(asked)?, ..self.clone() })
    }

    fn keeps(&self, library: &Library) -> bool {
        let fits = |glob: &Glob| {
            glob.matches(&library.name)
                || glob.matches(library.link_name())
                || library.path.as_deref().is_some_and(|path| glob.matches(path))
        };
        let is_named = |list: &[Glob]| list.is_empty() || list.iter().any(fits);
        is_named(&self.only) && is_named(&self.asked) && !self.except.iter().any(fits)
    }
}

fn globs(texts: &[String]) -> Result<Vec<Glob>, Error> {
    let parse = |text: &String| {
        Glob::parse(text).map_err(|bad| Error::LibraryPattern { pattern: text.clone(), what: bad.0 })
    };
    texts.iter().map(parse).collect()
}

impl Session {
    /// The same session for some libraries only: patterns of names.
    ///
    /// # Errors
    /// One is no pattern.
    pub fn only(&self, libraries: &[String]) -> Result<Session, Error> {
        Ok(Session { scope: self.scope.narrowed(libraries)?, ..self.clone() })
    }

    /// A release without the libraries that are not compared, which are told.
    ///
    /// # Errors
    /// None is left.
    pub fn in_scope(&self, mut release: Release) -> Result<Release, Error> {
        let (kept, left): (Vec<Library>, Vec<Library>) =
            std::mem::take(&mut release.libraries).into_iter().partition(|library| self.scope.keeps(library));
        let names: Vec<&str> = left.iter().map(|library| library.name.as_str()).collect();
        if kept.is_empty() && !left.is_empty() {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            return Err(Error::NothingInScope { release: release.name, names });
        }
        if !names.is_empty() {
            self.events.notice(&Notice::LeftOut { release: &release.name, names: &names });
        }
        release.libraries = kept;
        Ok(release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_named_by_file_soname_or_path() {
        let scope = |only: &[&str], except: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            Scope::read(&owned(only), &owned(except)).unwrap()
        };
        let mut library = Library { name: "libx.so.1.2".to_owned(), ..Library::default() };
        library.path = Some("_deps/x/libx.so.1.2".to_owned());
        library.dynamic.soname = Some("libx.so.1".to_owned());
        assert!(scope(&[], &[]).keeps(&library) && scope(&["libx.so*"], &[]).keeps(&library));
        assert!(scope(&["libx.so.1"], &[]).keeps(&library) && !scope(&["liby*"], &[]).keeps(&library));
        assert!(!scope(&[], &["_deps/*"]).keeps(&library) && !scope(&["libx*"], &["libx*"]).keeps(&library));
        let narrowed = scope(&["libx*"], &[]).narrowed(&["liby*".to_owned()]).unwrap();
        assert!(!narrowed.keeps(&library));
        assert!(Scope::read(&["[".to_owned()], &[]).is_err());
    }
}
