//! Text of any producer taken apart: a recursive descent over the types and names that debug info and demanglers write.

use super::compose::Spelled;
use super::tables;

/// Nesting beyond which a name is not worth reading.
const DEPTH: u32 = 96;

/// The canonical spelling; None for what is neither a type nor a name.
pub(super) fn read(text: &str) -> Option<String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let spelled = reader.type_()?.finish();
    reader.space();
    (reader.at == text.len()).then_some(spelled)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
}

/// An operation of a declarator, to be applied to what stands outside of it.
enum Step {
    Sigil(String),
    Qualifier(&'static str),
    Array(String),
    Function { parameters: String, suffix: String },
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.rest().bytes().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// The word at the reader, without taking it.
    fn word(&mut self) -> &'t str {
        self.space();
        let rest = self.rest();
        let end = rest.bytes().position(|b| !is_word(b)).unwrap_or(rest.len());
        &rest[..end]
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn type_(&mut self) -> Option<Spelled> {
        self.nested(|r| {
            let base = r.specifiers()?;
            let steps = r.declarator()?;
            Some(steps.into_iter().fold(base, apply))
        })
    }

    fn qualifier(&mut self) -> Option<&'static str> {
        let (text, canonical) = match self.word() {
            "const" => ("const", "const"),
            "volatile" => ("volatile", "volatile"),
            "restrict" => ("restrict", "restrict"),
            "__restrict" => ("__restrict", "restrict"),
            "__restrict__" => ("__restrict__", "restrict"),
            "_Atomic" => ("_Atomic", "_Atomic"),
            _ => return None,
        };
        self.at += text.len();
        Some(canonical)
    }

    /// Everything before the declarator: qualifiers around builtin words or a qualified name.
    fn specifiers(&mut self) -> Option<Spelled> {
        let mut qualifiers = Vec::new();
        let mut words = Vec::new();
        let mut name = None;
        loop {
            if let Some(qualifier) = self.qualifier() {
                qualifiers.push(qualifier);
                continue;
            }
            let word = self.word();
            if tables::is_builtin_word(word) && name.is_none() {
                self.at += word.len();
                words.push(word);
            } else if name.is_some() || !words.is_empty() {
                break;
            } else {
                for keyword in ["class", "struct", "union", "enum", "typename"] {
                    self.eat_word(keyword);
                }
                name = Some(self.qualified_name()?);
            }
        }
        let name = match name {
            Some(name) => name,
            None => tables::from_words(&words)?,
        };
        Some(qualifiers.into_iter().fold(Spelled::name(name), |spelled, q| spelled.qualified(q)))
    }

    /// Pointers, references, arrays and parameters, from the inside out.
    fn declarator(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            if let Some(sigil) = self.sigil() {
                steps.push(Step::Sigil(sigil));
            } else if let Some(qualifier) = self.qualifier() {
                steps.push(Step::Qualifier(qualifier));
            } else {
                break;
            }
        }
        let inner = self.inner_declarator()?;
        // What stands to the right applies before what the parentheses hold.
        let mut right = Vec::new();
        loop {
            if self.eat("[") {
                let rest = self.rest();
                let end = rest.find(']')?;
                right.push(Step::Array(
                    integer(rest[..end].trim()).unwrap_or_else(|| rest[..end].trim().to_owned()),
                ));
                self.at += end + 1;
            } else if self.peek() == Some(b'(') {
                right.push(self.parameters()?);
            } else {
                break;
            }
        }
        right.reverse();
        steps.extend(right);
        steps.extend(inner);
        Some(steps)
    }

    /// `(*)`, `(&)`, `(A::*)` with more inside; nothing where the parenthesis opens a list of parameters.
    fn inner_declarator(&mut self) -> Option<Vec<Step>> {
        let start = self.at;
        if !self.eat("(") {
            return Some(Vec::new());
        }
        let Some(first) = self.sigil() else {
            self.at = start;
            return Some(Vec::new());
        };
        let mut steps = vec![Step::Sigil(first)];
        steps.extend(self.nested(Self::declarator)?);
        self.eat(")").then_some(steps)
    }

    /// `*`, `&`, `&&` or `A::*`.
    fn sigil(&mut self) -> Option<String> {
        for sigil in ["*", "&&", "&"] {
            if self.eat(sigil) {
                return Some(sigil.to_owned());
            }
        }
        let start = self.at;
        let is_name = self.peek().is_some_and(|b| is_word(b) && !b.is_ascii_digit());
        if is_name
            && self.rest().contains("::*")
            && let Some(class) = self.nested(Self::class_of_member_pointer)
        {
            return Some(format!("{class}::*"));
        }
        self.at = start;
        None
    }

    fn class_of_member_pointer(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            if !name.is_empty() {
                name.push_str("::");
            }
            self.component(&mut name)?;
            if !self.eat("::") {
                return None;
            }
            if self.eat("*") {
                return Some(name);
            }
        }
    }

    fn parameters(&mut self) -> Option<Step> {
        if !self.eat("(") {
            return None;
        }
        let mut parameters: Vec<String> = Vec::new();
        while !self.eat(")") {
            if !parameters.is_empty() && !self.eat(",") {
                return None;
            }
            match self.eat("...") {
                true => parameters.push("...".to_owned()),
                false => parameters.push(self.type_()?.finish()),
            }
        }
        if parameters == ["void"] {
            parameters.clear();
        }
        let mut suffix = String::new();
        while let Some(qualifier) = self.qualifier() {
            suffix.push(' ');
            suffix.push_str(qualifier);
        }
        for reference in ["&&", "&"] {
            if self.eat(reference) {
                suffix.push_str(if suffix.is_empty() { " " } else { "" });
                suffix.push_str(reference);
                break;
            }
        }
        if self.eat_word("noexcept") {
            suffix.push_str(" noexcept");
        }
        Some(Step::Function { parameters: parameters.join(", "), suffix })
    }

    fn qualified_name(&mut self) -> Option<String> {
        self.eat("::");
        let mut name = String::new();
        loop {
            self.component(&mut name)?;
            // A function is a scope as well: of local classes and lambdas.
            let start = self.at;
            if self.peek() == Some(b'(')
                && let Some(Step::Function { parameters, suffix }) = self.nested(Self::parameters)
                && self.rest().starts_with("::")
                && !self.rest().starts_with("::*")
            {
                name.push_str(&format!("({parameters}){suffix}"));
            } else {
                self.at = start;
            }
            if self.rest().starts_with("::*") || !self.eat("::") {
                return Some(name);
            }
            name.push_str("::");
        }
    }

    /// One component of a qualified name with its template arguments, added to `name`.
    fn component(&mut self, name: &mut String) -> Option<()> {
        self.space();
        for unnamed in ["(anonymous namespace)", "{anonymous}", "<unnamed>", "(anonymous)"] {
            if self.eat(unnamed) {
                name.push_str("(anonymous namespace)");
                return Some(());
            }
        }
        if self.rest().starts_with("<lambda") || self.rest().starts_with("{lambda") {
            return self.lambda(name);
        }
        if self.rest().starts_with("{unnamed") || self.rest().starts_with("(anonymous ") {
            let close = if self.rest().starts_with('{') { '}' } else { ')' };
            let end = self.rest().find(close)? + 1;
            name.push_str(&self.rest()[..end]);
            self.at += end;
            return Some(());
        }
        if self.word() == "operator" {
            return self.operator(name);
        }
        if self.word() == "decltype" {
            return self.decltype(name);
        }
        if self.eat("~") {
            name.push('~');
        }
        let word = self.word();
        if word.is_empty() || word.as_bytes()[0].is_ascii_digit() {
            return None;
        }
        self.at += word.len();
        name.push_str(tables::builtin(word).unwrap_or(word));
        while self.rest().starts_with("[abi:") {
            let end = self.rest().find(']')? + 1;
            name.push_str(&self.rest()[..end]);
            self.at += end;
        }
        if self.rest().trim_start().starts_with('<') && !self.rest().trim_start().starts_with("<lambda") {
            let mut arguments = self.nested(Self::template_arguments)?;
            tables::complete(name, &mut arguments);
            name.push('<');
            name.push_str(&arguments.join(", "));
            name.push('>');
        }
        Some(())
    }

    /// `decltype(nullptr)` has a name; other expressions stay as they are.
    fn decltype(&mut self, name: &mut String) -> Option<()> {
        self.eat_word("decltype");
        let start = self.at;
        if self.eat("(") && self.eat_word("nullptr") && self.eat(")") {
            name.push_str("std::nullptr_t");
            return Some(());
        }
        self.at = start;
        None
    }

    /// `<lambda(int)>` of GCC and `{lambda(int)#1}` of demanglers.
    fn lambda(&mut self, name: &mut String) -> Option<()> {
        let close = if self.eat("<") { ">" } else { "}" };
        if close == "}" {
            self.eat("{");
        }
        self.eat_word("lambda").then_some(())?;
        let Some(Step::Function { parameters, .. }) = self.nested(Self::parameters) else { return None };
        name.push_str(&format!("{{lambda({parameters})"));
        if self.eat("#") {
            let number = self.word();
            self.at += number.len();
            name.push('#');
            name.push_str(number);
        }
        name.push('}');
        self.eat(close).then_some(())
    }

    /// The symbols of an operator are letters of its name here; a conversion names a type.
    fn operator(&mut self, name: &mut String) -> Option<()> {
        self.eat_word("operator");
        name.push_str("operator");
        let rest = self.rest();
        for symbol in ["()", "[]", "<=>", "->*", "->", "<<=", ">>=", "<<", ">>", "<=", ">="] {
            if rest.starts_with(symbol) {
                name.push_str(symbol);
                self.at += symbol.len();
                return Some(());
            }
        }
        let symbols = rest.bytes().take_while(|b| b"+-*/%^&|~!=<>,\"".contains(b)).count().min(3);
        if symbols > 0 {
            // `operator<<int>` is `operator<` with arguments only where a closing bracket follows.
            let length = if rest.starts_with('<') || rest.starts_with('>') { 1 } else { symbols };
            name.push_str(&rest[..length]);
            self.at += length;
            let word = self.word();
            if rest.starts_with("\"\"") {
                name.push_str(word);
                self.at += word.len();
            }
        } else {
            let target = self.type_()?.finish();
            name.push(' ');
            name.push_str(&target);
        }
        if self.rest().starts_with('<') {
            let arguments = self.nested(Self::template_arguments)?;
            name.push_str(&format!("<{}>", arguments.join(", ")));
        }
        Some(())
    }

    fn template_arguments(&mut self) -> Option<Vec<String>> {
        self.eat("<");
        let mut arguments = Vec::new();
        while !self.eat(">") {
            if !arguments.is_empty() && !self.eat(",") {
                return None;
            }
            if self.peek() == Some(b'>') {
                continue;
            }
            let argument = self.value().or_else(|| Some(self.type_()?.finish()))?;
            let pack = if self.eat("...") { "..." } else { "" };
            arguments.push(argument + pack);
        }
        Some(arguments)
    }

    /// A template argument that is a value. Leaves the reader in place when there is none.
    fn value(&mut self) -> Option<String> {
        let start = self.at;
        let value = self.try_value();
        if value.is_none() {
            self.at = start;
        }
        value
    }

    fn try_value(&mut self) -> Option<String> {
        match self.peek()? {
            b'0'..=b'9' | b'-' => self.number(),
            b'\'' => self.character(),
            b'&' => {
                self.eat("&");
                let name = self.qualified_name()?;
                Some(format!("&{name}"))
            }
            b'(' => self.cast(),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<String> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|&b| is_word(b) || b == b'.' || b == b'-' || b == b'+').count();
        let text = &rest[..length];
        self.at += length;
        Some(integer(text).unwrap_or_else(|| text.to_owned()))
    }

    /// A character literal, as its number.
    fn character(&mut self) -> Option<String> {
        self.eat("'");
        let mut chars = self.rest().chars();
        let (value, length) = match chars.next()? {
            '\\' => match chars.next()? {
                'n' => (10, 2),
                't' => (9, 2),
                'r' => (13, 2),
                '0' => (0, 2),
                other => (u32::from(other), 1 + other.len_utf8()),
            },
            plain => (u32::from(plain), plain.len_utf8()),
        };
        self.at += length;
        self.eat("'").then(|| value.to_string())
    }

    /// `(E)1`: the type is kept where it is no builtin one, since the number alone would not tell enumerations apart.
    fn cast(&mut self) -> Option<String> {
        self.eat("(");
        // GCC puts an address in parentheses.
        if self.peek() == Some(b'&') {
            let address = self.value()?;
            return self.eat(")").then_some(address);
        }
        let type_ = self.type_()?.finish();
        if !self.eat(")") {
            return None;
        }
        let value = match self.peek()? {
            b'0'..=b'9' | b'-' => self.number()?,
            b'\'' => self.character()?,
            b'&' => return self.value(),
            _ => return None,
        };
        let is_builtin = type_.split(' ').all(tables::is_builtin_word);
        Some(match type_.as_str() {
            "bool" => if value == "0" { "false" } else { "true" }.to_owned(),
            "wchar_t" | "char8_t" | "char16_t" | "char32_t" => value,
            _ if is_builtin => value,
            _ => format!("({type_}){value}"),
        })
    }
}

/// An integer without its suffix.
fn integer(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let (sign, magnitude) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let number = match magnitude.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16).ok()?,
        None => magnitude.parse().ok()?,
    };
    Some(format!("{sign}{number}"))
}

fn apply(base: Spelled, step: Step) -> Spelled {
    match step {
        Step::Sigil(sigil) => base.pointed(&sigil),
        Step::Qualifier(qualifier) => base.qualified(qualifier),
        Step::Array(bound) => base.array(&bound),
        Step::Function { parameters, suffix } => base.function(&parameters, &suffix),
    }
}
