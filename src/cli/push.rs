//! `abigate push`: releases of the store, dumps or libraries, sent to a service.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::ValueEnum;

use super::access;
use super::baseline;
use super::context::Context;
use super::exit::Exit;
use crate::abi::{Library, Release};
use crate::dump;
use crate::remote::api::{Kind, NewProject, Visibility};
use crate::remote::{self, Address, Client, Dumped, Parcel};
use crate::report::style::text_layout::{count, number};
use crate::session;
use crate::store::{self, EXTENSION, Entry, file_names};
use crate::versions;

/// Send releases to a service, which keeps, compares and shows them.
///
/// What the service has already is not sent again: pushing twice sends nothing, and a push that was interrupted goes on when
/// it is started again. What was pushed never changes. In GitHub Actions (permission id-token: write) and GitLab (id_tokens:
/// ABIGATE_ID_TOKEN) no token is needed where the project knows the workflow as a publisher.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  abigate push --to https://abi.example.org/p/shop --create   all of baselines/, to a new project
  abigate push v2.9                                           one, to the project in abigate.yaml
  abigate push build/lib --release v2.10.0                    libraries, dumped first

Exit codes: 0 the service has it, 2 error")]
pub(super) struct Push {
    /// Stored release; or shared objects, directories, archives or dumps of one release [default: all stored releases]
    #[arg(value_name = "NAME|FILE")]
    pub(super) inputs: Vec<String>,
    /// Project to send to: https://HOST/p/PROJECT [default: ABIGATE_SERVER, else `store` of abigate.yaml]
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Make the project if it does not exist: private, or for everybody to read
    #[arg(long, value_name = "VISIBILITY", num_args = 0..=1, require_equals = true, default_missing_value = "private")]
    create: Option<Seen>,
    /// Name of the release, or hash of the commit [default: what the input says]
    #[arg(long, value_name = "NAME")]
    release: Option<String>,
    /// Platform and variant, such as linux-x86_64-cu126 [default: all stored ones, or what the input says]
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Directory with the stored releases, where `store` is the service itself [default: baselines]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// What it is of [default: a commit where the name is a hash, else a release]
    #[arg(long, value_name = "KIND", hide_short_help = true)]
    kind: Option<Built>,
    /// Commit that it was built from [default: the name, where that is a hash]
    #[arg(long, value_name = "HASH", hide_short_help = true)]
    commit: Option<String>,
    /// Commit that a pull request is based on
    #[arg(long, value_name = "HASH", hide_short_help = true)]
    base_commit: Option<String>,
}

/// `--create`
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Seen {
    Private,
    Public,
}

/// `--kind`
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Built {
    Release,
    /// A commit of a branch, named by its hash
    Commit,
    /// A build of a pull request, named NUMBER@COMMIT
    Pull,
}

pub(super) fn run(args: &Push, context: &Context) -> Result<Exit> {
    let address = target(args, context)?;
    let services = &context.session.options().services;
    let access = match &args.to {
        Some(_) => services.naming(&address.origin),
        None => services.clone(),
    };
    let client = access.client(&address)?;
    // What is sent is found before anything is made.
    let progress = context.progress();
    let parcels = parcels(args, context)?;
    project(&client, &address, args.create)?;
    for parcel in parcels {
        let parcel = parcel(context)?;
        let name = format!("{} {}", parcel.name, parcel.platform);
        let tell = |done: usize, all: usize| progress.tell(&format!("{name}: sending, {done} of {all}"));
        let sent = remote::push(&client, &address.project, &parcel, &tell)
            .map_err(|error| explained(error, &client))?;
        let all = count(parcel.libraries.len(), "library");
        let said = match (sent.was_there, sent.libraries) {
            (true, 0) => format!("unchanged {name}: {all}"),
            (_, new) => {
                let kib = usize::try_from(sent.bytes.div_ceil(1024)).unwrap_or(usize::MAX);
                format!("pushed {name}: {all}, {new} of them sent, {} KiB", number(kib))
            }
        };
        context.done(&format!("{said}\n"))?;
    }
    Ok(Exit::Fine)
}

/// The project that is sent to.
fn target(args: &Push, context: &Context) -> Result<Address> {
    let address = match &args.to {
        Some(text) => Some(text.parse::<Address>()?),
        None => access::server().or_else(|| context.session.store().address().cloned()),
    };
    address.context("no project to push to: add --to https://HOST/p/PROJECT, or set `store` in abigate.yaml")
}

/// Sees whether the project is there, and makes it where that was asked for.
fn project(client: &Client, address: &Address, create: Option<Seen>) -> Result<()> {
    let missing = match client.project(&address.project) {
        Ok(_) => return Ok(()),
        Err(error) if error.status() == Some(404) => error,
        Err(error) => return Err(explained(error, client)),
    };
    let Some(seen) = create else {
        return Err(match client.has_right() {
            true => anyhow!("there is no project {address}, or this token may not see it; --create makes it"),
            false => anyhow!("{missing}: {}", login(client)),
        });
    };
    let visibility = match seen {
        Seen::Private => Visibility::Private,
        Seen::Public => Visibility::Public,
    };
    let new = NewProject { slug: address.project.clone(), title: None, visibility: Some(visibility) };
    match client.create_project(&new) {
        Ok(_) => Ok(()),
        // The answer to an earlier try was lost, or somebody else was faster; if they may be pushed to, all is well.
        Err(error) if error.status() == Some(409) => match client.project(&address.project) {
            Ok(_) => Ok(()),
            Err(_) => bail!("{address} is a project that this token may not see: choose another name"),
        },
        Err(error) => Err(explained(error, client)),
    }
}

/// A refusal, with what to do about it.
fn explained(error: remote::Error, client: &Client) -> anyhow::Error {
    match error.status() {
        Some(401) => anyhow!("{error}: {}", login(client)),
        _ => error.into(),
    }
}

fn login(client: &Client) -> String {
    format!("abigate login {} keeps a token for it", client.origin())
}

/// What is sent, read when it is its turn, since all releases at once would be large.
type Later<'a> = Box<dyn FnOnce(&Context) -> Result<Parcel> + Send + 'a>;

fn parcels<'a>(args: &'a Push, context: &Context) -> Result<Vec<Later<'a>>> {
    if let [name] = &args.inputs[..]
        && !is_path(name)
    {
        return stored(Some(name), args, context);
    }
    if args.inputs.is_empty() {
        return stored(None, args, context);
    }
    if args.from.is_some() {
        bail!("--from is where stored releases are, and files are named here");
    }
    if let Some(name) = args.inputs.iter().find(|name| !Path::new(name).exists()) {
        bail!(
            "{name} is neither a file nor, beside others, the name of a release: push one release at a time"
        );
    }
    Ok(vec![Box::new(move |context| built(args, context))])
}

/// As for a baseline: a file counts before a release only if a directory is named with it, or no release can be called so.
fn is_path(name: &str) -> bool {
    let path = Path::new(name);
    path.exists()
        && (path.components().count() > 1 || path.is_absolute() || versions::version(name).is_none())
}

/// Releases of the store: one, on all its platforms, or all.
fn stored<'a>(name: Option<&str>, args: &'a Push, context: &Context) -> Result<Vec<Later<'a>>> {
    let store = context.directory(args.from.as_deref())?;
    let mut entries = store.list()?;
    let root = store.root().display().to_string();
    if entries.is_empty() {
        bail!(
            "no release is stored in {root}: abigate baseline add stores one, and files can be pushed as they are"
        );
    }
    if let Some(name) = name {
        let releases = store::releases(&entries);
        let found = versions::resolve(name, releases.iter().copied())
            .or_else(|| versions::resolve_commit(name, releases.iter().copied()));
        let Some(release) = found.map(str::to_owned) else {
            bail!("{name} is neither a file nor a release stored in {root}");
        };
        entries.retain(|entry| entry.release == release);
    } else if args.release.is_some() {
        bail!("--release names what files are pushed as; stored releases have their names");
    }
    if let Some(platform) = &args.platform {
        let platform = session::parse_platform(platform)?;
        entries.retain(|entry| entry.platform == platform);
        if entries.is_empty() {
            bail!("nothing of that is stored for {platform} in {root}");
        }
    }
    let later = |entry: Entry| -> Later<'a> {
        let store = store.clone();
        Box::new(move |_| {
            let libraries = store
                .texts(&entry)?
                .into_iter()
                .map(|(name, text)| Dumped { file: name.trim_end_matches(EXTENSION).to_owned(), text });
            parcel(args, &entry.release, &entry.platform.to_string(), libraries.collect())
        })
    };
    Ok(entries.into_iter().map(later).collect())
}

/// What stands in files, dumped as a store would.
fn built(args: &Push, context: &Context) -> Result<Parcel> {
    let paths: Vec<PathBuf> = args.inputs.iter().map(PathBuf::from).collect();
    let mut release: Release =
        context.session.in_scope(context.session.load_paths_for(&paths, args.platform.as_deref())?)?;
    let inputs = args.inputs.join(" ");
    baseline::complete(&mut release, &inputs, args.release.as_deref())?;
    if let Some(why) = super::evidence::without_types(&release) {
        context.warn(&why);
    }
    let libraries: Vec<&Library> = release.parts().collect();
    let dumped = file_names(&libraries).into_iter().zip(&libraries).map(|(name, library)| Dumped {
        file: name.trim_end_matches(EXTENSION).to_owned(),
        text: dump::to_text(&dump::Dump {
            release: Some(release.name.clone()),
            platform: release.platform.clone(),
            library: Library::clone(library),
        }),
    });
    parcel(args, &release.name, &release.platform.to_string(), dumped.collect())
}

fn parcel(args: &Push, name: &str, platform: &str, libraries: Vec<Dumped>) -> Result<Parcel> {
    let is_hash = versions::is_hash(name);
    let kind = match args.kind {
        Some(Built::Release) => Kind::Release,
        Some(Built::Commit) => Kind::Branch,
        Some(Built::Pull) => Kind::Pull,
        None if is_hash => Kind::Branch,
        None => Kind::Release,
    };
    let commit = args.commit.clone().or_else(|| is_hash.then(|| name.to_owned()));
    Ok(Parcel {
        kind,
        name: name.to_owned(),
        platform: platform.to_owned(),
        commit,
        base_commit: args.base_commit.clone(),
        libraries,
    })
}
