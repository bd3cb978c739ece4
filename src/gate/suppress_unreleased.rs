//! What a change breaks of what is released. A change may undo what was added since the last release: nobody has it yet.

use foldhash::HashSet;

use crate::diff::{Change, SubjectKind};
use crate::policy::{Finding, Verdict};
use crate::rules::Rule;

/// Takes out of the count the findings about what the release does not have: those that the comparison with the release,
/// `since`, says nothing of.
pub fn limit(change: &mut Verdict, since: &Verdict) {
    let known: HashSet<String> = since.findings.iter().flat_map(|finding| keys(&finding.change)).collect();
    let is_promised = |finding: &Finding| {
        // What a break owes says nothing of who was promised what broke.
        finding.change.rule != Rule::SonameBumpOwed
            && keys(&finding.change).iter().any(|key| known.contains(key))
    };
    // A cause is promised if anything that follows from it is.
    let roots: HashSet<String> = change
        .findings
        .iter()
        .filter(|finding| is_promised(finding))
        .map(|finding| finding.derived_from.clone().unwrap_or_else(|| finding.id.clone()))
        .collect();
    // A SONAME that is newer than the release's, or owes nothing to it, owes nothing for what was never released.
    let owed: HashSet<&str> = since
        .findings
        .iter()
        .filter(|finding| finding.change.rule == Rule::SonameBumpOwed)
        .map(|finding| finding.change.subject.name.as_str())
        .collect();
    change.findings.retain(|finding| {
        finding.change.rule != Rule::SonameBumpOwed || owed.contains(finding.change.subject.name.as_str())
    });
    let release = &since.releases.0;
    for finding in &mut change.findings {
        let root = finding.derived_from.as_ref().unwrap_or(&finding.id);
        if finding.counts() && !roots.contains(root) && !is_promised_by_all(&finding.change) {
            finding.unreleased = Some(release.clone());
        }
    }
    change.settle();
}

/// About the release or evidence as a whole, which every release promises.
fn is_promised_by_all(change: &Change) -> bool {
    let is_of_all =
        matches!(change.subject.kind, SubjectKind::Release | SubjectKind::Library | SubjectKind::File);
    (is_of_all && change.rule != Rule::SonameBumpOwed)
        || change.rule.entry().family == crate::rules::Family::Evidence
}

/// Names that tell what a change is about: its subject, and every symbol that it stands for.
fn keys(change: &Change) -> Vec<String> {
    let mut keys = vec![change.subject.name.clone()];
    keys.extend(change.subject.symbol.clone());
    keys.extend(change.members.iter().map(|member| member.name().to_owned()));
    keys
}
