//! Names of SIMD variants of functions: the vector function ABIs of x86 and AArch64.
//!
//! `_ZGV <isa> <mask> <lanes> <parameters> _ <name>`. They look like guard variables, but a
//! guard's name never goes on with a lower-case letter and a mask.

/// A vector function's name taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VectorVariant<'a> {
    /// The scalar function's symbol.
    pub(super) scalar: &'a str,
    /// All before it: `_ZGVnN2v`.
    pub(super) prefix: &'a str,
}

/// Takes a vector function's name apart; None for any other name.
pub(super) fn vector_variant(name: &str) -> Option<VectorVariant<'_>> {
    let rest = name.strip_prefix("_ZGV")?.as_bytes();
    let mut at = 0;
    let mut next = |accept: fn(u8) -> bool| {
        let found = rest.get(at).copied().is_some_and(accept);
        at += usize::from(found);
        found
    };
    if !next(|isa| isa.is_ascii_lowercase()) || !next(|mask| matches!(mask, b'M' | b'N')) {
        return None;
    }
    if !next(|lanes| lanes == b'x') {
        let mut digits = 0;
        while next(|lanes| lanes.is_ascii_digit()) {
            digits += 1;
        }
        if digits == 0 {
            return None;
        }
    }
    // Kinds (v, u, l, R, L, U), their strides (s, n and digits) and alignments (a).
    let is_parameter = |byte: u8| {
        matches!(byte, b'v' | b'u' | b'l' | b'R' | b'L' | b'U' | b's' | b'n' | b'a') || byte.is_ascii_digit()
    };
    // A function of no parameters has none (Sleef has such).
    while next(is_parameter) {}
    if !next(|byte| byte == b'_') {
        return None;
    }
    let split = "_ZGV".len() + at;
    let scalar = name.get(split..).filter(|scalar| !scalar.is_empty())?;
    Some(VectorVariant { scalar, prefix: name.get(..split - 1)? })
}
