//! Signing in by a link that is good once, and out.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Frame, Result, page};
use crate::serve::State;
use crate::serve::auth::{self, Actor, COOKIE, secret};
use crate::serve::db::{audit, now, tokens};
use crate::serve::problem::Problem;

/// How long a browser stays signed in, in seconds.
const KEPT: i64 = 7 * 24 * 60 * 60;

#[derive(Template)]
#[template(path = "login.html", config = "src/serve/askama.toml")]
struct Login {
    style: &'static str,
    engine: String,
    signed_in: bool,
    secret: String,
}

/// The link: it only asks, since programs that look at links in messages would use it up.
pub(super) async fn ask(Shared(state): Shared<State>, actor: Actor, Path(secret): Path<String>) -> Response {
    let Frame { style, engine, signed_in } = Frame::new(&state, &actor);
    page(StatusCode::OK, &Login { style, engine, signed_in, secret })
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    secret: String,
}

/// Lets a browser in.
pub(super) async fn sign_in(Shared(state): Shared<State>, Form(link): Form<Link>) -> Result<Response> {
    let secret = secret::generate()?;
    let mut tx = state.db.begin().await?;
    let Some(login) = tokens::take_link(&mut tx, &secret::hash(&link.secret)).await? else {
        return Err(Problem::unauthorized("this link was used before, or is too old").into());
    };
    tokens::insert_session(&mut tx, &login, &secret::hash(&secret), now() + KEPT * 1000).await?;
    audit::append(&mut tx, &format!("browser:{}", login.tenant), "browser.sign-in", &json!({})).await?;
    tx.commit().await?;
    let secure = if state.public_url().starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={secret}; Path=/; Max-Age={KEPT}; HttpOnly; SameSite=Lax{secure}");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// Sends a browser away.
pub(super) async fn sign_out(Shared(state): Shared<State>, headers: HeaderMap) -> Result<Response> {
    if let Some(secret) = auth::cookie(&headers) {
        let mut tx = state.db.begin().await?;
        tokens::end_session(&mut tx, &secret::hash(secret)).await?;
        tx.commit().await?;
    }
    let cookie = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
