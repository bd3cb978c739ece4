//! Which reports are written where: `--format F -o FILE`, as often as somebody likes, in the order in which they are typed.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, ValueEnum, value_parser};

use super::output;
use crate::policy::Verdict;
use crate::report::{self, Format};

/// Pairs of a format and a place; none: text on standard output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outputs {
    list: Vec<(Format, Option<PathBuf>)>,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Format] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Format::Text => "for people",
            Format::Json => "for programs",
            Format::Html => "one page, for a browser",
            Format::Markdown => "for a comment or the summary of a job",
            Format::Sarif => "for code scanning (SARIF 2.1.0)",
            Format::Junit => "as results of tests (XML)",
            Format::Github => "as annotations of a GitHub workflow",
            Format::Gitlab => "as GitLab's code quality (JSON)",
        }))
    }
}

impl clap::Args for Outputs {
    fn augment_args(command: Command) -> Command {
        let format = Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .action(ArgAction::Append)
            .value_parser(value_parser!(Format))
            .help("Output format; several make several reports, each with its --output behind it");
        let output = Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Write the report to a file; without --format, in the format of its extension");
        command.arg(format).arg(output)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Outputs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Outputs, clap::Error> {
        enum Typed {
            Format(Format),
            Place(PathBuf),
        }
        let indices = |id: &str| matches.indices_of(id).into_iter().flatten();
        let formats = matches.get_many::<Format>("format").into_iter().flatten().copied().map(Typed::Format);
        let places = matches.get_many::<PathBuf>("output").into_iter().flatten().cloned().map(Typed::Place);
        let mut typed: Vec<(usize, Typed)> = indices("format").zip(formats).collect();
        typed.extend(indices("output").zip(places));
        typed.sort_by_key(|(index, _)| *index);
        let mut outputs = Outputs::default();
        for (_, one) in typed {
            match one {
                Typed::Format(format) => outputs.list.push((format, None)),
                Typed::Place(place) => match outputs.list.last_mut() {
                    Some((_, free @ None)) => *free = Some(place),
                    _ => outputs.list.push((of_ending(&place)?, Some(place))),
                },
            }
        }
        let is_several = outputs.list.len() > 1;
        if let Some((format, _)) = outputs.list.iter().find(|(_, place)| is_several && place.is_none()) {
            let name = format.name();
            let what = format!(
                "--format {name} has no --output of its own: with several reports, each --format needs one after it, such as \
                 --format {name} -o FILE (-o - is standard output)\n"
            );
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, what));
        }
        let is_screen =
            |place: &Option<PathBuf>| place.as_deref().is_none_or(|place| place == Path::new("-"));
        if outputs.list.iter().filter(|(_, place)| is_screen(place)).count() > 1 {
            let what = "two reports would be mixed on standard output: give all but one an --output FILE\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, what));
        }
        Ok(outputs)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Outputs::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The format that the ending of a file's name says. What is no regular file (`-`, a pipe, a device) has no ending, and text
/// goes there.
fn of_ending(place: &Path) -> Result<Format, clap::Error> {
    let known = place.file_name().and_then(|name| Format::of_file(name.to_str()?));
    let is_special =
        place == Path::new("-") || place.metadata().is_ok_and(|data| !data.is_file() && !data.is_dir());
    known.or_else(|| is_special.then(Format::default)).ok_or_else(|| {
        let what = format!(
            "{}: no format is known by this extension: put --format FORMAT before --output, or use {}\n",
            report::safe::text(&place.display().to_string()),
            ENDINGS
        );
        clap::Error::raw(ErrorKind::InvalidValue, what)
    })
}

/// A format that was typed as an option, `--html`, is told how formats are asked for.
pub(super) fn with_format(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else { return error };
    let named = typed.strip_prefix("--").and_then(|name| Format::from_str(name, true).ok());
    if let Some(format) = named.filter(|_| error.kind() == ErrorKind::UnknownArgument) {
        let name = format.name();
        let tip = format!("{name} is a format: --format {name} -o FILE");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Endings that say a format.
const ENDINGS: &str = ".txt, .json, .html, .md, .sarif or .xml";

impl Outputs {
    /// The place of the only report.
    pub(super) fn place(&self) -> Option<&Path> {
        self.list.first().and_then(|(_, place)| place.as_deref())
    }

    /// Whether one of the reports is text on standard output.
    pub(super) fn shows_text(&self) -> bool {
        let is_screen =
            |place: &Option<PathBuf>| place.as_deref().is_none_or(|place| place == Path::new("-"));
        self.list.is_empty()
            || self.list.iter().any(|(format, place)| *format == Format::Text && is_screen(place))
    }

    /// Files that reports are written to.
    pub(super) fn files(&self) -> Vec<String> {
        let places = self.list.iter().filter_map(|(_, place)| place.as_deref());
        places.filter(|place| *place != Path::new("-")).map(|place| place.display().to_string()).collect()
    }

    /// A format of which a report is about one verdict only, if such a report is wanted.
    pub(super) fn of_one(&self) -> Option<Format> {
        let is_of_one = |format: &Format| !matches!(format, Format::Text | Format::Markdown | Format::Github);
        self.list.iter().map(|(format, _)| *format).find(is_of_one)
    }

    /// Writes all reports of a verdict. `command` is what somebody types for the same comparison.
    pub(super) fn write(&self, verdict: &Verdict, full: bool, command: &str) -> anyhow::Result<()> {
        self.write_all(&[verdict], full, command)
    }

    /// The same of several verdicts, one below the other.
    pub(super) fn write_all(&self, verdicts: &[&Verdict], full: bool, command: &str) -> anyhow::Result<()> {
        let usual = [(Format::Text, None)];
        let list = if self.list.is_empty() { &usual[..] } else { &self.list };
        for (format, place) in list {
            output::verdict(place.as_deref(), full, |options, out| {
                let options = report::Options { command: command.to_owned(), ..options.clone() };
                for (at, verdict) in verdicts.iter().enumerate() {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    report::write(verdict, *format, &options, out)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Outputs, clap::Error> {
        let command = <Outputs as clap::Args>::augment_args(Command::new("x"));
        let matches = command.try_get_matches_from([&["x"], words].concat())?;
        Outputs::from_arg_matches(&matches)
    }

    #[test]
    fn a_format_has_the_place_behind_it() {
        let list = |words: &[&str]| parse(words).unwrap().list;
        let file = |name: &str| Some(PathBuf::from(name));
        assert_eq!(list(&[]), []);
        assert_eq!(list(&["--format", "json"]), [(Format::Json, None)]);
        assert_eq!(list(&["-o", "a.sarif"]), [(Format::Sarif, file("a.sarif"))]);
        assert_eq!(list(&["-o", "-"]), [(Format::Text, file("-"))]);
        assert_eq!(list(&["--format", "text", "-o", "a.json"]), [(Format::Text, file("a.json"))]);
        assert_eq!(
            list(&["--format", "sarif", "-o", "a", "-o", "b.md", "--format", "github", "-o", "-"]),
            [(Format::Sarif, file("a")), (Format::Markdown, file("b.md")), (Format::Github, file("-"))]
        );
        for (wrong, wanted) in [
            (&["--format", "json", "--format", "text"][..], "--format json has no --output of its own"),
            (&["-o", "a.html", "--format", "json"], "--format json has no --output of its own"),
            (&["--format", "text", "--format", "html", "-o", "a.html"], "--format text -o FILE"),
            (&["--format", "json", "-o", "-", "--format", "text", "-o", "-"], "two reports would be mixed"),
            (&["-o", "report"], "report: no format is known by this extension"),
            (&["-o", "report.pdf"], "report.pdf: no format is known by this extension"),
        ] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.contains(wanted), "{wrong:?}: {error}");
        }
        assert!(parse(&["--format", "jsn"]).unwrap_err().to_string().contains("'json'"));
    }

    #[test]
    fn a_format_that_is_typed_as_an_option_is_told_how_it_is_asked_for() {
        let told = |word: &str| with_format(parse(&[word]).unwrap_err()).to_string();
        for (word, is_told) in [("--html", true), ("--htlm", false)] {
            let is = told(word).contains("tip: html is a format: --format html -o FILE");
            assert_eq!(is, is_told, "{}", told(word));
        }
    }
}
