//! What a name stands for that was an enumerator and is a macro or another constant now.

use std::collections::BTreeMap;

use super::macro_value;
use crate::abi::{Library, Type};

/// The macros and constants of a library's facts that are whole numbers.
pub(super) struct Constants<'l> {
    known: BTreeMap<&'l str, i128>,
}

impl<'l> Constants<'l> {
    pub(super) fn of(library: &'l Library) -> Constants<'l> {
        let lookup = |name: &str| {
            let at = library.macros.binary_search_by(|known| (*known.name).cmp(name)).ok()?;
            library.macros.get(at).map(|known| &*known.value)
        };
        let constants =
            library.constants.iter().filter_map(|one| Some((&*one.name, one.value.parse().ok()?)));
        let macros = library.macros.iter().filter(|one| !one.name.contains('('));
        let macros = macros.filter_map(|one| Some((&*one.name, macro_value::number(&one.value, &lookup)?)));
        Constants { known: constants.chain(macros).collect() }
    }

    /// The number that a name stands for.
    pub(super) fn number(&self, name: &str) -> Option<i128> {
        self.known.get(name).copied()
    }
}

/// The name by which programs know an enumerator.
pub(super) fn enumerator(of: &Type, name: &str) -> String {
    let scope = match of.scoped {
        true => &*of.name,
        // The name of an unnamed one has spaces and colons of its enumerator in it.
        false => {
            let own = of.name.find("(anonymous enum ").unwrap_or(of.name.len());
            of.name[..own].rsplit_once("::").map_or("", |(scope, _)| scope)
        }
    };
    if scope.is_empty() { name.to_owned() } else { format!("{scope}::{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Enumerator, TypeKind};

    fn enumeration(name: &str, scoped: bool) -> Type {
        let one = Enumerator { name: "ONE".into(), value: 1 };
        Type { name: name.into(), kind: TypeKind::Enum, scoped, enumerators: vec![one], ..Type::default() }
    }

    #[test]
    fn enumerators_stand_beside_their_enumeration_or_in_it() {
        for (name, scoped, whole) in [
            ("color", false, "ONE"),
            ("n::color", false, "n::ONE"),
            ("n::color", true, "n::color::ONE"),
            ("n::(anonymous enum n::ONE)", false, "n::ONE"),
            ("(anonymous enum ONE)", false, "ONE"),
        ] {
            assert_eq!(enumerator(&enumeration(name, scoped), "ONE"), whole, "{name}");
        }
    }
}
