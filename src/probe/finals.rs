//! Classes and virtual functions that headers declare `final`, and classes with members that have an initializer, read off
//! the preprocessed text: neither GCC nor Clang says it in debug info. Templates are passed over: programs have instances of
//! their own.

use std::collections::BTreeSet;

use super::declared::{Line, Lines, Token, tokens, without_attributes};
use crate::abi::{SpecialMembers, Type, VirtualFunction};
use crate::mangling;

/// What is final.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finals {
    /// Qualified names of classes.
    classes: BTreeSet<String>,
    /// Class, name and number of parameters of functions.
    functions: BTreeSet<(String, String, usize)>,
    /// Qualified names of classes with a non-static member that has an initializer: they are not POD for the purpose of
    /// layout.
    initialized: BTreeSet<String>,
}

/// A brace that is open, and the names that it adds; None where nothing in it can be named.
enum Scope {
    Names(Vec<String>),
    Class(Option<String>),
    Other,
}

/// What files of these directories declare final. `text` is what the preprocessor made, with line markers.
pub(super) fn finals(text: &str, folders: &[String]) -> Finals {
    let mut found = Finals::default();
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
                    found.function(&scopes, &statement);
                    found.member(&scopes, &statement);
                    statement.clear();
                }
                token => statement.push(token),
            }),
        }
    }
    found
}

impl Finals {
    /// What the brace behind these tokens opens.
    fn open(&mut self, scopes: &[Scope], statement: &[Token<'_>]) -> Scope {
        let plain = without_attributes(statement);
        let words: Vec<&str> = plain.iter().filter_map(|token| word(*token)).collect();
        match words.as_slice() {
            ["extern"] => return Scope::Names(Vec::new()),
            ["namespace", names @ ..] | ["inline", "namespace", names @ ..] => {
                let names = names.iter().filter(|name| **name != "inline").map(|name| (*name).to_owned());
                return Scope::Names(names.collect());
            }
            _ => {}
        }
        let is_class = |token: &Token<'_>| matches!(token, Token::Word("class" | "struct" | "union"));
        let calls = plain.iter().any(|token| matches!(token, Token::Mark(b'(' | b'=')));
        let Some(at) = plain.iter().position(is_class).filter(|_| !calls && !words.contains(&"enum")) else {
            self.function(scopes, statement);
            // `int a{1};`
            let is_declaration = plain.len() > 1 && !plain.contains(&Token::Mark(b'('));
            if is_declaration || plain.contains(&Token::Mark(b'=')) {
                self.initializer(scopes, &plain);
            }
            return Scope::Other;
        };
        if words.contains(&"template") {
            return Scope::Class(None);
        }
        // `struct A final : B`; the class of `struct A::B final` was declared elsewhere, and so it is left out.
        let head: Vec<&str> = plain[at + 1..]
            .iter()
            .take_while(|token| **token != Token::Mark(b':'))
            .filter_map(|token| word(*token))
            .collect();
        let name = match head.as_slice() {
            [] | ["final"] => None,
            [name, ..] => Some((*name).to_owned()),
        };
        let is_final = head.get(1) == Some(&"final");
        if let (true, Some(class)) = (is_final, qualified(scopes, name.as_deref())) {
            self.classes.insert(class);
        }
        Scope::Class(name)
    }

    /// Takes down a member function that is declared final.
    fn function(&mut self, scopes: &[Scope], statement: &[Token<'_>]) {
        let Some(Scope::Class(Some(_))) = scopes.last() else { return };
        if !statement.contains(&Token::Word("final")) {
            return;
        }
        let plain = without_attributes(statement);
        let Some(open) = plain.iter().position(|token| *token == Token::Mark(b'(')) else { return };
        let (count, close) = parameters(&plain, open);
        if !plain[close..].contains(&Token::Word("final")) {
            return;
        }
        let Some(name) = open.checked_sub(1).and_then(|at| word(plain[at])) else { return };
        let is_destructor = open >= 2 && plain[open - 2] == Token::Mark(b'~');
        let name = if is_destructor { format!("~{name}") } else { name.to_owned() };
        if let Some(class) = qualified(scopes, None) {
            self.functions.insert((class, name, count));
        }
    }

    /// Takes down the class of a member that is declared with `= value`.
    fn member(&mut self, scopes: &[Scope], statement: &[Token<'_>]) {
        let plain = without_attributes(statement);
        let Some(at) = plain.iter().position(|token| *token == Token::Mark(b'=')) else { return };
        // `void f() = 0;` is none; of pointers to functions only `= nullptr` is told from it.
        let is_function = plain[..at].contains(&Token::Mark(b'('));
        if !is_function || plain.get(at + 1) == Some(&Token::Word("nullptr")) {
            self.initializer(scopes, &plain);
        }
    }

    /// Takes down the class around a declaration with an initializer, where that is a non-static member.
    fn initializer(&mut self, scopes: &[Scope], declaration: &[Token<'_>]) {
        const OTHERS: [&str; 12] = [
            "static", "typedef", "using", "friend", "template", "operator", "enum", "union", "struct",
            "class", "concept", "requires",
        ];
        let Some(Scope::Class(Some(_))) = scopes.last() else { return };
        let is_other = |token: &Token<'_>| matches!(token, Token::Word(word) if OTHERS.contains(word));
        if !declaration.iter().any(is_other) {
            self.initialized.extend(qualified(scopes, None));
        }
    }

    /// Says so of the types that they are.
    pub(super) fn mark(&self, types: &mut [Type]) {
        for type_ in types.iter_mut().filter(|type_| type_.kind.is_class()) {
            type_.is_final = self.classes.contains(&*type_.name);
            if self.initialized.contains(&*type_.name) {
                type_.special = Some(SpecialMembers::Provided);
            }
            let is_final = |function: &&VirtualFunction| {
                let count = parameters_of(function).unwrap_or_default();
                self.functions.contains(&(type_.name.to_string(), function.name.to_string(), count))
            };
            let finals = type_.virtuals.iter().filter(is_final);
            type_.finals = finals.map(|f| f.symbol.clone().unwrap_or_else(|| f.name.clone())).collect();
            type_.finals.sort();
            type_.finals.dedup();
        }
    }
}

/// Parameters of a virtual function, by its linkage name.
fn parameters_of(function: &VirtualFunction) -> Option<usize> {
    let parameters = mangling::parse(function.symbol.as_deref()?).ok()?.signature()?.params?;
    Some(parameters.iter().filter(|parameter| **parameter != "void").count())
}

/// The number of parameters between the parenthesis at `open` and the one that closes it, and the place behind that.
fn parameters(statement: &[Token<'_>], open: usize) -> (usize, usize) {
    let mut depth = 0usize;
    let (mut commas, mut words) = (0, Vec::new());
    for (at, token) in statement.iter().enumerate().skip(open) {
        match token {
            Token::Mark(b'(' | b'[' | b'{') => depth += 1,
            Token::Mark(b')' | b']' | b'}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let is_none = words.is_empty() || words == ["void"];
                    return (if is_none { 0 } else { commas + 1 }, at + 1);
                }
            }
            Token::Mark(b',') if depth == 1 => commas += 1,
            Token::Mark(_) => words.push(""),
            Token::Word(text) => words.push(text),
            Token::Value(_) => {}
        }
    }
    (0, statement.len())
}

/// The name of what is called so in these scopes; without a name, of the innermost scope.
fn qualified(scopes: &[Scope], name: Option<&str>) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for scope in scopes {
        match scope {
            Scope::Names(names) => parts.extend(names.iter().map(String::as_str)),
            Scope::Class(Some(class)) => parts.push(class),
            Scope::Class(None) | Scope::Other => return None,
        }
    }
    parts.extend(name);
    (!parts.is_empty()).then(|| parts.join("::"))
}

fn word<'t>(token: Token<'t>) -> Option<&'t str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_functions() {
        let text = "# 1 \"/inc/a.h\"\nnamespace n { inline namespace v {\nstruct __attribute__((visibility(\"default\"))) A\n\
                    final : public B<int> { int final; enum class E : int { X };\n void f(int a, C<int, int> b) const noexcept final;\n\
                    virtual ~A() final { g({1}); } void h() final; int i(void) override final { return 1; }\n\
                    struct In final { }; }; } }\nstruct D : A { void f(); }; template <class T> struct G final { void k() final; };\n\
                    A *make() { struct Local final { }; return 0; }\nunion final { int x; };\n\
                    # 1 \"/usr/include/b.h\"\nstruct Theirs final { void m() final; };\n";
        let found = finals(text, &["/inc/".to_owned()]);
        let classes: Vec<&str> = found.classes.iter().map(String::as_str).collect();
        assert_eq!(classes, ["n::v::A", "n::v::A::In"]);
        let functions: Vec<(&str, usize)> = found.functions.iter().map(|(_, f, n)| (&**f, *n)).collect();
        assert_eq!(functions, [("f", 2), ("h", 0), ("i", 0), ("~A", 0)]);
    }
}
