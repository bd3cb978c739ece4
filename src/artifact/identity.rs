//! What an artifact says it is: project, version, platform, variant.
//!
//! Taken from a package's own papers first and from its file name where they are silent. None of it is
//! checked against the libraries inside.

use super::names::shown;

/// Longer words are no names or versions.
const LONGEST_WORD: usize = 200;

/// What an artifact says it is, as far as its metadata or its name says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The project, such as `torch`.
    pub project: Option<String>,
    /// The version without what [`Self::variant`] takes of it, such as `2.9.1`.
    pub version: Option<String>,
    /// Operating system and machine, such as `linux-x86_64`.
    pub platform: Option<String>,
    /// Which build of the version, such as `cu126` (what a Python version has after its `+`).
    pub variant: Option<String>,
}

impl Identity {
    fn set_version(&mut self, version: &str) {
        let (version, variant) = match version.split_once('+') {
            Some((version, variant)) => (version, word(variant)),
            None => (version, None),
        };
        self.version = word(version);
        self.variant = variant;
    }
}

/// A wheel, by its `METADATA` and `WHEEL` files and its name.
pub(super) fn wheel(metadata: &[u8], wheel: &[u8], file_name: &str) -> Identity {
    let mut identity = from_name(file_name);
    if let Some(project) = header(metadata, "Name").and_then(|name| word(&name)) {
        identity.project = Some(project);
    }
    if let Some(version) = header(metadata, "Version") {
        // A wheel can be renamed to a local version without a change inside.
        let named = identity.variant.take();
        identity.set_version(&version);
        identity.variant = identity.variant.take().or(named);
    }
    if let Some(tag) = header(wheel, "Tag") {
        identity.platform = tag.rsplit('-').next().and_then(wheel_platform);
    }
    identity
}

/// An RPM package, by its header.
pub(super) fn rpm(name: &str, version: &str, machine: &str) -> Identity {
    let machine = Some(machine).filter(|machine| !machine.is_empty() && *machine != "noarch");
    Identity {
        project: word(name),
        version: word(version),
        platform: machine.and_then(|machine| word(&format!("linux-{}", plain_machine(machine)))),
        variant: None,
    }
}

/// A Debian package, by its `control` file.
pub(super) fn deb(control: &[u8]) -> Identity {
    let machine = header(control, "Architecture").filter(|a| a != "all");
    let machine = machine.map(|a| match a.as_str() {
        "amd64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        "armhf" | "armel" => "arm".to_owned(),
        "ppc64el" => "ppc64le".to_owned(),
        _ => a,
    });
    Identity {
        project: header(control, "Package").and_then(|p| word(&p)),
        version: header(control, "Version").and_then(|v| word(&v)),
        platform: machine.and_then(|machine| word(&format!("linux-{machine}"))),
        variant: None,
    }
}

/// A conda package, by its `info/index.json`; none if that is not one.
pub(super) fn conda(index: &[u8]) -> Option<Identity> {
    let index: serde_json::Value = serde_json::from_slice(index).ok()?;
    let text = |key| index.get(key).and_then(serde_json::Value::as_str).and_then(word);
    let subdir = text("subdir");
    let parts = subdir.as_deref().and_then(|subdir| subdir.split_once('-'));
    let platform = parts.map(|(system, machine)| format!("{system}-{}", conda_machine(machine)));
    Some(Identity { project: Some(text("name")?), version: text("version"), platform, variant: None })
}

fn conda_machine(machine: &str) -> &str {
    match machine {
        "64" => "x86_64",
        "32" => "i386",
        other => plain_machine(other),
    }
}

/// Any archive, by its file name: `torch-2.9.1+cu126-cp312-cp312-manylinux_2_28_x86_64.whl`,
/// `name-1.2.3.tar.gz`, `name-1.2.3-linux-x86_64.zip`.
pub(super) fn from_name(file_name: &str) -> Identity {
    let mut identity = Identity::default();
    let stem = stem(file_name);
    if let Some(wheel) = file_name.strip_suffix(".whl") {
        let parts: Vec<&str> = wheel.split('-').collect();
        if let [project, version, .., platform] = parts[..]
            && parts.len() >= 5
        {
            identity.project = word(project);
            identity.set_version(version);
            identity.platform = wheel_platform(platform);
            return identity;
        }
    }
    let Some((project, rest)) = split_version(stem) else { return identity };
    identity.project = word(project);
    let (version, rest) = rest.split_once(['-', '_']).unwrap_or((rest, ""));
    identity.set_version(version.trim_start_matches('v'));
    identity.platform = plain_platform(rest).or_else(|| plain_platform(project));
    identity
}

/// The file name without the endings of archives.
fn stem(file_name: &str) -> &str {
    let mut stem = file_name;
    for end in [".gz", ".xz", ".zst", ".bz2", ".tar", ".tgz", ".txz", ".zip", ".whl"] {
        stem = stem.strip_suffix(end).unwrap_or(stem);
    }
    stem
}

/// Cuts `name-1.2` into `name` and `1.2…`, at the first `-` or `_` before something like a version.
fn split_version(stem: &str) -> Option<(&str, &str)> {
    stem.match_indices(['-', '_']).find_map(|(at, _)| {
        let rest = &stem[at + 1..];
        let digits = rest.strip_prefix('v').unwrap_or(rest);
        let version = digits.split(['-', '_']).next().unwrap_or_default();
        let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
        (is_version && at > 0).then_some((&stem[..at], rest))
    })
}

/// `manylinux_2_28_x86_64` and its like; of several, the first. Musl is another platform than glibc.
fn wheel_platform(tag: &str) -> Option<String> {
    let tag = tag.split('.').next()?;
    let (system, rest) = match tag.split_once('_')? {
        (system, rest) if system.starts_with("manylinux") => ("linux", rest),
        ("linux", rest) => ("linux", rest),
        ("musllinux", rest) => ("musllinux", rest),
        ("android", rest) => ("android", rest),
        ("macosx", rest) => ("macos", rest),
        _ => return None,
    };
    // The version of the system is between its name and the machine.
    let machine = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    word(&format!("{system}-{}", plain_machine(machine)))
}

fn plain_platform(text: &str) -> Option<String> {
    const MACHINES: [&str; 15] = [
        "x86_64",
        "x86-64",
        "amd64",
        "aarch64",
        "arm64",
        "armv7l",
        "armhf",
        "i686",
        "i386",
        "ppc64le",
        "ppc64el",
        "s390x",
        "riscv64",
        "loongarch64",
        "x64",
    ];
    let text = text.to_ascii_lowercase();
    let machine = MACHINES.iter().find(|machine| text.contains(**machine))?;
    text.contains("linux").then(|| format!("linux-{}", plain_machine(machine)))
}

/// One name for each machine.
fn plain_machine(machine: &str) -> &str {
    match machine {
        "amd64" | "x64" | "x86-64" => "x86_64",
        "arm64" | "arm64_v8a" => "aarch64",
        "armv7l" | "armhf" | "armv6l" | "armeabi_v7a" => "arm",
        "i686" | "x86" => "i386",
        "ppc64el" => "ppc64le",
        other => other,
    }
}

/// The value of the first `Key: value` line.
fn header(text: &[u8], key: &str) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().take_while(|line| !line.trim().is_empty());
    let mut fields = lines.filter_map(|line| line.split_once(':'));
    fields.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.trim().to_owned())
}

/// A value fit to be shown: one line, not empty, not endless.
fn word(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= LONGEST_WORD).then(|| shown(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(project: &str, version: &str, platform: &str, variant: &str) -> Identity {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Identity {
            project: some(project),
            version: some(version),
            platform: some(platform),
            variant: some(variant),
        }
    }

    #[test]
    fn names() {
        let cases = [
            (
                "torch-2.9.1+cu126-cp312-cp312-manylinux_2_28_x86_64.whl",
                identity("torch", "2.9.1", "linux-x86_64", "cu126"),
            ),
            (
                "torch-2.10.0-3-cp312-cp312-manylinux_2_28_x86_64.whl",
                identity("torch", "2.10.0", "linux-x86_64", ""),
            ),
            (
                "numpy-2.0.0-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl",
                identity("numpy", "2.0.0", "linux-aarch64", ""),
            ),
            ("a-1.0-cp312-cp312-musllinux_1_2_i686.whl", identity("a", "1.0", "musllinux-i386", "")),
            ("a-1.0-py3-none-any.whl", identity("a", "1.0", "", "")),
            (
                "libtorch-shared-with-deps-2.4.0+cu121.zip",
                identity("libtorch-shared-with-deps", "2.4.0", "", "cu121"),
            ),
            ("tool-1.2.3-linux-arm64.tar.gz", identity("tool", "1.2.3", "linux-aarch64", "")),
            ("things.tar", identity("", "", "", "")),
        ];
        for (name, wanted) in cases {
            assert_eq!(from_name(name), wanted, "{name}");
        }
    }

    #[test]
    fn papers_go_before_names() {
        let metadata = b"Metadata-Version: 2.1\nName: torch\nVersion: 2.9.1+cpu\n\nVersion: 7\n";
        let found = wheel(metadata, b"Tag: cp312-cp312-linux_x86_64\n", "x.zip");
        assert_eq!(found, identity("torch", "2.9.1", "linux-x86_64", "cpu"));
    }

    #[test]
    fn debian() {
        let found = deb(b"Package: zlib1g\nArchitecture: arm64\nVersion: 1:1.2.13.dfsg-1\n");
        assert_eq!(found, identity("zlib1g", "1:1.2.13.dfsg-1", "linux-aarch64", ""));
        assert_eq!(deb(b"Architecture: all\n").platform, None);
    }

    #[test]
    fn conda_index() {
        let found = conda(br#"{"name": "zlib", "version": "1.3.1", "subdir": "linux-64", "build": "h0"}"#);
        assert_eq!(found, Some(identity("zlib", "1.3.1", "linux-x86_64", "")));
        assert_eq!(conda(b"[]"), None);
        assert_eq!(conda(b"{"), None);
    }
}
