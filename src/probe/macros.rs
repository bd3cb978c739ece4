//! Macros that headers define, read off the preprocessed text.

use std::collections::BTreeMap;

use super::declared::{Line, Lines};
use crate::abi::Macro;

/// Macros with a value that files of these directories define and nobody takes back, sorted. `text` is what the preprocessor
/// made, with definitions and line markers.
pub(super) fn macros(text: &str, folders: &[String]) -> Vec<Macro> {
    // By the name alone: a macro has one definition, whatever its parameters.
    let mut defined: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let mut is_own = false;
    for line in Lines::of(text) {
        match line {
            Line::Marker(file, _) => is_own = folders.iter().any(|folder| file.starts_with(folder.as_str())),
            Line::Directive(directive) => {
                if let Some(definition) = directive.strip_prefix("define ").filter(|_| is_own) {
                    let (bare, name, value) = Macro::parts_of(definition);
                    defined.insert(bare, (name, value));
                } else if let Some(name) = directive.strip_prefix("undef ") {
                    defined.remove(name.trim());
                }
            }
            Line::Text(_) => {}
        }
    }
    let mut macros: Vec<Macro> = defined
        .into_values()
        // Nearly all of those without a value keep a header from being read twice.
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| Macro { name: name.into(), value: value.into() })
        .collect();
    macros.sort_by(|a, b| a.name.cmp(&b.name));
    macros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_of_own_files_count() {
        let text = "# 1 \"/usr/include/x.h\"\n#define THEIRS 1\n# 1 \"/inc/a.h\" 1\n#define A_H \n#define LIMIT 12\n\
                    #define ADD(a,b) ((a) + (b))\n#define GONE 1\nint x;\n#undef GONE\n#define LATE 1\n#define LATE 2\n";
        let found = macros(text, &["/inc/".to_owned()]);
        let found: Vec<(&str, &str)> = found.iter().map(|m| (&*m.name, &*m.value)).collect();
        assert_eq!(found, [("ADD(a,b)", "((a) + (b))"), ("LATE", "2"), ("LIMIT", "12")]);
    }
}
