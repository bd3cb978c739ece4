//! Which types of the old release programs know: what its public headers define, only declare or do not name; without
//! headers, what the places of definitions say.
//!
//! Where headers are known, the file that a type happens to be defined in decides nothing. Where they are not, a file
//! compiled by itself and a header that is private by its name or directory, or that has a C struct of which another header
//! gives the name only, say nothing for certain: a library may be one file, and programs may have a copy of the
//! declaration.

use std::cell::OnceCell;

use foldhash::{HashMap, HashSet};

use super::super::Exposure;
use super::model::Model;
use super::reach::is_instance;
use crate::abi::{Constant, Function, Library, Location, Type, TypeKind};

/// Directories that hold public headers: headers beside them are private.
const INCLUDE: [&str; 2] = ["include", "includes"];

/// What is public.
pub(super) struct Public<'m, 'a> {
    model: &'m Model<'a>,
    headers: Option<&'a Library>,
    /// Public headers by the last part of their path.
    header_files: HashSet<&'a str>,
    /// Directories with one of [`INCLUDE`] in them, with a slash at the end unless it is the root.
    with_include: HashSet<&'a str>,
    /// Headers in which aliases of a C struct stand, by its name.
    aliases: OnceCell<HashMap<&'a str, Vec<&'a str>>>,
}

impl<'m, 'a> Public<'m, 'a> {
    /// By what the libraries of the old release and its public headers say.
    pub(super) fn new(
        model: &'m Model<'a>,
        libraries: &[&'a Library],
        headers: Option<&'a Library>,
    ) -> Public<'m, 'a> {
        let places = |library: &'a Library| {
            let of_types = library.types.iter().filter_map(|type_| type_.location.as_ref());
            let of_functions = library.functions.iter().filter_map(|function| function.location.as_ref());
            let of_constants = library.constants.iter().filter_map(|constant| constant.location.as_ref());
            of_types.chain(of_functions).chain(of_constants).map(|location| &*location.file)
        };
        let left_out =
            headers.iter().flat_map(|library| &library.evidence.headers).flat_map(|probe| &probe.left_out);
        let header_files = headers.into_iter().flat_map(places).filter(|file| !file.starts_with('<'));
        let header_files = header_files.chain(left_out.map(|left| &*left.header)).map(base_name).collect();
        let of_libraries = libraries.iter().filter(|library| library.evidence.headers.is_none());
        let with_include = of_libraries.flat_map(|library| places(library)).filter_map(before_include);
        let with_include = with_include.collect();
        Public { model, headers, header_files, with_include, aliases: OnceCell::new() }
    }

    /// How much of a type programs know that get it behind pointers only.
    pub(super) fn of(&self, type_: &Type) -> Exposure {
        // Programs include what the system has.
        if type_.location.as_ref().is_some_and(Location::is_system) {
            return Exposure::Declared;
        }
        // Headers define templates, of which a probe describes the instances that they use.
        match self.headers.filter(|_| !is_instance(&type_.name)) {
            Some(headers) => self.by_headers(headers, type_),
            None => self.by_place(type_),
        }
    }

    /// Whether public headers are known.
    pub(super) fn knows_headers(&self) -> bool {
        self.headers.is_some()
    }

    /// Whether programs may know a function. In C, they do not where all public headers are known and none declares it.
    pub(super) fn may_call(&self, function: &Function) -> bool {
        match self.whole_headers() {
            Some(headers) => {
                function.symbol.starts_with("_Z") || headers.function(&function.symbol).is_some()
            }
            None => true,
        }
    }

    /// Whether programs may have the value of a constant compiled in. They do not where all public headers are known and it
    /// stands in another.
    pub(super) fn may_name(&self, constant: &Constant) -> bool {
        let place = constant.location.as_ref().filter(|place| place.is_own_header());
        let is_private = |place: &Location| !self.header_files.contains(base_name(&place.file));
        self.whole_headers().is_none() || !place.is_some_and(is_private)
    }

    /// The public headers, where all of them were compiled.
    fn whole_headers(&self) -> Option<&'a Library> {
        self.headers.filter(|headers| headers.are_all_headers())
    }

    /// Whether headers are known, and do not name a class that nothing else describes either.
    pub(super) fn is_named_nowhere(&self, class: &str) -> bool {
        self.headers.is_some_and(|headers| !is_instance(class) && headers.types_named(class).next().is_none())
    }

    fn by_headers(&self, headers: &'a Library, type_: &Type) -> Exposure {
        // In C an alias may have the name of the struct that it stands for, which is not defined by that.
        let is_alias = |known: &Type| known.kind == TypeKind::Typedef;
        let defines = |known: &&Type| !known.is_incomplete() && (is_alias(type_) || !is_alias(known));
        let mut named = headers.types_named(&type_.name).peekable();
        let is_named = named.peek().is_some();
        if named.any(|known| defines(&known)) {
            return Exposure::Declared;
        }
        // Other macros may make it public: those of programs, not those that the headers were compiled with.
        let is_in_public_header = |at: &Location| self.header_files.contains(base_name(&at.file));
        match (type_.location.as_ref().is_some_and(is_in_public_header), is_named) {
            (true, _) => Exposure::Unknown,
            (false, true) => Exposure::Opaque,
            (false, false) => Exposure::Private,
        }
    }

    fn by_place(&self, type_: &Type) -> Exposure {
        let Some(location) = &type_.location else { return Exposure::Declared };
        // Clang says of an explicit instantiation where it stands, not where the template is defined.
        let is_source = location.is_source() && !is_instance(&type_.name);
        if !is_source && !self.is_private_header(&location.file) && !self.is_named_elsewhere(type_, location)
        {
            return Exposure::Declared;
        }
        match self.is_only_declared_in_class(type_, location) {
            true => Exposure::Opaque,
            false => Exposure::Unknown,
        }
    }

    /// Whether another header than the one with a C struct gives it a name, and its own does not: as for a handle.
    fn is_named_elsewhere(&self, type_: &Type, place: &Location) -> bool {
        let aliases = self.aliases.get_or_init(|| {
            let mut aliases: HashMap<&'a str, Vec<&'a str>> = HashMap::default();
            let known = self.model.names().flat_map(|(_, known)| known.variants);
            for alias in known.filter(|alias| alias.c && alias.kind == TypeKind::Typedef) {
                let place = alias.location.as_ref().filter(|place| place.is_own_header());
                if let Some((target, place)) = alias.target.as_deref().zip(place) {
                    // `typedef struct context_s *context;` hides as much.
                    aliases.entry(target.trim_end_matches(['*', ' '])).or_default().push(&place.file);
                }
            }
            aliases
        });
        let files = aliases.get(&*type_.name).filter(|_| type_.c);
        files.is_some_and(|files| !files.contains(&&*place.file))
    }

    /// Whether a header defines the class around a type and another file the type: what includes the header sees no more
    /// than its declaration.
    fn is_only_declared_in_class(&self, type_: &Type, place: &Location) -> bool {
        let Some((class, _)) = type_.name.rsplit_once("::") else { return false };
        let Some(class) = self.model.definition(class).filter(|class| class.kind.is_class()) else {
            return false;
        };
        let is_elsewhere =
            |at: &Location| at.file != place.file && !at.is_source() && !self.is_private_header(&at.file);
        class.location.as_ref().is_some_and(is_elsewhere)
    }

    /// Whether a header is private by its name or by where it lies.
    fn is_private_header(&self, file: &str) -> bool {
        let mut around = std::iter::once(0).chain(file.match_indices('/').map(|(at, _)| at + 1));
        Location::is_private_by_name(file)
            || (before_include(file).is_none() && around.any(|end| self.with_include.contains(&file[..end])))
    }
}

fn base_name(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// What of a path stands before the first directory that holds public headers.
fn before_include(file: &str) -> Option<&str> {
    let mut start = 0;
    for (end, _) in file.match_indices('/') {
        if INCLUDE.contains(&&file[start..end]) {
            return Some(&file[..start]);
        }
        start = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_(name: &str, file: &str, size: Option<u64>) -> Type {
        let location = Some(Location { file: file.into(), line: 1 });
        Type { name: name.into(), kind: TypeKind::Struct, size, location, ..Type::default() }
    }

    fn library(mut types: Vec<Type>) -> Library {
        types.sort_by(|a, b| a.name.cmp(&b.name));
        Library { types, ..Library::default() }
    }

    fn exposure(debug_info: &Library, headers: Option<&Library>, name: &str) -> Exposure {
        let model = Model::new([debug_info].into_iter(), false);
        Public::new(&model, &[debug_info], headers).of(model.find(name).unwrap())
    }

    #[test]
    fn headers_decide_and_not_files() {
        let known = library(vec![
            type_("defined", "lib.c", Some(8)),
            type_("declared", "q.h", Some(8)),
            type_("unnamed_there", "other.h", Some(8)),
            type_("under_a_macro", "api.h", Some(8)),
        ]);
        let headers = library(vec![type_("defined", "api.h", Some(8)), type_("declared", "api.h", None)]);
        let of = |name| exposure(&known, Some(&headers), name);
        assert_eq!(of("defined"), Exposure::Declared);
        assert_eq!(of("declared"), Exposure::Opaque);
        assert_eq!(of("unnamed_there"), Exposure::Private);
        assert_eq!(of("under_a_macro"), Exposure::Unknown);
    }

    /// `typedef struct handle handle;`
    #[test]
    fn an_alias_of_the_same_name_defines_nothing() {
        let alias = |name: &str, target: &str| Type {
            kind: TypeKind::Typedef,
            target: Some(target.into()),
            ..type_(name, "api.h", None)
        };
        let known = library(vec![type_("handle", "q.h", Some(8)), alias("number", "int")]);
        let headers = library(vec![alias("handle", "handle"), alias("number", "int")]);
        assert_eq!(exposure(&known, Some(&headers), "handle"), Exposure::Opaque);
        assert_eq!(exposure(&known, Some(&headers), "number"), Exposure::Declared);
    }

    #[test]
    fn without_headers_names_and_places_tell() {
        let of = |file: &str, others: &[&str]| {
            let mut types = vec![type_("x", file, Some(8))];
            types.extend(others.iter().map(|other| type_("y", other, Some(8))));
            exposure(&library(types), None, "x")
        };
        for public in ["q.h", "foo.cppm", "a/m.ixx", "src/q.h", "widget.h", "interior.h", "print.h", ""] {
            assert_eq!(of(public, &[]), Exposure::Declared, "{public}");
        }
        for unknown in ["q_impl.h", "x/widget_p.h", "q-internal.hpp", "private/q.h", "qpriv.h", "q.c", "q.cc"]
        {
            assert_eq!(of(unknown, &[]), Exposure::Unknown, "{unknown}");
        }
        assert_eq!(of("src/q.h", &["include/q.h"]), Exposure::Unknown);
        assert_eq!(of("a/src/q.h", &["a/include/x/q.h"]), Exposure::Unknown);
        assert_eq!(of("c/dec/q.h", &["c/include/x/q.h"]), Exposure::Unknown);
        assert_eq!(of("lib/q.h", &["lib/includes/x/q.h"]), Exposure::Unknown);
        assert_eq!(of("b/src/q.h", &["a/include/q.h"]), Exposure::Declared);
        assert_eq!(of("include/src/q.h", &["include/q.h"]), Exposure::Declared);
    }

    /// `typedef struct data handle;` and `typedef struct context *context_t;` away from the struct.
    #[test]
    fn a_handle_is_named_away_from_what_it_is() {
        let alias = |name: &str, target: &str, file: &str, c: bool| Type {
            kind: TypeKind::Typedef,
            target: Some(target.into()),
            c,
            ..type_(name, file, None)
        };
        let in_c = |name: &str, file: &str| Type { c: true, ..type_(name, file, Some(8)) };
        let known = library(vec![
            in_c("data", "qstruct.h"),
            alias("handle", "data", "q.h", true),
            in_c("context", "qstruct.h"),
            alias("context_t", "context*", "q.h", true),
            in_c("shown", "q.h"),
            alias("shown_t", "shown", "q.h", true),
            alias("again_t", "shown", "other.h", true),
            type_("Class", "class.h", Some(8)),
            alias("Name", "Class", "q.h", false),
        ]);
        assert_eq!(exposure(&known, None, "data"), Exposure::Unknown);
        assert_eq!(exposure(&known, None, "context"), Exposure::Unknown);
        assert_eq!(exposure(&known, None, "shown"), Exposure::Declared);
        assert_eq!(exposure(&known, None, "Class"), Exposure::Declared);
    }

    #[test]
    fn a_class_in_a_header_only_declares_what_another_file_defines() {
        let known = library(vec![
            type_("W", "w.h", Some(8)),
            type_("W::Impl", "w.cc", Some(8)),
            type_("W::Shown", "shown.h", Some(8)),
            type_("V", "v.cc", Some(8)),
            type_("V::Impl", "v.cc", Some(8)),
        ]);
        assert_eq!(exposure(&known, None, "W::Impl"), Exposure::Opaque);
        assert_eq!(exposure(&known, None, "W::Shown"), Exposure::Declared);
        assert_eq!(exposure(&known, None, "V::Impl"), Exposure::Unknown);
    }
}
