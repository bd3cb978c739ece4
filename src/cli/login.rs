//! `abigate login`, `abigate logout`: the tokens that somebody keeps for services.

use std::io::{IsTerminal as _, Read as _, Write as _, stderr, stdin};

use anyhow::{Context as _, Result, bail};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::access;
use super::exit::Exit;
use super::output;
use crate::http::{RetryPolicy, Token};
use crate::remote::{Client, Origin, Tokens};

/// Bytes that are read as a token.
const LONGEST: u64 = 64 << 10;

/// Keep a token for a service, which pushing and reading releases from it then use.
///
/// The token is read from standard input, or asked for at a terminal, and tried before it is kept: in a file of the user's
/// configuration directory that nobody else can read. It goes to this service only.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate login https://abi.example.org                     asks for the token
  abigate login https://abi.example.org < admin-token       of a service that was just started

Exit codes: 0 the token is kept, 2 the service refuses it or does not answer")]
pub(super) struct Login {
    /// Address of the service, or of one of its projects
    #[arg(value_name = "URL")]
    url: String,
}

/// Forget the token for a service.
///
/// The token stays valid for whoever else has it: an administrator of the service revokes it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate logout https://abi.example.org
  abigate logout                            from the only service there is a token for")]
pub(super) struct Logout {
    /// Address of the service [default: the only one that there is a token for]
    #[arg(value_name = "URL")]
    url: Option<String>,
}

pub(super) fn login(args: &Login, quiet: bool) -> Result<Exit> {
    let origin: Origin = args.url.parse()?;
    let tokens = kept()?;
    let token = ask(&origin)?;
    let client = Client::new(origin.clone(), Some(token.clone()), &access::way()?, RetryPolicy::default());
    match client.check_token() {
        Ok(()) => {}
        Err(error) if error.status() == Some(401) => {
            bail!("{origin} does not accept this token, which is not kept")
        }
        Err(error) => return Err(error.into()),
    }
    tokens.set(&origin, &token)?;
    say(quiet, &format!("logged in to {origin}; the token is kept in {}", tokens.path().display()))
}

pub(super) fn logout(args: &Logout, quiet: bool) -> Result<Exit> {
    let tokens = kept()?;
    let origin = match &args.url {
        Some(url) => url.parse()?,
        None => match &tokens.origins()?[..] {
            [only] => only.clone(),
            [] => bail!("there is no token to forget"),
            several => {
                let named: Vec<&str> = several.iter().map(Origin::as_str).collect();
                bail!("there are tokens for {}: name one", named.join(", "))
            }
        },
    };
    if !tokens.remove(&origin)? {
        bail!("there is no token for {origin}");
    }
    say(quiet, &format!("logged out of {origin}"))
}

fn kept() -> Result<Tokens> {
    access::tokens().ok_or_else(|| crate::remote::Error::NoPlace.into())
}

fn say(quiet: bool, text: &str) -> Result<Exit> {
    if !quiet {
        output::tell(|out| writeln!(out, "{text}"))?;
    }
    Ok(Exit::Fine)
}

/// The token: a line, or all of standard input where nobody types.
fn ask(origin: &Origin) -> Result<Token> {
    let mut text = String::new();
    if stdin().is_terminal() {
        write!(stderr(), "Token for {origin} (not shown): ").context("cannot ask for the token")?;
        let read = without_echo(|| stdin().read_line(&mut text));
        // The line end that was typed was not shown either.
        let _ = writeln!(stderr());
        read
    } else {
        stdin().lock().take(LONGEST).read_to_string(&mut text)
    }
    .context("cannot read the token")?;
    let Some(token) = Token::new(&text) else {
        bail!("what was read is not a token: one word, without spaces")
    };
    Ok(token)
}

/// Does something while the terminal does not show what is typed.
fn without_echo<T>(work: impl FnOnce() -> T) -> T {
    let before = tcgetattr(stdin()).ok();
    if let Some(mut silent) = before.clone() {
        silent.local_modes.remove(LocalModes::ECHO);
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &silent);
    }
    let done = work();
    if let Some(before) = before {
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &before);
    }
    done
}
