//! Which reports are written where: `--format F -o FILE`, as often as somebody likes, in the order in which they are typed.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
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
            .help("Form of the report; several, each with its --output, make several reports");
        let output = Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("Write the report to a file; without --format before it, its ending says the form");
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
                    _ => outputs.list.push((of_ending(&place), Some(place))),
                },
            }
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

fn of_ending(place: &Path) -> Format {
    place.file_name().and_then(|name| Format::of_file(name.to_str()?)).unwrap_or_default()
}

impl Outputs {
    /// The place of the only report.
    pub(super) fn place(&self) -> Option<&Path> {
        self.list.first().and_then(|(_, place)| place.as_deref())
    }

    /// Whether one of the reports is text on standard output.
    pub(super) fn shows_text(&self) -> bool {
        self.list.is_empty() || self.list.contains(&(Format::Text, None))
    }

    /// Files that reports are written to.
    pub(super) fn files(&self) -> Vec<String> {
        let places = self.list.iter().filter_map(|(_, place)| place.as_deref());
        places.filter(|place| *place != Path::new("-")).map(|place| place.display().to_string()).collect()
    }

    /// Writes all reports of a verdict. `command` is what somebody types for the same comparison.
    pub(super) fn write(&self, verdict: &Verdict, full: bool, command: &str) -> anyhow::Result<()> {
        let usual = [(Format::Text, None)];
        let list = if self.list.is_empty() { &usual[..] } else { &self.list };
        for (format, place) in list {
            output::report(place.as_deref(), full, |options, out| {
                let options = report::Options { command: command.to_owned(), ..options.clone() };
                report::write(verdict, *format, &options, out)
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
        assert_eq!(list(&["-o", "report"]), [(Format::Text, file("report"))]);
        assert_eq!(list(&["--format", "text", "-o", "a.json"]), [(Format::Text, file("a.json"))]);
        assert_eq!(
            list(&["--format", "sarif", "-o", "a", "-o", "b.md", "--format", "github"]),
            [(Format::Sarif, file("a")), (Format::Markdown, file("b.md")), (Format::Github, None)]
        );
        let error = parse(&["--format", "json", "--format", "text"]).unwrap_err().to_string();
        assert!(error.contains("two reports would be mixed"), "{error}");
        assert!(parse(&["--format", "jsn"]).unwrap_err().to_string().contains("'json'"));
    }
}
