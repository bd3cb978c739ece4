//! `abigate` alone: what somebody types next who has just installed it, or who stands where it is set up.

use std::sync::Arc;

use super::exit::TROUBLE;
use super::output;
use crate::report::style::text_layout::count;
use crate::session::{Options, Session, Silent};

const HEAD: &str = "abigate reports what the next release of a C or C++ shared library breaks.

Compare two builds or packages: files, directories, wheels, .deb, .rpm, dumps
  abigate diff OLD NEW
";

const FIRST: &str = "
Check every change, in the repository of the library:
  abigate init                                  writes abigate.yaml for what is built here
  abigate baseline add BUILD --release v1.0.0   keeps what that release promises
  abigate gate                                  may the current state be merged?
";

const TAIL: &str = "
abigate help start: step by step   abigate help: the manual   abigate --help: all commands";

/// Says it on standard error, with the exit code of a command that is not complete: a gate whose script lost its words is not
/// to pass.
pub(super) fn run() -> u8 {
    output::inform(&format!("{HEAD}{}{TAIL}", here().unwrap_or_else(|| FIRST.to_owned())));
    TROUBLE
}

/// What is set up here; none: nothing, or it cannot be read, which the commands say.
fn here() -> Option<String> {
    let session = Session::open(Options::default(), Arc::new(Silent)).ok()?;
    let stored = session.store().list().ok()?;
    let newest = &stored.last()?.release;
    let config = session.config().file().map(|_| {
        "  abigate gate                   may the current state be merged?\n  \
         abigate diff NEWEST HEAD       what the build that abigate.yaml names breaks\n"
            .replace("NEWEST", newest)
    });
    let next = config.unwrap_or_else(|| {
        "  abigate init                   writes abigate.yaml for what is built here\n".to_owned()
    });
    let stored = count(stored.len(), "stored release");
    Some(format!("\nHere, with {stored}, {newest} the newest:\n{next}"))
}
