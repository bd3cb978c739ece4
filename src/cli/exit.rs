//! What the program's exit code says.

/// What a command comes to, when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Fine = 0,
    Findings = 1,
    CannotCertify = 3,
}

/// Anything that kept a command from its answer.
pub(super) const TROUBLE: u8 = 2;
