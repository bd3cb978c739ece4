//! The table: what a change does, and what the gate says of it.

use std::fs;

use anyhow::Result;

use super::scratch::Scratch;

/// What a change does so that the gate lets it pass.
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) what: fn(&Scratch) -> Result<()>,
    /// What is asked beside `gate`.
    pub(super) arguments: &'static [&'static str],
    /// What the gate has to say.
    pub(super) told: &'static [&'static str],
    /// What it may not say: somebody would obey it.
    pub(super) never: &'static [&'static str],
}

const fn attack(
    name: &'static str,
    told: &'static [&'static str],
    what: fn(&Scratch) -> Result<()>,
) -> Attack {
    Attack { name, what, arguments: &[], told, never: &[] }
}

impl Attack {
    /// The same with arguments of `gate`.
    const fn with(self, arguments: &'static [&'static str]) -> Attack {
        Attack { arguments, ..self }
    }
}

/// The break itself.
const BROKEN: &str = "shop::total()";

pub(super) const ATTACKS: &[Attack] = &[
    attack("nothing: the change only breaks the library", &[BROKEN], |_| Ok(())),
    attack("a directory called like the newest release", &[BROKEN], |at| {
        at.library("bad", "v1.0.0/libshop.so")
    }),
    attack("a dump called like the newest release", &[BROKEN], |at| {
        at.ok(&["dump", "build/libshop.so", "-o", "v1.0.0"])
    }),
    attack("a dump called HEAD", &[BROKEN], |at| at.ok(&["dump", "../good/libshop.so", "-o", "HEAD"])),
    attack("a stored release called HEAD", &[BROKEN, "baselines: HEAD linux-x86_64"], |at| {
        at.ok(&["baseline", "add", "../good/libshop.so", "--release", "x"])?;
        Ok(fs::rename(at.path("baselines/x"), at.path("baselines/HEAD"))?)
    }),
    attack("an emptied list of checksums", &["baselines: v1.0.0 linux-x86_64"], |at| {
        at.write("baselines/v1.0.0/linux-x86_64/SHA256SUMS", "")
    }),
    attack("a baseline that goes", &["baselines: v1.0.0 linux-x86_64"], |at| {
        Ok(fs::remove_dir_all(at.path("baselines"))?)
    }),
    attack("a baseline made anew of the broken build", &["baselines: v1.0.0 linux-x86_64"], |at| {
        at.ok(&["baseline", "add", "build", "--release", "v1.0.0", "--replace"])
    }),
    attack("a newer baseline of the broken build", &["baselines: v1.0.1 linux-x86_64"], |at| {
        at.ok(&["baseline", "add", "build", "--release", "v1.0.1"])
    }),
    attack("a dump of the broken build under the commit that the change starts from", &[BROKEN], |at| {
        let start = at.git(&["rev-parse", "main"])?;
        at.ok(&["baseline", "add", "build", "--release", &start])
    }),
    attack("another store", &["store-moved"], |at| {
        at.ok(&["--store", "other", "baseline", "add", "build", "--release", "v1.0.0"])?;
        at.write("abigate.yaml", "build: build\nstore: other\n")
    }),
    attack("a store outside of the repository", &["store-moved"], |at| {
        at.ok(&["--store", "../outside", "baseline", "add", "build", "--release", "v1.0.0"])?;
        at.write("abigate.yaml", "build: build\nstore: ../outside\n")
    }),
    attack("a store that is a link", &["store-moved"], |at| {
        fs::remove_dir_all(at.path("baselines"))?;
        at.ok(&["--store", "elsewhere", "baseline", "add", "build", "--release", "v1.0.0"])?;
        Ok(std::os::unix::fs::symlink("elsewhere", at.path("baselines"))?)
    }),
    attack("a stored release that is a link", &["baselines: v1.0.1"], |at| {
        at.ok(&["--store", "elsewhere", "baseline", "add", "build", "--release", "v1.0.1"])?;
        Ok(std::os::unix::fs::symlink("../elsewhere/v1.0.1", at.path("baselines/v1.0.1"))?)
    }),
    attack("a start from before the policy was as it is", &[BROKEN, "enforced: policy of main@"], |at| {
        at.git(&["switch", "--quiet", "main"])?;
        let lax = "tiers:\n- {name: any, names: \"shop::**\", severity: ignore}\n";
        at.write("abigate.yaml", format!("build: build\n{lax}"))?;
        at.commit("Lax")?;
        at.git(&["switch", "--quiet", "--force-create", "change"])?;
        at.git(&["switch", "--quiet", "main"])?;
        at.write("abigate.yaml", "build: build\n")?;
        at.commit("Strict")?;
        at.git(&["switch", "--quiet", "change"]).map(drop)
    }),
    attack("a base that is a path of its own", &["v1.0.0 is another one than in main"], |at| {
        at.library("bad", "v1.0.0/libshop.so")
    })
    .with(&["--base", "./v1.0.0"]),
    attack("a workflow that does not ask the gate", &[".github/workflows/abi.yml", "policy-changed"], |at| {
        at.write(
            ".github/workflows/abi.yml",
            "on: push\njobs: {abi: {runs-on: any, steps: [{run: 'true'}]}}\n",
        )
    }),
    attack("a script of a workflow that asks the gate in vain", &["ci/abi.sh", "policy-changed"], |at| {
        at.write("ci/abi.sh", "#!/bin/sh\nabigate gate build || true\n")
    }),
    attack("other code owners", &["other owners of abigate.yaml"], |at| {
        at.write(".github/CODEOWNERS", "* @mallory\n")
    }),
    attack("a tier that ignores everything", &["policy-changed"], |at| {
        at.write(
            "abigate.yaml",
            "build: build\ntiers:\n- {name: mine, names: \"shop::**\", severity: ignore}\n",
        )
    }),
    attack("a waiver", &["waiver-added"], |at| {
        at.write("abigate.yaml", "build: build\nwaivers:\n- {rule: symbol-removed, reason: mine}\n")
    }),
    attack("a trailer that everybody has", &["policy-changed"], |at| {
        at.write("abigate.yaml", "build: build\ngate: {trailers: [Signed-off-by]}\n")?;
        at.commit("More\n\nSigned-off-by: Ada <ada@example.org>")
    }),
    attack("a build that is a good copy", &["policy-changed"], |at| {
        at.library("good", "copy/libshop.so")?;
        at.write("abigate.yaml", "build: copy\n")
    }),
    attack("no policy any more", &["policy-changed"], |at| Ok(fs::remove_file(at.path("abigate.yaml"))?)),
    attack("its own trailer", &["Ada asks to accept it: agreed", BROKEN], |at| {
        at.commit("Totals go\n\nABI-Break: agreed")
    }),
    attack("a trailer of a forged author", &["Bob asks to accept it: agreed", BROKEN], |at| {
        let author = "--author=Bob <bob@example.org>";
        at.git(&["commit", "--quiet", "--allow-empty", author, "-m", "x\n\nABI-Break: agreed"]).map(drop)
    }),
    attack("a trailer in an earlier commit", &["Ada asks to accept it: agreed", BROKEN], |at| {
        at.commit("Totals go\n\nABI-Break: agreed")?;
        at.commit("Something else")
    }),
    attack("a label that nobody gave", &["nobody knows who gave it", BROKEN], |_| Ok(()))
        .with(&["--label", "abi-break-accepted"]),
    attack("two libraries of one name, the good one first", &["library-ambiguous"], |at| {
        fs::create_dir_all(at.path("build/z"))?;
        fs::rename(at.path("build/libshop.so"), at.path("build/z/libshop.so"))?;
        at.library("good", "build/a/libshop.so")
    }),
    attack("a build with nothing but a good dump", &["dumps in it"], |at| {
        fs::remove_file(at.path("build/libshop.so"))?;
        at.ok(&["dump", "../good/libshop.so", "-o", "build/libshop.so.abi.zst"])
    }),
    attack("a good dump beside the broken library", &[BROKEN], |at| {
        at.ok(&["dump", "../good/libshop.so", "-o", "build/a.abi.zst"])
    }),
    attack("a build that is not there", &["no shared object"], |at| {
        fs::remove_file(at.path("build/libshop.so"))?;
        at.write("build/notes.txt", "later")
    }),
    Attack {
        arguments: &["build/shop-1.0-py3-none-any.whl"],
        ..attack("a corrupt wheel", &["shop-1.0-py3-none-any.whl"], |at| {
            at.write("build/shop-1.0-py3-none-any.whl", b"PK\x03\x04 and nothing else")
        })
    },
    Attack {
        arguments: &["--full"],
        never: &["\n::error", "\u{1b}", "##[error"],
        ..attack("a function whose name is a command to the log", &[BROKEN], |at| {
            at.hostile_build(b"f\n::error ::\x1b[2")
        })
    },
    Attack {
        arguments: &["--format", "github"],
        never: &["\n::stop", "\u{1b}", "##[error"],
        ..attack("the same in annotations", &["symbol-removed"], |at| at.hostile_build(b"f\n::stop ##[error"))
    },
];
