//! Colours, or none.

use anstyle::{AnsiColor, Style};

use crate::policy::Outcome;
use crate::rules::Severity;

/// Puts text in a style, where colours show.
#[derive(Clone, Copy)]
pub(in crate::report) struct Paint {
    pub(in crate::report) color: bool,
}

impl Paint {
    pub(in crate::report) fn bold(self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    pub(in crate::report) fn dim(self, text: &str) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    /// For what should catch the eye without being wrong.
    pub(in crate::report) fn notice(self, text: &str) -> String {
        self.styled(Style::new().fg_color(Some(AnsiColor::Yellow.into())), text)
    }

    pub(in crate::report) fn severity(self, severity: Severity, text: &str) -> String {
        let color = match severity {
            Severity::Breaking => AnsiColor::Red,
            Severity::CannotCertify | Severity::Risky => AnsiColor::Yellow,
            Severity::Source => AnsiColor::Cyan,
            Severity::Compatible => AnsiColor::Green,
        };
        self.styled(Style::new().bold().fg_color(Some(color.into())), text)
    }

    pub(in crate::report) fn outcome(self, outcome: Outcome, text: &str) -> String {
        let severity = match outcome {
            Outcome::Breaking => Severity::Breaking,
            Outcome::CannotCertify => Severity::CannotCertify,
            Outcome::Compatible => Severity::Compatible,
        };
        self.severity(severity, text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
