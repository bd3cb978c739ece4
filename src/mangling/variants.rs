//! The variants of a constructor or destructor (Itanium C++ ABI, section 5.1.4.3): one function in the source, several
//! symbols.

/// The linkage names of all variants of a constructor or destructor; of everything else its own.
pub fn variants(name: &str) -> Vec<String> {
    match family(name) {
        None => vec![name.to_owned()],
        Some(family) => {
            ["1", "2", "3", "4", "5", "0"].map(|variant| family.replacen('*', variant, 1)).to_vec()
        }
    }
}

/// A constructor's or destructor's linkage name with `*` for the digit of its variant.
fn family(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let is_variant = |w: &[u8]| matches!(w, [b'C' | b'D', b'0'..=b'5', b'E' | b'I']);
    let at = name.starts_with("_ZN").then(|| bytes.windows(3).position(is_variant)).flatten()?;
    super::parse(name).ok()?.signature()?.ctor_dtor?;
    Some(format!("{}*{}", &name[..=at], &name[at + 2..]))
}
