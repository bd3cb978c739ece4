//! Completions and the man page, made from the definitions that parse the command line.

use anyhow::Result;
use clap_complete::Shell;

use super::exit::Exit;
use super::output;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate completions bash >~/.local/share/bash-completion/completions/abigate
  abigate completions zsh >~/.zfunc/_abigate")]
pub(super) struct Completions {
    /// bash, elvish, fish, powershell or zsh
    shell: Shell,
}

/// `command`: the whole command line.
pub(super) fn completions(args: &Completions, mut command: clap::Command) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "abigate", &mut text);
    output::print(|out| out.write_all(&text))?;
    Ok(Exit::Fine)
}

/// The page of the program, followed by those of its subcommands.
pub(super) fn man(mut command: clap::Command) -> Result<Exit> {
    command.build();
    let mut pages = Vec::new();
    page(&command, &mut pages)?;
    output::print(|out| out.write_all(&pages))?;
    Ok(Exit::Fine)
}

fn page(command: &clap::Command, pages: &mut Vec<u8>) -> Result<()> {
    clap_mangen::Man::new(command.clone()).render(pages)?;
    command.get_subcommands().filter(|sub| !sub.is_hide_set()).try_for_each(|sub| page(sub, pages))
}
