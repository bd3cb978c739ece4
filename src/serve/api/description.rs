//! What describes the API to programs (OpenAPI 3.1): what the handlers say of themselves, and what holds for all of them.

use axum::http::StatusCode;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

/// Without its routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "abigate", description = "Baselines of libraries, and what their releases break."),
    modifiers(&Bearer)
)]
struct Description;

/// Tokens are sent as every client sends them.
struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, description: &mut OpenApi) {
        let components = description.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// Where the routes are put in.
pub(super) fn empty() -> OpenApi {
    <Description as utoipa::OpenApi>::openapi()
}

/// The whole of it as JSON.
pub(super) fn text(mut description: OpenApi) -> String {
    for item in description.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        operations.into_iter().flatten().for_each(complete);
    }
    description.to_json().unwrap_or_default()
}

/// Every route may be asked wrongly, by somebody whose token is none, or when something is away; those that take a body may
/// get one that is too large or of another kind. All refusals are problems (RFC 9457).
fn complete(operation: &mut Operation) {
    let mut refusals = vec!["400", "401", "503"];
    if operation.request_body.is_some() {
        refusals.extend(["413", "415", "422"]);
    }
    for status in refusals {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| Response::new("").into());
    }
    for (status, response) in &mut operation.responses.responses {
        let Ok(status) = status.parse::<StatusCode>() else { continue };
        if let RefOr::T(response) = response
            && (status.is_client_error() || status.is_server_error())
        {
            status.canonical_reason().unwrap_or_default().clone_into(&mut response.description);
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content = [("application/problem+json".to_owned(), RefOr::T(problem))].into();
        }
    }
}
