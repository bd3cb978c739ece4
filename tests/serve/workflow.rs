//! A job of a forge pushes without a stored secret: its identity token, out of a runner and an issuer of the test's own, is
//! exchanged for one of the service.

use std::sync::Arc;

use serde_json::{Value, json};

use abigate::http::{RetryPolicy, Token, Way};
use abigate::remote::{Address, Client, IdentitySource};

use crate::between::{Says, Stranger};
use crate::client::Checkout;
use crate::engines::all;
use crate::issuer::{Issuer, Key, claims};
use crate::support::{Engine, Service, fail, succeed};

/// An issuer with the key by which it signs, and nobody else does.
struct Forge {
    issuer: Issuer,
    key: Arc<Key>,
}

impl Forge {
    fn start() -> Forge {
        let key = Key::new("k1");
        Forge { issuer: Issuer::start(&[&key]), key: Arc::new(key) }
    }

    /// A service with a project that knows the workflow, and that is told where the issuer's keys are.
    fn service(&self, engine: &Engine) -> Service {
        self.issuer.service_with(engine, &format!(", keys: \"{}/keys\"", self.issuer.url))
    }

    /// A function that makes tokens for whoever is named, of one event.
    fn tokens(&self, event: &'static str) -> impl Fn(&str) -> String + Send + Sync + 'static {
        let (issuer, key) = (self.issuer.url.clone(), self.key.clone());
        move |audience| key.sign(&claims(&issuer, audience, &json!({ "event_name": event })))
    }

    /// GitHub's runner, which gives jobs their tokens.
    fn runner(&self, event: &'static str) -> Stranger {
        let token = self.tokens(event);
        Stranger::that(Says::By(Arc::new(move |path: &str| {
            let audience = path.rsplit_once("&audience=").unwrap().1.replace("%3A", ":").replace("%2F", "/");
            json!({ "value": token(&audience) }).to_string().into_bytes()
        })))
    }
}

#[test]
fn a_workflow_pushes_without_a_stored_secret() {
    for engine in all() {
        let forge = Forge::start();
        let service = forge.service(&engine);
        let checkout = Checkout::new(true);
        let to = format!("{}/p/shop", service.url());
        let push = |runner: &Stranger, release: &str| {
            let mut push = checkout.abigate(&["push", "--to", &to, release]);
            push.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2", runner.url()));
            push.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "right-to-tokens");
            push
        };
        let runner = forge.runner("push");
        assert!(succeed(&mut push(&runner, "v1.0.0")).contains("pushed v1.0.0"));
        assert_eq!(runner.asked().matches("GET ").count(), 1, "{}", runner.asked());
        assert!(runner.asked().to_ascii_lowercase().contains("authorization: bearer right-to-tokens"));

        // A change's job makes claims, and one that runs what strangers wrote makes nothing.
        let said = fail(&mut push(&forge.runner("pull_request"), "v1.1.0"), 2);
        assert!(said.contains("403") && said.contains("push-releases"), "{said}");
        let said = fail(&mut push(&forge.runner("pull_request_target"), "v1.1.0"), 2);
        assert!(said.contains("pull_request_target jobs are not exchanged"), "{said}");
        assert!(!said.contains("right-to-tokens"), "{said}");

        // GitLab gives its jobs one by a variable, which a service takes once; the job's next command has what the first got.
        let token = forge.tokens("push")(service.url());
        let given = |release: &str| {
            let mut push = checkout.abigate(&["push", "--to", &to, release]);
            push.env("ABIGATE_ID_TOKEN", &token);
            push
        };
        assert!(succeed(&mut given("v1.1.0")).contains("pushed v1.1.0"));
        assert!(succeed(&mut given("v1.1.0")).contains("unchanged v1.1.0"));
        let elsewhere = tempfile::tempdir().unwrap();
        let said = fail(given("v1.1.0").env("HOME", elsewhere.path()), 2);
        assert!(said.contains("exchanged before") && !said.contains(&token), "{said}");

        // Whom only abigate.yaml names is not told who runs here.
        let reader = Checkout::new(false);
        std::fs::write(reader.path("abigate.yaml"), format!("store: {to}\n")).unwrap();
        let quiet = forge.runner("push");
        let mut list = reader.abigate(&["baseline", "list"]);
        list.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?x=1", quiet.url()));
        list.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "right-to-tokens");
        fail(&mut list, 2);
        assert_eq!(quiet.asked(), "");
        assert!(succeed(list.env("ABIGATE_SERVER", service.url())).contains("v1.1.0"));
    }
}

/// A token is good for 15 minutes: whoever is refused by then asks for another one.
#[test]
fn an_exchanged_token_that_ended_is_exchanged_again() {
    let forge = Forge::start();
    let service = forge.service(&Engine::Embedded);
    let runner = forge.runner("push");
    let address: Address = format!("{}/p/shop", service.url()).parse().unwrap();
    let url = format!("{}/token?api-version=2", runner.url());
    let source = IdentitySource::Github { url, token: Token::new("right").unwrap() };
    let client = Client::of_workflow(&address, source, None, &Way::default(), RetryPolicy::default());
    for expected in [1, 2] {
        client.project("shop").unwrap();
        client.project("shop").unwrap();
        assert_eq!(runner.asked().matches("GET ").count(), expected, "{}", runner.asked());
        let tokens = service.api("GET", "/tokens?limit=200", &service.admin_token(), &Value::Null).json();
        for token in tokens["items"].as_array().unwrap() {
            if token["name"] == "exchanged" {
                let path = format!("/tokens/{}", token["id"].as_str().unwrap());
                assert_eq!(service.api("DELETE", &path, &service.admin_token(), &Value::Null).status, 204);
            }
        }
    }
}
