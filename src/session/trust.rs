//! Whose policy and baselines a gate goes by: those of the commit that a change starts from, read from git's objects, so that
//! nothing that the change brings along decides about it. What the change did to them becomes findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::config::LARGEST;
use super::resolve::baseline_path;
use super::{CONFIG_NAME, Config, Error, GateRequest, Notice, Session, open_store};
use crate::abi::Release;
use crate::diff::{self, Detail, FileChange, Subject, Value};
use crate::gate::code_owners::{self, Owners};
use crate::gate::pipeline;
use crate::gate::scripts::{self, Calls, Files, stands_before};
use crate::git::{self, Changed, Repository, Tree};
use crate::policy::{self, OtherPolicy, Trust, WhyAdvisory};
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
    /// The commit that the change starts from, where git knows it.
    pub(super) start: Option<String>,
}

impl Session {
    /// The same session with policy and baselines of the commit that a change starts from, where git knows it.
    pub(super) fn trusted(&self, request: &GateRequest) -> Result<Trusted> {
        if request.trust.as_deref() == Some(NONE) {
            let repository = Repository::find(&self.options.directory).ok().flatten();
            let start = repository.and_then(|it| Branch::find(&it, request).and_then(|found| found.start));
            return Ok(Trusted { start, ..self.advised(WhyAdvisory::Asked) });
        }
        let unknown = |name: &str| Error::NoTrust { name: name.to_owned() };
        let Some(repository) = Repository::find(&self.options.directory)? else {
            return match &request.trust {
                Some(name) => Err(unknown(name)),
                None => Ok(self.advised(WhyAdvisory::NoRepository)),
            };
        };
        let change = match &request.change {
            Some(name) => Some(repository.commit(name).ok_or_else(|| unknown(name))?),
            None => None,
        };
        let base = |commit: String, newest: Option<String>, of: String| {
            let newest = newest.filter(|newest| *newest != commit).map(|newest| repository.tree(newest));
            Base { tree: repository.tree(commit), newest, of, change, session: self, request }
        };
        if let Some(name) = &request.trust {
            let commit = repository.commit(name).ok_or_else(|| unknown(name))?;
            return base(commit, None, name.clone()).trusted();
        }
        match Branch::find(&repository, request) {
            Some(Branch { name, newest, start: Some(start) }) => base(start, Some(newest), name).trusted(),
            found => {
                let target = found.map_or_else(|| request.target().to_owned(), |branch| branch.name);
                let is_shallow = repository.is_shallow();
                Ok(self.advised(WhyAdvisory::NoMergeBase { target, is_shallow }))
            }
        }
    }

    /// By the change's own policy and baselines.
    fn advised(&self, why: WhyAdvisory) -> Trusted {
        let trust = Trust::Advisory { why };
        Trusted { session: self.clone(), trust, changes: Vec::new(), owners: Owners::default(), start: None }
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

/// The branch that a change is to be merged into.
struct Branch {
    name: String,
    /// Its newest commit.
    newest: String,
    /// The newest commit that the change has in common with it; none where git does not know one.
    start: Option<String>,
}

impl Branch {
    /// The branch that was named, or where nobody did, the one that the remote calls its own, else `main` or `master`.
    fn find(repository: &Repository, request: &GateRequest) -> Option<Branch> {
        let usual = || {
            let own = repository.default_branch();
            own.into_iter().chain(["main", "master"].map(str::to_owned)).collect()
        };
        let names: Vec<String> = request.named_target().map_or_else(usual, |target| vec![target.to_owned()]);
        names.into_iter().find_map(|name| {
            let name = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
            let there = [format!("refs/remotes/origin/{name}"), format!("refs/heads/{name}")].into_iter();
            let found: Vec<Branch> = there
                .filter_map(|reference| {
                    let newest = repository.commit(&reference)?;
                    let start = repository.merge_base(&newest, request.head());
                    Some(Branch { name: name.clone(), newest, start })
                })
                .collect();
            // Another branch is not asked in its place: a clone that was cut off has not its commits, and it is what counts.
            let with_start = found.iter().position(|branch| branch.start.is_some()).unwrap_or(0);
            found.into_iter().nth(with_start)
        })
    }
}

/// The commit that counts, and what is held against it.
struct Base<'s> {
    tree: Tree,
    /// The newest commit of the branch, where that is a later one. Its policy counts where it is another one: else whoever
    /// starts from an old commit chooses among all policies that ever were.
    newest: Option<Tree>,
    of: String,
    /// The commit of the change; none for what is checked out.
    change: Option<String>,
    session: &'s Session,
    request: &'s GateRequest,
}

/// Where the configuration that counts is.
enum Found {
    /// Named by whoever runs the gate, and not kept by git.
    Operator,
    /// In a commit, at that path, with that text.
    At(Tree, String, String),
    /// No commit that counts has one.
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
            Found::At(tree, path, text) => {
                let file = self.repository().root().join(path);
                let config = Config::parse(&file, text)?.at_commit(tree.clone(), directory(path));
                (config, Some(path.clone()))
            }
            Found::Nowhere => (Config::default(), None),
        };
        let kept = self.store(&config, path.as_deref())?;
        let mut tree = &self.tree;
        let (store, mut outside) = match kept {
            Place::Operator(location) => {
                let shown = match &location {
                    Location::Directory(directory) => self.repository().relative(directory),
                    Location::Service(_) => None,
                };
                let shown = shown.unwrap_or_else(|| location.to_string());
                (open_store(location, options, &self.session.events)?, Some(shown))
            }
            Place::Commit(store, of) => {
                tree = of;
                (store, None)
            }
        };
        // A directory that git does not keep counts beside a policy, or where whoever runs the gate named it.
        let is_named = outside.is_some() && self.session.options.store.is_some();
        let has_baselines = is_named || outside.is_none() && !store.list()?.is_empty();
        let start = Some(self.tree.commit().to_owned());
        if matches!(found, Found::Nowhere) && !has_baselines {
            let why = WhyAdvisory::NotAdopted { of: self.of.clone() };
            return Ok(Trusted { start, ..self.session.advised(why) });
        }
        config.store = None;
        let changes = self.changes(&found, &config, &store, outside.is_none())?;
        let policy = self.other_policy(&found, &config, tree)?;
        let session = Session::assembled(config, (**options).clone(), store, self.session)?;
        outside = self.named_base()?.or(outside);
        let (commit, of) = (tree.commit().to_owned(), self.of.clone());
        let trust = Trust::Enforced { commit, of, baselines: outside, policy };
        let owners = path.as_deref().map_or_else(|| Ok(Owners::default()), |path| self.owners(path))?;
        Ok(Trusted { session, trust, changes, owners, start })
    }

    /// The newest commit that counts.
    fn newest(&self) -> &Tree {
        self.newest.as_ref().unwrap_or(&self.tree)
    }

    /// Where the policy is, if it is another one than in the commit that baselines are of.
    fn other_policy(&self, found: &Found, config: &Config, baselines: &Tree) -> Result<Option<OtherPolicy>> {
        let (Found::At(tree, path, _), Some(newest)) = (found, &self.newest) else {
            let file = || OtherPolicy::File(self.session.config.file_name());
            return Ok(matches!(found, Found::Operator).then(file));
        };
        let since =
            |path: &str| Ok(self.repository().changed(baselines.commit(), Some(newest.commit()), path)?);
        let is_other = !since(path)?.is_empty() || !companions(config, directory(path), &since)?.is_empty();
        Ok(is_other.then(|| OtherPolicy::Commit(tree.commit().to_owned())))
    }

    /// A file or directory to compare with that whoever runs the gate named by its path, and that no commit has. One that git
    /// keeps is that of the commit, or does not count.
    fn named_base(&self) -> Result<Option<String>> {
        let mut outside = None;
        for name in [&self.request.base, &self.request.merge_base].into_iter().flatten() {
            // The store of the change is not asked what it has under that name.
            let Some(path) = baseline_path(name) else { continue };
            match self.repository().relative(&path).filter(|path| self.repository().tracks(path)) {
                None => outside = Some(name.clone()),
                // The base itself is checked out.
                Some(_) if self.change.is_some() => {}
                Some(path) if self.diff(&path)?.is_empty() => {}
                Some(path) => return Err(Error::NotAsInBase { path, of: self.of.clone() }),
            }
        }
        Ok(outside)
    }

    /// The configuration that counts: the one that was named, or the nearest from here upwards that the commit has.
    fn find(&self) -> Result<Found> {
        let text = |tree: &Tree, path: &str| -> Result<Option<String>> {
            let Some(data) = tree.read(path, LARGEST)? else { return Ok(None) };
            let what = git::Error::Path { path: path.to_owned(), what: "is no UTF-8 text" };
            Ok(Some(String::from_utf8(data).map_err(|_| what)?))
        };
        let newest = self.newest();
        if let Some(file) = &self.session.options.config {
            let Some(path) = self.repository().relative(file) else { return Ok(Found::Operator) };
            return match text(newest, &path)? {
                Some(text) => Ok(Found::At(newest.clone(), path, text)),
                None if self.is_of_change(&path)? => Err(Error::NotAtBase { path, of: self.of.clone() }),
                None => Ok(Found::Operator),
            };
        }
        for path in self.candidates() {
            if let Some(text) = text(newest, &path)? {
                return Ok(Found::At(newest.clone(), path, text));
            }
        }
        Ok(Found::Nowhere)
    }

    fn owners(&self, path: &str) -> Result<Owners> {
        for place in code_owners::PLACES {
            if let Some(text) = self.newest().read(place, LARGEST)? {
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
    fn store(&self, config: &Config, path: Option<&str>) -> Result<Place<'_>> {
        let named = |location: Location| match location {
            Location::Directory(directory) => self.named_store(directory),
            service @ Location::Service(_) => Ok(Place::Operator(service)),
        };
        if let Some(store) = &self.session.options.store {
            return named(store.clone());
        }
        if path.is_none() && config.file.is_some() {
            // The configuration of whoever runs the gate says where it is.
            let beside = || Location::Directory(config.directory().join("baselines"));
            return named(config.store.clone().unwrap_or_else(beside));
        }
        // The commit says which service keeps them, and no change to files changes what it keeps.
        if let Some(service @ Location::Service(_)) = &config.store {
            return Ok(Place::Operator(service.clone()));
        }
        let directory =
            git::below(path.map_or("", directory), config.written_store().unwrap_or("baselines"))?;
        let (store, of) = self.store_at(&directory)?;
        if store.list()?.is_empty() && !self.is_of_change(&directory)? {
            let place = self.repository().root().join(&directory);
            let is_link = place.symlink_metadata().is_ok_and(|data| data.is_symlink());
            if !is_link && place.is_dir() {
                return Ok(Place::Operator(Location::Directory(place)));
            }
        }
        Ok(Place::Commit(store, of))
    }

    /// The store of the commit that the change starts from; the newest one where that commit has none there yet.
    fn store_at(&self, path: &str) -> Result<(Store, &Tree)> {
        let store = Store::open_at(self.tree.clone(), path)?;
        match &self.newest {
            Some(newest) if store.list()?.is_empty() => Ok((Store::open_at(newest.clone(), path)?, newest)),
            _ => Ok((store, &self.tree)),
        }
    }

    /// The store in a directory that whoever runs the gate named, or that lies beside a policy which he did.
    fn named_store(&self, directory: PathBuf) -> Result<Place<'_>> {
        Ok(match self.repository().relative(&directory) {
            // Its content is in git.
            Some(path) if self.newest().entry(&path)?.is_some() => {
                let (store, of) = self.store_at(&path)?;
                Place::Commit(store, of)
            }
            Some(path) if self.is_of_change(&path)? => {
                return Err(Error::NotAtBase { path, of: self.of.clone() });
            }
            _ => Place::Operator(Location::Directory(directory)),
        })
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
            Found::At(_, path, text) => {
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
            for found in companions(config, directory(path), &|path| self.diff(path))? {
                changes.push(of_file(Rule::PolicyChanged, &found.path, file_change(found.change)));
            }
        }
        let root = store.root().display().to_string();
        self.owner_changes(path.unwrap_or(CONFIG_NAME), &root, &mut changes)?;
        self.pipeline_changes(&root, &mut changes)?;
        if is_kept {
            self.store_changes(&root, &mut changes)?;
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
        // Where a branch went on since, what the change did to the policy of its start is what it did.
        let before = self.text_of_start(path);
        let text = before.as_deref().unwrap_or(text);
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

    /// Whether other people own the files that the gate goes by.
    fn owner_changes(&self, policy: &str, store: &str, changes: &mut Vec<diff::Change>) -> Result<()> {
        let mut edited = None;
        for place in code_owners::PLACES {
            let is_other = edited.is_none() && !self.diff(place)?.is_empty();
            edited = edited.or(is_other.then_some(place));
        }
        let Some(edited) = edited else { return Ok(()) };
        let (mut before, mut after) = (None, None);
        for place in code_owners::PLACES {
            before = before.or_else(|| self.text_of_start(place));
            after = after.map_or_else(|| self.text_of_change(place), |text| Ok(Some(text)))?;
        }
        let owners = |text: &Option<String>, path: &str| {
            text.as_deref().map_or_else(Owners::default, |text| code_owners::owners(text, path))
        };
        let release = format!("{store}/v1/linux-x86_64/SHA256SUMS");
        let workflows = pipeline::DIRECTORIES[0];
        let workflow = format!("{workflows}/abi.yml");
        let paths = [(policy, policy), (store, &*release), (workflows, &*workflow), (edited, edited)];
        let is_other = |path: &str| {
            let before = owners(&before, path);
            before != Owners::default() && before != owners(&after, path)
        };
        let other = paths.iter().filter(|(_, path)| is_other(path)).map(|(shown, _)| (*shown).to_owned());
        let other: Vec<String> = other.collect();
        if !other.is_empty() {
            let change = diff::Change::new(Rule::PolicyChanged, Subject::file(edited));
            changes.push(change.with_detail(Detail::File(FileChange::Owners(other))));
        }
        Ok(())
    }

    /// What the change did to the workflows that run the gate, to the scripts that these call for it, and to what builds what it
    /// judges.
    fn pipeline_changes(&self, store: &str, changes: &mut Vec<diff::Change>) -> Result<()> {
        let is_judged_apart = |path: &str| {
            path.strip_prefix(store).is_some_and(|rest| rest.starts_with('/'))
                || path.rsplit('/').next() == Some(CONFIG_NAME)
                || code_owners::PLACES.contains(&path)
        };
        let edited = self.diff("")?.into_iter().filter(|one| !is_judged_apart(&one.path));
        let edited: Vec<Changed> = edited.collect();
        if edited.is_empty() {
            return Ok(());
        }
        let entries = self.tree.files("")?;
        let files =
            Files::new(entries.iter().map(|entry| &*entry.path).filter(|path| !is_judged_apart(path)));
        let calls = self.calls(&entries, &files)?;
        let leading = calls.leading();
        let followed: BTreeSet<String> =
            calls.texts.values().flat_map(|text| pipeline::follows(text)).collect();
        for Changed { path, change, is_file } in edited {
            let mut push = |change: FileChange| {
                let found = diff::Change::new(Rule::PolicyChanged, Subject::file(&path));
                changes.push(found.with_detail(Detail::File(change)));
            };
            let Some(before) = calls.texts.get(&path) else {
                if change == git::Change::Added && leading.iter().any(|other| stands_before(&path, other)) {
                    push(FileChange::Added);
                }
                continue;
            };
            let is_followed = pipeline::name(before).is_some_and(|name| followed.contains(&name));
            if !is_followed && !leading.contains(&path) {
                continue;
            }
            let concerns = |text: &str| {
                pipeline::runs_gate(text)
                    || files.named(&path, text).iter().any(|name| leading.contains(*name))
            };
            let is_same = |now: &str| match pipeline::is_one(&path) {
                true => pipeline::is_same(before, now, is_followed, &concerns),
                false => scripts::is_same(&path, before, now, &concerns),
            };
            match self.text_of_change(&path)? {
                _ if change == git::Change::Removed => push(FileChange::Removed),
                Some(now) if is_file && is_same(&now) => {}
                Some(_) if is_file => push(FileChange::Modified),
                _ => push(FileChange::Unreadable),
            }
        }
        Ok(())
    }

    /// The pipelines of the commit that the change starts from, and what they lead to.
    fn calls<'e>(&self, entries: &'e [git::Entry], files: &Files<'e>) -> Result<Calls<'e>> {
        let by_path: BTreeMap<&str, &git::Entry> =
            entries.iter().map(|entry| (&*entry.path, entry)).collect();
        let texts = |paths: &[&str]| -> git::Result<scripts::Texts> {
            let wanted: Vec<&git::Entry> =
                paths.iter().filter_map(|path| by_path.get(path).copied()).collect();
            let contents = self.tree.contents(&wanted, scripts::LARGEST)?;
            let text = |(entry, data): (&git::Entry, Option<Vec<u8>>)| {
                Some((entry.path.clone(), String::from_utf8(data?).ok()?))
            };
            Ok(wanted.into_iter().zip(contents).filter_map(text).collect())
        };
        let start: Vec<&str> = by_path.keys().copied().filter(|path| pipeline::is_start(path)).collect();
        let mut failed = None;
        let calls = Calls::follow(texts(&start)?, files, &mut |paths| {
            texts(paths).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
        });
        failed.map_or(Ok(calls), |error| Err(error.into()))
    }

    /// The text at a path where the change starts; none: there is no text.
    fn text_of_start(&self, path: &str) -> Option<String> {
        String::from_utf8(self.tree.read(path, LARGEST).ok()??).ok()
    }

    /// One finding for each release that came, went or is another one.
    fn store_changes(&self, root: &str, changes: &mut Vec<diff::Change>) -> Result<()> {
        let mut releases: Vec<(String, FileChange)> = Vec::new();
        for Changed { path, change, is_file } in self.diff(root)? {
            let below = path.strip_prefix(root).unwrap_or(&path).trim_start_matches('/');
            if below.is_empty() {
                // A link or a file stands in the place of the directory.
                let moved = diff::Change::new(Rule::StoreMoved, Subject::file(root));
                changes.push(moved.with_detail(Detail::File(FileChange::Unreadable)));
                continue;
            }
            let parts: Vec<&str> = below.split('/').collect();
            // What is said beside a store, and not in it.
            if parts.len() < 3 && is_file && change != git::Change::Removed {
                continue;
            }
            let name = match parts[..] {
                [release, platform, ..] => format!("{release} {platform}"),
                [release] if !is_file => release.to_owned(),
                _ => continue,
            };
            let change = if is_file { file_change(change) } else { FileChange::Unreadable };
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

    /// What the change did at a path or below it: what is other than where it starts, and other than what the branch has by now.
    fn diff(&self, path: &str) -> Result<Vec<Changed>> {
        let path = if path.is_empty() { "." } else { path };
        let since = |tree: &Tree| self.repository().changed(tree.commit(), self.change.as_deref(), path);
        let mut found = since(&self.tree)?;
        if let Some(newest) = self.newest.as_ref().filter(|_| !found.is_empty()) {
            let open = since(newest)?;
            found.retain(|one| open.iter().any(|other| other.path == one.path));
        }
        Ok(found)
    }
}

/// What became of the lists and consumers that a policy names, by a function that says what became of the files at a path.
fn companions(
    config: &Config,
    directory: &str,
    diff: &dyn Fn(&str) -> Result<Vec<Changed>>,
) -> Result<Vec<Changed>> {
    let mut found = Vec::new();
    for path in config.lists() {
        found.extend(diff(&git::below(directory, path)?)?);
    }
    for pattern in config.written_consumers() {
        let whole = git::below(directory, pattern)?;
        let (above, name) = whole.rsplit_once('/').unwrap_or(("", &whole));
        if !name.contains(['*', '?', '[', '{']) {
            found.extend(diff(&whole)?);
        } else if let Ok(glob) = crate::patterns::Glob::parse(name) {
            let fits = |path: &str| {
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                folder == above && glob.matches(name)
            };
            found.extend(diff(above)?.into_iter().filter(|one| fits(&one.path)));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found.dedup();
    Ok(found)
}

/// Where the store that counts is.
enum Place<'t> {
    /// Where git does not keep it: whoever runs the gate put it there, or a service keeps it.
    Operator(Location),
    /// In that commit.
    Commit(Store, &'t Tree),
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
