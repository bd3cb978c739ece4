//! A verdict as something to read: one file per format. Decides nothing; every format says the same findings.

mod json;
mod text;

pub use json::{SCHEMA, json};
pub use text::{TextOptions, text};
