//! The service, tried from the outside: the program is started as people start it, and asked over HTTP.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test stops where something is wrong")]

mod between;
mod browser;
mod chaos;
mod client;
mod crash;
mod engines;
mod hostile;
mod issuer;
mod oidc;
mod reading;
mod support;
mod workflow;

/// What the other modules stand on.
#[test]
fn a_service_starts_stops_and_starts_again() {
    let mut service = support::Service::start(&support::Engine::Embedded);
    service.make_project("shop", "private");
    let token = service.admin_token();
    for end in [support::Service::stop as fn(&mut support::Service), support::Service::kill] {
        let url = service.url().to_owned();
        end(&mut service);
        assert!(service.try_call("GET", "/healthz", None, b"").is_none());
        service.run();
        assert_eq!(service.url(), url);
        let projects = service.api("GET", "/projects", &token, &serde_json::Value::Null);
        assert_eq!(projects.json()["items"][0]["slug"], "shop");
    }
}
