//! Shapes that answers have in common: pages of lists, and answers that somebody has already.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::hex::sha256;
use crate::remote::api::Page;
use crate::serve::problem::{Problem, Result};

/// Where a page of a list begins, and how long it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Cursor {
    /// What the page before said in `next`.
    pub(super) after: Option<String>,
    /// At most so many, from 1 to 200; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl Cursor {
    /// One more than fits, which tells whether there is another page.
    pub(super) fn wanted(&self) -> Result<i64> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(i64::from(limit) + 1),
            _ => Err(Problem::invalid("limit is a number from 1 to 200")),
        }
    }

    /// A page of what was found.
    pub(super) fn page<T>(&self, mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Page<T> {
        let limit = self.limit.unwrap_or(50) as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Page { items, next }
    }
}

/// JSON, unless whoever asks has it already.
pub(super) fn fresh(headers: &HeaderMap, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => bytes(headers, "application/json", text, None),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Bytes, unless whoever asks has them already. `etag`: what tells them from others; their hash where nothing is said.
pub(super) fn bytes(headers: &HeaderMap, kind: &'static str, data: Vec<u8>, etag: Option<&str>) -> Response {
    let etag = match etag {
        Some(etag) => format!("\"{etag}\""),
        None => format!("\"{}\"", sha256(&data)),
    };
    let has = headers.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let has = has.flat_map(|value| value.split(',')).any(|value| value.trim() == etag || value.trim() == "*");
    let etag = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\""));
    let common =
        [(header::ETAG, etag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    if has {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, kind)], data).into_response()
}
