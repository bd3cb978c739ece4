//! Which known projects a release has something of: defined, referred to, or described.

use super::projects::Project;
use crate::abi::{Library, Release};
use crate::mangling;

/// How linkage names in a namespace begin.
const BEGINNINGS: [&str; 7] = ["_ZN", "_ZNK", "_ZTVN", "_ZTIN", "_ZTSN", "_ZTTN", "_ZGVN"];

/// Whether some sign of a project is in the release.
pub(super) fn is_there(project: &Project, release: &Release) -> bool {
    project.signs.is_empty() || release.parts().any(|library| is_in(project, library))
}

fn is_in(project: &Project, library: &Library) -> bool {
    let is_c_name = |sign: &&&str| project.prefixes.iter().any(|prefix| sign.starts_with(prefix));
    if project.signs.iter().filter(is_c_name).any(|sign| names_from(library, sign).next().is_some()) {
        return true;
    }
    project.namespaces.iter().any(|namespace| {
        let encoded = encoded(namespace);
        let linkage = BEGINNINGS.iter().any(|beginning| {
            let prefix = format!("{beginning}{encoded}");
            let inner = |name: &str| {
                let rest = name.get(prefix.len()..).and_then(mangling::source_name);
                rest.is_some_and(|(component, _)| project.has_sign(component))
            };
            names_from(library, &prefix).any(inner)
        });
        linkage || describes(project, library, &format!("{namespace}::"))
    })
}

/// Whether anything in a release is called as the project calls its things.
pub(super) fn has_a_name(project: &Project, release: &Release) -> bool {
    let in_namespace = |library: &Library| {
        project.namespaces.iter().any(|namespace| {
            let encoded = encoded(namespace);
            BEGINNINGS.iter().any(|b| names_from(library, &format!("{b}{encoded}")).next().is_some())
        })
    };
    let has_prefix = |library: &Library| {
        project.prefixes.iter().any(|prefix| names_from(library, prefix).next().is_some())
    };
    release.parts().any(|library| in_namespace(library) || has_prefix(library))
}

/// A namespace as it stands in mangled names.
fn encoded(namespace: &str) -> String {
    namespace.split("::").map(|part| format!("{}{part}", part.len())).collect()
}

/// Exported and imported names that begin so.
fn names_from<'l>(library: &'l Library, prefix: &str) -> impl Iterator<Item = &'l str> {
    let exports = library.exports_from(prefix).map(|export| &*export.name);
    let first = library.imports.partition_point(|import| *import.name < *prefix);
    let prefix = prefix.to_owned();
    let imports = library.imports[first..].iter().map(|import| &*import.name);
    exports.chain(imports.take_while(move |name| name.starts_with(&prefix)))
}

/// Whether debug info or headers describe a type of the project.
fn describes(project: &Project, library: &Library, scope: &str) -> bool {
    let first = library.types.partition_point(|type_| *type_.name < *scope);
    let types = library.types[first..].iter().map_while(|type_| type_.name.strip_prefix(scope));
    types.into_iter().any(|rest| project.has_sign(rest))
}

impl Project {
    /// Whether what stands directly in one of its namespaces is called as something that it has.
    pub(super) fn has_sign(&self, component: &str) -> bool {
        self.signs.iter().any(|sign| component.starts_with(sign))
    }
}
