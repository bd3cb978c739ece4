//! Pages for people: projects, releases, comparisons, findings. They only read, work without script, and allow none.
//!
//! Each page is a template beside this file and a struct of what it shows. Text is escaped by the templates.
//!
//! - this file: routes, the frame of all pages, problems as pages
//! - [`browse`]: projects, one project, a snapshot
//! - [`compared`]: comparisons and findings
//! - [`session`]: signing in and out

mod browse;
mod compared;
mod session;

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};

use super::State;
use super::auth::Actor;
use super::problem::Problem;
use crate::hex::sha256;
use crate::report;

/// The style of reports, and what pages have beside it.
const STYLE: &str = include_str!("style.css");

/// What a browser may load for a page: its style, and forms that stay here.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Name of the style's file, which changes with it so that it may be kept for ever.
static STYLE_NAME: LazyLock<String> = LazyLock::new(|| {
    let mut name = sha256(style_text());
    name.truncate(16);
    name + ".css"
});

fn style_text() -> String {
    format!("{}\n{STYLE}", report::STYLE)
}

/// All pages.
pub(super) fn router() -> Router<State> {
    Router::new()
        .route(&format!("/static/{}", *STYLE_NAME), get(style))
        .route("/", get(browse::projects))
        .route("/p/{project}", get(browse::project))
        .route("/p/{project}/snapshots/{snapshot}", get(browse::snapshot))
        .route("/p/{project}/compare", get(compared::chosen))
        .route("/p/{project}/compare/{pair}", get(compared::compare))
        .route("/p/{project}/comparisons/{comparison}", get(compared::comparison))
        .route("/p/{project}/comparisons/{comparison}/report", get(compared::report))
        .route("/p/{project}/findings/{fingerprint}", get(compared::finding))
        .route("/login", post(session::sign_in))
        .route("/login/{secret}", get(session::ask))
        .route("/logout", post(session::sign_out))
}

async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, style_text()).into_response()
}

/// A page with its headers.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => {
            let headers = [
                (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
            ];
            (status, headers, Html(text)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What all pages show.
struct Frame {
    style: &'static str,
    engine: String,
    signed_in: bool,
}

impl Frame {
    fn new(state: &State, actor: &Actor) -> Frame {
        let signed_in = matches!(actor, Actor::Browser(_));
        Frame { style: STYLE_NAME.as_str(), engine: state.engine.to_string(), signed_in }
    }
}

#[derive(Template)]
#[template(path = "problem.html", config = "src/serve/askama.toml")]
struct ProblemPage<'p> {
    style: &'static str,
    engine: &'static str,
    signed_in: bool,
    title: &'p str,
    detail: &'p str,
}

/// A problem as a page.
struct Shown(Problem);

impl<E: Into<Problem>> From<E> for Shown {
    fn from(problem: E) -> Shown {
        Shown(problem.into())
    }
}

type Result<T> = std::result::Result<T, Shown>;

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        let Shown(problem) = self;
        let template = ProblemPage {
            style: STYLE_NAME.as_str(),
            engine: env!("CARGO_PKG_VERSION"),
            signed_in: false,
            title: problem.title(),
            detail: problem.detail(),
        };
        page(problem.status(), &template)
    }
}

/// What is at no route: a page for browsers, a problem for programs.
pub(super) async fn nothing_here(uri: axum::http::Uri) -> Response {
    let problem = Problem::not_found("page");
    if uri.path().starts_with("/api/") { problem.into_response() } else { Shown(problem).into_response() }
}
