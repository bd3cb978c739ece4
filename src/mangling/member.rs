//! Whether a function's mangled name says that it is a member of a class.

use super::source_name;

/// Whether `linkage` names a member function of `class`, or a thunk to one. `class` is a mangled type as in the names of
/// vtables and typeinfos (`N3c105ErrorE`). None for a class inside a function, whose members begin otherwise.
#[must_use]
pub fn is_member(linkage: &str, class: &str) -> Option<bool> {
    let scope = scope(class)?;
    Some(members_scope(linkage).is_some_and(|rest| {
        rest.strip_prefix(scope).is_some_and(|name| match name.bytes().next() {
            // One name and no further scope.
            Some(b'0'..=b'9') => source_name(name).is_some_and(|(_, rest)| rest.starts_with(['E', 'B', 'I'])),
            // Constructors, destructors, operators.
            Some(first) => matches!(first, b'C' | b'D') || first.is_ascii_lowercase(),
            None => false,
        })
    }))
}

/// The beginnings of the names that members of a class have.
#[must_use]
pub fn member_prefixes(class: &str) -> Option<[String; 2]> {
    let scope = scope(class)?;
    Some([format!("_ZN{scope}"), format!("_ZNK{scope}")])
}

/// A mangled class as it stands in the names of its members.
fn scope(class: &str) -> Option<&str> {
    match class.strip_prefix('N') {
        _ if class.starts_with('Z') => None,
        Some(nested) => nested.strip_suffix('E'),
        None => Some(class),
    }
}

/// What follows `_ZN` and the qualifiers, of a function or the target of a thunk.
fn members_scope(linkage: &str) -> Option<&str> {
    let encoding = linkage.strip_prefix("_Z")?;
    let encoding = match encoding.strip_prefix('T') {
        None => encoding,
        Some(thunk) => match thunk.strip_prefix('c') {
            Some(both) => call_offset(call_offset(both)?)?,
            None => call_offset(thunk)?,
        },
    };
    let nested = encoding.strip_prefix('N')?.trim_start_matches(['r', 'V', 'K']);
    Some(nested.strip_prefix(['R', 'O']).unwrap_or(nested))
}

/// `<call-offset>` (section 5.1.4.2), and the text after it.
fn call_offset(text: &str) -> Option<&str> {
    let number = |text: &'_ str| -> Option<usize> {
        let digits = text.strip_prefix('n').unwrap_or(text);
        let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.starts_with('_').then(|| text.len() - rest.len() + 1)
    };
    match text.as_bytes().first()? {
        b'h' => text.get(1 + number(&text[1..])?..),
        b'v' => {
            let rest = text.get(1 + number(&text[1..])?..)?;
            rest.get(number(rest)?..)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_member;

    #[test]
    fn members_by_name() {
        let yes = |linkage: &str, class: &str| is_member(linkage, class) == Some(true);
        assert!(yes("_ZN1A1fEv", "1A") && yes("_ZNK1A1fEv", "1A") && yes("_ZN1AD0Ev", "1A"));
        assert!(
            yes("_ZNK3c105Error4whatEv", "N3c105ErrorE") && yes("_ZNKSt9exception4whatEv", "St9exception")
        );
        assert!(yes("_ZN3BoxIiE3getEv", "3BoxIiE") && yes("_ZN1AcvbEv", "1A") && yes("_ZNO1A1fEv", "1A"));
        assert!(yes("_ZThn16_N1D1fEv", "1D") && yes("_ZTv0_n24_N1D1fEv", "1D"));
        assert!(yes("_ZTchn8_h16_N1D1fEv", "1D") && yes("_ZTcv0_n24_v0_n32_NK1D1fEv", "1D"));
        assert!(yes("_ZN1A1fB5cxx11Ev", "1A"));
    }

    #[test]
    fn what_is_nested_deeper_or_elsewhere_is_no_member() {
        let no = |linkage: &str, class: &str| is_member(linkage, class) == Some(false);
        assert!(no("_ZN1A1B1fEv", "1A") && no("_ZN3BoxIiE3getEv", "3Box") && no("_Z1fv", "1A"));
        assert!(no("_ZN2AA1fEv", "1A") && no("f", "1A") && no("_ZTc", "1A") && no("_ZTh_", "1A"));
        assert!(no("_ZTVN1A1BE", "1A"));
        assert_eq!(is_member("_ZZ1fvEN1A1gEv", "Z1fvE1A"), None);
    }
}
