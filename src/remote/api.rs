//! What is said over the service's API, `/api/v1`, as types that both ends share. No field is renamed or removed within v1;
//! readers ignore fields that they do not know.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the API begins, after scheme and host.
pub const ROOT: &str = "/api/v1";

/// What a snapshot is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A release, under its name.
    Release,
    /// A commit of a branch, under its hash.
    Branch,
    /// A pull request's build, under `NUMBER@COMMIT`.
    Pull,
}

impl Kind {
    /// As it is stored and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Release => "release",
            Kind::Branch => "branch",
            Kind::Pull => "pull",
        }
    }

    /// The kind with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Kind> {
        [Kind::Release, Kind::Branch, Kind::Pull].into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a snapshot is believed: it is what whoever sent it may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Built by a workflow that its author could change: a claim, never a base.
    Claimed,
    /// Built from a commit that is merged.
    Trusted,
    /// Sent by whoever may publish releases.
    Release,
}

impl Trust {
    /// As it is stored and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Trust::Claimed => "claimed",
            Trust::Trusted => "trusted",
            Trust::Release => "release",
        }
    }

    /// The level with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Trust> {
        [Trust::Claimed, Trust::Trusted, Trust::Release].into_iter().find(|trust| trust.name() == name)
    }
}

/// One library of an upload: the header line of its dump, and which facts follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LibraryEntry {
    /// Name of the dump's file without `.abi.zst`: `libc10.so`.
    pub file: String,
    /// The dump's header line, without its line end.
    pub header: String,
    /// SHA-256 of the facts, which are the dump's text after its header line, in hexadecimal.
    pub facts: String,
    /// Bytes of the facts.
    pub size: u64,
}

/// `POST /projects/{project}/uploads`: what is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// What it is of.
    pub kind: Kind,
    /// Name of the release, hash of the commit, or number and hash.
    pub name: String,
    /// Platform and variant: `linux-x86_64`.
    pub platform: String,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The commit that a pull request is based on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_commit: Option<String>,
    /// Its libraries.
    pub libraries: Vec<LibraryEntry>,
}

/// What became of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum UploadState {
    /// Facts may be sent.
    Open,
    /// It is a snapshot now.
    Sealed,
}

/// An upload, and what is still missing of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Upload {
    /// What it is called.
    pub id: String,
    /// What became of it.
    pub state: UploadState,
    /// SHA-256 of the facts that the service does not have yet, each once.
    pub missing: Vec<String>,
    /// When it is thrown away unless it is sealed, in milliseconds since 1970.
    pub expires_at: i64,
    /// The snapshot, once it is sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

/// A sealed upload, which does not change any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Snapshot {
    /// What it is called in addresses.
    pub id: String,
    /// What it is of.
    pub kind: Kind,
    /// Name of the release, hash of the commit, or number and hash.
    pub name: String,
    /// Platform and variant.
    pub platform: String,
    /// How far it is believed.
    pub trust: Trust,
    /// The commit that it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When it was sealed, in milliseconds since 1970.
    pub sealed_at: i64,
    /// Libraries in it.
    pub libraries: u64,
    /// Bytes of all its facts.
    pub size: u64,
}

/// A snapshot with what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct SnapshotContents {
    /// The snapshot.
    #[serde(flatten)]
    pub snapshot: Snapshot,
    /// Its libraries, by their names.
    pub entries: Vec<LibraryEntry>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What `?after=` gets for the next one; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Who may read a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Who has a token or a session of its organisation.
    Private,
}

impl Visibility {
    /// As it is stored and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Private => "private",
        }
    }

    /// What a stored word means; anything unknown is private.
    #[must_use]
    pub fn parse(name: &str) -> Visibility {
        if name == "public" { Visibility::Public } else { Visibility::Private }
    }
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Project {
    /// What it is called in addresses.
    pub slug: String,
    /// What people call it.
    pub title: String,
    /// Who may read it.
    pub visibility: Visibility,
    /// SHA-256 of its policy; none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// `POST /projects`: a project to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// What it is called in addresses: letters, digits, `.`, `_`, `-`.
    pub slug: String,
    /// What people call it; the slug where nothing is said.
    #[serde(default)]
    pub title: Option<String>,
    /// Who may read it; private where nothing is said.
    #[serde(default)]
    pub visibility: Option<Visibility>,
}

/// A file that a policy refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Its path, relative to `abigate.yaml`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// `PUT /projects/{project}/policy`: the policy that comparisons of the project are judged under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyBundle {
    /// The text of `abigate.yaml`.
    pub config: String,
    /// Lists that it names.
    #[serde(default)]
    pub files: Vec<PolicyFile>,
}

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ComparisonState {
    /// It waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// It has a report.
    Done,
    /// It has a reason why there is no report.
    Failed,
}

impl ComparisonState {
    /// As it is stored and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ComparisonState::Queued => "queued",
            ComparisonState::Running => "running",
            ComparisonState::Done => "done",
            ComparisonState::Failed => "failed",
        }
    }

    /// The state with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<ComparisonState> {
        use ComparisonState::{Done, Failed, Queued, Running};
        [Queued, Running, Done, Failed].into_iter().find(|state| state.name() == name)
    }
}

/// `GET /projects/{project}/compare/{old}...{new}`: two snapshots under the project's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// What it is called in addresses.
    pub id: String,
    /// How far it is.
    pub state: ComparisonState,
    /// The old snapshot.
    pub old: Snapshot,
    /// The new one.
    pub new: Snapshot,
    /// SHA-256 of the policy; none without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Version of the program that compares.
    pub engine: String,
    /// `compatible`, `breaking` or `inconclusive`, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The verdict in one line, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Paths of its reports, once it is done: `json`, `html`, `text`, `markdown`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ReportLink>,
}

/// Where a report is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct ReportLink {
    /// Its format.
    pub format: String,
    /// Its path.
    pub path: String,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Reading.
    Read,
    /// Sending builds of pull requests, which are claims.
    PushClaims,
    /// Sending builds of commits as well.
    Push,
    /// Sending releases as well.
    PushReleases,
    /// Everything, tokens and projects included.
    Admin,
}

impl Scope {
    /// As it is stored and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::PushClaims => "push-claims",
            Scope::Push => "push",
            Scope::PushReleases => "push-releases",
            Scope::Admin => "admin",
        }
    }

    /// The scope with a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Scope> {
        use Scope::{Admin, Push, PushClaims, PushReleases, Read};
        [Read, PushClaims, Push, PushReleases, Admin].into_iter().find(|scope| scope.name() == name)
    }
}

/// `POST /tokens`: a token to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What people call it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// The only project that it is for; all of the organisation where nothing is said.
    #[serde(default)]
    pub project: Option<String>,
    /// Days that it is good for, at most 366; 90 where nothing is said.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A token, as it is shown afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Token {
    /// What it is called in addresses.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// The only project that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When it ends, in milliseconds since 1970.
    pub expires_at: i64,
    /// The token itself, which is told once, when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// `POST /oidc/exchange`: a forge's identity token for one of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExchangeRequest {
    /// The project that is to be pushed to.
    pub project: String,
    /// The forge's token.
    pub token: String,
}

/// A workflow that may push without a stored secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Publisher {
    /// Who signs its tokens: `https://token.actions.githubusercontent.com`, a GitLab's address.
    pub issuer: String,
    /// The forge's number of the owner.
    pub owner_id: String,
    /// The forge's number of the repository.
    pub repository_id: String,
    /// The workflow's file, without its ref: `o/r/.github/workflows/release.yml`.
    pub workflow: String,
    /// The environment that its job is in; any where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Which refs, with wildcards: `refs/tags/v*`.
    pub refs: String,
    /// What it may do.
    pub scope: Scope,
}

/// What went wrong, as `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "serve", derive(utoipa::ToSchema))]
pub struct Problem {
    /// What kind of problem it is: an address of the documentation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP's status.
    pub status: u16,
    /// What is wrong this time.
    pub detail: String,
}
