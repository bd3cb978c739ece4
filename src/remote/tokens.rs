//! The tokens that somebody logged in with, by service, in a file that only its owner can read.

use std::collections::BTreeMap;
use std::path::Path;

use super::secret_file::SecretFile;
use super::{Error, Origin};
use crate::http::Token;

/// Name of the file.
const FILE: &str = "tokens.json";

type Result<T> = std::result::Result<T, Error>;

/// The file of tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    file: SecretFile,
}

impl Tokens {
    /// In a directory, which is made when the first one is kept.
    pub fn below(directory: &Path) -> Tokens {
        Tokens { file: SecretFile::below(directory, FILE) }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The token for a service.
    ///
    /// # Errors
    /// The file cannot be read, or others can read it.
    pub fn get(&self, origin: &Origin) -> Result<Option<Token>> {
        Ok(self.read()?.get(origin.as_str()).and_then(|token| Token::new(token)))
    }

    /// The services that there is a token for.
    ///
    /// # Errors
    /// The file cannot be read, or others can read it.
    pub fn origins(&self) -> Result<Vec<Origin>> {
        Ok(self.read()?.keys().filter_map(|origin| origin.parse().ok()).collect())
    }

    /// Keeps a token for a service, in the place of another one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn set(&self, origin: &Origin, token: &Token) -> Result<()> {
        self.change(|tokens| {
            tokens.insert(origin.to_string(), token.secret().to_owned());
        })
    }

    /// Forgets the token for a service; whether there was one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn remove(&self, origin: &Origin) -> Result<bool> {
        if self.get(origin)?.is_none() {
            return Ok(false);
        }
        let mut was_there = false;
        self.change(|tokens| was_there = tokens.remove(origin.as_str()).is_some())?;
        Ok(was_there)
    }

    fn read(&self) -> Result<BTreeMap<String, String>> {
        self.file.read()
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<()> {
        self.file.change(change)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;

    #[test]
    fn a_token_is_kept_for_its_owner_and_its_service() {
        let place = tempfile::tempdir().unwrap();
        let tokens = Tokens::below(&place.path().join("new/abigate"));
        let [here, there] = ["https://a.example", "https://b.example"].map(|url| url.parse().unwrap());
        assert!(tokens.get(&here).unwrap().is_none());
        assert!(!tokens.remove(&here).unwrap());
        tokens.set(&here, &Token::new("abg_1").unwrap()).unwrap();
        tokens.set(&there, &Token::new("abg_2").unwrap()).unwrap();
        assert_eq!(tokens.get(&there).unwrap(), Token::new("abg_2"));
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(tokens.path()), 0o600);
        assert_eq!(mode(tokens.path().parent().unwrap()), 0o700);
        assert!(tokens.remove(&here).unwrap());
        assert_eq!(tokens.origins().unwrap(), [there]);
        assert_eq!(fs::read_dir(tokens.path().parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_read_is_no_file_of_secrets() {
        let place = tempfile::tempdir().unwrap();
        let tokens = Tokens::below(place.path());
        let origin = "https://a.example".parse().unwrap();
        tokens.set(&origin, &Token::new("abg_secret").unwrap()).unwrap();
        fs::set_permissions(tokens.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(tokens.get(&origin).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(tokens.path(), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(tokens.path(), "{\"https://a.example\": abg_secret}").unwrap();
        let error = tokens.get(&origin).unwrap_err().to_string();
        assert!(error.contains("line 1") && !error.contains("abg_secret"), "{error}");
    }
}
