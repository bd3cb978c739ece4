//! The bytes that the service keeps: facts of libraries by their content, and reports. In a directory or in S3.
//!
//! What is written here is written before the row that speaks of it, so that there is never a row without its bytes; bytes
//! without a row do no harm.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig};
use sha2::{Digest, Sha256};

use super::config::S3;
use crate::hex::hex;

/// How long one request to the object store may take: less than readiness may take to tell.
const PATIENCE: Duration = Duration::from_secs(4);

/// Why bytes cannot be kept or had.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The store refused, or is not there.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// The directory cannot be made.
    #[error("{path}: {cause}")]
    Directory {
        /// The directory.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// There is less or more than was written.
    #[error("object store: {key} has {actual} bytes, and {expected} were written")]
    Truncated {
        /// Which object.
        key: String,
        /// Bytes that came.
        actual: u64,
        /// Bytes that were written.
        expected: u64,
    },
    /// Other bytes than were written.
    #[error("object store: {key} is not what was written")]
    Changed {
        /// Which object.
        key: String,
    },
}

type Result<T> = std::result::Result<T, Error>;

/// Where bytes are kept.
#[derive(Clone, Debug)]
pub(super) struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Keeps them in a directory, which is made.
    pub(super) fn directory(path: &Path) -> Result<Blobs> {
        std::fs::create_dir_all(path)
            .map_err(|cause| Error::Directory { path: path.display().to_string(), cause })?;
        let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Blobs { store: Arc::new(store) })
    }

    /// Keeps them in a bucket. Keys and region come from the configuration, else from the variables that every program for
    /// S3 reads. `variables`: the environment.
    pub(super) fn s3(
        bucket: &str,
        prefix: &str,
        s3: &S3,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Blobs> {
        let mut builder = AmazonS3Builder::new();
        for (name, value) in variables {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
                && name.starts_with("AWS_")
            {
                builder = builder.with_config(key, value);
            }
        }
        let given = [
            (AmazonS3ConfigKey::Endpoint, &s3.endpoint),
            (AmazonS3ConfigKey::Region, &s3.region),
            (AmazonS3ConfigKey::AccessKeyId, &s3.access_key_id),
            (AmazonS3ConfigKey::SecretAccessKey, &s3.secret_access_key),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                builder = builder.with_config(key, value);
            }
        }
        let options = ClientOptions::new().with_timeout(PATIENCE).with_connect_timeout(PATIENCE);
        let retry = RetryConfig { max_retries: 2, retry_timeout: PATIENCE, ..RetryConfig::default() };
        let store = builder
            .with_bucket_name(bucket)
            .with_client_options(options.with_allow_http(s3.allow_http))
            .with_retry(retry)
            .build()?;
        Ok(Blobs { store: Arc::new(PrefixStore::new(store, prefix)) })
    }

    /// Keeps facts, packed. They are the same whoever sends them, so that it does not matter who is first.
    pub(super) async fn put_facts(&self, sha256: &str, packed: Bytes) -> Result<()> {
        self.store.put(&facts_key(sha256), PutPayload::from_bytes(packed)).await?;
        Ok(())
    }

    /// Facts, packed, of which there are so many bytes.
    pub(super) async fn facts(&self, sha256: &str, stored: u64) -> Result<Bytes> {
        self.get(&facts_key(sha256), stored).await
    }

    /// Keeps a report of a comparison.
    pub(super) async fn put_report(&self, comparison: &str, format: &str, text: Bytes) -> Result<()> {
        self.store.put(&report_key(comparison, format), PutPayload::from_bytes(text)).await?;
        Ok(())
    }

    /// A report of a comparison, of which that much is known.
    pub(super) async fn report(
        &self,
        comparison: &str,
        format: &str,
        size: u64,
        sha256: &str,
    ) -> Result<Bytes> {
        let key = report_key(comparison, format);
        let data = self.get(&key, size).await?;
        if crate::hex::sha256(&data) == sha256 {
            Ok(data)
        } else {
            Err(Error::Changed { key: key.to_string() })
        }
    }

    async fn get(&self, key: &Key, expected: u64) -> Result<Bytes> {
        let data = self.store.get(key).await?.bytes().await?;
        let actual = data.len() as u64;
        if actual == expected {
            Ok(data)
        } else {
            Err(Error::Truncated { key: key.to_string(), actual, expected })
        }
    }

    /// Whether it answers, and keeps what it is given.
    pub(super) async fn ping(&self) -> Result<()> {
        let key = Key::from("ping");
        let written = Bytes::from_static(b"what is written comes back\n");
        self.store.put(&key, PutPayload::from_bytes(written.clone())).await?;
        let read = self.get(&key, written.len() as u64).await?;
        if read == written { Ok(()) } else { Err(Error::Changed { key: key.to_string() }) }
    }
}

fn facts_key(sha256: &str) -> Key {
    Key::from(format!("facts/{}/{sha256}.zst", sha256.get(..2).unwrap_or_default()))
}

fn report_key(comparison: &str, format: &str) -> Key {
    Key::from(format!("reports/{comparison}/{format}"))
}

/// Why facts that somebody sends are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// They do not unpack.
    #[error("the body is not zstd data: {0}")]
    NotZstd(String),
    /// They unpack to more than was announced.
    #[error("the body unpacks to more than the {0} bytes that were announced")]
    TooLong(u64),
    /// They unpack to less.
    #[error("the body unpacks to {actual} bytes, and {announced} were announced")]
    TooShort {
        /// Bytes that came out.
        actual: u64,
        /// Bytes that were announced.
        announced: u64,
    },
    /// They are other facts.
    #[error("the body's SHA-256 is {actual}, and {announced} was announced")]
    Digest {
        /// Of what came out.
        actual: String,
        /// Of what was announced.
        announced: String,
    },
    /// They are no lines of a dump.
    #[error("line {line} is no fact of a dump: {what}")]
    Line {
        /// One-based.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Bytes of one line of a dump; the longest real one has some 200 kB.
const LONGEST_LINE: usize = 16 << 20;

/// Checks packed facts against what was announced of them, without ever holding more of them than a line.
///
/// # Errors
/// They are not what was announced.
pub(super) fn check_facts(packed: &[u8], sha256: &str, size: u64) -> std::result::Result<(), Refused> {
    let not_zstd = |error: std::io::Error| Refused::NotZstd(error.to_string());
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(not_zstd)?;
    // One byte more than announced is enough to know.
    let mut reader = decoder.take(size.saturating_add(1));
    let (mut hash, mut lines, mut total) = (Sha256::new(), Lines::default(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = reader.read(&mut buffer).map_err(not_zstd)?;
        let Some(data) = buffer.get(..n).filter(|data| !data.is_empty()) else { break };
        total += n as u64;
        if total > size {
            return Err(Refused::TooLong(size));
        }
        hash.update(data);
        lines.take(data)?;
    }
    if total < size {
        return Err(Refused::TooShort { actual: total, announced: size });
    }
    lines.end()?;
    let actual = hex(&hash.finalize());
    if actual == sha256 { Ok(()) } else { Err(Refused::Digest { actual, announced: sha256.to_owned() }) }
}

/// What is looked at in lines without reading them: that they look like facts, and that none is a second header, behind
/// which another library would hide.
#[derive(Default)]
struct Lines {
    number: usize,
    /// The start of the line that is read, and its length.
    start: Vec<u8>,
    length: usize,
}

impl Lines {
    const START: usize = 12;

    fn take(&mut self, data: &[u8]) -> std::result::Result<(), Refused> {
        for piece in data.split_inclusive(|&byte| byte == b'\n') {
            let room = Self::START - self.start.len();
            self.start.extend(piece.iter().take(room));
            self.length += piece.len();
            if self.length > LONGEST_LINE {
                return Err(self.refused("it is longer than 16 MiB"));
            }
            if piece.ends_with(b"\n") {
                self.line()?;
            }
        }
        Ok(())
    }

    fn line(&mut self) -> std::result::Result<(), Refused> {
        if !self.start.starts_with(b"{\"") {
            return Err(self.refused("it does not start as an object"));
        }
        if self.start.starts_with(b"{\"abigate\":") {
            return Err(self.refused("it is the header of another library"));
        }
        self.number += 1;
        self.start.clear();
        self.length = 0;
        Ok(())
    }

    fn end(&self) -> std::result::Result<(), Refused> {
        if self.length == 0 { Ok(()) } else { Err(self.refused("it has no end")) }
    }

    fn refused(&self, what: &'static str) -> Refused {
        Refused::Line { line: self.number + 1, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, size: u64, digest_of: &str) -> std::result::Result<(), Refused> {
        let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
        check_facts(&packed, &crate::hex::sha256(digest_of), size)
    }

    #[test]
    fn facts_are_what_was_announced() {
        let facts = "{\"dynamic\":{}}\n{\"export\":\"f\"}\n";
        let size = facts.len() as u64;
        assert_eq!(checked(facts, size, facts), Ok(()));
        assert_eq!(checked("", 0, ""), Ok(()));
        assert_eq!(checked(facts, size - 1, facts), Err(Refused::TooLong(size - 1)));
        assert_eq!(
            checked(facts, size + 1, facts),
            Err(Refused::TooShort { actual: size, announced: size + 1 })
        );
        assert!(matches!(checked(facts, size, "other"), Err(Refused::Digest { .. })));
        assert!(matches!(check_facts(b"plain", "", 5), Err(Refused::NotZstd(_))));
    }

    #[test]
    fn lines_are_facts_of_one_library() {
        let line = |text: &str| match checked(text, text.len() as u64, text) {
            Err(Refused::Line { line, .. }) => Some(line),
            _ => None,
        };
        assert_eq!(line("{\"export\":\"f\"}\n{\"abigate\":4,\"library\":\"b\"}\n"), Some(2));
        assert_eq!(line("{\"export\":\"f\"}\nplain\n"), Some(2));
        assert_eq!(line("{\"export\":\"f\"}"), Some(1));
        assert_eq!(line(&format!("{{\"export\":\"{}\"}}\n", "x".repeat(LONGEST_LINE))), Some(1));
    }

    /// A bomb costs what was announced, not what it unpacks to.
    #[test]
    fn a_bomb_is_cut_off() {
        let bomb = zstd::encode_all(std::io::repeat(b'{').take(1 << 28), 19).unwrap();
        assert!(bomb.len() < 1 << 16);
        assert_eq!(check_facts(&bomb, "", 1000), Err(Refused::TooLong(1000)));
    }
}
