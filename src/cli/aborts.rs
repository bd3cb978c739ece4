//! What is left when memory runs out: the standard library says how much was asked for, and aborts. To whoever called the
//! program that is an error like any other, with its exit code, and no signal that leaves a core file.

#![expect(unsafe_code, reason = "signals have no safe interface")]

use std::ffi::c_int;
use std::io;

use super::exit::TROUBLE;

const SAID: &[u8] = b"abigate: stopped before the end, for the reason above: nothing was decided\n";

/// From now on an abort of this process ends it with the exit code of errors.
///
/// # Errors
/// The system refuses the handler.
pub(super) fn end_with_exit_code() -> io::Result<()> {
    let handler = on_abort as extern "C" fn(c_int) as libc::sighandler_t;
    // SAFETY: the handler does nothing that a signal handler may not do.
    if unsafe { libc::signal(libc::SIGABRT, handler) } == libc::SIG_ERR {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

extern "C" fn on_abort(_: c_int) {
    // SAFETY: both may be called in a signal handler, and the text is as long as is said.
    unsafe {
        libc::write(libc::STDERR_FILENO, SAID.as_ptr().cast(), SAID.len());
        libc::_exit(TROUBLE.into());
    }
}
