//! Whose something is: the library's own, another project's, or the toolchain's.
//!
//! Names are evidence, and the weakest: what is called as a known project calls its things is that project's only where
//! signs of it are there (`projects`), where the release is not about that project itself, and where the release's own
//! headers do not declare it. A library is another project's by what a wheel tool did to it, or by its name where a
//! library of the release's own needs it. What a policy says (`own`, `third-party`, what a tier names) overrules all of that.
//!
//! A release of whom it is not known whose it is, is its authors': a break that is told to them wrongly is waived in a line,
//! one that is not told at all is met by their users.
//!
//! | file | what it does |
//! |---|---|
//! | `projects` | the known projects, as data |
//! | `bundled` | whether a whole library is another project's |
//! | `signs` | which known projects a release has something of |

mod bundled;
mod projects;
mod signs;

use std::sync::OnceLock;

use foldhash::HashMap;

pub use bundled::Bundled;
use projects::{PROJECTS, Project};

use crate::abi::{Export, Library, Release, library_stem};
use crate::mangling::{self, Scope, SymbolForm};
use crate::patterns::{Claims, Whose};

/// Who wrote the entity behind a symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The library's authors.
    Own,
    /// A project that the library bundles, and how that is known.
    ThirdParty(Reason),
    /// Compiler, linker or C++ library.
    Toolchain,
}

/// How it is known that something is another project's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Its name, beside other signs that this project is linked in.
    Named(&'static str),
    /// The whole library is another project's.
    Bundled(Bundled),
    /// A library of the release that is another project's defines it as well: a copy was linked in.
    CopyOf(Box<str>),
    /// The policy says so.
    Policy,
}

impl Reason {
    /// Whose it is, in the shortest words.
    pub fn owner(&self) -> &str {
        match self {
            Reason::Named(project) => project,
            Reason::Bundled(_) => "bundled library",
            Reason::CopyOf(library) => library_stem(library),
            Reason::Policy => "third parties",
        }
    }
}

/// Strong symbols of one project that show that it is really in the library: a function of one's own may well be
/// called `uv_to_rgb`.
const FEWEST_STRONG: usize = 4;

/// Symbols that linkers and start files define in every shared object.
const LINKER_MADE: &[&str] = &[
    "_init",
    "_fini",
    "_edata",
    "_end",
    "edata",
    "end",
    "__bss_start",
    "__bss_start__",
    "_bss_start__",
    "_bss_end__",
    "__bss_end__",
    "__end__",
    "__data_start",
    "data_start",
    "__dso_handle",
    "_GLOBAL_OFFSET_TABLE_",
    "_DYNAMIC",
    "__TMC_END__",
    "__stack",
];

/// Placement new and delete: inline functions of the C++ library in the global namespace.
const PLACEMENT: &[&str] = &["_ZnwmPv", "_ZnamPv", "_ZnwjPv", "_ZnajPv", "_ZdlPvS_", "_ZdaPvS_"];

/// Tells whose the things of one release are. What is asked of every symbol is found out once.
pub struct Origins<'r> {
    release: &'r Release,
    /// The release that it is compared with.
    other: Option<&'r Release>,
    /// For each known project whose names came up: there is something of it.
    is_there: Vec<OnceLock<bool>>,
    /// For each known project: the release is that project's own.
    is_subject: Vec<bool>,
    has_own_libraries: bool,
    /// What is known of libraries, by file name.
    libraries: HashMap<&'r str, Vec<Known<'r>>>,
    /// Strong symbols of bundled libraries that others of the release define as well, and the library.
    copies: OnceLock<HashMap<Box<str>, Box<str>>>,
    claims: Claims,
}

/// What is known of a library.
struct Known<'r> {
    library: &'r Library,
    bundled: Option<Bundled>,
    /// The project that all its strong symbols are of, which its name need not tell.
    only: Option<usize>,
}

impl<'r> Origins<'r> {
    /// Looks at what the release consists of; nobody says more about it.
    pub fn of(release: &'r Release) -> Origins<'r> {
        Origins::new(release, &Claims::default())
    }

    /// Looks at what the release consists of. `claims`: what the policy says.
    pub fn new(release: &'r Release, claims: &Claims) -> Origins<'r> {
        let looks = bundled::Looks::of(release);
        let mut origins = Origins {
            release,
            other: None,
            is_there: PROJECTS.iter().map(|_| OnceLock::new()).collect(),
            is_subject: PROJECTS.iter().map(|project| looks.is_subject(project, claims)).collect(),
            has_own_libraries: looks.has_own(),
            libraries: HashMap::default(),
            copies: OnceLock::new(),
            claims: claims.clone(),
        };
        for library in &release.libraries {
            let bundled = origins.look(library);
            // What is bundled is nobody's product.
            let only = if bundled.is_some() { None } else { only_project(library) };
            origins.learn(Known { library, bundled, only });
        }
        origins
    }

    /// Adds what another release of the same shows: a known project of which this one has not even a name, so that nothing
    /// which is in both becomes another's by what comes along.
    #[must_use]
    pub fn joined_by(mut self, other: &'r Release) -> Origins<'r> {
        self.other = Some(other);
        for library in &other.libraries {
            if self.known(library).is_none() {
                let bundled = self.look(library);
                self.learn(Known { library, bundled, only: None });
            }
        }
        self
    }

    /// Whether there is something of a known project.
    fn is_there(&self, at: usize) -> bool {
        let look = |project: &Project| {
            let comes_along = |other: &&Release| {
                signs::is_there(project, other) && !signs::has_a_name(project, self.release)
            };
            signs::is_there(project, self.release) || self.other.iter().any(comes_along)
        };
        *self.is_there[at].get_or_init(|| look(&PROJECTS[at]))
    }

    fn learn(&mut self, known: Known<'r>) {
        self.libraries.entry(&known.library.name).or_default().push(known);
    }

    fn known(&self, library: &Library) -> Option<&Known<'r>> {
        let known = self.libraries.get(library.name.as_str())?;
        known.iter().find(|known| known.library.path == library.path)
    }

    /// Whether a whole library is another project's.
    pub fn is_bundled(&self, library: &Library) -> bool {
        self.bundled(library).is_some()
    }

    /// How it is known that a whole library is another project's, if it is.
    pub fn bundled(&self, library: &Library) -> Option<Bundled> {
        match self.known(library) {
            Some(known) => known.bundled,
            None => self.look(library),
        }
    }

    fn look(&self, library: &Library) -> Option<Bundled> {
        match self.claims.library([library.name.as_str(), library.link_name()]) {
            Some(Whose::Own) => return None,
            Some(Whose::ThirdParty) => return Some(Bundled::Policy),
            None => {}
        }
        let found = bundled::look(library).filter(|_| self.has_own_libraries)?;
        match found {
            Bundled::Named(project) if self.is_about(project) => None,
            Bundled::Directory | Bundled::HashedName if self.is_copy_of_own(library) => None,
            found => Some(found),
        }
    }

    /// Whether the release has the library at a place of its own as well: wheel tools copy what an extension needs, be it the
    /// wheel's own.
    fn is_copy_of_own(&self, library: &Library) -> bool {
        let stem = library_stem(&library.name);
        let others = self.release.libraries.iter().filter(|other| library_stem(&other.name) == stem);
        others.into_iter().any(|other| bundled::look(other).is_none())
    }

    fn is_about(&self, project: &str) -> bool {
        PROJECTS.iter().zip(&self.is_subject).any(|(p, is_subject)| p.name == project && *is_subject)
    }

    /// The bundled library of which a symbol is a copy.
    fn copy(&self, name: &str) -> Option<&str> {
        self.copies.get_or_init(|| copies(self, self.release)).get(name).map(|library| &**library)
    }

    /// Whether the release's own headers declare a symbol, type or constant in a file that is called like no known
    /// project's headers.
    fn is_declared(&self, name: &str) -> bool {
        let Some(headers) = &self.release.headers else { return false };
        let constants = headers.constants.binary_search_by(|c| (*c.name).cmp(name)).ok();
        let locations = [
            headers.function(name).and_then(|function| function.location.as_ref()),
            headers.variable(name).and_then(|variable| variable.location.as_ref()),
            headers.types_named(name).next().and_then(|type_| type_.location.as_ref()),
            constants.and_then(|at| headers.constants[at].location.as_ref()),
        ];
        let is_own = |location: &crate::abi::Location| {
            let has = |project: &Project| project.headers.iter().any(|part| location.file.contains(*part));
            !location.is_system() && !PROJECTS.iter().any(has)
        };
        locations.into_iter().flatten().any(is_own)
    }

    /// Origin of a symbol that `library` exports. `strong`: nobody else is asked to define it.
    pub fn symbol(&self, name: &str, strong: bool, library: &Library) -> Origin {
        let found = match self.bundled(library) {
            Some(bundled) => Origin::ThirdParty(Reason::Bundled(bundled)),
            None => self.by_name(name, strong, library),
        };
        match (self.claims.symbol(name, found == Origin::Toolchain), &found) {
            (Some(Whose::Own), _) => Origin::Own,
            (Some(Whose::ThirdParty), Origin::Own | Origin::Toolchain) => Origin::ThirdParty(Reason::Policy),
            _ => found,
        }
    }

    fn by_name(&self, name: &str, strong: bool, library: &Library) -> Origin {
        match of_name(name, strong, &library.name) {
            Named::Toolchain => Origin::Toolchain,
            Named::Project(at) => {
                let is_foreign = self.is_foreign(at, library)
                    && !self.is_declared(name)
                    && (!strong || is_linked_in(name, library));
                match is_foreign {
                    true => Origin::ThirdParty(Reason::Named(PROJECTS[at].name)),
                    false => Origin::Own,
                }
            }
            Named::Nobody => match self.copy(name).filter(|_| strong) {
                Some(library) => Origin::ThirdParty(Reason::CopyOf(library.into())),
                None => Origin::Own,
            },
        }
    }

    /// Whether what is called as a project calls its things is really that project's, in this library.
    fn is_foreign(&self, project: usize, library: &Library) -> bool {
        let is_own = || {
            let known = &PROJECTS[project];
            known.is_called(&library.name)
                || known.is_called(library.link_name())
                || self.known(library).is_some_and(|known| known.only == Some(project))
        };
        !self.is_subject[project] && !is_own() && self.is_there(project)
    }

    /// Origin of a type or constant by its qualified name, as `library` of the release describes it. What the standard
    /// library defines is told where its layout changed, which concerns everybody who has it in a class of theirs: it
    /// counts as the library's own.
    pub fn named(&self, name: &str, library: &Library) -> Origin {
        match self.claims.named(name) {
            Some(Whose::Own) => return Origin::Own,
            Some(Whose::ThirdParty) => return Origin::ThirdParty(Reason::Policy),
            None => {}
        }
        if let Some(bundled) = self.bundled(library) {
            return Origin::ThirdParty(Reason::Bundled(bundled));
        }
        let goes_on = |rest: &str| rest.starts_with("::") || rest.is_empty();
        let is_in = |namespace: &str| name.strip_prefix(namespace).is_some_and(goes_on);
        let after = |namespace: &str| name.strip_prefix(namespace)?.strip_prefix("::");
        let project = project_of(is_in, "", |project| {
            project.namespaces.iter().filter_map(|n| after(n)).any(|rest| project.has_sign(rest))
        });
        match project {
            Some(at) if self.is_foreign(at, library) && !self.is_declared(name) => {
                Origin::ThirdParty(Reason::Named(PROJECTS[at].name))
            }
            _ => Origin::Own,
        }
    }
}

/// What a name alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Toolchain,
    /// Position of a known project.
    Project(usize),
    Nobody,
}

/// The known project whose namespace or prefix a name has. Longer ones count first: google::protobuf is not glog. `has_sign`:
/// whether the name is one that a project has which shares its namespace.
fn project_of(
    is_in: impl Fn(&str) -> bool,
    name: &str,
    has_sign: impl Fn(&Project) -> bool,
) -> Option<usize> {
    let found = PROJECTS.iter().enumerate().filter_map(|(at, project)| {
        let length = project.mark(&is_in, name)?;
        (!project.shares_namespace || has_sign(project)).then_some((length, at))
    });
    found.max_by_key(|found| found.0).map(|(_, at)| at)
}

/// The project that all strong symbols of a library are of, leaving out the toolchain's.
fn only_project(library: &Library) -> Option<usize> {
    let strong = library.exports.iter().filter(|export| export.is_strong());
    let mut only = None;
    for export in strong {
        match (of_name(&export.name, true, &library.name), only) {
            (Named::Toolchain, _) => {}
            (Named::Project(at), None) => only = Some(at),
            (Named::Project(at), Some(known)) if at == known => {}
            _ => return None,
        }
    }
    only
}

/// Strong symbols of bundled libraries that other libraries of the release define as well. A few may be called alike by
/// chance.
fn copies(origins: &Origins<'_>, release: &Release) -> HashMap<Box<str>, Box<str>> {
    let (foreign, own): (Vec<&Library>, Vec<&Library>) =
        release.libraries.iter().partition(|library| origins.is_bundled(library));
    let mut copies = HashMap::default();
    for (foreign, own) in foreign.iter().flat_map(|f| own.iter().map(move |o| (*f, *o))) {
        let both = defined_by_both(foreign, own);
        if both.len() >= FEWEST_STRONG {
            copies.extend(both.into_iter().map(|name| (name.into(), foreign.link_name().into())));
        }
    }
    copies
}

/// Strong symbols that two libraries define, but for the toolchain's. Those of the smaller one are looked up.
fn defined_by_both<'r>(foreign: &'r Library, own: &'r Library) -> Vec<&'r str> {
    let (few, many) = match foreign.exports.len() < own.exports.len() {
        true => (foreign, own),
        false => (own, foreign),
    };
    let is_both = |export: &&Export| {
        export.is_strong()
            && many.exports_named(&export.name).any(Export::is_strong)
            && of_name(&export.name, true, &foreign.name) != Named::Toolchain
    };
    let mut both: Vec<&str> = few.exports.iter().filter(is_both).map(|export| &*export.name).collect();
    both.dedup();
    both
}

/// Whether the library defines a few more symbols that begin like this one of a third party's does.
fn is_linked_in(name: &str, library: &Library) -> bool {
    let prefixes = PROJECTS.iter().flat_map(|project| project.prefixes).find(|p| name.starts_with(**p));
    let beginnings = match (prefixes, mangling::symbol(name).map(|symbol| symbol.scope())) {
        (Some(prefix), _) => vec![(*prefix).to_owned()],
        (None, Some(Scope::Named(root, _))) => {
            ["_ZN", "_ZNK"].map(|p| format!("{p}{}{root}", root.len())).to_vec()
        }
        (None, _) => return true,
    };
    let strong = beginnings.iter().flat_map(|b| library.exports_from(b)).filter(|e| Export::is_strong(e));
    strong.take(FEWEST_STRONG).count() == FEWEST_STRONG
}

fn of_name(name: &str, strong: bool, library: &str) -> Named {
    let name = mangling::scalar(name).unwrap_or(name);
    if LINKER_MADE.contains(&name) || PLACEMENT.contains(&name) {
        return Named::Toolchain;
    }
    // Go's way from C into itself, with a hash of the package's text.
    if name.starts_with("_cgoexp_") {
        return Named::Toolchain;
    }
    let Some(symbol) = mangling::symbol(name) else {
        return project_of(|_| false, name, |_| true).map_or(Named::Nobody, Named::Project);
    };
    if symbol.form() == SymbolForm::TransactionClone {
        return Named::Toolchain;
    }
    match symbol.scope() {
        Scope::Std if library.starts_with("libstdc++") || library.starts_with("libc++") => Named::Nobody,
        // A strong definition in namespace std is a specialization for a type of the library, or a part of a C++
        // library that was linked in.
        Scope::Std if strong && has_foreign_argument(name) => Named::Nobody,
        Scope::Std | Scope::PlainType => Named::Toolchain,
        Scope::Named("__gnu_cxx" | "__cxxabiv1" | "__gnu_internal", _) => Named::Toolchain,
        // What NVIDIA's compiler makes of lambdas for devices.
        Scope::Named(root, _) | Scope::Global(root) if root.starts_with("__nv_hdl_") => Named::Toolchain,
        Scope::Named(root, after) => {
            let second = mangling::source_name(after).map(|found| found.0);
            let is_in = |namespace: &str| match namespace.split_once("::") {
                Some((first, inner)) => root == first && second == Some(inner),
                None => root == namespace,
            };
            let has_sign = |project: &Project| second.is_some_and(|second| project.has_sign(second));
            project_of(is_in, "", has_sign).map_or(Named::Nobody, Named::Project)
        }
        Scope::Global(_) | Scope::Unnamed => Named::Nobody,
    }
}

/// Whether a template argument names something outside of the standard library.
fn has_foreign_argument(name: &str) -> bool {
    name.match_indices('I').any(|(at, _)| {
        let rest = name[at + 1..].trim_start_matches('N');
        mangling::source_name(rest).is_some_and(|(first, _)| !first.is_empty() && !first.starts_with("__"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Named {
        of_name(name, false, "libtorch_cpu.so")
    }

    fn project(name: &str) -> Option<&'static str> {
        match named(name) {
            Named::Project(at) => Some(PROJECTS[at].name),
            _ => None,
        }
    }

    fn library(name: &str, exports: &[&str]) -> Library {
        let export = |name: &&str| Export { name: (*name).into(), ..Export::default() };
        let mut library = Library { name: name.to_owned(), ..Library::default() };
        library.exports = exports.iter().map(export).collect();
        library.exports.sort_by(|a, b| a.name.cmp(&b.name));
        library
    }

    fn release(libraries: &[Library]) -> Release {
        Release { name: "v1".to_owned(), libraries: libraries.to_vec(), ..Release::default() }
    }

    #[test]
    fn a_copy_of_the_releases_own_library_is_its_own() {
        let mut copy = library("libacme-1a2b3c4d.so.1", &["acme_open"]);
        copy.path = Some("acme.libs/libacme-1a2b3c4d.so.1".to_owned());
        let own = library("libacme.so.1", &["acme_open"]);
        let whole = release(&[own.clone(), copy.clone()]);
        let origins = Origins::of(&whole);
        assert_eq!(origins.symbol("acme_open", true, &own), Origin::Own);
        assert!(!origins.is_bundled(&copy));
        let other = release(&[library("libshop.so", &["shop"]), copy.clone()]);
        assert!(Origins::of(&other).is_bundled(&copy));
    }

    /// Origin of the first export of a library that is the whole release.
    fn origin_of(name: &str, library: &Library) -> Origin {
        Origins::of(&release(std::slice::from_ref(library))).symbol(name, true, library)
    }

    #[test]
    fn toolchain() {
        for name in [
            "_ZNSt6vectorIN3c106SymIntESaIS1_EE9push_backERKS1_",
            "_ZGTtNSt13runtime_errorC1EPKc",
            "_end",
            "_ZTIPFvvE",
            "_ZNK9__gnu_cxx13new_allocatorIcE8max_sizeEv",
            "_ZTVSt9exception",
            "_ZZNSt19_Sp_make_shared_tag5_S_tiEvE5__tag",
            "_ZN15__nv_hdl_helperI11__nv_dl_tagIPFvvELj1EEE5fp_copE",
        ] {
            assert_eq!(named(name), Named::Toolchain, "{name}");
        }
        assert_eq!(named("_cgoexp_0123456789ab_Sum"), Named::Toolchain);
        assert_eq!(of_name("_ZNSt4hashI3FooEclES0_", true, "libfoo.so"), Named::Nobody);
        assert_eq!(of_name("_ZNSt11logic_errorC1EPKc", true, "libfoo.so"), Named::Toolchain);
        assert_eq!(of_name("_ZNSs4swapERSs", false, "libstdc++.so.6"), Named::Nobody);
    }

    #[test]
    fn names_of_projects() {
        assert_eq!(project("_ZN6google8protobuf7MessageD1Ev"), Some("Protocol Buffers"));
        assert_eq!(project("_ZN6google10LogMessageD1Ev"), Some("glog"));
        assert_eq!(project("_ZN6google5cloud6ClientD1Ev"), None);
        assert_eq!(project("_ZThn16_N4dnnl4impl1fEv"), Some("oneDNN"));
        assert_eq!(project("xnn_run"), Some("XNNPACK"));
        assert_eq!(project("_ZGVnN4vv_Sleef_powf_u10"), Some("SLEEF"));
        for name in ["_ZN3c105ErrorD1Ev", "_ZTIN2at6TensorE", "aoti_torch_cpu_add", "_Z3foov", "_ZTV3Foo"] {
            assert_eq!(named(name), Named::Nobody, "{name}");
        }
    }

    #[test]
    fn a_namespace_is_free_for_everybody() {
        let own =
            ["_ZN7testing1aEv", "_ZN7testing1bEv", "_ZN7testing1cEv", "_ZN7testing1dEv", "acme_version"];
        assert_eq!(origin_of(own[0], &library("libacme.so", &own)), Origin::Own);
        let bundled = ["_ZN7testing4Test5SetUpEv", "_ZN7testing8UnitTest3RunEv"].into_iter().chain(own);
        let bundled = library("libacme.so", &bundled.collect::<Vec<_>>());
        assert_eq!(origin_of(own[0], &bundled), Origin::ThirdParty(Reason::Named("GoogleTest")));
    }

    #[test]
    fn what_the_library_is_called_or_made_of_is_its_own() {
        let fmt = ["_ZN3fmt3v101aEv", "_ZN3fmt3v101bEv", "_ZN3fmt3v101cEv", "_ZN3fmt3v101dEv"];
        assert_eq!(origin_of(fmt[0], &library("libfmt.so.10", &fmt)), Origin::Own);
        assert_eq!(origin_of(fmt[0], &library("libtext.so", &fmt)), Origin::Own);
        let linked_in: Vec<&str> = fmt.into_iter().chain(["_Z4textv"]).collect();
        let linked_in = library("libtext.so", &linked_in);
        assert_eq!(origin_of(fmt[0], &linked_in), Origin::ThirdParty(Reason::Named("fmt")));
        // A word in the middle of another one is no name.
        assert_eq!(
            origin_of(fmt[0], &Library { name: "libxfmty.so".to_owned(), ..linked_in }),
            Origin::ThirdParty(Reason::Named("fmt"))
        );
    }

    #[test]
    fn one_function_makes_no_third_party() {
        assert_eq!(
            origin_of("uv_to_rgb", &library("libcolor.so", &["uv_to_rgb", "uv_run", "x"])),
            Origin::Own
        );
        let linked = ["uv_to_rgb", "uv_run", "uv_loop_init", "uv_loop_close", "uv_stop", "x"];
        assert_eq!(
            origin_of("uv_stop", &library("libcolor.so", &linked)),
            Origin::ThirdParty(Reason::Named("libuv"))
        );
        let alike = ["uv_a", "uv_b", "uv_c", "uv_to_rgb", "x"];
        assert_eq!(origin_of("uv_a", &library("libcolor.so", &alike)), Origin::Own);
    }

    #[test]
    fn types_of_third_parties() {
        let cpu = library("libtorch_cpu.so", &["_ZN3fmt2v91fEv", "_ZN2at1fEv"]);
        let release = release(std::slice::from_ref(&cpu));
        let of = |name: &str, library: &Library| Origins::of(&release).named(name, library);
        let foreign = |project| Origin::ThirdParty(Reason::Named(project));
        assert_eq!(of("google::protobuf::Message", &cpu), foreign("Protocol Buffers"));
        assert_eq!(of("google::protobuf::Message", &library("libprotobuf.so", &[])), Origin::Own);
        assert_eq!(of("fmt::v9::context", &cpu), foreign("fmt"));
        assert_eq!(of("fmtx::A", &cpu), Origin::Own);
        assert_eq!(of("c10::TensorImpl", &cpu), Origin::Own);
    }

    #[test]
    fn the_releases_own_headers_overrule_a_name() {
        let fmt = ["_ZN3fmt3v101aEv", "_ZN3fmt3v101bEv", "_ZN3fmt3v101cEv", "_ZN3fmt3v101dEv", "_Z4textv"];
        let library = library("libtext.so", &fmt);
        let mut release = release(std::slice::from_ref(&library));
        let declared = |file: &str| {
            let location = crate::abi::Location { file: file.into(), line: 1 };
            crate::abi::Function { symbol: fmt[0].into(), location: Some(location), ..Default::default() }
        };
        let mut headers = Library { name: "headers".to_owned(), ..Library::default() };
        headers.functions = vec![declared("text/format.h")];
        release.headers = Some(headers.clone());
        assert_eq!(Origins::of(&release).symbol(fmt[0], true, &library), Origin::Own);
        headers.functions = vec![declared("fmt/core.h")];
        release.headers = Some(headers);
        assert_ne!(Origins::of(&release).symbol(fmt[0], true, &library), Origin::Own);
    }

    #[test]
    fn a_linked_copy_of_what_lies_beside_it_is_not_ones_own() {
        let names = ["acme_a", "acme_b", "acme_c", "acme_d"];
        let beside = library("libother-1a2b3c4d.so.1", &names);
        let own: Vec<&str> = names.into_iter().chain(["own"]).collect();
        let own = library("libown.so", &own);
        let release = release(&[beside, own.clone()]);
        let origins = Origins::of(&release);
        let copy = Origin::ThirdParty(Reason::CopyOf("libother-1a2b3c4d.so.1".into()));
        assert_eq!(origins.symbol("acme_a", true, &own), copy);
        assert_eq!(origins.symbol("own", true, &own), Origin::Own);
    }

    #[test]
    fn a_policy_overrules_all_of_it() {
        let fmt = ["_ZN3fmt3v101aEv", "_ZN3fmt3v101bEv", "_ZN3fmt3v101cEv", "_ZN3fmt3v101dEv", "_Z4textv"];
        let library = library("libtext.so", &fmt);
        let release = release(std::slice::from_ref(&library));
        let mut claims = Claims::default();
        claims.add_name("fmt::**", Whose::Own).unwrap();
        claims.add_name("text", Whose::ThirdParty).unwrap();
        let origins = Origins::new(&release, &claims);
        assert_eq!(origins.symbol(fmt[0], true, &library), Origin::Own);
        assert_eq!(origins.symbol("_Z4textv", true, &library), Origin::ThirdParty(Reason::Policy));
    }

    #[test]
    fn a_library_compared_by_itself_is_nobodys_bundle() {
        let at = |path: &str, library: Library| Library { path: Some(path.to_owned()), ..library };
        let gomp = at("torch.libs/libgomp-0123abcd.so.1", library("libgomp-0123abcd.so.1", &["f"]));
        assert!(!Origins::of(&release(std::slice::from_ref(&gomp))).is_bundled(&gomp));
        let wheel = release(&[gomp.clone(), at("torch/lib/libc10.so", library("libc10.so", &["g"]))]);
        assert!(Origins::of(&wheel).is_bundled(&gomp));
    }
}
