//! Names that fall into no tier of a policy.

use std::fmt::Write as _;

use crate::mangling;
use crate::policy::Portion;

/// The names that fell into no tier, one a line.
pub(super) fn write(share: &Portion, text: &mut String) {
    for symbol in &share.unmatched_symbols {
        let shown = mangling::display(symbol);
        let shown = if shown == *symbol { String::new() } else { format!("  {shown}") };
        let _ = writeln!(text, "    {symbol}{shown}");
    }
    for type_ in &share.unmatched_types {
        let _ = writeln!(text, "    type {type_}");
    }
}
