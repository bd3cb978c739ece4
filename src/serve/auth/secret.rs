//! Secrets that the service gives out: random, long, and recognised by scanners of repositories.

use sha2::{Digest, Sha256};

use crate::hex::{hex, sha256};

/// What a token begins with.
const PREFIX: &str = "abg_";

/// A new secret: `abg_`, 32 random bytes and a checksum of them, in hexadecimal.
///
/// # Errors
/// The system has no random bytes.
pub(crate) fn generate() -> Result<String, getrandom::Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    let body = hex(&random);
    Ok(format!("{PREFIX}{body}{}", checksum(&body)))
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> String {
    sha256(secret)
}

fn checksum(body: &str) -> String {
    hex(Sha256::digest(body).get(..4).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_have_a_checksum() {
        let (a, b) = (generate().unwrap(), generate().unwrap());
        assert_ne!(a, b);
        let body = a.strip_prefix(PREFIX).unwrap();
        let (random, sum) = body.split_at(64);
        assert_eq!(checksum(random), sum);
    }
}
