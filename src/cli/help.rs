//! `abigate help`: the book, page by page, and the help of subcommands.

use anyhow::{Result, bail};
use clap::CommandFactory;

use super::exit::Exit;
use super::output;
use crate::guide::{self, TOPICS};
use crate::report::style::page;
use crate::rules::Rule;

/// Print a page of the manual, or the help of a command.
///
/// Without a topic: the list of topics.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate help                   the topics
  abigate help safe-changes      which changes are safe
  abigate help baseline add      the same as abigate baseline add --help")]
pub(super) struct Help {
    /// Page of the manual, command, or rule
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

/// `C`: the whole command line.
pub(super) fn run<C: CommandFactory>(args: &Help) -> Result<Exit> {
    let text = match &args.topic[..] {
        [] => list(),
        [word] => match page_of(word) {
            Some(text) => page::page(text, output::text_width()),
            None => return command::<C>(&args.topic),
        },
        words => return command::<C>(words),
    };
    output::print(|out| out.write_all(text.as_bytes()))?;
    Ok(Exit::Fine)
}

/// The page of a topic or of a rule.
fn page_of(word: &str) -> Option<&'static str> {
    guide::find(word).map(|topic| topic.text).or_else(|| Rule::from_id(word).map(|rule| rule.entry().page))
}

/// What `abigate WORDS --help` prints.
fn command<C: CommandFactory>(words: &[String]) -> Result<Exit> {
    let mut at = C::command();
    for word in words {
        match at.find_subcommand(word).cloned() {
            Some(sub) => at = sub,
            None => bail!(unknown(word, &at, words.len() == 1)),
        }
    }
    let line = ["abigate"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    if let Err(help) = C::command().try_get_matches_from(line) {
        // Nobody to tell when this does not print.
        let _ = help.print();
    }
    Ok(Exit::Fine)
}

/// `there is no topic "tier"; did you mean tiers?`
fn unknown(word: &str, below: &clap::Command, is_topic: bool) -> String {
    let mut names: Vec<String> = below
        .get_subcommands()
        .filter(|sub| !sub.is_hide_set())
        .map(|sub| sub.get_name().to_owned())
        .collect();
    if is_topic {
        names.extend(TOPICS.iter().map(|topic| topic.name.to_owned()));
        names.extend(crate::rules::CATALOGUE.iter().map(|entry| entry.rule.id().to_owned()));
    }
    let far = |name: &String| strsim::osa_distance(word, name);
    let is_part = |name: &String| word.len() > 2 && name.contains(word);
    let nearest = names.iter().min_by_key(|name| (!is_part(name), far(name)));
    let what = if is_topic { "topic" } else { "command" };
    match nearest.filter(|name| is_part(name) || far(name) <= word.len() / 2) {
        Some(name) => format!("there is no {what} {word:?}; did you mean {name}?"),
        None => format!("there is no {what} {word:?}; `abigate help` lists them"),
    }
}

fn list() -> String {
    let widest = TOPICS.iter().map(|topic| topic.name.len()).max().unwrap_or(0);
    let mut text = String::from("Pages of the manual: abigate help TOPIC\n");
    for pages in TOPICS.chunk_by(|a, b| a.part == b.part) {
        text += &format!("\n{}\n", pages[0].part);
        for topic in pages {
            text += &format!("  {:widest$}  {}\n", topic.name, topic.title());
        }
    }
    text + "\nCommands: abigate help COMMAND   Rules: abigate explain [RULE]   All options: abigate --help\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Args;

    #[test]
    fn no_page_is_called_like_a_command() {
        let command = Args::command();
        for topic in TOPICS {
            assert!(command.find_subcommand(topic.name).is_none(), "{}", topic.name);
            assert!(Rule::from_id(topic.name).is_none(), "{}", topic.name);
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let nearest = |word: &str| unknown(word, &Args::command(), true);
        assert!(nearest("waiver").ends_with("did you mean waivers?"), "{}", nearest("waiver"));
        assert!(nearest("dif").ends_with("did you mean diff?"), "{}", nearest("dif"));
        assert!(nearest("qqqqqqqq").contains("`abigate help` lists them"));
    }
}
