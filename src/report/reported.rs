//! What formats for other programs tell: the root causes that may stop somebody, each with a title, a message and a place.

use super::reach;
use super::style::text_layout::count;
use super::wording::Wording;
use crate::policy::{Finding, Verdict, Waived};
use crate::rules::Severity;

/// Root causes of the tiers that may stop somebody, worst first; without what is merely worth knowing.
pub(super) fn roots(verdict: &Verdict) -> impl Iterator<Item = &Finding> {
    verdict.findings.iter().filter(|finding| {
        finding.derived_from.is_none()
            && finding.tier.can_stop()
            && finding.severity > Severity::Compatible
            && finding.counts()
    })
}

/// Root causes that do not count, each with why.
pub(super) fn uncounted(verdict: &Verdict) -> impl Iterator<Item = (&Finding, String)> {
    let roots = verdict.findings.iter().filter(|finding| finding.derived_from.is_none());
    roots.filter_map(|finding| Some((finding, why_uncounted(finding)?)))
}

/// Why a finding does not count; none: it counts.
pub(super) fn why_uncounted(finding: &Finding) -> Option<String> {
    let unreleased =
        || finding.unreleased.as_ref().map(|release| format!("not released: {release} does not have it"));
    finding.waived.as_ref().map(decision).or_else(unreleased)
}

/// Whether it stops a merge, as long as nobody says otherwise.
pub(super) fn stops(finding: &Finding) -> bool {
    finding.severity >= Severity::Breaking
}

/// Behind a severity, where a policy weighs all of some findings as their rules do not, so that nobody wonders about
/// `abigate explain`.
pub(super) fn by_policy(roots: &[&Finding]) -> &'static str {
    if roots.iter().all(|finding| is_weighed(finding)) { " by policy" } else { "" }
}

fn is_weighed(finding: &Finding) -> bool {
    finding.severity != finding.change.severity
}

/// `breaking by policy, risky without it`; none: its severity is what the comparison found.
pub(super) fn weighed(finding: &Finding) -> Option<String> {
    let (is, was) = (finding.severity, finding.change.severity);
    is_weighed(finding).then(|| format!("{is} by policy, {was} without it"))
}

/// File and one-based line of the declaration that changed, where it is known and in the project's own files.
pub(super) fn place(finding: &Finding) -> Option<(&str, u32)> {
    let location = finding.change.location.as_ref();
    let location = location.filter(|location| !location.is_system() && !location.file.starts_with('/'))?;
    Some((&location.file, location.line.max(1)))
}

/// A file for formats in which everything has to have one: the policy.
pub(super) fn policy_file(verdict: &Verdict) -> &str {
    verdict.policy.as_deref().unwrap_or("abigate.yaml")
}

/// `member added: c10::TensorImpl`
pub(super) fn title(finding: &Finding) -> String {
    format!("{}: {}", finding.change.rule.entry().title, finding.change.subject.name)
}

/// The same, and how to accept what stops somebody.
pub(super) fn message_with_ways(finding: &Finding, verdict: &Verdict) -> Vec<String> {
    let accept = super::wording::accept_in_short(verdict).filter(|_| stops(finding) && finding.counts());
    message(finding).into_iter().chain(accept).collect()
}

/// Everything that helps to understand a finding, a line for each.
pub(super) fn message(finding: &Finding) -> Vec<String> {
    let change = &finding.change;
    let mut lines = Vec::new();
    let Wording { old, new, detail } = Wording::of(change);
    match (old, new) {
        (Some(old), Some(new)) => lines.push(format!("{old} → {new}")),
        (Some(old), None) => lines.push(format!("was {old}")),
        (None, Some(new)) => lines.push(format!("now {new}")),
        (None, None) => {}
    }
    lines.extend(detail);
    lines.extend(change.resized().map(|(old, new)| format!("{old} → {new} bytes")));
    lines.extend(reach::sentence(change, 200).map(|text| format!("reaches {text}")));
    lines.extend(breaks(finding));
    lines.extend(weighed(finding));
    let entry = change.rule.entry();
    lines.push(entry.effect.to_owned());
    lines.push(format!("What to do: {}", entry.remedy));
    lines
}

/// `breaks 3 consumers: a 1, b 2, c 3`
pub(super) fn breaks(finding: &Finding) -> Option<String> {
    consumers("breaks", &finding.consumers.breaks)
}

/// Some consumers behind what happens to them; none: it happens to none.
pub(super) fn consumers(verb: &str, names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("{verb} {}: {}", count(names.len(), "consumer"), names.join(", ")))
}

/// Waived as somebody would say it: `waived by ada until v2.16: nobody calls it (https://…)`.
fn decision(waived: &Waived) -> String {
    if let Some(soname) = &waived.declared {
        return format!("declared by the new SONAME {soname}");
    }
    let part = |word: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!(" {word} {text}")).unwrap_or_default()
    };
    let issue = waived.issue.as_ref().map(|issue| format!(" ({issue})")).unwrap_or_default();
    let (by, until) = (part("by", &waived.by), part("until", &waived.until));
    format!("waived{by}{until}: {}{issue}", waived.reason)
}
