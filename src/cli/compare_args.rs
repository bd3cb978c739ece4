//! The options that commands with a verdict share, and what their verdict makes of the exit code.

use anyhow::Result;
use clap::ValueEnum;

use super::context::today;
use super::exit::Exit;
use super::outputs::Outputs;
use crate::policy::{Date, Finding, Needed, Outcome, Requirement, Verdict};
use crate::rules::Severity;

/// Options of a command that comes to a verdict.
#[derive(Debug, clap::Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    pub(super) outputs: Outputs,
    /// Show all findings
    #[arg(long)]
    pub(super) full: bool,
    /// What makes the exit code 1; never also turns 3 into 0
    #[arg(long, value_name = "SEVERITY", default_value = "breaking")]
    pub(super) fail_on: FailOn,
    /// Platform of stored releases, such as linux-x86_64
    #[arg(long, value_name = "PLATFORM")]
    pub(super) platform: Option<String>,
    /// Compare only this library, by file name or SONAME; may have wildcards and be repeated
    #[arg(long, hide_short_help = true, value_name = "GLOB")]
    pub(super) library: Vec<String>,
    /// Exit with 3 unless both releases have this evidence
    #[arg(long, hide_short_help = true, value_name = "EVIDENCE", value_delimiter = ',')]
    require_evidence: Vec<Needed>,
    /// The day on which waivers are judged [default: today, in UTC]
    #[arg(long, hide_short_help = true, value_name = "DATE", value_parser = date)]
    today: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Breaking,
    Risky,
    Source,
    Never,
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day such as 2027-01-31 is needed".to_owned())
}

impl CompareArgs {
    /// The day on which waivers are judged.
    pub(super) fn day(&self) -> Result<Date> {
        self.today.map_or_else(today, Ok)
    }

    /// What has to be known of every library.
    pub(super) fn requirements(&self) -> Vec<Requirement> {
        let require = self.require_evidence.iter();
        require.map(|&needed| Requirement { needed, libraries: Vec::new() }).collect()
    }

    /// What a verdict means to whoever asked.
    pub(super) fn exit(&self, verdict: &Verdict) -> Exit {
        exit(self.fail_on, verdict)
    }
}

fn exit(fail_on: FailOn, verdict: &Verdict) -> Exit {
    let found = |least: Severity| {
        let counts = |severity: Severity| severity >= least && severity != Severity::CannotCertify;
        let can_stop = |f: &&Finding| f.tier.can_stop() && f.counts();
        verdict.findings.iter().filter(can_stop).any(|f| counts(f.severity))
    };
    match (fail_on, verdict.outcome) {
        (FailOn::Never, _) => Exit::Fine,
        (_, Outcome::Breaking) => Exit::Findings,
        (_, Outcome::CannotCertify) => Exit::CannotCertify,
        (FailOn::Risky, Outcome::Compatible) if found(Severity::Risky) => Exit::Findings,
        (FailOn::Source, Outcome::Compatible) if found(Severity::Source) => Exit::Findings,
        (_, Outcome::Compatible) => Exit::Fine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{Change, Subject};
    use crate::policy::{self, Ledger, Profile, Tier};
    use crate::rules::Rule;

    fn verdict(outcome: Outcome, tier: Tier) -> Verdict {
        let change = Change::new(Rule::NeededAdded, Subject::library("liba.so"));
        let severity = change.severity;
        let ledger = Ledger {
            old_types: (0, 0),
            new_types: (0, 0),
            variables: (0, 0),
            libraries: 1,
            old_exports: 1,
            new_exports: 1,
            old_rtti: (0, 0),
            new_rtti: (0, 0),
            headers: (None, None),
            header_files: ((0, 0), (0, 0)),
            unknown_layouts: Vec::new(),
            gaps: Vec::new(),
        };
        let finding = Finding {
            id: "1".to_owned(),
            tier,
            severity,
            change,
            derived_from: None,
            waived: None,
            unreleased: None,
            consumers: policy::AffectedConsumers::default(),
            compiled_in: Vec::new(),
        };
        let releases = ("old".to_owned(), "new".to_owned());
        Verdict {
            outcome,
            releases,
            build: Vec::new(),
            is_same_build: false,
            platform: None,
            policy: None,
            trust: None,
            profile: Profile::Trunk,
            ledger,
            unmet: Vec::new(),
            notices: Vec::new(),
            ignored: 0,
            consumers: None,
            accept: None,
            sonames: Vec::new(),
            findings: vec![finding],
        }
    }

    #[test]
    fn exit_codes() {
        let code = |fail_on, outcome| exit(fail_on, &verdict(outcome, Tier::public())) as u8;
        let all = [Outcome::Compatible, Outcome::Breaking, Outcome::CannotCertify];
        assert_eq!(all.map(|outcome| code(FailOn::Breaking, outcome)), [0, 1, 3]);
        assert_eq!(all.map(|outcome| code(FailOn::Risky, outcome)), [1, 1, 3]);
        assert_eq!(all.map(|outcome| code(FailOn::Source, outcome)), [1, 1, 3]);
        let mut source = verdict(Outcome::Compatible, Tier::public());
        source.findings[0].severity = Severity::Source;
        assert_eq!(
            [FailOn::Risky, FailOn::Source].map(|fail_on| exit(fail_on, &source)),
            [Exit::Fine, Exit::Findings]
        );
        assert_eq!(all.map(|outcome| code(FailOn::Never, outcome)), [0, 0, 0]);
        assert_eq!(exit(FailOn::Risky, &verdict(Outcome::Compatible, Tier::third_party())), Exit::Fine);
        let mut waived = verdict(Outcome::Compatible, Tier::public());
        waived.findings[0].waived = Some(policy::Waived {
            reason: "x".to_owned(),
            by: None,
            issue: None,
            until: None,
            declared: None,
        });
        assert_eq!(exit(FailOn::Risky, &waived), Exit::Fine);
    }
}
