//! The C and C++ compiler of the system: which one, for which machine, what it complains about, and the directory it
//! works in. Knows nothing of headers or debug info.

pub(crate) mod compiler;
pub(crate) mod diagnostics;
pub(crate) mod scratch_directory;

pub use scratch_directory::{Limits, Workplace};

use std::io;
use std::path::PathBuf;

/// Why the compiler could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused, or a program does not start.
    #[error("{}: {cause}", path.display())]
    Io {
        /// File, directory or program.
        path: PathBuf,
        /// What it said.
        cause: io::Error,
    },
    /// The compiler is not there.
    #[error("no compiler {program}{hint}")]
    NoCompiler {
        /// Its name.
        program: String,
        /// What to do.
        hint: String,
    },
    /// The compiler makes other code.
    #[error("{program} compiles for {made_for}, and the libraries are for {wanted}")]
    OtherMachine {
        /// Its name.
        program: String,
        /// What it compiles for.
        made_for: String,
        /// What the libraries are for.
        wanted: String,
    },
}
