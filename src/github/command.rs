//! Workflow commands: lines of a job's log that GitHub turns into annotations. They need no token, so they work for pull
//! requests from forks as well.
//!
//! GitHub shows ten of each level for a step and drops the rest without a word, so the rest is counted here.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{Annotation, Level, Lines};

/// How many of each level GitHub shows for a step.
pub const SHOWN: usize = 10;

/// Writes the first ten annotations of each level, and how many more there are.
///
/// # Errors
/// Writing failed.
pub fn write(annotations: &[Annotation], out: &mut dyn Write) -> io::Result<()> {
    for level in [Level::Failure, Level::Warning, Level::Notice] {
        for annotation in annotations.iter().filter(|annotation| annotation.level == level).take(SHOWN) {
            writeln!(out, "{}", line(annotation))?;
        }
    }
    let of = |level| annotations.iter().filter(|annotation| annotation.level == level).count();
    let more = |level| of(level).saturating_sub(SHOWN);
    let counts: Vec<String> =
        [(Level::Failure, "error"), (Level::Warning, "warning"), (Level::Notice, "notice")]
            .into_iter()
            .map(|(level, word)| (more(level), word))
            .filter(|&(count, _)| count > 0)
            .map(|(count, word)| format!("{count} more {word}{}", if count == 1 { "" } else { "s" }))
            .collect();
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(out, "{} without an annotation: GitHub shows {SHOWN} of each for a step", counts.join(", "))
}

/// Writes a notice that has no place.
///
/// # Errors
/// What the writer said.
pub fn notice(title: &str, message: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "::notice title={}::{}", property(title), data(message))
}

/// `::error file=a.h,line=3,endLine=4,title=A title::message`
fn line(annotation: &Annotation) -> String {
    let command = match annotation.level {
        Level::Notice => "notice",
        Level::Warning => "warning",
        Level::Failure => "error",
    };
    let place = annotation.lines.as_ref().map(|Lines { path, first, last }| {
        let first = first.max(&1);
        format!("file={},line={first},endLine={},", property(path), last.max(first))
    });
    format!(
        "::{command} {}title={}::{}",
        place.unwrap_or_default(),
        property(&annotation.title),
        data(&annotation.message),
    )
}

/// What stands behind the second `::`.
fn data(text: &str) -> Cow<'_, str> {
    escape(text, &['%', '\r', '\n'])
}

/// The value of a property, which also ends at a comma or colon.
fn property(text: &str) -> Cow<'_, str> {
    escape(text, &['%', '\r', '\n', ':', ','])
}

fn escape<'t>(text: &'t str, special: &[char]) -> Cow<'t, str> {
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if special.contains(&c) {
            escaped.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(level: Level, message: &str) -> Annotation {
        Annotation {
            lines: Some(Lines { path: "c10/core/a,b:c.h".to_owned(), first: 3, last: 5 }),
            level,
            title: "c10::Device: 100% new,\nlarger".to_owned(),
            message: message.to_owned(),
            raw_details: None,
        }
    }

    fn written(annotations: &[Annotation]) -> String {
        let mut out = Vec::new();
        write(annotations, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn what_would_end_a_value_is_escaped() {
        assert_eq!(
            written(&[annotation(Level::Failure, "a: b, 50%\r\n::error::no")]),
            "::error file=c10/core/a%2Cb%3Ac.h,line=3,endLine=5,title=c10%3A%3ADevice%3A 100%25 new%2C%0Alarger\
             ::a: b, 50%25%0D%0A::error::no\n"
        );
    }

    #[test]
    fn an_escape_is_no_escape_twice() {
        assert_eq!(data("%0A"), "%250A");
        assert_eq!(property("plain"), "plain");
    }

    #[test]
    fn ten_of_each_level_and_then_their_number() {
        let mut all = vec![annotation(Level::Warning, "w"); 12];
        all.extend(vec![annotation(Level::Failure, "e"); 11]);
        all.push(annotation(Level::Notice, "n"));
        let text = written(&all);
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 1));
        assert_eq!(
            text.lines().last(),
            Some("1 more error, 2 more warnings without an annotation: GitHub shows 10 of each for a step")
        );
        assert!(text.starts_with("::error "), "the worst come first");
    }

    #[test]
    fn lines_start_at_one() {
        let mut none = annotation(Level::Notice, "n");
        none.lines = Some(Lines { path: "a.h".to_owned(), first: 0, last: 0 });
        assert!(written(&[none.clone()]).contains("line=1,endLine=1,"));
        none.lines = None;
        assert!(written(&[none]).starts_with("::notice title="));
    }
}
