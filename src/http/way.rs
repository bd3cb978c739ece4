//! The way to a server: through which proxy, and whose certificates count.

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::AgentScope;

use super::{Proxy, USER_AGENT};

/// The way to a server. By default there is no proxy, and the roots are Mozilla's.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// The proxy.
    pub proxy: Option<Proxy>,
    /// Who signs certificates.
    pub roots: Roots,
}

impl Way {
    /// The same to this machine, where no proxy leads.
    pub(crate) fn direct(&self) -> Way {
        Way { proxy: None, roots: self.roots.clone() }
    }

    /// What requests go by, but for how long they may take. Each status is an answer, and no redirection is followed: a request
    /// would lose its token or its body on the way, or take the token elsewhere.
    pub(crate) fn config(&self) -> ConfigBuilder<AgentScope> {
        let roots = self.roots.0.as_deref().map_or(RootCerts::WebPki, RootCerts::new_with_certs);
        Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(self.proxy.as_ref().map(|proxy| proxy.as_ureq().clone()))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(USER_AGENT)
    }
}

/// Root certificates: Mozilla's, or those of a file in their place.
#[derive(Clone, Debug, Default)]
pub struct Roots(Option<Vec<Certificate<'static>>>);

impl Roots {
    /// Those of a file in PEM, as the companies that sign for themselves have one; `None` where there is none in it.
    pub fn parse(pem: &[u8]) -> Option<Roots> {
        let certificate = |item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        };
        let found: Vec<_> = parse_pem(pem).filter_map(certificate).collect::<Result<_, _>>().ok()?;
        (!found.is_empty()).then_some(Roots(Some(found)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_out_of_a_file() {
        let one = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        let count = |text: &str| Roots::parse(text.as_bytes()).and_then(|roots| Some(roots.0?.len()));
        assert_eq!(count(&format!("# ours\n{one}{key}{one}")), Some(2));
        for wrong in ["", "x", key, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
            assert_eq!(count(wrong), None, "{wrong}");
        }
    }
}
