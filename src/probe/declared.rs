//! Names of functions and variables that headers declare at namespace scope, read off the preprocessed text.
//!
//! Only names and scopes are read, and only roughly: what is no declaration the compiler refuses afterwards, and templates it
//! passes over. Compilers describe functions that nothing uses only when they are asked for by name.

use std::collections::BTreeMap;

use crate::abi::Location;
use crate::toolchain::compiler::Language;

/// A name to ask the compiler about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Qualified, without leading colons: `c10::warn`, `c10::operator<<`.
    pub name: String,
    /// Where its first declaration ends; the file as it is included.
    pub location: Location,
    /// It is defined inline.
    pub is_inline: bool,
    /// `_Noreturn` and the like.
    pub is_noreturn: bool,
    /// Its name for the linker, where an assembler label says that it is another.
    pub label: Option<String>,
    /// Names of its parameters, of a function in C. Its compilers do not describe those of a declaration.
    pub parameters: Vec<Option<String>>,
}

impl Candidate {
    /// What the linker knows it by, in C.
    pub(super) fn symbol(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }
}

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Word(&'t str),
    /// `::`, `<<` and the like are several of these.
    Mark(u8),
    /// A string, a character or a number, as it is written.
    Value(&'t str),
}

/// A brace that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// A namespace, with as many components in its name.
    Namespace(usize),
    /// `extern "C" {`
    Linkage,
}

/// Names that files of these directories declare. `text` is what the preprocessor made, with line markers. What C calls `static`
/// is each program's own and left out; in C++ the compiler tells.
pub(super) fn candidates(text: &str, folders: &[String], language: Language) -> Vec<Candidate> {
    let mut reader = Reader {
        found: BTreeMap::new(),
        scopes: Vec::new(),
        path: Vec::new(),
        language,
        location: Location { file: "".into(), line: 0 },
    };
    let mut statement: Vec<Token<'_>> = Vec::new();
    let mut depth = 0usize;
    let mut is_own = false;
    for line in Lines::of(text) {
        match line {
            Line::Marker(file, line) => {
                let inside = folders.iter().find_map(|folder| file.strip_prefix(folder.as_str()));
                is_own = inside.is_some();
                if let Some(inside) = inside {
                    // The line after the marker.
                    reader.location = Location { file: inside.into(), line: line.saturating_sub(1) };
                }
            }
            Line::Directive(_) => reader.location.line = reader.location.line.saturating_add(1),
            Line::Text(line) => {
                reader.location.line = reader.location.line.saturating_add(1);
                tokens(line, &mut |token| match token {
                    Token::Mark(b'{') if depth == 0 && reader.opens(&statement) => statement.clear(),
                    Token::Mark(b'{') => {
                        depth += 1;
                        statement.push(token);
                    }
                    Token::Mark(b'}') if depth == 0 => {
                        reader.close();
                        statement.clear();
                    }
                    Token::Mark(b'}') => {
                        depth -= 1;
                        statement.push(token);
                        // The body of a function ends its definition; that of a class or a variable goes on to a semicolon.
                        if depth == 0 && is_function(&statement) {
                            reader.declaration(&statement, is_own);
                            statement.clear();
                        }
                    }
                    Token::Mark(b';') if depth == 0 => {
                        reader.declaration(&statement, is_own);
                        statement.clear();
                    }
                    // What is in a body concerns nobody.
                    _ if depth > 0 => {}
                    token => statement.push(token),
                });
            }
        }
    }
    reader.found.into_values().collect()
}

pub(super) enum Line<'t> {
    /// The file and the line of `# 12 "file"`.
    Marker(&'t str, u32),
    /// `define …`, without the `#`.
    Directive(&'t str),
    Text(&'t str),
}

/// The lines of preprocessed text.
pub(super) struct Lines;

impl Lines {
    pub(super) fn of(text: &str) -> impl Iterator<Item = Line<'_>> {
        text.lines().filter_map(|line| match line.strip_prefix('#') {
            None => Some(Line::Text(line)),
            Some(rest) => match rest.strip_prefix(' ') {
                Some(marker) => {
                    let line = marker.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
                    marker.split('"').nth(1).map(|file| Line::Marker(file, line))
                }
                None => Some(Line::Directive(rest)),
            },
        })
    }
}

/// Cuts a line into tokens. A raw string that goes over several lines is not known as one, which only garbles names.
pub(super) fn tokens<'t>(line: &'t str, take: &mut impl FnMut(Token<'t>)) {
    let bytes = line.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        if byte == b'"' || byte == b'\'' {
            at += 1;
            while bytes.get(at).is_some_and(|&b| b != byte) {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at += 1;
            take(Token::Value(line.get(start..at).unwrap_or_default()));
        } else if is_word(byte) {
            // A number may have quotes and points in it.
            let is_number = byte.is_ascii_digit();
            let goes_on = |b: u8| is_word(b) || (is_number && (b == b'\'' || b == b'.'));
            at += bytes[at..].iter().take_while(|&&b| goes_on(b)).count();
            let text = &line[start..at];
            take(if is_number { Token::Value(text) } else { Token::Word(text) });
        } else {
            at += 1;
            if !byte.is_ascii_whitespace() {
                take(Token::Mark(byte));
            }
        }
    }
}

struct Reader {
    found: BTreeMap<String, Candidate>,
    scopes: Vec<Scope>,
    /// Components of the namespaces that are open; an empty one has no name.
    path: Vec<String>,
    language: Language,
    /// Where the text is.
    location: Location,
}

impl Reader {
    /// Whether the brace behind these tokens opens a namespace or a linkage specification.
    fn opens(&mut self, statement: &[Token<'_>]) -> bool {
        let statement = without_attributes(statement);
        let words: Vec<&str> = statement.iter().filter_map(|token| word(*token)).collect();
        match words.as_slice() {
            ["extern"] if statement.len() == 2 => {
                self.scopes.push(Scope::Linkage);
                true
            }
            ["namespace", names @ ..] | ["inline", "namespace", names @ ..] => {
                let names: Vec<&&str> = names.iter().filter(|name| **name != "inline").collect();
                let count = names.len().max(1);
                match names.is_empty() {
                    true => self.path.push(String::new()),
                    false => self.path.extend(names.iter().map(|name| (**name).to_owned())),
                }
                self.scopes.push(Scope::Namespace(count));
                true
            }
            _ => false,
        }
    }

    fn close(&mut self) {
        if let Some(Scope::Namespace(count)) = self.scopes.pop() {
            self.path.truncate(self.path.len().saturating_sub(count));
        }
    }

    fn declaration(&mut self, statement: &[Token<'_>], is_own: bool) {
        if !is_own || self.path.iter().any(String::is_empty) {
            return;
        }
        let says = |words: &[&str]| {
            statement.iter().filter_map(|token| word(*token)).any(|word| words.contains(&word))
        };
        if self.language == Language::C && says(&["static"]) {
            return;
        }
        let is_inline = says(&["inline", "__inline", "__inline__"]);
        let is_noreturn = says(&["_Noreturn", "noreturn", "__noreturn__"]);
        let is_in_c = self.language == Language::C;
        let label = if is_in_c { label(statement) } else { None };
        let statement = without_attributes(statement);
        let Some(name) = function_name(&statement).or_else(|| variable_name(&statement)) else { return };
        // The implementation's own names are macros' business.
        let qualified: Vec<&str> = self.path.iter().map(String::as_str).chain([name.as_str()]).collect();
        let name = qualified.join("::");
        let location = self.location.clone();
        let parameters = if is_in_c { parameter_names(&statement) } else { Vec::new() };
        let candidate = Candidate { name: name.clone(), location, is_inline, is_noreturn, label, parameters };
        self.found.entry(name).or_insert(candidate);
    }
}

/// What `asm("…")` behind a declaration says; strings that stand side by side are one.
fn label(statement: &[Token<'_>]) -> Option<String> {
    let is_asm = |token: &Token<'_>| matches!(token, Token::Word("asm" | "__asm" | "__asm__"));
    let rest = &statement[statement.iter().position(is_asm)? + 1..];
    let [Token::Mark(b'('), rest @ ..] = rest else { return None };
    let strings = rest.iter().map_while(|token| match token {
        Token::Value(text) => text.strip_prefix('"')?.strip_suffix('"'),
        _ => None,
    });
    let name: String = strings.collect();
    (!name.is_empty()).then_some(name)
}

/// Words that name a type or are a part of one.
const TYPE_WORDS: [&str; 17] = [
    "void",
    "char",
    "short",
    "int",
    "long",
    "float",
    "double",
    "signed",
    "unsigned",
    "bool",
    "_Bool",
    "_Complex",
    "__int128",
    "const",
    "volatile",
    "restrict",
    "__restrict",
];

/// The names of a function's parameters, as far as it gives them any.
fn parameter_names(statement: &[Token<'_>]) -> Vec<Option<String>> {
    let Some(open) = statement.iter().position(|token| *token == Token::Mark(b'(')) else {
        return Vec::new();
    };
    let end = behind(statement, open, b'(', b')');
    let Some(list) = statement.get(open + 1..end.saturating_sub(1)) else { return Vec::new() };
    let (mut names, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, token) in list.iter().enumerate() {
        match token {
            Token::Mark(b'(' | b'[' | b'{') => depth += 1,
            Token::Mark(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            Token::Mark(b',') if depth == 0 => {
                names.push(parameter_name(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.push(parameter_name(&list[start..]));
    names
}

/// The last word, or of a pointer to a function the one behind its star, unless the type ends with it.
fn parameter_name(tokens: &[Token<'_>]) -> Option<String> {
    let open = tokens.iter().position(|token| matches!(token, Token::Mark(b'(' | b'[')));
    let (before, behind) = tokens.split_at(open.unwrap_or(tokens.len()));
    if let [Token::Mark(b'('), Token::Mark(b'*'), Token::Word(name), ..] = behind {
        return (!TYPE_WORDS.contains(name)).then(|| (*name).to_owned());
    }
    let [rest @ .., Token::Word(name)] = before else { return None };
    // A name stands behind a type: a word that is more than a qualifier or a key, or a star.
    let is_type = |token: &Token<'_>| match token {
        Token::Word(word) => !["const", "volatile", "struct", "union", "enum", "register"].contains(word),
        Token::Mark(mark) => *mark == b'*',
        Token::Value(_) => false,
    };
    (rest.iter().any(is_type) && !TYPE_WORDS.contains(name)).then(|| (*name).to_owned())
}

fn word<'t>(token: Token<'t>) -> Option<&'t str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

/// The tokens without `[[…]]`, `__attribute__((…))` and the like.
pub(super) fn without_attributes<'t>(statement: &[Token<'t>]) -> Vec<Token<'t>> {
    const WITH_PARENTHESES: [&str; 8] = [
        "__attribute__",
        "__attribute",
        "alignas",
        "__declspec",
        "decltype",
        "noexcept",
        "explicit",
        "requires",
    ];
    let mut kept = Vec::with_capacity(statement.len());
    let mut at = 0;
    while let Some(&token) = statement.get(at) {
        let next = statement.get(at + 1);
        match (token, next) {
            (Token::Mark(b'['), Some(Token::Mark(b'['))) => at = behind(statement, at, b'[', b']'),
            (Token::Word("__extension__"), _) => at += 1,
            (Token::Word(word), Some(Token::Mark(b'('))) if WITH_PARENTHESES.contains(&word) => {
                at = behind(statement, at + 1, b'(', b')');
                if word == "decltype" {
                    kept.push(token);
                }
            }
            // The arguments of a template, of which nothing is declared. A shift or comparison outside of them is in an
            // initializer, which comes after the name.
            (Token::Word(_), Some(Token::Mark(b'<'))) if !matches!(token, Token::Word("operator")) => {
                kept.push(token);
                at = behind_angles(statement, at + 1);
            }
            _ => {
                kept.push(token);
                at += 1;
            }
        }
    }
    kept
}

/// The place behind the bracket that closes the one at `at`.
fn behind(statement: &[Token<'_>], at: usize, open: u8, close: u8) -> usize {
    let mut depth = 0usize;
    for (place, token) in statement.iter().enumerate().skip(at) {
        match token {
            Token::Mark(mark) if *mark == open => depth += 1,
            Token::Mark(mark) if *mark == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place + 1;
                }
            }
            _ => {}
        }
    }
    statement.len()
}

/// The same for angle brackets, in which parentheses may hold comparisons.
fn behind_angles(statement: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0usize;
    let mut place = at;
    while let Some(token) = statement.get(place) {
        match token {
            Token::Mark(b'<') => depth += 1,
            Token::Mark(b'>') if matches!(statement.get(place.wrapping_sub(1)), Some(Token::Mark(b'-'))) => {}
            Token::Mark(b'>') => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            Token::Mark(b'(') => {
                place = behind(statement, place, b'(', b')');
                continue;
            }
            Token::Mark(b'{') => return place,
            _ => {}
        }
        place += 1;
    }
    statement.len()
}

/// Words that stand before a parenthesis and name no function, or that begin what declares none.
const NO_NAMES: [&str; 22] = [
    "static_assert",
    "_Static_assert",
    "asm",
    "__asm__",
    "__asm",
    "sizeof",
    "alignof",
    "throw",
    "void",
    "int",
    "char",
    "bool",
    "float",
    "double",
    "long",
    "short",
    "unsigned",
    "signed",
    "auto",
    "return",
    "const",
    "decltype",
];

/// Words that begin what declares no function or variable of a name that can be asked for.
const NO_DECLARATIONS: [&str; 7] =
    ["template", "typedef", "using", "friend", "namespace", "static_assert", "concept"];

/// Whether a statement that ends in a body is a function's: a class, an enum or an initializer ends in a semicolon.
fn is_function(statement: &[Token<'_>]) -> bool {
    let open = statement.iter().position(|token| *token == Token::Mark(b'{')).unwrap_or(statement.len());
    let head = without_attributes(&statement[..open]);
    let has_parameters = head.contains(&Token::Mark(b'('));
    let is_operator = head.contains(&Token::Word("operator"));
    has_parameters && (is_operator || !head.contains(&Token::Mark(b'=')))
}

/// The name that stands before the parameters.
fn function_name(statement: &[Token<'_>]) -> Option<String> {
    let first = statement.iter().find_map(|token| word(*token))?;
    if NO_DECLARATIONS.contains(&first) {
        return None;
    }
    if let Some(at) = statement.iter().position(|token| *token == Token::Word("operator")) {
        return operator_name(statement, at);
    }
    let open = statement.iter().position(|token| *token == Token::Mark(b'('))?;
    if statement[..open].contains(&Token::Mark(b'=')) {
        return None;
    }
    let name = word(*statement.get(open.checked_sub(1)?)?)?;
    let is_qualified = open >= 2 && statement[open - 2] == Token::Mark(b':');
    // A constructor's name alone, and a word before it, make a macro that was not expanded, or a deduction guide.
    let has_type = open >= 2;
    (has_type && !is_qualified && !NO_NAMES.contains(&name)).then(|| name.to_owned())
}

/// `operator+`; not of conversions, which are members.
fn operator_name(statement: &[Token<'_>], at: usize) -> Option<String> {
    if at > 0 && statement[at - 1] == Token::Mark(b':') {
        return None;
    }
    let rest = &statement[at + 1..];
    if let [Token::Mark(b'('), Token::Mark(b')'), ..] = rest {
        return None;
    }
    let mut name = "operator".to_owned();
    for token in rest {
        match token {
            Token::Mark(b'(') => break,
            Token::Mark(mark) => name.push(char::from(*mark)),
            // `operator new` is everybody's, `operator""_x` a literal's.
            _ => return None,
        }
    }
    (name.len() > "operator".len()).then_some(name)
}

/// The name of a variable that is declared `extern`.
fn variable_name(statement: &[Token<'_>]) -> Option<String> {
    let is_extern = statement.iter().take(2).any(|token| *token == Token::Word("extern"));
    if !is_extern || statement.contains(&Token::Mark(b'(')) {
        return None;
    }
    let end = statement.iter().position(|token| matches!(token, Token::Mark(b'[' | b'=' | b'{' | b',')));
    let last = statement[..end.unwrap_or(statement.len())].last()?;
    let name = word(*last).filter(|name| !NO_NAMES.contains(name))?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let text = format!("# 1 \"/inc/a.h\"\n{text}\n");
        candidates(&text, &["/inc/".to_owned()], Language::Cxx).into_iter().map(|c| c.name).collect()
    }

    #[test]
    fn declarations_of_c_say_where_they_are() {
        let text = "# 1 \"/inc/a.h\"\nstatic inline int own(int a) { return f(a); }\n\
                    _Noreturn void die(int);\n# 7 \"/inc/b/b.h\" 1\n\nint class(int\nnew);\n\
                    # 1 \"/usr/include/c.h\"\nint theirs(void);\n";
        let found = candidates(text, &["/inc/".to_owned()], Language::C);
        let shown: Vec<(&str, &str, u32, bool)> =
            found.iter().map(|c| (&*c.name, &*c.location.file, c.location.line, c.is_noreturn)).collect();
        assert_eq!(shown, [("class", "b/b.h", 9, false), ("die", "a.h", 2, true)]);
    }

    #[test]
    fn parameters_and_labels_of_c() {
        let text = "# 1 \"/inc/a.h\"\nint a(struct s *one, const unsigned long two, size_t three[4], void (*four)(int x, int));\n\
                    int b(int, const size_t, struct s *, enum e, void *restrict);\nint c(void);\n\
                    int d(int x) __asm__(\"\" \"d64\") __attribute__((pure));\n";
        let found = candidates(text, &["/inc/".to_owned()], Language::C);
        let names = |at: usize| found[at].parameters.iter().map(Option::as_deref).collect::<Vec<_>>();
        assert_eq!(names(0), [Some("one"), Some("two"), Some("three"), Some("four")]);
        assert_eq!(names(1), [None; 5]);
        assert_eq!(names(2), [None]);
        assert_eq!((names(3), found[3].symbol(), found[0].symbol()), (vec![Some("x")], "d64", "a"));
    }

    #[test]
    fn declarations_at_namespace_scope() {
        assert_eq!(found("int f(int a, int b = g(1));"), ["f"]);
        assert_eq!(
            found("namespace n { inline namespace v { void f(); } void g() { h(1); } }"),
            ["n::g", "n::v::f"]
        );
        assert_eq!(
            found("namespace a::b { [[deprecated(\"x\")]] X<sizeof(int)> const& f(int) noexcept(true); }"),
            ["a::b::f"]
        );
        assert_eq!(found("extern \"C\" { int c1(void); }\nextern \"C\" int c2(int);"), ["c1", "c2"]);
        assert_eq!(
            found("__attribute__((visibility(\"default\"))) void f() __attribute__((noreturn));"),
            ["f"]
        );
        assert_eq!(found("std::vector<int, A<(1 > 2)>> f(B<int>);"), ["f"]);
        assert_eq!(found("n::A n::B::f(int) { }\nint after();"), ["after"]);
        assert_eq!(
            found("bool operator==(A const&, B const&);\nA& operator<<(A&, int);"),
            ["operator<<", "operator=="]
        );
        assert_eq!(
            found("extern int data;\nextern const char* names[3];\nextern std::vector<int> all;"),
            ["all", "data", "names"]
        );
        assert_eq!(found("auto f(int) -> decltype(g(1));"), ["f"]);
    }

    #[test]
    fn what_is_no_declaration_of_a_name() {
        assert!(found("class A { void f(); int g() { return h(1); } friend void k(A); };").is_empty());
        assert!(
            found("template <class T> void f(T);\nusing X = int (*)(int);\ntypedef int (*Y)(int);")
                .is_empty()
        );
        assert!(found("namespace { void hidden(); }\nstatic_assert(sizeof(int) == 4, \"x\");").is_empty());
        assert!(found("int x = f(1);\nconstexpr int y{g(2)};\nstruct S { int a; } s;").is_empty());
        assert!(found("A::A(int x) : y(x) {}\nA(int) -> A<int>;\nenum E { a = f(1) };").is_empty());
        assert_eq!(found("struct A { A(); }; void f();"), ["f"]);
        assert_eq!(found("struct A : B<int> { void m() {} };\nvoid f() {}\nvoid g();"), ["f", "g"]);
        assert_eq!(found("inline auto l = [](int x) { return x; };\nvoid g();"), ["g"]);
    }

    #[test]
    fn files_of_others_are_left_out() {
        let text =
            "# 1 \"/usr/include/x.h\" 1 3\nvoid theirs();\n# 2 \"/inc/a.h\" 2\nvoid ours();\n#define M f()\n";
        let names = candidates(text, &["/inc".to_owned()], Language::Cxx);
        assert_eq!(names.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["ours"]);
    }
}
