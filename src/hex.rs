//! Bytes as people and file formats write them: two small hexadecimal digits each.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// `0aff` of the bytes 10 and 255.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
    }
    text
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(data: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(data))
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn two_digits_each() {
        assert_eq!((hex(&[]), hex(&[0, 10, 255])), (String::new(), "000aff".to_owned()));
    }
}
