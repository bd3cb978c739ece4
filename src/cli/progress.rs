//! A bar on standard error, for work that takes long and somebody who watches.

use std::io::{IsTerminal, stderr};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that takes less shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far the reading is, in bytes.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar that appears after a while, if standard error is a terminal.
    pub(super) fn new(quiet: bool) -> Progress {
        if quiet || !stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden() };
        }
        let style = "{spinner} {msg} {wide_bar} {bytes:>10} of {total_bytes}";
        let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden()).with_style(style);
        bar.set_message("reading");
        let later = bar.clone();
        thread::spawn(move || {
            thread::sleep(PATIENCE);
            if !later.is_finished() {
                later.set_draw_target(ProgressDrawTarget::stderr());
                later.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Progress { bar }
    }

    /// More to be done, in bytes.
    pub(super) fn expect(&self, bytes: u64) {
        self.bar.inc_length(bytes);
    }

    /// So much was done, in bytes.
    pub(super) fn done(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// What is being done now.
    pub(super) fn say(&self, what: &'static str) {
        self.bar.set_message(what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
