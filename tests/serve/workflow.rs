//! A job of a forge pushes without a stored secret: its identity token, out of a runner and an issuer of the test's own, is
//! exchanged for one of the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use abigate::http::{RetryPolicy, Token, Way};
use abigate::remote::{Address, Client, IdentitySource};

use crate::between::{Says, Stranger};
use crate::client::Checkout;
use crate::engines::all;
use crate::support::{Service, fail, succeed};

/// By which the issuer of this test signs, and nobody else does.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVnh37CQPJyWPl2o4
76qrJ3P2o13pstYvIrpNMOGZ6y2hRANCAAQIWHiOUDLLBAscaPRe5O4/vAwF0wbO
qZrWH1ZKjxShgzvY3rr+o81wT/KtbZWa4TZJxJyPmLrmvoN97cFpYj3y
-----END PRIVATE KEY-----";

/// An issuer, whose keys are at `/keys`.
struct Issuer {
    server: Stranger,
    made: Arc<AtomicUsize>,
}

impl Issuer {
    fn start() -> Issuer {
        let keys = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1",
            "x": "CFh4jlAyywQLHGj0XuTuP7wMBdMGzqma1h9WSo8UoYM", "y": "O9jeuv6jzXBP8q1tlZrhNknEnI-Yuua-g33twWliPfI",
        }] });
        let server = Stranger::that(Says::By(Arc::new(move |_| keys.to_string().into_bytes())));
        Issuer { server, made: Arc::default() }
    }

    fn configuration(&self) -> String {
        let url = self.server.url();
        format!("issuers:\n  - {{issuer: \"{url}\", forge: github, keys: \"{url}/keys\"}}")
    }

    /// A service with a project that knows the workflow.
    fn service(&self, engine: &crate::support::Engine) -> Service {
        let service = Service::start_with(engine, &self.configuration());
        service.make_project("shop", "private");
        let publisher = json!({
            "issuer": self.server.url(), "owner_id": "1", "repository_id": "2",
            "workflow": "o/r/.github/workflows/release.yml", "refs": "refs/tags/v*", "scope": "push-releases",
        });
        let made = service.api("POST", "/projects/shop/publishers", &service.admin_token(), &publisher);
        assert_eq!(made.status, 201, "{}", made.text());
        service
    }

    /// A function that makes tokens for whoever is named, of one event.
    fn tokens(&self, event: &'static str) -> impl Fn(&str) -> String + Send + Sync + 'static {
        let (issuer, made) = (self.server.url(), self.made.clone());
        move |audience| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            let claims = json!({
                "iss": issuer, "aud": audience, "iat": now, "nbf": now, "exp": now + 300,
                "jti": made.fetch_add(1, Ordering::Relaxed).to_string(), "event_name": event,
                "repository_owner_id": "1", "repository_id": "2", "ref": "refs/tags/v1.0.0",
                "job_workflow_ref": "o/r/.github/workflows/release.yml@refs/tags/v1.0.0", "sha": "0".repeat(40),
            });
            let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::ES256) };
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_pem(KEY.as_bytes()).unwrap())
                .unwrap()
        }
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
        let issuer = Issuer::start();
        let service = issuer.service(&engine);
        let checkout = Checkout::new(true);
        let to = format!("{}/p/shop", service.url());
        let push = |runner: &Stranger, release: &str| {
            let mut push = checkout.abigate(&["push", "--to", &to, release]);
            push.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2", runner.url()));
            push.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "right-to-tokens");
            push
        };
        let runner = issuer.runner("push");
        assert!(succeed(&mut push(&runner, "v1.0.0")).contains("pushed v1.0.0"));
        assert_eq!(runner.asked().matches("GET ").count(), 1, "{}", runner.asked());
        assert!(runner.asked().to_ascii_lowercase().contains("authorization: bearer right-to-tokens"));

        // A change's job makes claims, and one that runs what strangers wrote makes nothing.
        let said = fail(&mut push(&issuer.runner("pull_request"), "v1.1.0"), 2);
        assert!(said.contains("403") && said.contains("push-releases"), "{said}");
        let said = fail(&mut push(&issuer.runner("pull_request_target"), "v1.1.0"), 2);
        assert!(said.contains("pull_request_target jobs are not exchanged"), "{said}");
        assert!(!said.contains("right-to-tokens"), "{said}");

        // GitLab gives its jobs one by a variable, which counts once.
        let token = issuer.tokens("push")(service.url());
        let given = |release: &str| {
            let mut push = checkout.abigate(&["push", "--to", &to, release]);
            push.env("ABIGATE_ID_TOKEN", &token);
            push
        };
        assert!(succeed(&mut given("v1.1.0")).contains("pushed v1.1.0"));
        let said = fail(&mut given("v1.1.0"), 2);
        assert!(said.contains("exchanged before") && !said.contains(&token), "{said}");

        // Whom only abigate.yaml names is not told who runs here.
        let reader = Checkout::new(false);
        std::fs::write(reader.path("abigate.yaml"), format!("store: {to}\n")).unwrap();
        let quiet = issuer.runner("push");
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
    let issuer = Issuer::start();
    let service = issuer.service(&crate::support::Engine::Embedded);
    let runner = issuer.runner("push");
    let address: Address = format!("{}/p/shop", service.url()).parse().unwrap();
    let url = format!("{}/token?api-version=2", runner.url());
    let source = IdentitySource::Github { url, token: Token::new("right").unwrap() };
    let client = Client::of_workflow(&address, source, &Way::default(), RetryPolicy::default());
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
