//! A forge that the tests play: it signs identity tokens, and publishes the keys that they are held against. The tokens are made
//! by another library than the service reads them with.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{str, thread};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::support::{Engine, Service};

/// A key with the name that tokens call it by.
pub(crate) struct Key {
    name: &'static str,
    pub(crate) pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(name: &'static str) -> Key {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Key { name, pair: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap() }
    }

    /// As an issuer publishes it (RFC 7517).
    fn published(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name, "x": encoded(x), "y": encoded(y) })
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let signed = unsigned(&json!({ "alg": "ES256", "typ": "JWT", "kid": self.name }), claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encoded(signature.as_ref()))
    }
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()))
}

/// A forge: it answers with its keys, and counts how often it was asked.
pub(crate) struct Issuer {
    pub(crate) url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    pub(crate) asked: Arc<AtomicUsize>,
    pub(crate) is_down: Arc<AtomicBool>,
}

impl Issuer {
    pub(crate) fn start(keys: &[&Key]) -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let issuer =
            Issuer { url: url.clone(), keys: Arc::default(), asked: Arc::default(), is_down: Arc::default() };
        issuer.publish(keys);
        let (keys, asked, is_down) = (issuer.keys.clone(), issuer.asked.clone(), issuer.is_down.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                asked.fetch_add(1, Ordering::SeqCst);
                let keys = (!is_down.load(Ordering::SeqCst)).then(|| keys.lock().unwrap().clone());
                answer(stream.unwrap(), &url, keys.as_deref());
            }
        });
        issuer
    }

    /// These keys instead of those before, and one of a kind that nobody knows.
    pub(crate) fn publish(&self, keys: &[&Key]) {
        let mut published = vec![json!({ "kty": "NEW", "kid": "of a later standard" })];
        published.extend(keys.iter().map(|key| key.published()));
        *self.keys.lock().unwrap() = published;
    }

    /// A service that knows this issuer, with a project whose releases one of its workflows pushes.
    pub(crate) fn service(&self, engine: &Engine) -> Service {
        self.service_with(engine, "")
    }

    /// The same with more said of the issuer in the configuration: YAML.
    pub(crate) fn service_with(&self, engine: &Engine, more: &str) -> Service {
        let service = Service::start_with(
            engine,
            &format!("issuers: [{{issuer: \"{}\", forge: github{more}}}]", self.url),
        );
        service.make_project("shop", "private");
        let publisher = json!({
            "issuer": self.url, "owner_id": "7", "repository_id": "8", "workflow": "o/r/.github/workflows/release.yml",
            "environment": null, "refs": "refs/tags/v*", "scope": "push-releases",
        });
        let made = service.api("POST", "/projects/shop/publishers", &service.admin_token(), &publisher);
        assert_eq!(made.status, 201, "{}", made.text());
        service
    }

    /// What a job for a tag of that workflow has in its token, with other values for some of them.
    pub(crate) fn claims(&self, service: &Service, others: &Value) -> Value {
        claims(&self.url, service.url(), others)
    }
}

/// The same, by the addresses of the issuer and of whom the token is for.
pub(crate) fn claims(issuer: &str, audience: &str, others: &Value) -> Value {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut claims = json!({
        "iss": issuer, "aud": audience, "sub": "repo:o/r:ref:refs/tags/v1.0.0", "jti": format!("job {number}"),
        "iat": now(), "nbf": now(), "exp": now() + 300, "event_name": "push", "repository_owner_id": "7",
        "repository_id": "8", "job_workflow_ref": "o/r/.github/workflows/release.yml@refs/tags/v1.0.0",
        "ref": "refs/tags/v1.0.0", "sha": "0123456789abcdef0123456789abcdef01234567",
    });
    for (name, value) in others.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    claims
}

fn answer(mut stream: TcpStream, url: &str, keys: Option<&[Value]>) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or(0);
    let is_keys = str::from_utf8(&request[..length]).is_ok_and(|text| text.starts_with("GET /keys "));
    let (status, body) = match keys {
        None => ("503 Service Unavailable", json!({})),
        Some(keys) if is_keys => ("200 OK", json!({ "keys": keys })),
        Some(_) => ("200 OK", json!({ "issuer": url, "jwks_uri": format!("{url}/keys") })),
    };
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // Whoever asked may be gone.
    let _ = stream.write_all((head + &body).as_bytes());
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
