//! The variants of a constructor or destructor (Itanium C++ ABI, section 5.1.4.3): one function in the source, several
//! symbols.

use std::borrow::Cow;

use super::CtorDtor;

/// The linkage names of all variants of a constructor or destructor; of everything else its own.
pub fn variants(name: &str) -> Vec<Cow<'_, str>> {
    match variant_digit(name) {
        None => vec![Cow::Borrowed(name)],
        Some(at) => variants_at(name, at).to_vec(),
    }
}

/// The same of a constructor or destructor whose digit stands at that place, in bytes ([`variant_digit`]).
pub(crate) fn variants_at(name: &str, at: usize) -> [Cow<'_, str>; 6] {
    ["1", "2", "3", "4", "5", "0"].map(|digit| match name.get(at..=at) == Some(digit) {
        true => Cow::Borrowed(name),
        false => Cow::Owned(replaced(name, at, digit)),
    })
}

/// The linkage name of another variant of a constructor or destructor: `_ZN1AC2Ev` of `_ZN1AC1Ev`.
#[must_use]
pub fn with_variant(name: &str, wanted: CtorDtor) -> Option<String> {
    let at = variant_digit(name)?;
    let is_wanted = |other: &String| variant(other).is_some_and(|variant| variant == wanted);
    ["1", "2", "3", "4", "5", "0"].map(|digit| replaced(name, at, digit)).into_iter().find(is_wanted)
}

fn variant(name: &str) -> Option<CtorDtor> {
    super::parse(name).ok()?.signature()?.ctor_dtor
}

/// Where the digit of its variant stands in a constructor's or destructor's linkage name. A class may be called `C1`, and
/// another digit makes another class of it: only of a variant it makes the same function.
pub(crate) fn variant_digit(name: &str) -> Option<usize> {
    let bytes = name.as_bytes();
    if !name.starts_with("_ZN") {
        return None;
    }
    let is_variant = |w: &[u8]| matches!(w, [b'C' | b'D', b'0'..=b'5', b'E' | b'I']);
    let mut candidates = bytes.windows(3).enumerate().filter(|(_, w)| is_variant(w)).map(|(at, _)| at + 1);
    let first = candidates.next()?;
    let signature = super::parse(name).ok()?.signature()?;
    signature.ctor_dtor?;
    let Some(second) = candidates.next() else { return Some(first) };
    let is_it = |at: &usize| {
        let digit = if bytes.get(*at) == Some(&b'1') { "2" } else { "1" };
        let other = super::parse(&replaced(name, *at, digit)).ok().and_then(|read| read.signature());
        other.is_some_and(|other| {
            other.ctor_dtor.is_some()
                && other.ctor_dtor != signature.ctor_dtor
                && (&other.scope, &other.params) == (&signature.scope, &signature.params)
        })
    };
    [first, second].into_iter().chain(candidates).find(is_it)
}

fn replaced(name: &str, at: usize, digit: &str) -> String {
    let mut other = name.to_owned();
    other.replace_range(at..=at, digit);
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_may_be_called_like_a_variant() {
        assert_eq!(with_variant("_ZN2C1C1Ev", CtorDtor::BaseCtor).as_deref(), Some("_ZN2C1C2Ev"));
        assert_eq!(with_variant("_ZN3XC1C1Ev", CtorDtor::BaseCtor).as_deref(), Some("_ZN3XC1C2Ev"));
        assert_eq!(with_variant("_ZN3XD1IiED2Ev", CtorDtor::DeletingDtor).as_deref(), Some("_ZN3XD1IiED0Ev"));
        assert_eq!(with_variant("_ZN1A1fEv", CtorDtor::BaseCtor), None);
        assert!(variants("_ZN1AD1Ev").contains(&Cow::Borrowed("_ZN1AD0Ev")));
        assert_eq!(variants("_ZN2C11fEv"), ["_ZN2C11fEv"]);
    }
}
