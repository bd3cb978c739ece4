//! Which token goes to which service.
//!
//! A change may rewrite what `abigate.yaml` names. So what the environment holds goes only to services that whoever runs the
//! program named, and every other service gets the token that somebody logged in to it with, or none.

use super::{Address, Client, Error, IdentitySource, JobTokens, Origin, Tokens};
use crate::http::{RetryPolicy, Token, Way};

/// What there is to prove rights with, and the way to services. The default has no token.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Services that whoever runs the program named.
    pub named: Vec<Origin>,
    /// The token for these.
    pub token: Option<Token>,
    /// Where a job has its identity tokens from, which are for these services as well.
    pub identity: Option<IdentitySource>,
    /// What earlier commands of the job got for its identity, where that counts once.
    pub job_tokens: Option<JobTokens>,
    /// What somebody logged in with.
    pub tokens: Option<Tokens>,
    /// The way there.
    pub way: Way,
    /// How long somebody waits.
    pub retry: RetryPolicy,
}

impl Access {
    /// The same for somebody who names this service as well.
    #[must_use]
    pub fn naming(&self, origin: &Origin) -> Access {
        let mut access = self.clone();
        access.named.push(origin.clone());
        access
    }

    /// A client of the project at an address, with the right to it that there is.
    ///
    /// # Errors
    /// The file of tokens cannot be read.
    pub fn client(&self, address: &Address) -> Result<Client, Error> {
        let (way, retry) = (&self.way, self.retry);
        let origin = &address.origin;
        let is_named = self.named.contains(origin);
        if let Some(token) = self.token.as_ref().filter(|_| is_named) {
            return Ok(Client::new(origin.clone(), Some(token.clone()), way, retry));
        }
        let kept = self.tokens.as_ref().map(|tokens| tokens.get(origin)).transpose()?.flatten();
        match (kept, &self.identity) {
            (None, Some(source)) if is_named => {
                let kept = self.job_tokens.clone().filter(|_| source.counts_once());
                Ok(Client::of_workflow(address, source.clone(), kept, way, retry))
            }
            (kept, _) => Ok(Client::new(origin.clone(), kept, way, retry)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_the_environment_goes_to_named_services_only() {
        let place = tempfile::tempdir().unwrap();
        let [named, known, other] = ["named", "known", "other"]
            .map(|name| format!("https://{name}.example/p/x").parse::<Address>().unwrap());
        let tokens = Tokens::below(place.path());
        tokens.set(&known.origin, &Token::new("abg_kept").unwrap()).unwrap();
        let token = Token::new("abg_of_environment");
        let access = Access { token, tokens: Some(tokens), ..Access::default() }.naming(&named.origin);
        assert!(access.client(&named).unwrap().has_right());
        assert!(access.client(&known).unwrap().has_right());
        assert!(!access.client(&other).unwrap().has_right());
        // Another port is another service.
        assert!(!access.client(&"https://named.example:8443/p/x".parse().unwrap()).unwrap().has_right());
        let identity = Some(IdentitySource::Given(Token::new("e30.e30.x").unwrap()));
        let job = Access { identity, named: access.named.clone(), ..Access::default() };
        assert!(job.client(&named).unwrap().has_right());
        assert!(!job.client(&other).unwrap().has_right());
    }
}
