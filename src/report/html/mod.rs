//! For people with a browser: one page that needs nothing else, neither a network nor a server.
//!
//! Without its script it shows everything that it has, folded; with it, it can be searched, narrowed down and linked
//! into. The page allows no script or style but its own, whose hashes it names, since what it shows comes out of files
//! that nobody vouches for.
//!
//! | file | what it owns |
//! |---|---|
//! | [`top`] | the verdict, what was known, tiers and consumers |
//! | [`filters`] | search and choices |
//! | [`findings`], [`finding`] | root causes by rule, and one of them |
//! | [`drawing`], [`extents`], [`table`] | a class before and after: drawn, measured, in words |
//! | [`slots`] | a virtual table before and after |
//! | [`rest`] | long lists, whose rest is data |
//! | [`escape`] | text that is no markup |

mod drawing;
mod escape;
mod extents;
mod filters;
mod finding;
mod findings;
mod rest;
mod slots;
mod table;
mod top;

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::outline::Outline;
use super::text::{short_name, word};
use crate::policy::Verdict;
use escape::{Text, base64};

pub(super) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// What holes and padding are filled with in every drawing.
const HATCH: &str = "<svg class=\"shared\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>\
<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect class=\"hatch\" width=\"2\" height=\"6\"/></pattern></defs></svg>";

/// Writes the page. The same verdict gives the same bytes.
///
/// # Errors
/// Writing failed.
pub(super) fn write(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let outline = Outline::new(verdict);
    head(verdict, out)?;
    writeln!(
        out,
        "<body>\n<a class=\"skip\" href=\"#findings\">Skip to the root causes</a>\n{HATCH}\n<main>"
    )?;
    top::write(verdict, out)?;
    findings::Findings::new(&outline).write(out)?;
    writeln!(
        out,
        "</main>\n<footer><p>Made by abigate {}. <code>abigate explain RULE</code> says more about a rule.</p></footer>",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn head(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text)));
    let (old, new) = &verdict.releases;
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}: {} → {}</title>\n<style>{STYLE}</style>\n</head>",
        hash(STYLE),
        hash(SCRIPT),
        word(verdict),
        Text(short_name(old)),
        Text(short_name(new)),
    )
}
