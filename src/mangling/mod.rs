//! Mangled C++ names: what they say, and how `c++filt` writes it.
//!
//! Owns the grammar of the Itanium C++ ABI, section 5.1
//! (<https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling>), as GCC and Clang use it.
//! A name is read into a small tree once; the tree answers what it names ([`Entity`]), its text
//! in three styles ([`Style`]), and its structure ([`Signature`]), which is what pairs a removed
//! function with the one that took its place.
//!
//! Why the crate `cpp_demangle` is not enough: one name in ten of a large library comes out
//! otherwise than from `c++filt`, which people compare with; some come out wrong (expanded packs,
//! construction vtables, misplaced const); forms of C++20 are refused; and its tree is private, so
//! that a signature cannot be taken apart. It is still asked about names that this reader finds
//! wrong: vendor forms that few compilers emit, where some text for people is better than none.
//! Nothing but display goes by its answer, which is why it may stay and may not grow.
//!
//! Names come from files nobody vouches for. Nesting, nodes, steps and output are bounded, so
//! that no name takes long, overflows the stack or panics.
//!
//! | file | what it does |
//! |---|---|
//! | `ast` | the tree |
//! | `tables` | operators and builtin types |
//! | `parse`, `parse_name`, `parse_type`, `parse_expr` | encodings, names, types, expressions read |
//! | `print`, `print_type`, `print_expr` | the same printed |
//! | `walk` | what a pack is searched in |
//! | `entity` | what kind of thing a name stands for |
//! | `symbol` | what kind of symbol a name is, told from its first characters |
//! | `signature` | a name taken apart |
//! | `dual_abi` | libstdc++'s two string ABIs |
//! | `member` | which class a function belongs to |
//! | `vector_abi` | names of SIMD variants |
//! | `fallback` | the crate `cpp_demangle`, within bounds |

mod ast;
mod dual_abi;
mod entity;
mod fallback;
mod member;
mod parse;
mod parse_expr;
mod parse_name;
mod parse_type;
mod print;
mod print_expr;
mod print_type;
mod signature;
mod symbol;
mod tables;
mod variants;
mod vector_abi;
mod walk;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_limits;

use std::borrow::Cow;

pub use ast::{Adjustment, CtorDtor};
pub use dual_abi::DualAbi;
pub use entity::Entity;
pub use member::{is_member, member_prefixes};
pub use parse::MangleError;
pub use print::Style;
pub use signature::{RefQualifier, Signature};
pub use symbol::{Class, Scope, Symbol, SymbolForm, Table, Thunk, symbol};
pub(crate) use variants::{variant_digit, variants_at};
pub use variants::{variants, with_variant};

/// A mangled name that was read.
#[derive(Clone, Debug)]
pub struct Mangled {
    tree: ast::Tree,
}

/// Reads a mangled name: `_Z <encoding>`, a clone suffix after it, `__Z` as on Mach-O, GCC's
/// `_GLOBAL__I_`, or the name of a SIMD variant.
///
/// # Errors
///
/// Where the name leaves the grammar, or which limit it meets.
pub fn parse(mangled: &str) -> Result<Mangled, MangleError> {
    parse::parse(mangled).map(|tree| Mangled { tree })
}

/// The text of a mangled name as GNU `c++filt` prints it; None when it is no mangled C++ name.
///
/// SIMD variants, which `c++filt` leaves as they are, read `sin [SIMD variant _ZGVnN2v]`.
#[must_use]
pub fn demangle(mangled: &str) -> Option<String> {
    if !may_be_mangled(mangled) {
        return None;
    }
    match parse(mangled) {
        Ok(read) => read.text(Style::Gnu),
        Err(error) if error.is_limit => None,
        Err(_) => fallback::demangle(mangled),
    }
}

/// The text of a mangled name, or the name itself.
#[must_use]
pub fn display(mangled: &str) -> Cow<'_, str> {
    let text = demangle(mangled).map_or(Cow::Borrowed(mangled), Cow::Owned);
    // No compiler makes such names, and what shows one would be led to another line.
    match text.contains(char::is_control) {
        true => text
            .chars()
            .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
            .collect::<String>()
            .into(),
        false => text,
    }
}

/// `<source-name>` (section 5.1.2) at the start of mangled text: a length and an identifier, and the text after them.
#[must_use]
pub fn source_name(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = text.get(..digits)?.parse().ok()?;
    let name = text.get(digits..digits.checked_add(length)?)?;
    Some((name, &text[digits + length..]))
}

/// The outermost namespace or class of a nested name: `c10` of `_ZNK3c105Error4whatEv`.
#[must_use]
pub fn outermost(symbol: &str) -> Option<&str> {
    let rest = symbol.strip_prefix("_ZN")?;
    source_name(rest.strip_prefix('K').unwrap_or(rest)).map(|(name, _)| name)
}

/// The function of which a name is a SIMD variant: `sin` of `_ZGVnN2v_sin`.
#[must_use]
pub fn scalar(name: &str) -> Option<&str> {
    vector_abi::vector_variant(name).map(|variant| variant.scalar)
}

fn may_be_mangled(name: &str) -> bool {
    name.starts_with("_Z") || name.starts_with("__Z") || name.starts_with("_GLOBAL_")
}

impl Mangled {
    /// What kind of thing it names.
    #[must_use]
    pub fn entity(&self) -> Entity {
        entity::entity(&self.tree)
    }

    /// The whole name as text; None when that is too long (64 KiB), too deep, or when a
    /// template parameter stands for nothing.
    #[must_use]
    pub fn text(&self, style: Style) -> Option<String> {
        let mut printer = print::Printer::new(&self.tree, style);
        printer.comp(self.tree.root).ok()?;
        Some(printer.out).filter(|text| text.len() <= print::MAX_OUTPUT)
    }

    /// What the name is about, taken apart: of a thunk its target, of a vtable the class. None
    /// where [`Mangled::text`] is.
    #[must_use]
    pub fn signature(&self) -> Option<Signature> {
        signature::signature(&self.tree)
    }

    /// The canonical text without the marks of libstdc++'s new ABI, so that a function's names
    /// under the old and the new one are equal.
    #[must_use]
    pub fn cxx11_neutral(&self) -> Option<String> {
        self.text(Style::Cxx11Neutral)
    }

    /// Whether a constraint is part of it. GCC 14 and Clang 17 were the first to put them there; structure and signature are
    /// those of the name without.
    #[must_use]
    pub fn is_constrained(&self) -> bool {
        self.tree.is_constrained()
    }

    /// Which of libstdc++'s two string ABIs occurs in it.
    #[must_use]
    pub fn dual_abi(&self) -> DualAbi {
        dual_abi::classify(&self.tree)
    }
}
