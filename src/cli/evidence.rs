//! What somebody should know of a release before it becomes a baseline.

use crate::abi::{Library, Release};
use crate::report::style::text_layout;

/// What to tell about libraries whose types nothing describes; none: all are described. What is not in a baseline is not
/// compared with any build, whatever that one knows.
pub(super) fn without_types(release: &Release) -> Option<String> {
    let is_bare = |library: &&Library| !library.exports.is_empty() && library.evidence.dwarf.is_none();
    if release.headers.is_some() {
        return None;
    }
    let names: Vec<&str> = release.libraries.iter().filter(is_bare).map(|library| &*library.name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "no debug info in {}: only symbols and vtables will be compared, no types; build with -g, or name the public headers \
             (--headers DIR, or headers: in abigate.yaml)",
            text_layout::list(&names, 3)
        )
    })
}
