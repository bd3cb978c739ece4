//! libstdc++'s two ABIs: which of them a name was made for, section "Dual ABI" of its manual.
//!
//! The new one (since GCC 5) puts the changed classes into the inline namespace `__cxx11`, and
//! functions that merely return them carry the ABI tag `cxx11`.

use super::ast::{Id, Node, StdSub, Tree};

/// Which of libstdc++'s two string ABIs occurs in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DualAbi {
    /// Neither: the name is the same under both.
    Neutral,
    /// A class as it was before GCC 5.
    Old,
    /// `__cxx11` or the tag `cxx11`.
    New,
    /// Both, as in a bridge between the two.
    Both,
}

/// Classes of namespace std that have a second version in `std::__cxx11`.
const CHANGED: [&str; 24] = [
    "basic_istringstream",
    "basic_ostringstream",
    "basic_regex",
    "basic_string",
    "basic_stringbuf",
    "basic_stringstream",
    "collate",
    "collate_byname",
    "list",
    "match_results",
    "messages",
    "messages_byname",
    "money_get",
    "money_put",
    "moneypunct",
    "moneypunct_byname",
    "numpunct",
    "numpunct_byname",
    "regex_iterator",
    "regex_token_iterator",
    "regex_traits",
    "sub_match",
    "time_get",
    "time_get_byname",
];

/// Whether the node is the inline namespace.
pub(super) fn is_cxx11_namespace(tree: &Tree, id: Id) -> bool {
    matches!(tree.node(id), Node::Name(span) if tree.span(span) == "__cxx11")
}

pub(super) fn classify(tree: &Tree) -> DualAbi {
    let mut old = false;
    let mut new = false;
    for &node in &tree.nodes {
        match node {
            Node::Abbreviation(StdSub::String | StdSub::BasicString) => old = true,
            Node::Tagged { tag, .. } if tree.span(tag) == "cxx11" => new = true,
            Node::Qualified { name, .. } if is_cxx11_namespace(tree, name) => new = true,
            Node::Qualified { scope, name } if is_changed(tree, scope, name) => old = true,
            _ => {}
        }
    }
    match (old, new) {
        (false, false) => DualAbi::Neutral,
        (true, false) => DualAbi::Old,
        (false, true) => DualAbi::New,
        (true, true) => DualAbi::Both,
    }
}

/// A changed class straight in std; the new one would have `__cxx11` between.
fn is_changed(tree: &Tree, scope: Id, name: Id) -> bool {
    let Node::Name(name) = tree.node(name) else { return false };
    let name = tree.span(name);
    match tree.node(scope) {
        Node::Std => CHANGED.binary_search(&name).is_ok(),
        // Nested in a class, it has the tag instead of the namespace.
        Node::Qualified { scope: outer, name: class } => {
            name == "failure"
                && tree.node(outer) == Node::Std
                && matches!(tree.node(class), Node::Name(span) if tree.span(span) == "ios_base")
        }
        _ => false,
    }
}
