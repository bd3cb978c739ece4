//! Policies that projects are judged under: what may be in them, and what tells one from another.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::policy::Policy;
use crate::remote::api::PolicyBundle;
use crate::session::{CONFIG_NAME, Config};

/// Files that a policy may name, and bytes that all of it may have.
const MOST_FILES: usize = 256;
const LARGEST: usize = 64 << 20;

/// Checks a policy with the files that it names, as the session reads it that judges by it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(bundle: &PolicyBundle) -> Result<(), String> {
    let size: usize = bundle.config.len() + bundle.files.iter().map(|file| file.text.len()).sum::<usize>();
    if bundle.files.len() > MOST_FILES || size > LARGEST {
        return Err(format!("a policy has at most {MOST_FILES} files and {} MiB", LARGEST >> 20));
    }
    for file in &bundle.files {
        plain_path(&file.path).map_err(|what| format!("{}: {what}", file.path))?;
    }
    let config = Config::parse(Path::new(CONFIG_NAME), &bundle.config).map_err(|error| error.to_string())?;
    if config.names_consumers() {
        return Err("consumers: the service does not take consumers yet; leave them to the gate".to_owned());
    }
    let files: Arc<[_]> = bundle.files.clone().into();
    let read = move |path: &str| match files.iter().find(|file| file.path == path) {
        Some(file) => Ok(file.text.clone()),
        None => Err(std::io::Error::other("was not sent with the policy")),
    };
    config.policy_with(&read).map(|_: Policy| ()).map_err(|error| error.to_string())
}

/// A path that stays in the directory that it is joined to.
///
/// # Errors
/// Why it does not.
pub(super) fn plain_path(path: &str) -> Result<PathBuf, &'static str> {
    let path = Path::new(path);
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.as_os_str().is_empty() || !path.components().all(stays) {
        return Err("is not a path below the policy's directory");
    }
    match path.components().next() {
        Some(Component::Normal(first))
            if ["baselines", "out", CONFIG_NAME, "task.json"].iter().any(|taken| first == *taken) =>
        {
            Err("is the name of something else")
        }
        _ => Ok(path.to_owned()),
    }
}

/// What comparisons under a policy are kept by: its hash, and the day as well where dates in it make days differ.
pub(super) fn key(sha256: &str, bundle: &str, today: i32) -> String {
    if bundle.contains("until") { format!("{sha256}@{today}") } else { sha256.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::api::PolicyFile;

    #[test]
    fn paths_stay_where_they_belong() {
        assert_eq!(plain_path("lists/a.txt"), Ok(PathBuf::from("lists/a.txt")));
        for path in ["", "/etc/passwd", "../a", "a/../../b", "baselines/v1/x", "abigate.yaml", "out/x"] {
            assert!(plain_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_policy_is_read_before_it_is_kept() {
        let bundle = |config: &str, files: &[(&str, &str)]| PolicyBundle {
            config: config.to_owned(),
            files: files
                .iter()
                .map(|(path, text)| PolicyFile { path: (*path).to_owned(), text: (*text).to_owned() })
                .collect(),
        };
        assert_eq!(check(&bundle("platform: linux-x86_64\n", &[])), Ok(()));
        assert!(check(&bundle("tirs: []\n", &[])).unwrap_err().contains("tirs"));
        assert!(check(&bundle("platform: x\n", &[("../x", "")])).unwrap_err().contains("../x"));
    }

    #[test]
    fn days_count_where_dates_do() {
        assert_eq!(key("ab", "{}", 7), "ab");
        assert_eq!(key("ab", "{until: 2030-01-01}", 7), "ab@7");
    }
}
