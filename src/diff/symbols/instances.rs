//! Weak definitions that programs cannot make themselves: explicit instantiations of templates whose body they do not have,
//! or are told not to use. Nothing about the symbol says so; debug info and public headers do.

use foldhash::HashSet;

use super::entity::Entity;
use super::exports::OneSided;
use crate::abi::{Library, Location, Release, Type};
use crate::mangling::{Entity as Kind, Signature};
use crate::spelling;

/// Marks those among some entities of a release.
pub(in crate::diff) fn mark(entities: &mut [Entity<'_>], release: &Release) {
    let probe = release.headers.as_ref().and_then(|headers| headers.evidence.headers.as_ref());
    let without_body: HashSet<&str> =
        probe.iter().flat_map(|probe| &probe.without_body).map(String::as_str).collect();
    let external: Vec<Named<'_>> =
        probe.iter().flat_map(|probe| &probe.extern_templates).filter_map(|name| Named::of(name)).collect();
    for entity in entities.iter_mut() {
        entity.only_here = !entity.symbols.iter().any(|symbol| symbol.export.is_strong())
            && (entity.symbols.iter().any(|symbol| is_in_source(entity, symbol))
                || is_without_body(entity, &without_body)
                || entity.signature.as_ref().is_some_and(|s| is_external(entity, s, &external))
                || is_data_of_external(entity, &external));
    }
}

/// Whether a header declares the function or variable and its definition stands in a source file. Of an instance of a
/// template, GCC gives the place of the body for that of the declaration: then the class is what stands in a header.
fn is_in_source(entity: &Entity<'_>, symbol: &OneSided<'_>) -> bool {
    let name = &*symbol.export.name;
    let (place, only_here) = match (symbol.library.function(name), symbol.library.variable(name)) {
        (Some(function), _) => (function.location.as_ref(), function.only_here),
        (None, Some(variable)) => (variable.location.as_ref(), variable.only_here),
        (None, None) => return false,
    };
    only_here || (place.is_some_and(Location::is_source) && class_is_in_header(entity, symbol.library))
}

fn class_is_in_header(entity: &Entity<'_>, library: &Library) -> bool {
    let class = class_of(entity).and_then(|class| described(library, &class));
    class.and_then(|class| class.location.as_ref()).is_some_and(Location::is_own_header)
}

/// The class that it is a member of, by its name, if it is a member of one.
fn class_of(entity: &Entity<'_>) -> Option<String> {
    let scope = match &entity.signature {
        Some(signature) => signature.scope.join("::"),
        None => Named::of(&entity.text)?.scope.join("::"),
    };
    Some(spelling::canonical(&scope).into_owned())
}

fn described<'l>(library: &'l Library, class: &str) -> Option<&'l Type> {
    library.types_named(class).next().filter(|type_| type_.kind.is_class())
}

/// Whether the headers declare the template and do not define it.
fn is_without_body(entity: &Entity<'_>, without_body: &HashSet<&str>) -> bool {
    if without_body.is_empty() {
        return false;
    }
    let template = match &entity.signature {
        Some(signature) => {
            let is_instance =
                signature.template_args.is_some() || signature.scope.iter().any(|scope| scope.contains('<'));
            let parts = signature.scope.iter().map(|scope| plain(scope)).chain([&*signature.name]);
            is_instance.then(|| parts.collect::<Vec<_>>().join("::"))
        }
        // A variable.
        None if entity.text.contains('<') && !entity.text.contains(" for ") => {
            let parts = components(&entity.text);
            Some(parts.into_iter().map(plain).collect::<Vec<_>>().join("::"))
        }
        None => None,
    };
    template.is_some_and(|template| without_body.contains(template.as_str()))
}

/// Whether the headers say `extern template` of the instance, or of the class that it is a member of.
fn is_external(entity: &Entity<'_>, signature: &Signature, external: &[Named<'_>]) -> bool {
    if external.is_empty()
        || matches!(entity.kind, Kind::Vtable | Kind::Vtt | Kind::Typeinfo | Kind::TypeinfoName)
    {
        return false;
    }
    let class = signature.scope.join("::");
    let own = signature.qualified_name();
    let own = own.split('(').next().unwrap_or_default();
    [class.as_str(), own].into_iter().filter_map(Named::of).any(|named| external.iter().any(|e| e.is(&named)))
}

/// The same of its virtual table and typeinfo, which programs leave to the library then.
fn is_data_of_external(entity: &Entity<'_>, external: &[Named<'_>]) -> bool {
    let class = match entity.kind {
        Kind::Vtable | Kind::Vtt | Kind::Typeinfo | Kind::TypeinfoName => entity.text.rsplit_once(" for "),
        _ => None,
    };
    let named = class.and_then(|(_, class)| Named::of(class));
    named.is_some_and(|named| external.iter().any(|e| e.is(&named)))
}

/// A name cut up: of headers as it is written there, of symbols in full.
struct Named<'n> {
    /// With template arguments.
    scope: Vec<&'n str>,
    name: &'n str,
    /// Without the namespaces in them: headers need not write these.
    arguments: Vec<String>,
}

impl<'n> Named<'n> {
    fn of(text: &'n str) -> Option<Named<'n>> {
        let mut parts = components(text);
        let last = parts.pop()?;
        let arguments = spelling::template_arguments(last).map(|(_, list)| spelling::split_arguments(list));
        let arguments = arguments.unwrap_or_default().into_iter();
        let arguments = arguments.map(|argument| without_scopes(&spelling::canonical(argument)));
        Some(Named { scope: parts, name: plain(last), arguments: arguments.collect() })
    }

    /// Whether the header's name is that of a symbol, whose default arguments the header need not write.
    fn is(&self, symbol: &Named<'_>) -> bool {
        let scopes = |named: &Named<'_>| named.scope.iter().map(|s| plain(s).to_owned()).collect::<Vec<_>>();
        let (own, of_symbol) = (scopes(self), scopes(symbol));
        // A namespace that is open may be written out as well.
        let is_same_scope = own == of_symbol || (!of_symbol.is_empty() && own.ends_with(&of_symbol));
        self.name == symbol.name
            && is_same_scope
            && !self.arguments.is_empty()
            && symbol.arguments.starts_with(&self.arguments)
    }
}

/// The parts of a qualified name between `::` that no bracket is around.
fn components(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0usize);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' | b')' | b']' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 2;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// A component without its template arguments.
fn plain(component: &str) -> &str {
    component.split(['<', '[']).next().unwrap_or(component)
}

/// `n::A<m::B const*>` as `A<B const*>`.
fn without_scopes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b':' && bytes.get(at + 1) == Some(&b':') {
            out.truncate(start);
            at += 2;
            continue;
        }
        let c = text[at..].chars().next().unwrap_or_default();
        out.push(c);
        at += c.len_utf8().max(1);
        if !(c.is_alphanumeric() || c == '_') {
            start = out.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_leave_out_what_is_clear() {
        let is = |header: &str, symbol: &str| {
            Named::of(header).zip(Named::of(symbol)).is_some_and(|(header, symbol)| header.is(&symbol))
        };
        assert!(is("n::Box<A>", "n::Box<n::A>"));
        assert!(is("n::Box<n::A const*>", "n::Box<n::A const*>"));
        assert!(is("n::Box<int>", "n::Box<int, std::allocator<int>>"));
        assert!(!is("n::Box<int>", "n::Box<long>"));
        assert!(!is("n::Box<int>", "m::Box<int>"));
        assert!(!is("n::Box", "n::Box<int>"));
        assert_eq!(without_scopes("n::A<m::k::B const*, int>"), "A<B const*, int>");
        assert_eq!(without_scopes("a::b(c::d, e)"), "b(d, e)");
    }
}
