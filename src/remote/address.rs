//! Where a service is: `https://host/p/PROJECT`. What is not written exactly like that is none, so that nobody mistakes whom
//! a token goes to.

use std::fmt;
use std::str::FromStr;

use ureq::http::Uri;

use crate::http::Way;

/// Bytes of a project's name.
const LONGEST_PROJECT: usize = 64;

/// Hosts that are this machine, to which nobody listens on the way.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Why a text is no address of a service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{shown:?} is no address of a service: {what}")]
pub struct AddressError {
    /// The text, without what may be a password in it.
    pub shown: String,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Scheme, host and port: whom a token is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// As it begins every URL, without a slash at the end: `https://abi.example.org`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The way there. Nothing but this machine is reached without TLS, and no proxy leads there.
    pub(super) fn way(&self, usual: &Way) -> Way {
        if self.0.starts_with("http://") { usual.direct() } else { usual.clone() }
    }

    /// Of a URL, with what stands behind the host. Only `https`, and `http` to this machine.
    pub(super) fn split(text: &str) -> Result<(Origin, String), AddressError> {
        let shown = || {
            // What stands before an @ may be a password.
            let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
            let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
        };
        let wrong = |what| AddressError { shown: shown(), what };
        if text.bytes().any(|byte| !byte.is_ascii_graphic() || b"\\#".contains(&byte)) {
            return Err(wrong("there is a character in it that no such address has"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("it is no URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("it does not begin with https:// and a host"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong("there is a user in it; a token is stored by `abigate login`"));
        }
        let host = authority.host().to_ascii_lowercase();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(fits) {
            return Err(wrong("there is no host in it"));
        }
        let usual = match scheme.to_ascii_lowercase().as_str() {
            "https" => 443,
            "http" if LOCAL.contains(&&*host) => 80,
            "http" => return Err(wrong("it is not https, by which alone a token may travel")),
            _ => return Err(wrong("it does not begin with https://")),
        };
        let scheme = scheme.to_ascii_lowercase();
        let port = authority.port_u16().filter(|port| *port != usual);
        if authority.port_u16().is_none() && !authority.as_str().eq_ignore_ascii_case(&host) {
            return Err(wrong("its port is no number"));
        }
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let rest = uri.path_and_query().map_or("", |rest| rest.as_str());
        Ok((Origin(format!("{scheme}://{host}{port}")), rest.to_owned()))
    }
}

impl FromStr for Origin {
    type Err = AddressError;

    /// Of a service, or of one of its projects.
    fn from_str(text: &str) -> Result<Origin, AddressError> {
        let (origin, rest) = Origin::split(text)?;
        if rest.is_empty() || rest == "/" {
            Ok(origin)
        } else {
            text.parse().map(|address: Address| address.origin)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether nobody on the way can read what is sent to a URL, or change what comes from there: TLS, or this machine.
#[cfg(feature = "serve")]
pub(crate) fn is_protected(url: &str) -> bool {
    Origin::split(url).is_ok()
}

/// A project of a service: `https://host/p/PROJECT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The service.
    pub origin: Origin,
    /// The project.
    pub project: String,
}

/// Whether a text is meant to be an address, not a directory.
pub fn is_address(text: &str) -> bool {
    text.contains("://")
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let (origin, rest) = Origin::split(text)?;
        let wrong = |what| AddressError { shown: format!("{origin}{rest}"), what };
        let project = rest.strip_prefix("/p/").map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        let project = project.ok_or_else(|| wrong("it does not end with /p/ and the name of a project"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = project.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || project.len() > LONGEST_PROJECT || !project.bytes().all(plain) || project.contains("..")
        {
            return Err(wrong("behind /p/ there is no name of a project"));
        }
        Ok(Address { project: project.to_owned(), origin })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/p/{}", self.origin, self.project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form() {
        let shown = |text: &str| text.parse::<Address>().unwrap().to_string();
        assert_eq!(shown("https://abi.example.org/p/torch"), "https://abi.example.org/p/torch");
        assert_eq!(shown("HTTPS://ABI.example.org:443/p/torch/"), "https://abi.example.org/p/torch");
        assert_eq!(shown("http://localhost:8080/p/x.y-z_1"), "http://localhost:8080/p/x.y-z_1");
        assert_eq!(shown("http://[::1]:8080/p/x"), "http://[::1]:8080/p/x");
        assert_eq!("https://a.b/".parse::<Origin>().unwrap().as_str(), "https://a.b");
        assert_eq!("https://a.b:8443/p/x".parse::<Origin>().unwrap().as_str(), "https://a.b:8443");
    }

    #[test]
    fn nothing_else_is_one() {
        for wrong in [
            "",
            "x",
            "/p/x",
            "https://",
            "https:///p/x",
            "ftp://a/p/x",
            "https://a",
            "https://a/x",
            "https://a/p/",
            "https://a/p/x/y",
            "https://a/p/x?y",
            "https://a/p/x#y",
            "https://a/p/..",
            "https://a/p/%2e",
            "https://a/p/a b",
            "https://user@a/p/x",
            "https://user:password@a/p/x",
            "https://good.example\\@evil.example/p/x",
            "https://a:/p/x",
            "https://a:b/p/x",
            "https://a:99999/p/x",
            "http://a/p/x",
            "http://127.0.0.1.evil.example/p/x",
            "http://localhost.evil.example/p/x",
            "http://localhost@evil.example/p/x",
            "http://127.0.0.2/p/x",
            "http://0/p/x",
        ] {
            let error = wrong.parse::<Address>().expect_err(wrong).to_string();
            assert!(!error.contains("password@"), "{error}");
        }
    }
}
