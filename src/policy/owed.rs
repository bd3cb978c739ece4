//! What a comparison owes the users of libraries whose SONAME carries a version: which kind of release, and a new SONAME or none.
//!
//! A new SONAME declares a break: programs that need the old one go on loading the old library. Libraries without a version in
//! their SONAME, such as plug-ins and those of wheels, promise nothing by it and are left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::tier_assigner::Placed;
use super::{Finding, Policy, Profile, Verdict};
use crate::abi::{Release, split_version};
use crate::diff::{Change, Detail, Note, Subject, SubjectKind, Value, pair_libraries};
use crate::origin::Origins;
use crate::rules::{Family, Rule, Severity};

/// A library of the old release whose SONAME carries a version, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Soname {
    /// Its file in the old release.
    pub library: String,
    /// Its old SONAME.
    pub old: String,
    /// Its new one.
    pub new: String,
    /// Types were compared: both sides have debug info of it, or headers.
    pub has_types: bool,
}

impl Soname {
    /// Those of the project's own libraries that both releases have.
    pub(super) fn all(old: &Release, new: &Release, origins: &Origins<'_>) -> Vec<Soname> {
        let has_headers = old.headers.is_some() && new.headers.is_some();
        let pairs = pair_libraries(old, new);
        let mut sonames: Vec<Soname> = pairs
            .iter()
            .filter_map(|pair| pair.both())
            .filter(|(before, _)| !before.is_plug_in() && !origins.is_bundled(before))
            .filter(|(before, _)| split_version(before.link_name()).is_some())
            .map(|(before, after)| Soname {
                library: before.name.clone(),
                old: before.link_name().to_owned(),
                new: after.link_name().to_owned(),
                has_types: has_headers || [before, after].iter().all(|side| side.evidence.dwarf.is_some()),
            })
            .collect();
        sonames.sort();
        sonames
    }

    /// Whether the new SONAME declares a break: another name that carries a version, and no older one.
    pub fn is_bumped(&self) -> bool {
        let (Some((stem, old)), Some((new_stem, new))) = (split_version(&self.old), split_version(&self.new))
        else {
            return false;
        };
        if stem == new_stem { new > old } else { true }
    }
}

/// The least kind of release that may have the changes, as semantic versions count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseKind {
    /// Nothing that programs could use was added.
    Patch,
    /// Something was added, or is risky.
    Minor,
    /// Programs or their sources break.
    Major,
}

/// What the changes of versioned libraries come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// The release; none where no library carries a version, something could not be compared, or the changes break consumers
    /// that the policy promises nothing.
    pub release: Option<ReleaseKind>,
    /// SONAMEs of libraries that break and kept them: they owe new ones.
    pub owing: Vec<String>,
    /// Libraries that break and say so by a new SONAME.
    pub declared: Vec<Soname>,
    /// Libraries with a new SONAME that nothing else in them asks for.
    pub unneeded: Vec<Soname>,
    /// Types of every library were compared.
    pub has_types: bool,
    /// Something breaks programs that somebody accepted.
    #[serde(skip)]
    pub accepted: bool,
}

/// Rules about what no new SONAME would make better: whoever loads the new library meets it all the same, or there is nothing
/// left that could have one.
const NOT_BY_SONAME: [Rule; 10] = [
    Rule::SonameChanged,
    Rule::LibraryRemoved,
    Rule::MachineChanged,
    Rule::IsaFloorRaised,
    Rule::ExecutableStackRequired,
    Rule::UnresolvedLibrary,
    Rule::UnresolvedSymbol,
    Rule::UnresolvedVersion,
    Rule::ForbiddenExport,
    Rule::SonameBumpOwed,
];

/// Whether a change is of the kind that a new SONAME declares.
fn is_by_soname(change: &Change) -> bool {
    !matches!(change.rule.entry().family, Family::Gate | Family::Evidence)
        && !NOT_BY_SONAME.contains(&change.rule)
}

/// The libraries that a change concerns, by their files.
fn libraries(change: &Change) -> impl Iterator<Item = &str> {
    let subject = &change.subject;
    let own = match subject.kind {
        SubjectKind::Library => Some(subject.name.as_str()),
        _ => subject.library.as_deref(),
    };
    let members = change.members.iter().map(|member| member.library.as_str());
    own.into_iter().chain(change.affects.libraries.iter().map(String::as_str)).chain(members)
}

impl Owed {
    /// By the findings that count.
    pub fn of(verdict: &Verdict) -> Owed {
        let counted = |finding: &&Finding| finding.counts() && finding.tier.can_stop();
        // What a new SONAME declares is a break all the same.
        let is_declared = |finding: &Finding| finding.waived.as_ref().is_some_and(|w| w.declared.is_some());
        let weighs =
            |finding: &&Finding| counted(finding) || (is_declared(finding) && finding.tier.can_stop());
        let told: Vec<&Finding> = verdict.findings.iter().filter(weighs).collect();
        let breaking: BTreeSet<&str> = told
            .iter()
            .filter(|finding| is_break(&finding.change, Some(finding.severity)))
            .flat_map(|finding| libraries(&finding.change))
            .collect();
        let is_told_as = |soname: &Soname, rule: Rule| {
            verdict.findings.iter().any(|f| f.change.rule == rule && f.change.subject.name == soname.library)
        };
        let is_breaking = |soname: &&Soname| breaking.contains(&*soname.library);
        let all = &verdict.sonames;
        let owing = all.iter().filter(|s| is_breaking(s) && is_told_as(s, Rule::SonameBumpOwed));
        let owing: Vec<String> = owing.map(|soname| soname.old.clone()).collect();
        let declared: Vec<Soname> = all.iter().filter(|s| s.is_bumped() && is_breaking(s)).cloned().collect();
        let unneeded: Vec<Soname> =
            all.iter().filter(|s| is_told_as(s, Rule::SonameBumpUnneeded)).cloned().collect();
        let release = match &told[..] {
            _ if all.is_empty() => None,
            _ if !owing.is_empty() || !declared.is_empty() => Some(ReleaseKind::Major),
            told if told.iter().any(|f| f.severity == Severity::CannotCertify)
                || !verdict.unmet.is_empty() =>
            {
                None
            }
            told => told.iter().map(|finding| kind(finding)).max().or(Some(ReleaseKind::Patch)),
        };
        // Programs do not know what was accepted.
        let is_accepted =
            |f: &Finding| f.waived.is_some() && f.tier.can_stop() && is_break(&f.change, Some(f.severity));
        let accepted = declared.is_empty() && verdict.findings.iter().any(is_accepted);
        let release = release.map(|kind| if accepted { ReleaseKind::Major } else { kind });
        // What a policy promises nobody may break somebody all the same: no smaller release is advised then.
        let breaks_somebody = verdict.consumers.as_ref().is_some_and(|toll| !toll.broken.is_empty())
            || verdict.findings.iter().any(|finding| finding.counts() && !finding.compiled_in.is_empty());
        let release = release.filter(|&kind| kind == ReleaseKind::Major || !breaks_somebody);
        let has_types = all.iter().all(|soname| soname.has_types);
        Owed { release, owing, declared, unneeded, has_types, accepted }
    }
}

/// The least release that may have a change which asks for no SONAME.
fn kind(finding: &Finding) -> ReleaseKind {
    use Rule::*;
    let adds = [SymbolAdded, LibraryAdded, EnumeratorAdded, MemberAddedInReserve, UnionMemberAdded];
    match finding.severity {
        // Whether it is one for nothing is said apart; and one build is no other release.
        _ if matches!(finding.change.rule, SonameChanged | ReleaseSuspect) => ReleaseKind::Patch,
        Severity::Source | Severity::Breaking => ReleaseKind::Major,
        Severity::Risky => ReleaseKind::Minor,
        _ if adds.contains(&finding.change.rule) => ReleaseKind::Minor,
        _ => ReleaseKind::Patch,
    }
}

/// Whether a change breaks programs that a new SONAME would keep from it, as the comparison and the policy see it.
fn is_break(change: &Change, severity: Option<Severity>) -> bool {
    change.severity == Severity::Breaking && severity > Some(Severity::Compatible) && is_by_soname(change)
}

/// Accepts, in a comparison of two major releases, what new SONAMEs declare; not where the policy lets nothing through.
pub(super) fn declare(placed: &mut [Placed], sonames: &[Soname], policy: &Policy, profile: Profile) {
    if profile != Profile::Major {
        return;
    }
    let bumped: BTreeMap<&str, &str> =
        sonames.iter().filter(|s| s.is_bumped()).map(|s| (&*s.library, &*s.new)).collect();
    for part in placed.iter_mut().filter(|part| part.waiver.is_none()) {
        let change = &part.change;
        let is_declared_kind =
            is_by_soname(change) || matches!(change.rule, Rule::SonameChanged | Rule::EvidenceLost);
        if !is_declared_kind
            || policy.tiers[part.tier].is_never_waived
            || part.severity <= Some(Severity::Compatible)
        {
            continue;
        }
        let concerned: Vec<Option<&&str>> = libraries(change).map(|library| bumped.get(library)).collect();
        // A library that takes a changed type by value breaks under its own name.
        if !concerned.is_empty() && concerned.iter().all(Option::is_some) {
            part.declared = concerned.first().copied().flatten().map(|soname| (*soname).to_owned());
        }
    }
    // A cause stays for as long as it breaks a library that kept its name.
    let open: Vec<usize> = placed
        .iter()
        .filter(|part| {
            part.waiver.is_none() && part.declared.is_none() && part.severity >= Some(Severity::Breaking)
        })
        .filter_map(|part| part.change.derived_from)
        .collect();
    open.into_iter().for_each(|root| placed[root].declared = None);
}

/// What the changes say about SONAMEs: each library that owes one, and each that has a new one for nothing.
pub(super) fn judged(
    placed: &[Placed],
    sonames: &[Soname],
    policy: &Policy,
    profile: Profile,
) -> Vec<Placed> {
    let can_stop = |part: &&Placed| policy.tiers[part.tier].levels.can_stop(profile);
    let of = |soname: &Soname| -> Vec<(usize, &Placed)> {
        let concerns = |part: &Placed| libraries(&part.change).any(|library| library == soname.library);
        placed.iter().enumerate().filter(|(_, part)| can_stop(part) && concerns(part)).collect()
    };
    sonames
        .iter()
        .filter_map(|soname| {
            if soname.is_bumped() {
                unneeded(soname, &of(soname), policy, profile)
            } else {
                owed(soname, &of(soname), policy, profile)
            }
        })
        .collect()
}

/// The SONAME that a library owes. It follows from the first break that nobody accepted.
fn owed(soname: &Soname, parts: &[(usize, &Placed)], policy: &Policy, profile: Profile) -> Option<Placed> {
    let is_open = |part: &Placed| {
        part.waiver.is_none() && part.declared.is_none() && is_break(&part.change, part.severity)
    };
    let breaks: Vec<(usize, &Placed)> = parts.iter().filter(|(_, part)| is_open(part)).copied().collect();
    let roots = breaks.iter().filter(|(_, part)| part.change.derived_from.is_none());
    let (at, first) = roots.clone().next().or(breaks.first())?;
    let root = first.change.derived_from.unwrap_or(*at);
    let detail = Detail::Soname { name: soname.old.clone(), breaking: roots.count().max(1) as u64 };
    let mut change = Change::new(Rule::SonameBumpOwed, Subject::library(&soname.library)).with_detail(detail);
    change.derived_from = Some(root);
    Some(in_tier(change, first.tier, policy, profile))
}

/// A new SONAME for nothing: nothing that was compared breaks or may break programs.
fn unneeded(
    soname: &Soname,
    parts: &[(usize, &Placed)],
    policy: &Policy,
    profile: Profile,
) -> Option<Placed> {
    let (at, bump) = parts.iter().find(|(_, part)| part.change.rule == Rule::SonameChanged)?;
    let asks = |part: &Placed| {
        let evidence = part.change.severity == Severity::CannotCertify;
        let is_risky =
            part.change.severity == Severity::Risky && part.change.rule.entry().family != Family::Library;
        evidence || ((is_risky || part.change.severity == Severity::Breaking) && is_by_soname(&part.change))
    };
    if parts.iter().any(|(_, part)| asks(part)) {
        return None;
    }
    let value = |name: &str| Value::Library(name.to_owned());
    let mut change = Change::new(Rule::SonameBumpUnneeded, Subject::library(&soname.library))
        .between(value(&soname.old), value(&soname.new));
    if !soname.has_types {
        change = change.with_note(Note::TypesNotCompared);
    }
    change.derived_from = Some(*at);
    Some(in_tier(change, bump.tier, policy, profile))
}

fn in_tier(change: Change, tier: usize, policy: &Policy, profile: Profile) -> Placed {
    let severity = match policy.tiers[tier].levels.of(change.rule, profile) {
        Some((level, named)) => level.weigh(change.rule, change.severity, named),
        None => Some(change.severity),
    };
    Placed { change, tier, severity, waiver: None, declared: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{Export, Library};
    use crate::policy::{Date, File, JudgeContext, Outcome, judge};

    fn soname(old: &str, new: &str) -> Soname {
        Soname { library: old.to_owned(), old: old.to_owned(), new: new.to_owned(), has_types: true }
    }

    #[test]
    fn a_new_soname_is_a_later_one() {
        for (old, new) in [
            ("libx.so.1", "libx.so.2"),
            ("libx.so.9", "libx.so.10"),
            ("libssl.so.1.1", "libssl.so.3"),
            ("libdb-5.3.so", "libdb-6.0.so"),
            ("libgtk-3.so.0", "libgtk-4.so.1"),
            ("libx.so.1", "libx2.so.1"),
        ] {
            assert!(soname(old, new).is_bumped(), "{old} {new}");
        }
        for (old, new) in [
            ("libx.so.1", "libx.so.1"),
            ("libx.so.2", "libx.so.1"),
            ("libx.so.1", "libx.so"),
            ("libx.so", "libx.so.1"),
        ] {
            assert!(!soname(old, new).is_bumped(), "{old} {new}");
        }
    }

    fn release(name: &str, libraries: &[(&str, &[&str])]) -> Release {
        let library = |&(soname, exports): &(&str, &[&str])| {
            let mut library = Library { name: soname.to_owned(), ..Library::default() };
            library.dynamic.soname = Some(soname.to_owned());
            let export = |name: &&str| Export { name: (*name).into(), ..Export::default() };
            library.exports = exports.iter().map(export).collect();
            library
        };
        Release {
            name: name.to_owned(),
            libraries: libraries.iter().map(library).collect(),
            ..Release::default()
        }
    }

    fn judged(text: &str, profile: Profile, old: &[(&str, &[&str])], new: &[(&str, &[&str])]) -> Verdict {
        let (old, new) = (release("old", old), release("new", new));
        let file = File::parse(text).unwrap();
        let policy = Policy::new(&file, &|_| Err(std::io::Error::other("no file"))).unwrap();
        let context = JudgeContext { profile, ..JudgeContext::of(&old, &new, Date::from_days(0)) };
        judge(crate::diff::compare(&old, &new), &old, &new, &policy, &context).unwrap()
    }

    const BOTH: &[&str] = &["draw", "open"];
    const ONE: &[&str] = &["open"];

    #[test]
    fn a_break_under_the_old_name_owes_a_new_one() {
        let verdict = judged("", Profile::Trunk, &[("libx.so.1", BOTH)], &[("libx.so.1", ONE)]);
        let owed = Owed::of(&verdict);
        assert_eq!((owed.release, &*owed.owing), (Some(ReleaseKind::Major), &["libx.so.1".to_owned()][..]));
        let finding = verdict.findings.iter().find(|f| f.change.rule == Rule::SonameBumpOwed).unwrap();
        assert!(finding.derived_from.is_some() && finding.severity == Severity::Risky);
        // Who lets the break through owes nothing for it.
        let waiver = "waivers: [{rule: symbol-removed, name: draw, reason: nobody}]\n";
        let verdict = judged(waiver, Profile::Trunk, &[("libx.so.1", BOTH)], &[("libx.so.1", ONE)]);
        assert_eq!(verdict.outcome, Outcome::Compatible);
        assert!(Owed::of(&verdict).owing.is_empty());
        // Programs break all the same.
        assert_eq!(Owed::of(&verdict).release, Some(ReleaseKind::Major));
        // Nobody is promised anything by a name without version.
        let verdict = judged("", Profile::Trunk, &[("libx.so", BOTH)], &[("libx.so", ONE)]);
        assert_eq!(Owed::of(&verdict).release, None);
    }

    #[test]
    fn additions_owe_a_minor_release_and_nothing_else_a_patch() {
        let of =
            |old, new| Owed::of(&judged("", Profile::Trunk, &[("libx.so.1", old)], &[("libx.so.1", new)]));
        assert_eq!(of(ONE, BOTH).release, Some(ReleaseKind::Minor));
        assert_eq!(of(ONE, ONE).release, Some(ReleaseKind::Patch));
        assert!(!of(ONE, ONE).has_types, "no side has debug info");
    }

    #[test]
    fn between_major_releases_a_new_name_declares_what_breaks() {
        let (old, new) = ([("libx.so.1", BOTH)], [("libx.so.2", ONE)]);
        for profile in [Profile::Patch, Profile::Minor, Profile::Trunk] {
            let verdict = judged("", profile, &old, &new);
            assert_eq!(verdict.outcome, Outcome::Breaking);
            let owed = Owed::of(&verdict);
            assert!(
                owed.declared.len() == 1 && owed.owing.is_empty() && owed.unneeded.is_empty(),
                "{owed:?}"
            );
        }
        let verdict = judged("", Profile::Major, &old, &new);
        assert_eq!(verdict.outcome, Outcome::Compatible);
        let declared = |f: &Finding| f.waived.as_ref().and_then(|w| w.declared.clone());
        assert!(
            verdict
                .findings
                .iter()
                .filter(|f| f.severity == Severity::Breaking)
                .all(|f| declared(f).is_some())
        );
        assert_eq!(Owed::of(&verdict).declared[0].new, "libx.so.2");
    }

    #[test]
    fn what_no_new_name_declares_is_judged() {
        let breaks = |old: &[(&str, &[&str])], new: &[(&str, &[&str])]| {
            judged("", Profile::Major, old, new).outcome == Outcome::Breaking
        };
        // Beside a library with a new name, one breaks under its old one, and one is gone.
        let old: &[(&str, &[&str])] = &[("libx.so.1", BOTH), ("liby.so.1", BOTH)];
        assert!(breaks(old, &[("libx.so.2", ONE), ("liby.so.1", ONE)]));
        assert!(breaks(old, &[("libx.so.2", ONE)]));
        // An older name declares nothing, and one without a version neither.
        assert!(breaks(&[("libx.so.2", BOTH)], &[("libx.so.1", ONE)]));
        assert!(breaks(&[("libx.so.2", BOTH)], &[("libx.so", ONE)]));
        // A policy that lets nothing through.
        let tiers = "tiers: [{name: stable, c-names: ['*'], waivers: never}]\n";
        let verdict = judged(tiers, Profile::Major, &[("libx.so.1", BOTH)], &[("libx.so.2", ONE)]);
        assert_eq!(verdict.outcome, Outcome::Breaking);
    }

    #[test]
    fn a_new_name_for_nothing_is_told() {
        let verdict = judged("", Profile::Trunk, &[("libx.so.1", ONE)], &[("libx.so.2", BOTH)]);
        let owed = Owed::of(&verdict);
        assert_eq!(owed.unneeded.len(), 1);
        let finding = verdict.findings.iter().find(|f| f.change.rule == Rule::SonameBumpUnneeded).unwrap();
        // The new name itself keeps programs from starting.
        assert_eq!((finding.severity, verdict.outcome), (Severity::Compatible, Outcome::Breaking));
        assert_eq!(
            judged("", Profile::Major, &[("libx.so.1", ONE)], &[("libx.so.2", BOTH)]).outcome,
            Outcome::Compatible
        );
    }
}
