//! What the tests of this binary share: the program started in one way, and what it said.

use std::path::Path;
use std::process::{Command, Output};

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program in a directory, without what the environment would tell it, and with a cache of the tests' own.
pub(crate) fn program(directory: impl AsRef<Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.current_dir(directory);
    scrub(&mut command);
    command.env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    command
}

/// Takes away what the program, or a script around it, reads of the environment.
pub(crate) fn scrub(command: &mut Command) {
    const ONES: [&str; 4] = ["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "RUST_BACKTRACE"];
    const KINDS: [&str; 3] = ["ABIGATE_", "GITHUB_", "CI_MERGE_REQUEST_"];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_proxy = text.to_ascii_lowercase().ends_with("_proxy");
        if is_proxy || ONES.contains(&&*text) || KINDS.iter().any(|kind| text.starts_with(kind)) {
            command.env_remove(&name);
        }
    }
}

/// Runs the program in a directory.
pub(crate) fn run(directory: impl AsRef<Path>, arguments: &[&str]) -> Output {
    program(directory).args(arguments).output().expect("abigate runs")
}

/// What it wrote to standard output.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it wrote to standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything that it wrote.
pub(crate) fn text(output: &Output) -> String {
    stdout(output) + &stderr(output)
}
