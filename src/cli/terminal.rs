//! Standard error: lines for whoever should know, and a bar for work that takes long and somebody who watches.

use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::session::{Events, Level, Notice, Phase};

/// Work that takes less shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the options say about standard error, and the bar while there is one.
#[derive(Default)]
pub(super) struct Terminal {
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) timings: bool,
    /// How far the reading is, in bytes.
    bar: Mutex<Option<ProgressBar>>,
}

impl Terminal {
    pub(super) fn new(quiet: bool, verbose: bool, timings: bool) -> Terminal {
        Terminal { quiet, verbose, timings, bar: Mutex::default() }
    }

    /// A bar until what is returned goes away: one that appears after a while, if standard error is a terminal.
    pub(super) fn progress(&self) -> Progress<'_> {
        if !self.quiet && stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden())
                .with_style(style("{spinner} {msg}"));
            bar.set_message("reading");
            let later = bar.clone();
            thread::spawn(move || {
                thread::sleep(PATIENCE);
                if !later.is_finished() {
                    later.set_draw_target(ProgressDrawTarget::stderr());
                    later.enable_steady_tick(Duration::from_millis(100));
                }
            });
            *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }
        Progress(self)
    }

    fn with_bar(&self, use_: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            use_(bar);
        }
    }

    /// Something the user should know, though the answer stands.
    pub(super) fn warn(&self, text: &str) {
        self.tell(&format!("warning: {text}"));
    }

    /// What takes long, for who may wonder.
    pub(super) fn tell(&self, text: &str) {
        if !self.quiet {
            output::complain(text);
        }
    }

    /// Something that only matters to who asks why a file is not in the answer.
    pub(super) fn mention(&self, text: &str) {
        if self.verbose {
            self.warn(text);
        }
    }
}

impl Events for Terminal {
    fn expect(&self, bytes: u64) {
        self.with_bar(|bar| {
            if let Some(template) = template(bar.length(), bytes) {
                bar.set_style(style(template));
            }
            bar.inc_length(bytes);
        });
    }

    fn done(&self, bytes: u64) {
        self.with_bar(|bar| bar.inc(bytes));
    }

    fn phase(&self, phase: Phase) {
        self.with_bar(|bar| bar.set_message(phase.name()));
    }

    fn notice(&self, notice: &Notice<'_>) {
        let text = notice.to_string();
        match notice.level() {
            Level::Warning => self.warn(&text),
            Level::Info => self.tell(&text),
            Level::Detail => self.mention(&text),
            Level::Timing if self.timings => output::complain(&text),
            Level::Timing => {}
        }
    }
}

/// How the bar looks from now on, when so many bytes more are to be read. Until it is known how much there is, and where nothing
/// is, there is no bar, and no "0 B of 0 B".
fn template(before: Option<u64>, more: u64) -> Option<&'static str> {
    (more > 0 && before == Some(0)).then_some("{spinner} {msg} {wide_bar} {bytes:>10} of {total_bytes}")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The bar of one piece of work.
pub(super) struct Progress<'t>(&'t Terminal);

impl Progress<'_> {
    /// What is being done now.
    pub(super) fn say(&self, what: &'static str) {
        self.0.with_bar(|bar| bar.set_message(what));
    }

    /// The same with names in it.
    pub(super) fn tell(&self, what: &str) {
        self.0.with_bar(|bar| bar.set_message(what.to_owned()));
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        let bar = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_read_is_no_bar() {
        assert_eq!(template(Some(0), 0), None);
        assert!(template(Some(0), 5).is_some_and(|template| template.contains("{total_bytes}")));
        // It has its look already.
        assert_eq!(template(Some(5), 3), None);
    }
}
