//! How the service is told what to do: flags over variables over a file in YAML. A key that nobody knows is an error.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::remote::is_protected;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    /// Where it listens: `127.0.0.1:8080`.
    pub(crate) listen: Option<String>,
    /// Where metrics are told; nowhere where nothing is said.
    pub(crate) metrics_listen: Option<String>,
    /// How it is reached from outside: `https://abi.example.org`.
    pub(crate) public_url: Option<String>,
    /// Directory for everything that is not elsewhere.
    #[schema(value_type = Option<String>)]
    pub(crate) data: Option<PathBuf>,
    /// `postgres://user@host/database`; a file in the data directory where nothing is said.
    pub(crate) database: Option<String>,
    /// `s3://bucket/prefix`; a directory in the data directory where nothing is said.
    pub(crate) objects: Option<String>,
    /// How S3 is reached.
    pub(crate) s3: S3,
    /// Comparisons that are made at one time.
    pub(crate) workers: Option<usize>,
    /// What a comparison may take.
    pub(crate) comparison: ComparisonLimits,
    /// What an upload may have.
    pub(crate) upload: UploadLimits,
    /// Gigabytes that an organisation may store.
    pub(crate) quota_gb: Option<u64>,
    /// Forges whose identity tokens are exchanged.
    pub(crate) issuers: Vec<Issuer>,
}

/// How S3 is reached. What is not said comes from the usual `AWS_…` variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct S3 {
    /// Address of the server.
    pub(crate) endpoint: Option<String>,
    /// Its region.
    pub(crate) region: Option<String>,
    /// The key's name.
    pub(crate) access_key_id: Option<String>,
    /// The key.
    pub(crate) secret_access_key: Option<String>,
    /// Without TLS, which only a server on this machine is for.
    pub(crate) allow_http: bool,
}

/// What one comparison may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct ComparisonLimits {
    /// Address space of its process, in megabytes.
    pub(crate) memory_mb: u64,
    /// Seconds.
    pub(crate) seconds: u64,
}

impl Default for ComparisonLimits {
    fn default() -> ComparisonLimits {
        ComparisonLimits { memory_mb: 2048, seconds: 60 }
    }
}

/// What one upload may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct UploadLimits {
    /// Libraries.
    pub(crate) libraries: usize,
    /// Megabytes of the facts of one library, packed.
    pub(crate) packed_mb: u64,
    /// Megabytes of all facts.
    pub(crate) facts_mb: u64,
    /// Hours until it has to be sealed.
    pub(crate) hours: u32,
}

impl Default for UploadLimits {
    fn default() -> UploadLimits {
        UploadLimits { libraries: 4096, packed_mb: 64, facts_mb: 2048, hours: 24 }
    }
}

/// A forge whose identity tokens are exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Issuer {
    /// As it stands in tokens: `https://token.actions.githubusercontent.com`.
    pub(crate) issuer: String,
    /// Whose claims they have.
    pub(crate) forge: Forge,
    /// Where its keys are; what its configuration says where nothing is said.
    #[serde(default)]
    pub(crate) keys: Option<String>,
}

/// A kind of forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Forge {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}

/// Where the state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A server.
    Postgres(String),
}

/// Where bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Objects {
    /// A directory.
    Directory(PathBuf),
    /// A bucket and what its keys begin with.
    S3 {
        /// Bucket.
        bucket: String,
        /// What keys begin with.
        prefix: String,
        /// How it is reached.
        s3: S3,
    },
}

/// Everything the service was told.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Where metrics are told.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// How it is reached from outside, without a slash at the end; none for where it listens.
    pub(crate) public_url: Option<String>,
    /// Directory for everything that is not elsewhere.
    pub(crate) data: PathBuf,
    /// Where the state is.
    pub(crate) database: Database,
    /// Where bytes are.
    pub(crate) objects: Objects,
    /// Comparisons that are made at one time.
    pub(crate) workers: usize,
    /// What a comparison may take.
    pub(crate) comparison: ComparisonLimits,
    /// What an upload may have.
    pub(crate) upload: UploadLimits,
    /// Bytes that an organisation may store.
    pub(crate) quota: i64,
    /// Forges whose identity tokens are exchanged.
    pub(crate) issuers: Vec<Issuer>,
}

/// What is wrong with what it was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The file cannot be read.
    #[error("{path}: {cause}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// It has a mistake.
    #[error("{path}: {cause}")]
    Parse {
        /// The file.
        path: String,
        /// The mistake.
        cause: serde_yaml::Error,
    },
    /// A value is none.
    #[error("{key}: {value:?} {what}")]
    Value {
        /// Which key.
        key: &'static str,
        /// Its value.
        value: String,
        /// What it is not.
        what: &'static str,
    },
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or has a mistake.
    pub(crate) fn read(path: &Path) -> Result<File, Error> {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|cause| Error::Read { path: name.clone(), cause })?;
        // An empty file says nothing, and is not wrong.
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(File::default());
        }
        serde_yaml::from_str(&text).map_err(|cause| Error::Parse { path: name, cause })
    }

    /// The same where this says something, else what another one says.
    pub(crate) fn or(self, other: File) -> File {
        File {
            listen: self.listen.or(other.listen),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            public_url: self.public_url.or(other.public_url),
            data: self.data.or(other.data),
            database: self.database.or(other.database),
            objects: self.objects.or(other.objects),
            workers: self.workers.or(other.workers),
            ..other
        }
    }
}

impl Config {
    /// Checks what was said and fills in what was not.
    ///
    /// # Errors
    /// A value is none.
    pub(crate) fn new(file: File) -> Result<Config, Error> {
        let data = file.data.unwrap_or_else(|| PathBuf::from("abigate-data"));
        let address = |key, value: &str| {
            let what = "is not an address such as 127.0.0.1:8080";
            value.parse().map_err(|_| Error::Value { key, value: value.to_owned(), what })
        };
        let database = match file.database {
            None => Database::Sqlite(data.join("state.sqlite")),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Database::Postgres(url)
            }
            // It may have a password in it, which is nobody's business.
            Some(_) => {
                return Err(Error::Value {
                    key: "database",
                    value: "…".to_owned(),
                    what: "does not start with postgres://",
                });
            }
        };
        Ok(Config {
            listen: address("listen", file.listen.as_deref().unwrap_or("127.0.0.1:8080"))?,
            metrics_listen: file.metrics_listen.map(|value| address("metrics-listen", &value)).transpose()?,
            public_url: file.public_url.map(public_url).transpose()?,
            database,
            objects: objects(file.objects, &data, file.s3)?,
            workers: workers(file.workers)?,
            data,
            comparison: file.comparison,
            upload: file.upload,
            quota: i64::try_from(file.quota_gb.unwrap_or(100).saturating_mul(1 << 30)).unwrap_or(i64::MAX),
            issuers: issuers(file.issuers)?,
        })
    }
}

fn public_url(value: String) -> Result<String, Error> {
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']) => {
            Ok(value.trim_end_matches('/').to_owned())
        }
        _ => Err(Error::Value {
            key: "public-url",
            value,
            what: "is not an address such as https://abi.example.org",
        }),
    }
}

fn issuers(issuers: Vec<Issuer>) -> Result<Vec<Issuer>, Error> {
    for address in issuers.iter().flat_map(|issuer| [Some(&issuer.issuer), issuer.keys.as_ref()]).flatten() {
        if !is_protected(address) {
            let what = "is not an https address, nor an http address on this machine";
            return Err(Error::Value { key: "issuers", value: address.clone(), what });
        }
    }
    Ok(issuers)
}

fn objects(value: Option<String>, data: &Path, s3: S3) -> Result<Objects, Error> {
    let Some(value) = value else { return Ok(Objects::Directory(data.join("objects"))) };
    let Some(rest) = value.strip_prefix("s3://") else {
        return Err(Error::Value { key: "objects", value, what: "does not start with s3://" });
    };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(Error::Value { key: "objects", value, what: "names no bucket" });
    }
    Ok(Objects::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned(), s3 })
}

fn workers(number: Option<usize>) -> Result<usize, Error> {
    match number {
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        Some(number @ 1..=64) => Ok(number),
        Some(number) => Err(Error::Value {
            key: "workers",
            value: number.to_string(),
            what: "is not a number from 1 to 64",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Config, String> {
        let file: File = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        Config::new(file).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_said_counts_and_the_rest_is_filled_in() {
        let config = parsed("data: /d\npublic-url: https://abi.example.org/\n").unwrap();
        assert_eq!(config.database, Database::Sqlite(PathBuf::from("/d/state.sqlite")));
        assert_eq!(config.objects, Objects::Directory(PathBuf::from("/d/objects")));
        assert_eq!(config.public_url.as_deref(), Some("https://abi.example.org"));
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        let s3 = parsed("objects: s3://b/p/q/").unwrap().objects;
        assert_eq!(s3, Objects::S3 { bucket: "b".to_owned(), prefix: "p/q".to_owned(), s3: S3::default() });
    }

    #[test]
    fn mistakes_are_told_with_their_key() {
        for (text, what) in [
            ("listne: 127.0.0.1:1", "listne"),
            ("listen: here", "listen"),
            ("database: mysql://x", "database"),
            ("objects: s3://", "names no bucket"),
            ("public-url: ftp://x", "public-url"),
            ("public-url: https://u@x", "public-url"),
            ("workers: 0", "workers"),
            ("issuers: [{issuer: 'http://forge.example.org', forge: github}]", "issuers"),
            (
                "issuers: [{issuer: 'https://a', forge: github, keys: 'http://localhost.example.org'}]",
                "issuers",
            ),
            ("upload: {libaries: 1}", "libaries"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn a_password_is_not_told() {
        assert!(!parsed("database: mysql://u:secret@x/y").unwrap_err().contains("secret"));
    }
}
