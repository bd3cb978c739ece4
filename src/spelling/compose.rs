//! Declarators around a name: C's inside-out syntax, one operation at a time.

/// A type under construction: what stands left and right of the place where a declared name would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelled {
    left: String,
    right: String,
    /// A parenthesis of `left` is closed in `right`.
    is_open: bool,
}

/// In the order in which they are written.
const QUALIFIERS: [&str; 4] = [" const", " volatile", " restrict", " _Atomic"];

impl Spelled {
    /// A named type, in canonical spelling.
    pub fn name(name: impl Into<String>) -> Spelled {
        Spelled { left: name.into(), ..Spelled::default() }
    }

    /// Adds `const`, `volatile`, `restrict` or `_Atomic`. What a function type would be qualified with is left out:
    /// it says nothing (C++ standard, dcl.fct).
    #[must_use]
    pub fn qualified(mut self, qualifier: &str) -> Spelled {
        if self.right.starts_with(" (") || self.left.ends_with('&') {
            return self;
        }
        let mut present = [false; 4];
        while let Some(at) = QUALIFIERS.iter().position(|q| self.left.ends_with(q)) {
            present[at] = true;
            self.left.truncate(self.left.len() - QUALIFIERS[at].len());
        }
        for (at, word) in QUALIFIERS.iter().enumerate() {
            if present[at] || &word[1..] == qualifier {
                self.left.push_str(word);
            }
        }
        self
    }

    /// A pointer or reference to it: `*`, `&`, `&&` or `A::*`. A reference to a reference collapses.
    #[must_use]
    pub fn pointed(mut self, sigil: &str) -> Spelled {
        if sigil.starts_with('&') && self.left.ends_with('&') {
            if sigil == "&" && self.left.ends_with("&&") {
                self.left.pop();
            }
            return self;
        }
        if self.right.is_empty() || self.right.starts_with(')') {
            // A pointer to member needs a space before the class.
            if sigil.len() > 2 && !self.left.ends_with('(') {
                self.left.push(' ');
            }
            self.left.push_str(sigil);
        } else {
            self.left.push_str(if self.is_open { "(" } else { " (" });
            self.left.push_str(sigil);
            self.is_open = true;
            self.right = format!("){}", self.right.trim_start());
        }
        self
    }

    /// An array of it; no bound for an array of unknown bound.
    #[must_use]
    pub fn array(mut self, bound: &str) -> Spelled {
        self.right = format!("[{bound}]{}", self.right);
        self
    }

    /// A function that returns it. `parameters` are canonical types, `suffix` is what follows them: ` const`, `&`.
    #[must_use]
    pub fn function(mut self, parameters: &str, suffix: &str) -> Spelled {
        let gap = if self.is_open { "" } else { " " };
        self.right = format!("{gap}({parameters}){suffix}{}", self.right.trim_start());
        self
    }

    /// The text.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.left.push_str(&self.right);
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::Spelled;

    #[test]
    fn declarators_nest() {
        let int = || Spelled::name("int");
        assert_eq!(
            int().qualified("const").pointed("*").qualified("const").pointed("&").finish(),
            "int const* const&"
        );
        assert_eq!(int().qualified("volatile").qualified("const").finish(), "int const volatile");
        assert_eq!(int().array("3").array("2").finish(), "int[2][3]");
        assert_eq!(int().array("").pointed("*").finish(), "int (*)[]");
        assert_eq!(int().array("5").qualified("const").pointed("&").finish(), "int const (&)[5]");
        assert_eq!(int().function("char", "").finish(), "int (char)");
        assert_eq!(int().function("char", "").pointed("*").pointed("*").finish(), "int (**)(char)");
        assert_eq!(int().function("", " const").pointed("A::*").finish(), "int (A::*)() const");
        assert_eq!(int().pointed("A::*").finish(), "int A::*");
        assert_eq!(
            int().function("char", "").pointed("*").function("long", "").finish(),
            "int (*(long))(char)"
        );
        assert_eq!(int().pointed("&&").pointed("&").finish(), "int&");
    }
}
