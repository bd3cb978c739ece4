//! The proxy on the way to a server, whose URL may hold a password.

use std::fmt;

/// A proxy, and the hosts that are reached without it. `Debug` shows neither user nor password.
#[derive(Clone)]
pub struct Proxy(ureq::Proxy);

/// The variable that names it.
pub(crate) const PROXY: &str = "HTTPS_PROXY";

/// A text that is not the URL of a proxy.
#[derive(Debug)]
pub(crate) struct NotOne;

impl Proxy {
    /// The proxy of `HTTPS_PROXY`, without which the hosts of `NO_PROXY` are reached; `None` if the URL is none.
    pub fn new(url: &str, except: &str) -> Option<Proxy> {
        let proxy = ureq::Proxy::new(url).ok()?;
        let mut builder = ureq::Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
        if let Some(username) = proxy.username() {
            builder = builder.username(username);
        }
        if let Some(password) = proxy.password() {
            builder = builder.password(password);
        }
        let except = except.split(',').map(str::trim).filter(|host| !host.is_empty());
        except.fold(builder, |builder, host| builder.no_proxy(host)).build().ok().map(Proxy)
    }

    /// The one that variables name, in capitals or not.
    ///
    /// # Errors
    /// [`PROXY`] is none. Its text may hold a password, and is not to be shown.
    pub(crate) fn of_variables(get: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, NotOne> {
        let either = |upper, lower| get(upper).or_else(|| get(lower));
        let except = either("NO_PROXY", "no_proxy").unwrap_or_default();
        either(PROXY, "https_proxy").map(|url| Proxy::new(&url, &except).ok_or(NotOne)).transpose()
    }

    pub(crate) fn as_ureq(&self) -> &ureq::Proxy {
        &self.0
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({}:{})", self.0.host(), self.0.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_hides_its_password_and_knows_its_exceptions() {
        let proxy =
            Proxy::new("http://me:secret@proxy.example:3128", "github.example, .local").expect("a URL");
        assert_eq!(format!("{proxy:?}"), "Proxy(proxy.example:3128)");
        let is_direct = |url: &str| proxy.as_ureq().is_no_proxy(&url.parse().expect("a URL"));
        assert!(is_direct("https://github.example/"));
        assert!(!is_direct("https://api.github.com/"));
        assert!(Proxy::new("gopher://proxy", "").is_none());
    }
}
