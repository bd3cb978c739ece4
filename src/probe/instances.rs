//! Templates of which programs need the library's instances, read off the preprocessed text: a header says `extern template`,
//! or declares a template and has no body for it. Debug info of headers describes neither.
//!
//! Names are read roughly: one of several overloads that has a body speaks for all of them.

use std::collections::BTreeSet;

use super::declared::{Line, Lines, Token, tokens, without_attributes};

/// What is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Instances {
    /// `n::Box<int>`, as it is written.
    pub external: BTreeSet<String>,
    /// `n::Box::take`, `n::Box::count`: functions without a body, and variables without a definition.
    declared: BTreeSet<String>,
    defined: BTreeSet<String>,
}

impl Instances {
    /// Templates of functions and variables, and members of class templates, that no header defines.
    pub(super) fn without_body(&self) -> impl Iterator<Item = &String> {
        self.declared.difference(&self.defined)
    }
}

/// A brace that is open.
struct Scope {
    /// None where nothing in it can be named.
    name: Option<String>,
    is_class: bool,
    is_template: bool,
}

/// What files of these folders say. `text` is what the preprocessor made, with line markers.
pub(super) fn instances(text: &str, folders: &[String]) -> Instances {
    let mut found = Instances::default();
    let mut scopes: Vec<Scope> = Vec::new();
    let mut statement: Vec<Token<'_>> = Vec::new();
    let mut is_own = false;
    for line in Lines::of(text) {
        match line {
            Line::Marker(file, _) => is_own = folders.iter().any(|folder| file.starts_with(folder.as_str())),
            Line::Directive(_) => {}
            // Braces are closed in the file that opens them.
            Line::Text(_) if !is_own => {}
            Line::Text(line) => tokens(line, &mut |token| match token {
                Token::Mark(b'{') => {
                    let scope = found.open(&scopes, &statement);
                    scopes.push(scope);
                    statement.clear();
                }
                Token::Mark(b'}') => {
                    scopes.pop();
                    statement.clear();
                }
                Token::Mark(b';') => {
                    found.declaration(&scopes, &statement);
                    statement.clear();
                }
                // `public:`
                Token::Mark(b':') if is_access(&statement) => statement.clear(),
                token => statement.push(token),
            }),
        }
    }
    found
}

impl Instances {
    fn open(&mut self, scopes: &[Scope], statement: &[Token<'_>]) -> Scope {
        let plain = without_attributes(statement);
        let (is_template, rest) = behind_template(&plain);
        let words: Vec<&str> = rest.iter().filter_map(word).collect();
        let named = |name: String, is_class| Scope { name: Some(name), is_class, is_template };
        match words.as_slice() {
            ["extern"] => return named(String::new(), false),
            ["namespace"] => return Scope { name: None, is_class: false, is_template },
            ["namespace", names @ ..] | ["inline", "namespace", names @ ..] => {
                let names: Vec<&str> = names.iter().copied().filter(|name| *name != "inline").collect();
                return named(names.join("::"), false);
            }
            _ => {}
        }
        let is_call = rest.contains(&Token::Mark(b'('));
        let at = rest.iter().position(|t| matches!(t, Token::Word("class" | "struct" | "union")));
        if let Some(at) = at.filter(|_| !is_call && !words.contains(&"enum")) {
            let name = rest.get(at + 1).and_then(word);
            return Scope { name: name.map(str::to_owned), is_class: true, is_template };
        }
        // A function, or `template <class T> T zero{};`.
        if let Some(name) = function_name(rest).map(|(name, _)| name).or_else(|| variable_name(rest)) {
            self.defined.extend(qualified(scopes, &name));
        }
        Scope { name: None, is_class: false, is_template: false }
    }

    fn declaration(&mut self, scopes: &[Scope], statement: &[Token<'_>]) {
        let plain = without_attributes(statement);
        if plain.starts_with(&[Token::Word("extern"), Token::Word("template")]) {
            let whole = with_arguments(statement);
            let instance = whole.get(2..).and_then(external);
            self.external.extend(instance.and_then(|name| qualified(scopes, &name)));
            return;
        }
        let (is_template, rest) = behind_template(&plain);
        let in_template = scopes.iter().any(|scope| scope.is_template);
        let is_other = |token: &Token<'_>| matches!(token, Token::Word("friend" | "using" | "typedef"));
        if !(is_template || in_template) || rest.iter().any(is_other) {
            return;
        }
        if scopes.last().is_some_and(|scope| !scope.is_class && scope.name.is_none()) {
            return;
        }
        let in_class = scopes.last().is_some_and(|scope| scope.is_class);
        let (name, is_defined) = match variable_name(rest) {
            // A member that is no static one is nothing by itself.
            Some(_) if in_class && !rest.contains(&Token::Word("static")) => return,
            // `static` in a class and `extern` out of it declare.
            Some(name) => (name, !in_class && rest.first() != Some(&Token::Word("extern"))),
            None => match function_name(rest) {
                Some((name, _)) => (name, false),
                None => return,
            },
        };
        let Some(name) = qualified(scopes, &name) else { return };
        // `= default`, `= delete` and `= 0` are all that there will be; so is a value.
        let is_inline = |token: &Token<'_>| matches!(token, Token::Word("inline" | "constexpr"));
        let has_none = !is_defined && !rest.contains(&Token::Mark(b'=')) && !rest.iter().any(is_inline);
        let list = if has_none { &mut self.declared } else { &mut self.defined };
        list.insert(name);
    }
}

fn is_access(statement: &[Token<'_>]) -> bool {
    matches!(statement, [Token::Word("public" | "protected" | "private")])
}

fn word<'t>(token: &Token<'t>) -> Option<&'t str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

/// Whether a declaration begins with `template`, and what follows; template arguments were taken out.
fn behind_template<'s, 't>(statement: &'s [Token<'t>]) -> (bool, &'s [Token<'t>]) {
    let count = statement.iter().take_while(|token| **token == Token::Word("template")).count();
    (count > 0, &statement[count..])
}

/// The tokens without attributes, with all template arguments.
fn with_arguments<'t>(statement: &[Token<'t>]) -> Vec<Token<'t>> {
    const ATTRIBUTES: [&str; 4] = ["__attribute__", "__attribute", "__declspec", "alignas"];
    let mut kept = Vec::with_capacity(statement.len());
    let mut depth: Option<usize> = None;
    for token in statement {
        match (&mut depth, token) {
            (None, Token::Word(word)) if ATTRIBUTES.contains(word) => depth = Some(0),
            (None, token) => kept.push(*token),
            (Some(open), Token::Mark(b'(')) => *open += 1,
            (Some(open), Token::Mark(b')')) => {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    depth = None;
                }
            }
            (Some(_), _) => {}
        }
    }
    kept
}

/// The name of the variable that is declared; None for what is called or is no variable.
fn variable_name(statement: &[Token<'_>]) -> Option<String> {
    let is_end = |token: &Token<'_>| matches!(token, Token::Mark(b'=' | b'['));
    let is_other = |token: &Token<'_>| {
        matches!(token, Token::Word("class" | "struct" | "union" | "enum" | "concept" | "operator"))
    };
    let end = statement.iter().position(is_end).unwrap_or(statement.len());
    let declared = statement.get(..end)?;
    // A type and a name.
    if declared.contains(&Token::Mark(b'(')) || declared.iter().any(is_other) || declared.len() < 2 {
        return None;
    }
    let (name, _) = name_before(declared, declared.len())?;
    // `T Box<T>::count` without a type in front of it is none.
    (declared.iter().filter_map(word).count() > name.split("::").count()).then_some(name)
}

/// The name of the function that is declared, without template arguments, and those of its last component; None for
/// operators and for what is no function.
fn function_name(statement: &[Token<'_>]) -> Option<(String, String)> {
    let mut depth = 0usize;
    let open = statement.iter().position(|token| match token {
        Token::Mark(b'<') => {
            depth += 1;
            false
        }
        Token::Mark(b'>') => {
            depth = depth.saturating_sub(1);
            false
        }
        Token::Mark(b'(') => depth == 0,
        _ => false,
    })?;
    if statement[..open].contains(&Token::Word("operator")) {
        return None;
    }
    name_before(statement, open)
}

/// The qualified name that ends there, without template arguments, and those of its last component.
fn name_before(statement: &[Token<'_>], end: usize) -> Option<(String, String)> {
    let mut parts: Vec<String> = Vec::new();
    let mut arguments = String::new();
    let mut at = end;
    loop {
        if statement.get(at.checked_sub(1)?) == Some(&Token::Mark(b'>')) {
            let start = angle_before(statement, at)?;
            if parts.is_empty() {
                arguments = text(&statement[start..at])?;
            }
            at = start;
        }
        at = at.checked_sub(1)?;
        let name = word(statement.get(at)?)?;
        let is_destructor = at > 0 && statement.get(at - 1) == Some(&Token::Mark(b'~'));
        at -= usize::from(is_destructor);
        parts.push(if is_destructor { format!("~{name}") } else { name.to_owned() });
        match at.checked_sub(2).and_then(|from| statement.get(from..at)) {
            // `::f()`, of the global namespace, ends as well.
            Some([Token::Mark(b':'), Token::Mark(b':')]) if at > 2 => at -= 2,
            _ => break,
        }
        if !matches!(statement.get(at - 1), Some(Token::Word(_) | Token::Mark(b'>'))) {
            break;
        }
    }
    // A call, or a pointer to a function.
    let first = parts.last()?;
    let is_keyword = ["if", "while", "for", "switch", "return", "sizeof", "static_assert", "decltype"];
    if is_keyword.contains(&first.as_str()) {
        return None;
    }
    parts.reverse();
    Some((parts.join("::"), arguments))
}

/// Where the `<` is that the `>` before `end` closes.
fn angle_before(statement: &[Token<'_>], end: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..end).rev().find(|at| {
        match statement.get(*at) {
            Some(Token::Mark(b'>')) => depth += 1,
            Some(Token::Mark(b'<')) => depth = depth.saturating_sub(1),
            _ => return false,
        }
        depth == 0
    })
}

/// The instance behind `extern template`. None where the arguments are not written there.
fn external(rest: &[Token<'_>]) -> Option<String> {
    match rest {
        [Token::Word("class" | "struct" | "union"), name @ ..] => {
            text(name).filter(|name| name.ends_with('>'))
        }
        function => {
            let (name, arguments) = function_name(function)?;
            (!arguments.is_empty()).then(|| format!("{name}{arguments}"))
        }
    }
}

/// Tokens as text. None where one of them is a value, whose text is not kept.
fn text(tokens: &[Token<'_>]) -> Option<String> {
    let mut text = String::new();
    let mut after_word = false;
    for token in tokens {
        match token {
            Token::Word(word) => {
                if after_word {
                    text.push(' ');
                }
                text.push_str(word);
            }
            Token::Mark(mark) => text.push(char::from(*mark)),
            Token::Value(_) => return None,
        }
        after_word = matches!(token, Token::Word(_));
    }
    Some(text)
}

/// The name of what is called so in these scopes.
fn qualified(scopes: &[Scope], name: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for scope in scopes {
        parts.push(scope.name.as_deref()?);
    }
    parts.retain(|part| !part.is_empty());
    parts.push(name.trim_start_matches("::"));
    Some(parts.join("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_defined_and_external() {
        let text = "# 1 \"/inc/a.h\"\nnamespace n { template <class T, class A = B<T>> struct Box { public: T take() const; int size() { return 1; }\n\
                    Box(); ~Box() = default; T inlined(); T operator*(); template <class U> void put(U); struct In { void deep(); }; };\n\
                    template <class T, class A> T Box<T, A>::inlined() { if (f(1)) { } return T(); }\n\
                    template <class T> T twice(T value); template <class T> inline T thrice(T value) { return value; }\n\
                    extern template class Box<unsigned int>; extern template struct n::Box<const char *>;\n\
                    extern template int twice<int>(int); extern template long twice(long); extern template class Array<3>;\n\
                    struct Plain { void f(); template <class T> void g(T); }; int plain(int); }\n\
                    template <class T> struct Data { static int left; static T here; static const int five = 5; T own; static inline int six; \
                    static T many[2]; using type = T; };\n\
                    template <class T> T Data<T>::here = T(); template <class T> extern T zero; template <class T> T one = T(1); template <class T> extern T two; template <class T> T two{}; \
                    template <class T> constexpr int size = sizeof(T); template <class T> using Alias = Data<T>;\n\
                    # 1 \"/usr/include/b.h\"\ntemplate <class T> void theirs(T);\n";
        let found = instances(text, &["/inc/".to_owned()]);
        let without: Vec<&str> = found.without_body().map(String::as_str).collect();
        let expected = [
            "Data::left",
            "Data::many",
            "n::Box::Box",
            "n::Box::In::deep",
            "n::Box::put",
            "n::Box::take",
            "n::Plain::g",
            "n::twice",
            "zero",
        ];
        assert_eq!(without, expected);
        let external: Vec<&str> = found.external.iter().map(String::as_str).collect();
        assert_eq!(external, ["n::Box<unsigned int>", "n::n::Box<const char*>", "n::twice<int>"]);
    }

    #[test]
    fn garbage_ends() {
        for text in [
            "template <",
            "template < < >",
            "( ( :: ~",
            "extern template",
            ":: (",
            "a :: (",
            "> ( ;",
            "x< > ( {",
        ] {
            instances(&format!("# 1 \"/inc/a.h\"\n{text} ; {{ {text} }} {text}\n"), &["/inc/".to_owned()]);
        }
    }
}
