//! Words of builtin types, and what standard templates leave out.

/// Words that builtin types are made of.
pub(super) fn is_builtin_word(word: &str) -> bool {
    matches!(
        word,
        "signed"
            | "unsigned"
            | "long"
            | "short"
            | "int"
            | "char"
            | "double"
            | "float"
            | "__int128"
            | "_Complex"
            | "complex"
    )
}

/// One spelling for the words of a builtin type, in any order.
pub(super) fn from_words(words: &[&str]) -> Option<String> {
    let count = |word: &str| words.iter().filter(|w| **w == word).count();
    let unsigned = if count("unsigned") > 0 { "unsigned " } else { "" };
    let complex = if count("_Complex") + count("complex") > 0 { " _Complex" } else { "" };
    let name = match (count("char"), count("short"), count("long"), count("__int128")) {
        (1.., ..) if count("signed") > 0 => "signed char".to_owned(),
        (1.., ..) => format!("{unsigned}char"),
        (_, 1.., ..) => format!("{unsigned}short"),
        (_, _, _, 1..) => format!("{unsigned}__int128"),
        (_, _, 1, _) if count("double") > 0 => "long double".to_owned(),
        (_, _, 1, _) => format!("{unsigned}long"),
        (_, _, 2.., _) => format!("{unsigned}long long"),
        _ if count("double") > 0 => "double".to_owned(),
        _ if count("float") > 0 => "float".to_owned(),
        _ if count("int") + count("signed") + count("unsigned") > 0 => format!("{unsigned}int"),
        _ => return None,
    };
    Some(name + complex)
}

/// The spelling of a builtin type of one word, where it is another one.
#[must_use]
pub fn builtin(word: &str) -> Option<&'static str> {
    match word {
        "unsigned" => Some("unsigned int"),
        "signed" => Some("int"),
        "_Bool" => Some("bool"),
        _ => None,
    }
}

/// Default arguments of standard templates: name without inline namespaces, arguments that have to be given, and the
/// rest, in which `$1` and `$2` stand for the given ones.
const DEFAULTS: &[(&str, usize, &[&str])] = &[
    ("basic_string", 1, &["std::char_traits<$1>", "std::allocator<$1>"]),
    ("basic_string_view", 1, &["std::char_traits<$1>"]),
    ("basic_ios", 1, &["std::char_traits<$1>"]),
    ("basic_istream", 1, &["std::char_traits<$1>"]),
    ("basic_ostream", 1, &["std::char_traits<$1>"]),
    ("basic_iostream", 1, &["std::char_traits<$1>"]),
    ("basic_streambuf", 1, &["std::char_traits<$1>"]),
    ("basic_stringstream", 1, &["std::char_traits<$1>", "std::allocator<$1>"]),
    ("basic_ostringstream", 1, &["std::char_traits<$1>", "std::allocator<$1>"]),
    ("basic_istringstream", 1, &["std::char_traits<$1>", "std::allocator<$1>"]),
    ("vector", 1, &["std::allocator<$1>"]),
    ("deque", 1, &["std::allocator<$1>"]),
    ("list", 1, &["std::allocator<$1>"]),
    ("forward_list", 1, &["std::allocator<$1>"]),
    ("set", 1, &["std::less<$1>", "std::allocator<$1>"]),
    ("multiset", 1, &["std::less<$1>", "std::allocator<$1>"]),
    ("map", 2, &["std::less<$1>", "std::allocator<std::pair<$1 const, $2>>"]),
    ("multimap", 2, &["std::less<$1>", "std::allocator<std::pair<$1 const, $2>>"]),
    ("unordered_set", 1, &["std::hash<$1>", "std::equal_to<$1>", "std::allocator<$1>"]),
    ("unordered_map", 2, &["std::hash<$1>", "std::equal_to<$1>", "std::allocator<std::pair<$1 const, $2>>"]),
    ("unique_ptr", 1, &["std::default_delete<$1>"]),
    ("queue", 1, &["std::deque<$1, std::allocator<$1>>"]),
    ("stack", 1, &["std::deque<$1, std::allocator<$1>>"]),
];

/// Completes the arguments of a standard template that some producer left out because they are the default.
pub(super) fn complete(name: &str, arguments: &mut Vec<String>) {
    let Some(inner) = name.strip_prefix("std::") else { return };
    let bare = ["__cxx11::", "__1::", "__ndk1::"].iter().find_map(|p| inner.strip_prefix(p)).unwrap_or(inner);
    let Some(&(_, given, rest)) = DEFAULTS.iter().find(|(template, ..)| *template == bare) else { return };
    if arguments.len() < given || arguments.len() >= given + rest.len() {
        return;
    }
    let first = arguments[0].clone();
    let second = arguments.get(1).cloned().unwrap_or_default();
    for default in &rest[arguments.len() - given..] {
        let qualified =
            |text: &str| if text.ends_with(" const") { text.to_owned() } else { format!("{text} const") };
        let text =
            default.replace("$1 const", &qualified(&first)).replace("$1", &first).replace("$2", &second);
        arguments.push(text);
    }
}
