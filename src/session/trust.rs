//! Whose policy and baselines a gate goes by: those of the commit that a change starts from, read from git's objects, so that
//! nothing that the change brings along decides about it. What the change did to them becomes findings.

use std::collections::BTreeSet;
use std::path::Path;

use super::config::LARGEST;
use super::{CONFIG_NAME, Config, Error, GateRequest, Notice, Session, open_store};
use crate::abi::Release;
use crate::diff::{self, Detail, FileChange, Subject, Value};
use crate::gate::code_owners::{self, Owners};
use crate::git::{self, Repository, Tree};
use crate::policy::{self, Trust, WhyAdvisory};
use crate::rules::Rule;
use crate::store::{Location, Store};

type Result<T> = std::result::Result<T, Error>;

/// What `--trust` says for the change's own policy and baselines.
const NONE: &str = "none";

/// A session that goes by what counts.
pub(super) struct Trusted {
    pub(super) session: Session,
    pub(super) trust: Trust,
    /// What the change did to the files that the gate goes by.
    pub(super) changes: Vec<diff::Change>,
    /// Who owns the policy, as the same commit says.
    pub(super) owners: Owners,
}

impl Session {
    /// The same session with policy and baselines of the commit that a change starts from, where git knows it.
    pub(super) fn trusted(&self, request: &GateRequest) -> Result<Trusted> {
        let advisory = |why: WhyAdvisory| {
            let trust = Trust::Advisory { why };
            Ok(Trusted { session: self.clone(), trust, changes: Vec::new(), owners: Owners::default() })
        };
        if request.trust.as_deref() == Some(NONE) {
            return advisory(WhyAdvisory::Asked);
        }
        let unknown = |name: &str| Error::NoTrust { name: name.to_owned() };
        let Some(repository) = Repository::find(&self.options.directory)? else {
            return match &request.trust {
                Some(name) => Err(unknown(name)),
                None => advisory(WhyAdvisory::NoRepository),
            };
        };
        let (commit, of) = match &request.trust {
            Some(name) => (repository.commit(name).ok_or_else(|| unknown(name))?, name.clone()),
            None => match start(&repository, request) {
                Some(found) => found,
                None => {
                    let target = request.target().to_owned();
                    return advisory(WhyAdvisory::NoMergeBase {
                        target,
                        is_shallow: repository.is_shallow(),
                    });
                }
            },
        };
        let change = match &request.change {
            Some(name) => Some(repository.commit(name).ok_or_else(|| unknown(name))?),
            None => None,
        };
        let tree = repository.tree(commit);
        Base { tree, of, change, session: self }.trusted()
    }

    /// Whether which library of a build a program loads is not known: there are more of one name than before, and they differ.
    pub(super) fn ambiguous(old: &Release, new: &Release) -> Vec<diff::Change> {
        let names: BTreeSet<&str> = new.libraries.iter().map(|library| library.link_name()).collect();
        let of = |release: &'_ Release, name: &str| {
            release.libraries.iter().filter(|l| l.link_name() == name).count()
        };
        let mut found = Vec::new();
        for name in names {
            let before = of(old, name);
            let now: Vec<_> = new.libraries.iter().filter(|library| library.link_name() == name).collect();
            let is_plug_in = now.iter().all(|library| library.is_plug_in());
            let are_alike =
                now.windows(2).all(|two| two[0].exports == two[1].exports && two[0].types == two[1].types);
            if before == 0 || now.len() <= before || are_alike || is_plug_in {
                continue;
            }
            let path =
                |library: &&crate::abi::Library| library.path.clone().unwrap_or_else(|| library.name.clone());
            let detail = Detail::Paths(now.iter().map(path).collect());
            found.push(diff::Change::new(Rule::LibraryAmbiguous, Subject::library(name)).with_detail(detail));
        }
        found
    }
}

/// The commit that a change starts from, and the branch that says so.
fn start(repository: &Repository, request: &GateRequest) -> Option<(String, String)> {
    let head = request.head();
    let named = request.named_target();
    let targets = match named {
        Some(target) => vec![target.to_owned()],
        // Nobody said what the branch is called.
        None => {
            let own = repository.default_branch();
            ["main".to_owned()].into_iter().chain(own).chain(["master".to_owned()]).collect()
        }
    };
    targets.into_iter().find_map(|target| {
        let name = target.strip_prefix("refs/heads/").unwrap_or(&target);
        let references = [format!("refs/remotes/origin/{name}"), format!("refs/heads/{name}")];
        let commit = references.iter().find_map(|reference| repository.merge_base(reference, head))?;
        Some((commit, name.to_owned()))
    })
}

/// The commit that counts, and what is held against it.
struct Base<'s> {
    tree: Tree,
    of: String,
    /// The commit of the change; none for what is checked out.
    change: Option<String>,
    session: &'s Session,
}

/// Where the configuration that counts is.
enum Found {
    /// Named by whoever runs the gate, and not kept by git.
    Operator,
    /// In the commit, at that path, with that text.
    At(String, String),
    /// The commit has none.
    Nowhere,
}

impl Base<'_> {
    fn repository(&self) -> &Repository {
        self.tree.repository()
    }

    fn trusted(&self) -> Result<Trusted> {
        let options = &self.session.options;
        let found = self.find()?;
        let (mut config, path) = match &found {
            Found::Operator => ((*self.session.config).clone(), None),
            Found::At(path, text) => {
                let file = self.repository().root().join(path);
                (
                    Config::parse(&file, text)?.at_commit(self.tree.clone(), directory(path)),
                    Some(path.clone()),
                )
            }
            Found::Nowhere => (Config::default(), None),
        };
        let kept = self.store(&config, path.as_deref())?;
        let (store, outside) = match kept {
            Place::Operator(location) => {
                let shown = match &location {
                    Location::Directory(directory) => self.repository().relative(directory),
                    Location::Service(_) => None,
                };
                let shown = shown.unwrap_or_else(|| location.to_string());
                (open_store(location, options, &self.session.events)?, Some(shown))
            }
            Place::Commit(store) => (store, None),
        };
        let has_baselines = outside.is_some() || !store.list()?.is_empty();
        if matches!(found, Found::Nowhere) && !has_baselines {
            let trust = Trust::Advisory { why: WhyAdvisory::NotAdopted { of: self.of.clone() } };
            return Ok(Trusted {
                session: self.session.clone(),
                trust,
                changes: Vec::new(),
                owners: Owners::default(),
            });
        }
        config.store = None;
        let changes = self.changes(&found, &config, &store, outside.is_none())?;
        let session = Session::assembled(config, (**options).clone(), store, self.session)?;
        let trust = Trust::Enforced {
            commit: self.tree.commit().to_owned(),
            of: self.of.clone(),
            baselines: outside,
        };
        let owners = path.as_deref().map_or_else(|| Ok(Owners::default()), |path| self.owners(path))?;
        Ok(Trusted { session, trust, changes, owners })
    }

    /// The configuration that counts: the one that was named, or the nearest from here upwards that the commit has.
    fn find(&self) -> Result<Found> {
        let text = |path: &str| -> Result<Option<String>> {
            let Some(data) = self.tree.read(path, LARGEST)? else { return Ok(None) };
            let what = git::Error::Path { path: path.to_owned(), what: "is no UTF-8 text" };
            Ok(Some(String::from_utf8(data).map_err(|_| what)?))
        };
        if let Some(file) = &self.session.options.config {
            let Some(path) = self.repository().relative(file) else { return Ok(Found::Operator) };
            return match text(&path)? {
                Some(text) => Ok(Found::At(path, text)),
                None if self.is_of_change(&path)? => Err(Error::NotAtBase { path, of: self.of.clone() }),
                None => Ok(Found::Operator),
            };
        }
        for path in self.candidates() {
            if let Some(text) = text(&path)? {
                return Ok(Found::At(path, text));
            }
        }
        Ok(Found::Nowhere)
    }

    fn owners(&self, path: &str) -> Result<Owners> {
        for place in code_owners::PLACES {
            if let Some(text) = self.tree.read(place, LARGEST)? {
                return Ok(code_owners::owners(&String::from_utf8_lossy(&text), path));
            }
        }
        Ok(Owners::default())
    }

    /// Where a configuration would be found, nearest first.
    fn candidates(&self) -> Vec<String> {
        let here = self.session.options.directory.canonicalize().ok();
        let below = here.as_deref().and_then(|here| here.strip_prefix(self.repository().root()).ok());
        let below = below.unwrap_or(Path::new("")).to_owned();
        let path = |directory: &Path| directory.join(CONFIG_NAME).to_str().map(str::to_owned);
        below.ancestors().filter_map(path).collect()
    }

    /// Whether the change has something at a path or below it that git keeps.
    fn is_of_change(&self, path: &str) -> Result<bool> {
        match &self.change {
            Some(commit) => Ok(self.repository().tree(commit.clone()).entry(path)?.is_some()),
            None => Ok(self.repository().tracks(path)),
        }
    }

    /// The store that counts.
    fn store(&self, config: &Config, path: Option<&str>) -> Result<Place> {
        if let Some(store) = &self.session.options.store {
            let Location::Directory(directory) = store else { return Ok(Place::Operator(store.clone())) };
            return Ok(match self.repository().relative(directory) {
                // Named by whoever runs the gate, but its content is in git.
                Some(path) if self.tree.entry(&path)?.is_some() => {
                    Place::Commit(Store::open_at(self.tree.clone(), &path)?)
                }
                Some(path) if self.is_of_change(&path)? => {
                    return Err(Error::NotAtBase { path, of: self.of.clone() });
                }
                _ => Place::Operator(store.clone()),
            });
        }
        if path.is_none() && config.file.is_some() {
            // The configuration of whoever runs the gate says where it is.
            let beside = || Location::Directory(config.directory().join("baselines"));
            return Ok(Place::Operator(config.store.clone().unwrap_or_else(beside)));
        }
        // The commit says which service keeps them, and no change to files changes what it keeps.
        if let Some(service @ Location::Service(_)) = &config.store {
            return Ok(Place::Operator(service.clone()));
        }
        let directory =
            git::below(path.map_or("", directory), config.written_store().unwrap_or("baselines"))?;
        let store = Store::open_at(self.tree.clone(), &directory)?;
        if store.list()?.is_empty() && !self.is_of_change(&directory)? {
            let place = self.repository().root().join(&directory);
            let is_link = place.symlink_metadata().is_ok_and(|data| data.is_symlink());
            if !is_link && place.is_dir() {
                return Ok(Place::Operator(Location::Directory(place)));
            }
        }
        Ok(Place::Commit(store))
    }

    /// What the change did to the files that count.
    fn changes(
        &self,
        found: &Found,
        config: &Config,
        store: &Store,
        is_kept: bool,
    ) -> Result<Vec<diff::Change>> {
        let mut changes = Vec::new();
        let of_file = |rule: Rule, path: &str, change: FileChange| {
            diff::Change::new(rule, Subject::file(path)).with_detail(Detail::File(change))
        };
        let path = match found {
            Found::At(path, text) => {
                self.config_changes(path, text, &mut changes)?;
                Some(path.as_str())
            }
            _ => None,
        };
        // A nearer configuration would count from then on.
        if self.session.options.config.is_none() && !matches!(found, Found::Operator) {
            for nearer in self.candidates().iter().take_while(|nearer| Some(nearer.as_str()) != path) {
                if self.is_of_change(nearer)? {
                    changes.push(of_file(Rule::PolicyChanged, nearer, FileChange::Added));
                }
            }
        }
        if let Some(path) = path {
            for (file, change) in self.companions(config, directory(path))? {
                changes.push(of_file(Rule::PolicyChanged, &file, change));
            }
        }
        if is_kept {
            self.store_changes(&store.root().display().to_string(), &mut changes)?;
        }
        Ok(changes)
    }

    fn config_changes(&self, path: &str, text: &str, changes: &mut Vec<diff::Change>) -> Result<()> {
        let mut push = |rule: Rule, name: &str, change: FileChange| {
            changes.push(diff::Change::new(rule, Subject::file(name)).with_detail(Detail::File(change)));
        };
        if self.diff(path)?.is_empty() {
            return Ok(());
        }
        let Some(now) = self.text_of_change(path)? else {
            let change = if self.is_of_change(path)? { FileChange::Unreadable } else { FileChange::Removed };
            push(Rule::PolicyChanged, path, change);
            return Ok(());
        };
        let difference = policy::difference(text, &now);
        if difference.is_unreadable {
            push(Rule::PolicyChanged, path, FileChange::Unreadable);
        }
        if !difference.keys.is_empty() {
            push(Rule::PolicyChanged, path, FileChange::Keys(difference.keys));
        }
        for (what, reason) in difference.waivers {
            push(Rule::WaiverAdded, &what, FileChange::Waiver(reason));
        }
        if let Some((old, new)) = difference.store {
            let value = |store: Option<String>| Value::name(store.as_deref().unwrap_or("baselines"));
            let change = diff::Change::new(Rule::StoreMoved, Subject::file(path));
            changes.push(change.between(value(old), value(new)));
        }
        Ok(())
    }

    /// The text that the change has at a path; none: it has no text there.
    fn text_of_change(&self, path: &str) -> Result<Option<String>> {
        let data = match &self.change {
            Some(commit) => self.repository().tree(commit.clone()).read(path, LARGEST).unwrap_or(None),
            None => {
                let file = self.repository().root().join(path);
                let is_file =
                    file.symlink_metadata().is_ok_and(|data| data.is_file() && data.len() <= LARGEST);
                is_file.then(|| std::fs::read(&file).ok()).flatten()
            }
        };
        Ok(data.and_then(|data| String::from_utf8(data).ok()))
    }

    /// What became of the lists and consumers that the policy names.
    fn companions(&self, config: &Config, directory: &str) -> Result<Vec<(String, FileChange)>> {
        let mut found = Vec::new();
        for path in config.lists() {
            found.extend(self.diff(&git::below(directory, path)?)?);
        }
        for pattern in config.written_consumers() {
            let whole = git::below(directory, pattern)?;
            let (above, name) = whole.rsplit_once('/').unwrap_or(("", &whole));
            if !name.contains(['*', '?', '[', '{']) {
                found.extend(self.diff(&whole)?);
            } else if let Ok(glob) = crate::patterns::Glob::parse(name) {
                let fits = |path: &str| {
                    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                    folder == above && glob.matches(name)
                };
                found.extend(self.diff(above)?.into_iter().filter(|(path, _)| fits(path)));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup();
        Ok(found.into_iter().map(|(path, change)| (path, file_change(change))).collect())
    }

    /// One finding for each release that came, went or is another one.
    fn store_changes(&self, root: &str, changes: &mut Vec<diff::Change>) -> Result<()> {
        let mut releases: Vec<(String, FileChange)> = Vec::new();
        for (path, change) in self.diff(root)? {
            let below = path.strip_prefix(root).unwrap_or(&path).trim_start_matches('/');
            if below.is_empty() {
                // A link or a file stands in the place of the directory.
                let moved = diff::Change::new(Rule::StoreMoved, Subject::file(root));
                changes.push(moved.with_detail(Detail::File(FileChange::Unreadable)));
                continue;
            }
            let parts: Vec<&str> = below.split('/').collect();
            let [release, platform, ..] = parts[..] else { continue };
            // What is said beside a store, and not in it.
            if parts.len() < 3 && change == git::Change::Added && !self.is_link(&path)? {
                continue;
            }
            let name = format!("{release} {platform}");
            let change = file_change(change);
            match releases.iter_mut().find(|known| known.0 == name) {
                Some(known) if known.1 != change => known.1 = FileChange::Modified,
                Some(_) => {}
                None => releases.push((name, change)),
            }
        }
        for (name, change) in releases {
            let subject = Subject::file(&format!("{root}: {name}"));
            changes.push(diff::Change::new(Rule::BaselineChanged, subject).with_detail(Detail::File(change)));
        }
        Ok(())
    }

    fn is_link(&self, path: &str) -> Result<bool> {
        match &self.change {
            Some(commit) => {
                let entry = self.repository().tree(commit.clone()).entry(path)?;
                Ok(entry.is_some_and(|entry| entry.kind != git::Kind::File))
            }
            None => {
                let data = self.repository().root().join(path).symlink_metadata();
                Ok(data.is_ok_and(|data| data.is_symlink()))
            }
        }
    }

    fn diff(&self, path: &str) -> Result<Vec<(String, git::Change)>> {
        let path = if path.is_empty() { "." } else { path };
        Ok(self.repository().changed(self.tree.commit(), self.change.as_deref(), path)?)
    }
}

/// Where the store that counts is.
enum Place {
    /// Where git does not keep it: whoever runs the gate put it there, or a service keeps it.
    Operator(Location),
    /// In the commit.
    Commit(Store),
}

/// The directory of a path of the repository.
fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn file_change(change: git::Change) -> FileChange {
    match change {
        git::Change::Added => FileChange::Added,
        git::Change::Modified => FileChange::Modified,
        git::Change::Removed => FileChange::Removed,
    }
}

/// What somebody should know who thinks that a gate enforces more than it does.
pub(super) fn notice(trust: &Trust, session: &Session) {
    if let Trust::Advisory { why: WhyAdvisory::NoMergeBase { target, is_shallow } } = trust {
        session.events.notice(&Notice::NoMergeBase { target, is_shallow: *is_shallow });
    }
}
