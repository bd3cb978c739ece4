//! Identity tokens: a forge that the tests play signs them, and the service takes the good ones once.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use ring::hmac;
use ring::signature::KeyPair;
use serde_json::{Value, json};

use crate::engines::{all, push_as, store, stored, text};
use crate::issuer::{Issuer, Key, encoded, now, unsigned};
use crate::support::{Answer, Engine, Service};

fn exchange(service: &Service, token: &str) -> Answer {
    exchange_for(service, "shop", token)
}

fn exchange_for(service: &Service, project: &str, token: &str) -> Answer {
    let body = json!({ "token": token, "project": project }).to_string();
    service.call("POST", "/api/v1/oidc/exchange", None, body.as_bytes())
}

#[test]
fn a_workflow_pushes_its_releases_without_a_stored_secret() {
    for engine in all() {
        let key = Key::new("1");
        let issuer = Issuer::start(&[&key]);
        let service = issuer.service(&engine);
        let token = key.sign(&issuer.claims(&service, &json!({})));
        let exchanged = exchange(&service, &token);
        assert_eq!(exchanged.status, 201, "{}", exchanged.text());
        let exchanged = exchanged.json();
        assert_eq!((text(&exchanged["scope"]), text(&exchanged["project"])), ("push-releases", "shop"));
        let secret = text(&exchanged["secret"]);
        let left = exchanged["expires_at"].as_u64().unwrap() / 1000 - now();
        assert!((840..=900).contains(&left), "{left} s");

        let libraries = stored(&store().join("baselines/v1.0.0/linux-x86_64"));
        push_as(&service, secret, "shop", "v1.0.0", "linux-x86_64", &libraries);
        // It is for that project, and for pushing.
        service.make_project("other", "private");
        let body = json!({ "slug": "third", "visibility": "private" });
        assert_eq!(service.api("POST", "/projects", secret, &body).status, 403);
        assert_eq!(service.api("GET", "/projects/other", secret, &Value::Null).status, 404);
        assert_eq!(
            exchange_for(&service, "other", &key.sign(&issuer.claims(&service, &json!({})))).status,
            401
        );
        // Once, also where several try it at the same moment.
        let again = exchange(&service, &token);
        assert_eq!(again.status, 401, "{}", again.text());
        let token = key.sign(&issuer.claims(&service, &json!({})));
        let taken = thread::scope(|scope| {
            let tries: Vec<_> = (0..8).map(|_| scope.spawn(|| exchange(&service, &token).status)).collect();
            tries.into_iter().filter_map(|one| one.join().ok()).filter(|&status| status == 201).count()
        });
        assert_eq!(taken, 1);
    }
}

#[test]
fn tokens_that_are_not_for_this_are_refused() {
    let key = Key::new("1");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service(&Engine::Embedded);
    let refused = |what: &str, token: &str| {
        let answer = exchange(&service, token);
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert!(!answer.text().contains("abg_"), "{what}");
    };
    for (what, others) in [
        ("audience", json!({ "aud": "https://abi.example.org" })),
        ("no audience", json!({ "aud": [] })),
        ("expired", json!({ "exp": now() - 120 })),
        ("not yet", json!({ "nbf": now() + 600 })),
        ("no number", json!({ "jti": "" })),
        ("repository", json!({ "repository_id": "9" })),
        ("owner", json!({ "repository_owner_id": "70" })),
        ("workflow", json!({ "job_workflow_ref": "o/r/.github/workflows/other.yml@refs/tags/v1.0.0" })),
        ("branch", json!({ "ref": "refs/heads/main" })),
        ("changes' target", json!({ "event_name": "pull_request_target" })),
    ] {
        refused(what, &key.sign(&issuer.claims(&service, &others)));
    }

    let good = issuer.claims(&service, &json!({}));
    refused("none", &format!("{}.", unsigned(&json!({ "alg": "none", "kid": "1" }), &good)));
    let signed = unsigned(&json!({ "alg": "HS256", "kid": "1" }), &good);
    let public = hmac::Key::new(hmac::HMAC_SHA256, key.pair.public_key().as_ref());
    refused("HS256", &format!("{signed}.{}", encoded(hmac::sign(&public, signed.as_bytes()).as_ref())));
    refused("another's signature", &Key::new("1").sign(&good));
    let token = key.sign(&good);
    let (head, signature) = token.rsplit_once('.').unwrap();
    let other = issuer.claims(&service, &json!({ "repository_id": "9" }));
    let swapped = format!("{}.{signature}", unsigned(&json!({ "alg": "ES256", "kid": "1" }), &other));
    refused("claims of another", &swapped);
    refused("no signature", head);
    for nonsense in ["", "a.b.c", &"x".repeat(100_000), "....", "\u{1F600}"] {
        refused("nonsense", nonsense);
    }
    // None of that has used up the token.
    assert_eq!(exchange(&service, &token).status, 201);
}

/// A token names its issuer itself: that must not make the service call anybody.
#[test]
fn strangers_are_not_asked_for_their_keys() {
    let key = Key::new("1");
    let (issuer, stranger) = (Issuer::start(&[&key]), Issuer::start(&[&key]));
    let service = issuer.service(&Engine::Embedded);
    let token = key.sign(&stranger.claims(&service, &json!({})));
    assert_eq!(exchange(&service, &token).status, 401);
    let header = json!({ "alg": "ES256", "kid": "1", "jku": format!("{}/keys", stranger.url) });
    let signed = unsigned(&header, &issuer.claims(&service, &json!({})));
    assert_eq!(exchange(&service, &format!("{signed}.AAAA")).status, 401);
    assert_eq!(stranger.asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_change_makes_claims_and_no_releases() {
    let key = Key::new("1");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service(&Engine::Embedded);
    let others = json!({ "event_name": "pull_request", "ref": "refs/pull/7/merge" });
    let exchanged = exchange(&service, &key.sign(&issuer.claims(&service, &others)));
    assert_eq!(exchanged.status, 201, "{}", exchanged.text());
    let secret = exchanged.json()["secret"].clone();
    let entries: Vec<Value> =
        stored(&store().join("baselines/v1.0.0/linux-x86_64")).into_iter().map(|(entry, _)| entry).collect();
    let body =
        json!({ "kind": "release", "name": "v1.0.0", "platform": "linux-x86_64", "libraries": entries });
    let refused = service.api("POST", "/projects/shop/uploads", text(&secret), &body);
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[test]
fn issuers_change_their_keys_and_are_away_at_times() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let issuer = Issuer::start(&[&old]);
    let service = issuer.service(&Engine::Embedded);
    let with = |key: &Key| exchange(&service, &key.sign(&issuer.claims(&service, &json!({})))).status;

    // Away at first: that is not the job's fault, and it may try again.
    issuer.is_down.store(true, Ordering::SeqCst);
    assert_eq!(with(&old), 503);
    issuer.is_down.store(false, Ordering::SeqCst);
    let asked_again = Duration::from_millis(5_100);
    thread::sleep(asked_again);
    assert_eq!((with(&old), with(&new)), (201, 401));

    issuer.publish(&[&old, &new]);
    thread::sleep(asked_again);
    assert_eq!((with(&new), with(&old)), (201, 201));

    // Made-up keys do not make the issuer be asked each time.
    let before = issuer.asked.load(Ordering::SeqCst);
    for _ in 0..20 {
        assert_eq!(with(&Key::new("made up")), 401);
    }
    assert!(issuer.asked.load(Ordering::SeqCst) <= before + 4, "asked too often");
    // What is known does not need the issuer.
    issuer.is_down.store(true, Ordering::SeqCst);
    assert_eq!(with(&new), 201);
}
