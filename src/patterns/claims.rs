//! Whose things are, as somebody says who knows: by names, linkage names and libraries.

use super::{BadPattern, EntityPattern, Glob, QualifiedName, SymbolName};

/// Who wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The authors of the release.
    Own,
    /// Somebody else.
    ThirdParty,
}

/// What is said, in the order in which it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    claims: Vec<Claim>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Claim {
    whose: Whose,
    what: What,
    /// It was said of this alone, not of a part of the surface that it happens to be in: of what the toolchain makes too.
    is_outright: bool,
    except: Vec<EntityPattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Entity(EntityPattern),
    Library(Glob),
}

impl What {
    fn is_symbol(&self, name: &SymbolName<'_>) -> bool {
        matches!(self, What::Entity(pattern) if pattern.matches_symbol_read(name))
    }

    fn is_named(&self, name: &QualifiedName) -> bool {
        matches!(self, What::Entity(pattern) if pattern.matches_name(name))
    }
}

impl Claims {
    /// Adds a pattern over linkage names (which start with `_Z`), C++ names and C names.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn add_name(&mut self, text: &str, whose: Whose) -> Result<(), BadPattern> {
        self.add(whose, What::Entity(EntityPattern::parse(text)?), true, Vec::new());
        Ok(())
    }

    /// Adds a pattern over file names and SONAMEs of libraries.
    ///
    /// # Errors
    /// What is wrong with the pattern.
    pub fn add_library(&mut self, text: &str, whose: Whose) -> Result<(), BadPattern> {
        self.add(whose, What::Library(Glob::parse(text)?), true, Vec::new());
        Ok(())
    }

    /// Adds a part of the surface: what its names or libraries say is the release's own, but for the exceptions. A name
    /// that begins with a wildcard says nothing about whose it is.
    ///
    /// # Errors
    /// What is wrong with the first pattern that cannot be read.
    pub fn add_part<'t>(
        &mut self,
        names: impl Iterator<Item = &'t str>,
        libraries: impl Iterator<Item = &'t str>,
        except: impl Iterator<Item = &'t str>,
    ) -> Result<(), BadPattern> {
        let except: Vec<EntityPattern> = except.map(EntityPattern::parse).collect::<Result<_, _>>()?;
        for name in names.filter(|name| !name.starts_with(['*', '?', '['])) {
            self.add(Whose::Own, What::Entity(EntityPattern::parse(name)?), false, except.clone());
        }
        for library in libraries {
            self.add(Whose::Own, What::Library(Glob::parse(library)?), false, Vec::new());
        }
        Ok(())
    }

    fn add(&mut self, whose: Whose, what: What, is_outright: bool, except: Vec<EntityPattern>) {
        self.claims.push(Claim { whose, what, is_outright, except });
    }

    /// Who wrote the entity behind a symbol, if it is said. `is_toolchains`: the compiler makes the like.
    pub fn symbol(&self, name: &str, is_toolchains: bool) -> Option<Whose> {
        let name = SymbolName::new(name);
        let is = |claim: &&Claim| {
            claim.what.is_symbol(&name)
                && !claim.except.iter().any(|except| except.matches_symbol_read(&name))
        };
        let claims = self.claims.iter().filter(|claim| claim.is_outright || !is_toolchains);
        claims.into_iter().find(is).map(|claim| claim.whose)
    }

    /// The same of a type or constant.
    pub fn named(&self, name: &str) -> Option<Whose> {
        if self.claims.is_empty() {
            return None;
        }
        let name = QualifiedName::parse(name);
        let is = |claim: &&Claim| {
            claim.what.is_named(&name) && !claim.except.iter().any(|except| except.matches_name(&name))
        };
        self.claims.iter().find(is).map(|claim| claim.whose)
    }

    /// The same of a library, by its names.
    pub fn library(&self, names: [&str; 2]) -> Option<Whose> {
        let is = |claim: &&Claim| match &claim.what {
            What::Library(glob) => names.iter().any(|name| glob.matches(name)),
            _ => false,
        };
        self.claims.iter().find(is).map(|claim| claim.whose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_said_counts() {
        let mut claims = Claims::default();
        claims.add_name("testing::vendor::**", Whose::ThirdParty).unwrap();
        claims.add_name("testing::**", Whose::Own).unwrap();
        claims.add_library("libcrypto*", Whose::Own).unwrap();
        assert_eq!(claims.symbol("_ZN7testing6vendor1fEv", false), Some(Whose::ThirdParty));
        assert_eq!(claims.symbol("_ZN7testing1fEv", false), Some(Whose::Own));
        assert_eq!(claims.symbol("_ZN3c101fEv", false), None);
        assert_eq!(claims.named("testing::A"), Some(Whose::Own));
        assert_eq!(claims.library(["libcrypto.so.3", "x"]), Some(Whose::Own));
        assert_eq!(claims.library(["libz.so.1", "libz.so.1"]), None);
    }

    #[test]
    fn parts_name_what_is_theirs() {
        let mut claims = Claims::default();
        let names = ["fmt::**", "**::detail::**", "std::**"];
        let except = ["fmt::inner::**"];
        claims.add_part(names.into_iter(), std::iter::empty(), except.into_iter()).unwrap();
        assert_eq!(claims.symbol("_ZN3fmt1fEv", false), Some(Whose::Own));
        assert_eq!(claims.symbol("_ZN3fmt5inner1fEv", false), None);
        assert_eq!(claims.symbol("_ZN8pybind116detail1fEv", false), None);
        // What the compiler makes is nobody's by being in a part.
        assert_eq!(claims.symbol("_ZNSt1a1fEv", true), None);
    }
}
