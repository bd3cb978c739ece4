//! May a change be merged: against which release and which commit it is compared, what of its breaks is released, and who
//! accepted them.

use std::path::PathBuf;

use super::trust::{self, Trusted};
use super::{Error, Notice, Session, git, source_lines};
use crate::abi::Release;
use crate::diff::Change;
use crate::gate::acknowledge::{
    self, Approval, Commit, How, Refusal, Request, Root, Standing, USUAL_LABEL, USUAL_TRAILER,
};
use crate::gate::code_owners::Owners;
use crate::gate::suppress_unreleased;
use crate::gate::{Gate, branch};
use crate::git::Repository;
use crate::patterns::Glob;
use crate::policy::{
    Date, GateSettings, JudgeContext, Outcome, Policy, Profile, Requirement, Trust, Verdict,
};
use crate::rules::Rule;
use crate::store::Store;
use crate::{store, versions};

type Result<T> = std::result::Result<T, Error>;

/// The branch of the remote with dumps of commits, as it was fetched.
const COMMITS: &str = "refs/remotes/origin/abi-baselines";

/// What is asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GateRequest {
    /// What is to be merged.
    pub new: String,
    /// Release that it has to be compatible with; none for the newest stored one.
    pub base: Option<String>,
    /// Commit that the change starts from; none for what git says, where its dump is stored.
    pub merge_base: Option<String>,
    /// Branch that it is to be merged into, as somebody said it.
    pub target: Option<String>,
    /// The same as CI says it; counts where nobody said it. Without both, `main`.
    pub ci_target: Option<String>,
    /// Platform of stored releases.
    pub platform: Option<String>,
    /// What kind of comparison it is; none for what the branches say.
    pub profile: Option<Profile>,
    /// The day on which waivers are judged.
    pub today: Date,
    /// Commit whose policy and baselines count; `none` for the change's own. None for the newest that the change and the target
    /// branch have in common, where git knows it.
    pub trust: Option<String>,
    /// Commit of the change; none for what is checked out.
    pub change: Option<String>,
    /// Patterns of the libraries that it is about; none: all that the configuration says.
    pub libraries: Vec<String>,
    /// Comparisons that have to be possible, besides what the policy says.
    pub require: Vec<Requirement>,
}

impl GateRequest {
    /// Whether that may be merged, on that day.
    pub fn new(new: impl Into<String>, today: Date) -> GateRequest {
        GateRequest {
            new: new.into(),
            base: None,
            merge_base: None,
            target: None,
            ci_target: None,
            platform: None,
            profile: None,
            today,
            trust: None,
            change: None,
            libraries: Vec::new(),
            require: Vec::new(),
        }
    }

    pub(super) fn target(&self) -> &str {
        self.named_target().unwrap_or("main")
    }

    /// The commit of the change.
    pub(super) fn head(&self) -> &str {
        self.change.as_deref().unwrap_or("HEAD")
    }

    /// The branch that somebody or CI named.
    pub(super) fn named_target(&self) -> Option<&str> {
        self.target.as_deref().or(self.ci_target.as_deref())
    }
}

/// What the gate came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Decision {
    /// The verdicts.
    pub gate: Gate,
    /// Who accepted what breaks, once [`Session::accept`] has found somebody.
    pub acceptances: Vec<Acceptance>,
    /// Labels and reviews that accept nothing, and why.
    pub refused: Vec<Refusal>,
    /// What the change itself says of its breaks, which accepts nothing.
    pub request: Option<Request>,
    /// The label that accepts what breaks, as the policy calls it.
    pub label: Option<String>,
    /// The releases that were compared.
    pub compared: Vec<Release>,
    /// Whose policy and baselines counted.
    pub trust: Trust,
    policy: Policy,
    settings: GateSettings,
    /// Who owns the policy.
    owners: Owners,
    /// The commit that the change starts from, where git knows it.
    start: Option<String>,
    /// The commit of the change, as it was named.
    head: String,
}

impl Decision {
    /// Fingerprints of what breaks, which is what an acceptance that is given from now on is about.
    pub fn stands(&self) -> Vec<String> {
        acknowledge::stands(&self.gate.verdict)
    }

    /// Whether there is something to accept.
    pub fn is_breaking(&self) -> bool {
        self.gate.verdict.outcome == Outcome::Breaking
    }
}

/// A decision to accept what a change breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Who, and by what.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The library, rule or name that it is about; none: everything.
    pub about: Option<String>,
    /// The root causes that it lets through: none where the policy lets nobody accept any of them.
    pub covers: Vec<Root>,
    /// Root causes that came after it was given, which it does not let through.
    pub later: Vec<Root>,
}

impl Session {
    /// The comparison with the release, and the one with the commit that the change starts from.
    ///
    /// # Errors
    /// There is no release, something cannot be read, or the policy has a mistake.
    pub fn gate(&self, request: &GateRequest) -> Result<Decision> {
        let Trusted { session, trust, changes, owners, start } = self.trusted(request)?;
        trust::notice(&trust, self);
        let session = session.for_builds().only(&request.libraries)?;
        let mut decision = session.decide(request, trust, changes, start)?;
        decision.owners = owners;
        Ok(decision)
    }

    /// The same, by the policy and the baselines of this session.
    fn decide(
        &self,
        request: &GateRequest,
        trust: Trust,
        changes: Vec<Change>,
        start: Option<String>,
    ) -> Result<Decision> {
        let mut judge = self.judge()?;
        let base = match &request.base {
            Some(base) => base.clone(),
            None => self.newest_release(&trust)?,
        };
        let context = JudgeContext {
            profile: self.gate_profile(request)?,
            today: request.today,
            require: request.require.clone(),
            file: self.config.file_name(),
            trust: Some(trust.clone()),
            aside: Vec::new(),
        };
        let decisive = JudgeContext { aside: changes, ..context.clone() };
        let mut verdict = |old: &Release, new: &Release, context: &JudgeContext| -> Result<Verdict> {
            let mut verdict = judge.verdict(old, new, context)?;
            if context.profile == Profile::Trunk {
                // A change of the documentation builds the release once more.
                verdict.findings.retain(|finding| finding.change.rule != Rule::ReleaseSuspect);
            }
            Ok(verdict)
        };
        let named = [self.resolve_baseline(&base)?, self.resolve(&request.new)?];
        let names = [&*base, &*request.new];
        let (old, new) = self.load_named_pair(named, names, request.platform.as_deref())?;
        let platform = old.platform.to_string();
        let mut compared = vec![old];
        let from = match &request.merge_base {
            Some(name) => Some((self.clone(), name.clone())),
            None => start.as_deref().and_then(|hash| self.stored_commit(hash)),
        };
        let mut gate = match &from {
            None => Gate { verdict: verdict(&compared[0], &new, &decisive)?, since: None },
            Some((session, from)) => {
                let since = verdict(&compared[0], &new, &context)?;
                let old = session.load_named(session.resolve_baseline(from)?, from, Some(&platform))?;
                let old = self.in_scope(old)?;
                let mut verdict = verdict(&old, &new, &decisive)?;
                suppress_unreleased::limit(&mut verdict, &since);
                compared.push(old);
                Gate { verdict, since: Some(since) }
            }
        };
        compared.push(new);
        for verdict in [Some(&mut gate.verdict), gate.since.as_mut()].into_iter().flatten() {
            verdict.build = self.build_of(&request.new);
        }
        let sources = [self.config.directory().to_owned(), PathBuf::new()];
        source_lines::refine(&mut gate.verdict, &sources);
        let settings = self.config.gate().clone();
        let label = settings.labels().map_or(Some(USUAL_LABEL), |labels| labels.first().map(String::as_str));
        Ok(Decision {
            gate,
            acceptances: Vec::new(),
            refused: Vec::new(),
            request: None,
            label: label.map(str::to_owned),
            compared,
            trust,
            policy: judge.policy,
            settings,
            owners: Owners::default(),
            start,
            head: request.head().to_owned(),
        })
    }

    /// Looks for somebody who accepts what a decision says breaks: labels and reviews of the pull request, and what commits of
    /// the change ask for, to which those that git knows are added. `members`: whether somebody is in a team, as
    /// `organization/team` and login; none where nobody says.
    pub fn accept(
        &self,
        decision: &mut Decision,
        approvals: &[Approval],
        commits: Vec<Commit>,
        members: &dyn Fn(&str, &str) -> Option<bool>,
    ) {
        if !decision.is_breaking() {
            return;
        }
        let settings = &decision.settings;
        let or = |list: Option<&[String]>, usual: &str| {
            list.map_or_else(|| vec![usual.to_owned()], <[String]>::to_vec)
        };
        let wanted = or(settings.labels(), USUAL_LABEL);
        let trailers = or(settings.trailers(), USUAL_TRAILER);
        let start = decision.start.as_deref();
        let mut all =
            start.map_or_else(Vec::new, |start| git::commits(&self.options.directory, start, &decision.head));
        all.extend(commits);
        for what in acknowledge::misplaced(&all, &trailers) {
            self.events.notice(&Notice::Trailer { what: &what });
        }
        decision.request = acknowledge::request(&all, &trailers);
        let broken = acknowledge::broken_libraries(&decision.gate.verdict);
        let standing = |approval: &Approval| -> Standing {
            match (&approval.how, &approval.standing) {
                (How::Review, Standing::Valid) => of_owner(approval, &decision.owners, members),
                (_, standing) => standing.clone(),
            }
        };
        let judged = |approval: &Approval| Approval { standing: standing(approval), ..approval.clone() };
        let approvals: Vec<Approval> = approvals.iter().map(judged).collect();
        let is_enforced = matches!(decision.trust, Trust::Enforced { .. });
        let (found, refused) =
            acknowledge::decisions(&approvals, &wanted, decision.request.as_ref(), is_enforced, &broken);
        decision.refused = refused;
        for found in found {
            let applied = acknowledge::apply(&mut decision.gate.verdict, &decision.policy, &found);
            let acknowledge::Acknowledgement { by, reason, about, .. } = found;
            let acknowledge::Applied { accepted: covers, later } = applied;
            decision.acceptances.push(Acceptance { by, reason, about, covers, later });
        }
    }

    /// The newest stored release that is one: commits are stored as well.
    fn newest_release(&self, trust: &Trust) -> Result<String> {
        let entries = self.store.list()?;
        let is_version = |name: &&str| Profile::of(name, name) != Profile::Trunk;
        let versions = store::releases(&entries).into_iter().filter(is_version);
        versions.max_by(|a, b| versions::compare(a, b)).map(str::to_owned).ok_or_else(|| Error::EmptyStore {
            root: self.store.root().to_owned(),
            hint: match (trust, entries.is_empty()) {
                (Trust::Enforced { baselines: None, .. }, true) => {
                    " on the branch that this change is merged into, and those of the change itself do not count: merge \
                     the first baseline before (abigate baseline add INPUT --release v1.0), or see what it would say with \
                     --trust none"
                }
                (_, true) => ": abigate baseline add INPUT --release v1.0 stores one",
                (_, false) => " under a name that is a version: --base names another one",
            },
        })
    }

    fn gate_profile(&self, request: &GateRequest) -> Result<Profile> {
        if let Some(profile) = request.profile {
            return Ok(profile);
        }
        let patterns = match self.config.gate().release_branches() {
            Some(patterns) => patterns.to_vec(),
            None => branch::USUAL.map(str::to_owned).to_vec(),
        };
        let parse = |text: &String| {
            Glob::parse(text).map_err(|bad| Error::ReleaseBranch { pattern: text.clone(), what: bad.0 })
        };
        let patterns: Vec<Glob> = patterns.iter().map(parse).collect::<Result<_>>()?;
        // Who is on a release branch without any CI means that one.
        let here = request.target.is_none().then(|| git::branch(&self.options.directory)).flatten();
        let mut names = [Some(request.target()), here.as_deref()].into_iter().flatten();
        let is_release = names.any(|name| branch::is_release(name, &patterns));
        Ok(if is_release { Profile::Patch } else { Profile::Trunk })
    }

    /// What the dump of a commit is stored as, if it is, and the session that reads it: in the store, or in the branch where the
    /// workflow of the main branch keeps them, which no change brings along.
    fn stored_commit(&self, hash: &str) -> Option<(Session, String)> {
        let find = |session: Session| {
            let stored = session.store.commits(hash).ok()?.into_iter().next()?.release;
            Some((session, stored))
        };
        let of_branch = || {
            let repository = Repository::find(&self.options.directory).ok()??;
            let commit = repository.commit(COMMITS)?;
            let store = Store::open_at(repository.tree(commit), "").ok()?;
            find(Session { store, ..self.clone() })
        };
        let stored = find(self.clone()).or_else(of_branch);
        if stored.is_none() {
            self.events.notice(&Notice::CommitNotStored { hash });
        }
        stored
    }
}

/// Whether a review is of somebody who owns the policy.
fn of_owner(approval: &Approval, owners: &Owners, members: &dyn Fn(&str, &str) -> Option<bool>) -> Standing {
    let Some(who) = &approval.who else { return Standing::NotAnOwner };
    if owners.people.contains(&who.to_ascii_lowercase()) {
        return Standing::Valid;
    }
    let mut unknown = Vec::new();
    for team in &owners.teams {
        match members(team, who) {
            Some(true) => return Standing::Valid,
            Some(false) => {}
            None => unknown.push(team.clone()),
        }
    }
    if unknown.is_empty() { Standing::NotAnOwner } else { Standing::UnknownTeam(unknown) }
}
