//! What a job's identity token was exchanged for. A service takes each identity once, while a job may have several commands: the
//! second one finds here what the first one got.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::secret_file::SecretFile;
use super::{Address, Error};
use crate::hex::sha256;
use crate::http::Token;

/// Name of the file.
const FILE: &str = "job-tokens.json";

/// How long a token has to be good still: as long as a request or two take.
const LEFT: Duration = Duration::from_secs(30);

/// The file of them.
#[derive(Clone, Debug)]
pub struct JobTokens {
    file: SecretFile,
}

/// By the hash of the identity token and of whom it was shown.
type Kept = BTreeMap<String, Held>;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    token: String,
    /// Milliseconds since 1970.
    expires_at: i64,
}

impl Held {
    fn is_good_for(&self, time: Duration) -> bool {
        let ends = u64::try_from(self.expires_at)
            .ok()
            .and_then(|ms| UNIX_EPOCH.checked_add(Duration::from_millis(ms)));
        ends.is_some_and(|ends| ends > SystemTime::now() + time)
    }
}

impl JobTokens {
    /// In a directory, which is made when the first one is kept.
    pub fn below(directory: &Path) -> JobTokens {
        JobTokens { file: SecretFile::below(directory, FILE) }
    }

    /// What an identity got for a project, if it is still good.
    pub(super) fn get(&self, identity: &Token, project: &Address) -> Result<Option<Token>, Error> {
        let kept: Kept = self.file.read()?;
        let held = kept.get(&key(identity, project)).filter(|held| held.is_good_for(LEFT));
        Ok(held.and_then(|held| Token::new(&held.token)))
    }

    /// Keeps what it got, and forgets what has ended.
    pub(super) fn set(
        &self,
        identity: &Token,
        project: &Address,
        token: &Token,
        expires_at: i64,
    ) -> Result<(), Error> {
        self.file.change(|kept: &mut Kept| {
            kept.retain(|_, held| held.is_good_for(Duration::ZERO));
            let held = Held { token: token.secret().to_owned(), expires_at };
            kept.insert(key(identity, project), held);
        })
    }
}

/// The identity itself is not written down.
fn key(identity: &Token, project: &Address) -> String {
    sha256(format!("{} {project}", identity.secret()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_identity_and_project_while_it_is_good() {
        let place = tempfile::tempdir().unwrap();
        let kept = JobTokens::below(place.path());
        let [one, other, token] = ["e30.e30.1", "e30.e30.2", "abg_1"].map(|text| Token::new(text).unwrap());
        let [shop, more] =
            ["https://a.example/p/shop", "https://a.example/p/more"].map(|url| url.parse().unwrap());
        let in_seconds = |seconds: u64| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(seconds);
            i64::try_from(since.as_millis()).unwrap()
        };
        assert_eq!(kept.get(&one, &shop).unwrap(), None);
        kept.set(&one, &shop, &token, in_seconds(900)).unwrap();
        assert_eq!(kept.get(&one, &shop).unwrap(), Some(token.clone()));
        assert_eq!(kept.get(&other, &shop).unwrap(), None);
        assert_eq!(kept.get(&one, &more).unwrap(), None);
        let text = std::fs::read_to_string(place.path().join(FILE)).unwrap();
        assert!(!text.contains(one.secret()), "{text}");

        kept.set(&one, &more, &token, in_seconds(10)).unwrap();
        assert_eq!(kept.get(&one, &more).unwrap(), None);
        kept.set(&other, &shop, &token, 0).unwrap();
        kept.set(&one, &shop, &token, in_seconds(900)).unwrap();
        let left: Kept = kept.file.read().unwrap();
        assert_eq!(left.len(), 2);
    }
}
