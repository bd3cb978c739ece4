//! What the author of a change can do to the gate that judges it, each tried in a repository of its own: it is told, and stops.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const GOOD: &str = "namespace shop { int rate(int) { return 1; } int total() { return 2; } }\n";
/// Without `total`.
const BAD: &str = "namespace shop { int rate(int) { return 1; } }\n";

/// A repository whose main branch has a policy and a baseline, and a branch of which the build breaks them; beside it the good
/// build and the bad one.
struct Scratch {
    folder: tempfile::TempDir,
}

/// What all repositories are copies of.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("good", GOOD), ("bad", BAD)] {
            let place = folder.path().join(name);
            fs::create_dir_all(&place).expect("a folder");
            fs::write(place.join("shop.cc"), text).expect("written");
            let mut compiler = Command::new("g++");
            compiler.args([
                "-shared",
                "-fPIC",
                "-g",
                "-o",
                "libshop.so",
                "shop.cc",
                "-Wl,-soname,libshop.so.1",
            ]);
            assert!(compiler.current_dir(&place).status().expect("g++ runs").success());
        }
        let scratch = Place(folder.path().join("repository"));
        fs::create_dir_all(&scratch.0).expect("a folder");
        git(&scratch.0, &["init", "--quiet", "--initial-branch=main"]);
        scratch.write(".gitignore", "build\n");
        scratch.write("abigate.yaml", "build: build\nconsumers: consumers/*.so\n");
        scratch.write("app.cc", "namespace shop { int rate(int); }\nint app() { return shop::rate(1); }\n");
        fs::create_dir_all(scratch.path("consumers")).expect("a folder");
        let mut compiler = Command::new("g++");
        compiler.args(["-shared", "-fPIC", "-o", "consumers/app.so", "app.cc", "-L../good", "-lshop"]);
        assert!(compiler.current_dir(&scratch.0).status().expect("g++ runs").success());
        scratch.write("shop.cc", GOOD);
        scratch.build("good");
        scratch.ok(&["baseline", "add", "build", "--release", "v1.0.0"]);
        scratch.commit("The first release");
        git(&scratch.0, &["switch", "--quiet", "--create", "change"]);
        scratch.write("shop.cc", BAD);
        scratch.commit("Totals go");
        scratch.build("bad");
        folder
    });
    folder.path()
}

impl Scratch {
    fn new() -> Scratch {
        let folder = tempfile::tempdir().expect("a folder");
        let mut copy = Command::new("cp");
        copy.arg("-a")
            .args(["repository", "good", "bad"].map(|name| template().join(name)))
            .arg(folder.path());
        assert!(copy.status().expect("cp runs").success());
        Scratch { folder }
    }

    fn place(&self) -> Place {
        Place(self.folder.path().join("repository"))
    }
}

/// The repository.
struct Place(PathBuf);

/// Git in a folder of a test's own: nothing is committed anywhere else.
fn git(folder: &Path, arguments: &[&str]) -> String {
    assert!(folder.starts_with(std::env::temp_dir()), "{} is no scratch folder", folder.display());
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]).args(arguments).current_dir(folder);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(name);
    }
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// Puts the good or the bad library where builds are, or elsewhere.
    fn library(&self, which: &str, place: &str) {
        let place = self.path(place);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a folder");
        let library = self.0.parent().expect("a parent").join(which).join("libshop.so");
        fs::copy(library, place).expect("copied");
    }

    fn build(&self, which: &str) {
        let _ = fs::remove_dir_all(self.path("build"));
        self.library(which, "build/libshop.so");
    }

    fn commit(&self, message: &str) {
        git(&self.0, &["add", "--all"]);
        git(&self.0, &["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(&self.0);
        for name in ["ABIGATE_STORE", "GITHUB_ACTIONS", "GITHUB_TOKEN", "CI_MERGE_REQUEST_LABELS"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).output().expect("abigate runs")
    }

    fn ok(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What a change does, and what the gate says of it besides the break.
struct Attack {
    name: &'static str,
    what: fn(&Place),
    told: &'static str,
    /// 1: it breaks; 2: there is no verdict.
    exit: i32,
}

const fn attack(name: &'static str, told: &'static str, exit: i32, what: fn(&Place)) -> Attack {
    Attack { name, what, told, exit }
}

const BROKEN: &str = "shop::total()";

const ATTACKS: &[Attack] = &[
    attack("a folder called like the newest release", BROKEN, 1, |place| {
        place.library("bad", "v1.0.0/libshop.so");
    }),
    attack("a dump called like the newest release", BROKEN, 1, |place| {
        place.ok(&["dump", "build/libshop.so", "-o", "v1.0.0"]);
    }),
    attack("a dump called HEAD", BROKEN, 1, |place| {
        place.ok(&["dump", "../good/libshop.so", "-o", "HEAD"]);
    }),
    attack("a stored release called HEAD", "baselines: HEAD linux-x86_64", 1, |place| {
        let refused = place.run(&["baseline", "add", "../good/libshop.so", "--release", "HEAD"]);
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        place.ok(&["baseline", "add", "../good/libshop.so", "--release", "x"]);
        fs::rename(place.path("baselines/x"), place.path("baselines/HEAD")).expect("moved");
    }),
    attack("an emptied list of checksums", "baselines: v1.0.0 linux-x86_64", 1, |place| {
        place.write("baselines/v1.0.0/linux-x86_64/SHA256SUMS", "");
    }),
    attack("a baseline that goes", "baselines: v1.0.0 linux-x86_64", 1, |place| {
        fs::remove_dir_all(place.path("baselines")).expect("removed");
    }),
    attack("a baseline made anew of the broken build", "baselines: v1.0.0 linux-x86_64", 1, |place| {
        place.ok(&["baseline", "add", "build", "--release", "v1.0.0", "--replace"]);
    }),
    attack("a newer baseline of the broken build", "baselines: v1.0.1 linux-x86_64", 1, |place| {
        place.ok(&["baseline", "add", "build", "--release", "v1.0.1"]);
    }),
    attack("a dump of the broken build under the commit that the change starts from", BROKEN, 1, |place| {
        let start = git(&place.0, &["rev-parse", "main"]);
        place.ok(&["baseline", "add", "build", "--release", &start]);
    }),
    attack("another store", "store-moved", 1, |place| {
        place.ok(&["--store", "other", "baseline", "add", "build", "--release", "v1.0.0"]);
        place.write("abigate.yaml", "build: build\nstore: other\nconsumers: consumers/*.so\n");
    }),
    attack("a store outside of the repository", "store-moved", 1, |place| {
        place.ok(&["--store", "../outside", "baseline", "add", "build", "--release", "v1.0.0"]);
        place.write("abigate.yaml", "build: build\nstore: ../outside\nconsumers: consumers/*.so\n");
    }),
    attack("a store that is a link", "store-moved", 1, |place| {
        fs::remove_dir_all(place.path("baselines")).expect("removed");
        place.ok(&["--store", "elsewhere", "baseline", "add", "build", "--release", "v1.0.0"]);
        std::os::unix::fs::symlink("elsewhere", place.path("baselines")).expect("linked");
    }),
    attack("a tier that ignores everything", "policy-changed", 1, |place| {
        let tiers = "tiers:\n- {name: mine, names: \"shop::**\", severity: ignore}\n";
        place.write("abigate.yaml", &format!("build: build\nconsumers: consumers/*.so\n{tiers}"));
    }),
    attack("a waiver", "waiver-added", 1, |place| {
        let waivers = "waivers:\n- {rule: symbol-removed, reason: mine}\n";
        place.write("abigate.yaml", &format!("build: build\nconsumers: consumers/*.so\n{waivers}"));
    }),
    attack("a trailer that everybody has", "policy-changed", 1, |place| {
        place.write(
            "abigate.yaml",
            "build: build\nconsumers: consumers/*.so\ngate: {trailers: [Signed-off-by]}\n",
        );
        place.commit("More\n\nSigned-off-by: Ada <ada@example.org>");
    }),
    attack("a build that is a good copy", "policy-changed", 1, |place| {
        place.library("good", "copy/libshop.so");
        place.write("abigate.yaml", "build: copy\nconsumers: consumers/*.so\n");
    }),
    attack("no policy any more", "policy-changed", 1, |place| {
        fs::remove_file(place.path("abigate.yaml")).expect("removed");
    }),
    attack("another consumer", "consumers/app.so", 1, |place| {
        place.library("good", "consumers/app.so");
    }),
    attack("its own trailer", "Ada asks to accept it: agreed", 1, |place| {
        place.commit("Totals go\n\nABI-Break: agreed");
    }),
    attack("a trailer of a forged author", "Bob asks to accept it: agreed", 1, |place| {
        git(
            &place.0,
            &[
                "commit",
                "--quiet",
                "--allow-empty",
                "--author=Bob <bob@example.org>",
                "-m",
                "x\n\nABI-Break: agreed",
            ],
        );
    }),
    attack("an earlier trailer", "Ada asks to accept it: agreed", 1, |place| {
        place.commit("Totals go\n\nABI-Break: agreed");
        place.commit("Something else");
    }),
    attack("two libraries of one name, the good one first", "library-ambiguous", 3, |place| {
        place.build("bad");
        fs::create_dir_all(place.path("build/z")).expect("a folder");
        fs::rename(place.path("build/libshop.so"), place.path("build/z/libshop.so")).expect("moved");
        place.library("good", "build/a/libshop.so");
    }),
    attack("a build with nothing but a good dump", "dumps in it", 2, |place| {
        fs::remove_file(place.path("build/libshop.so")).expect("removed");
        place.ok(&["dump", "../good/libshop.so", "-o", "build/libshop.so.abi.zst"]);
    }),
    attack("a good dump beside the broken library", BROKEN, 1, |place| {
        place.ok(&["dump", "../good/libshop.so", "-o", "build/a.abi.zst"]);
    }),
];

#[test]
fn what_a_change_does_to_its_own_gate_is_told_and_stops() {
    let problems = std::sync::Mutex::new(Vec::new());
    let queue = std::sync::Mutex::new(ATTACKS.iter());
    template();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(attack) = queue.lock().expect("no panic").next() else { break };
                    let scratch = Scratch::new();
                    let place = scratch.place();
                    (attack.what)(&place);
                    place.commit("Something harmless");
                    let output = place.run(&["gate"]);
                    let told = text(&output);
                    if output.status.code() != Some(attack.exit) || !told.contains(attack.told) {
                        let code = output.status.code();
                        problems.lock().expect("no panic").push(format!("{}: {code:?}\n{told}", attack.name));
                    }
                }
            });
        }
    });
    let problems = problems.into_inner().expect("no panic");
    assert!(problems.is_empty(), "{} pass or are not told:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn the_level_stands_in_every_format() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.build("good");
    let main = git(&place.0, &["rev-parse", "main"]);
    let enforced = format!("enforced: policy and baselines of main@{}", &main[..12]);
    let formats = ["text", "json", "html", "markdown", "sarif", "junit", "github", "gitlab"];
    for format in formats {
        let output = place.run(&["gate", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let wanted = match format {
            "json" => "\"level\": \"enforced\"".to_owned(),
            "markdown" => enforced.replace('@', "&#64;"),
            _ => enforced.clone(),
        };
        // A list of faults says nothing where there is nothing to say.
        assert!(format == "gitlab" || text(&output).contains(&wanted), "{format}: {}", text(&output));
        let output = place.run(&["gate", "--format", format, "--trust", "none"]);
        let wanted = match format {
            "json" => "\"level\": \"advisory\"",
            "html" => "advisory: policy and baselines are this change&#39;s own",
            _ => "advisory: policy and baselines are this change's own",
        };
        assert!(text(&output).contains(wanted), "{format}: {}", text(&output));
    }
    // Without a common commit, and without a repository.
    let output = place.run(&["gate", "--target", "nowhere"]);
    assert!(text(&output).contains("git knows no commit in common with nowhere"), "{}", text(&output));
    fs::remove_dir_all(place.path(".git")).expect("removed");
    let output = place.run(&["gate"]);
    assert!(
        text(&output).contains("advisory") && text(&output).contains("no git repository"),
        "{}",
        text(&output)
    );
    assert_eq!(place.run(&["gate", "--trust", "main"]).status.code(), Some(2));
}

/// Where the base has an empty list by bad luck, there is no verdict.
#[test]
fn an_empty_base_is_no_base() {
    let scratch = Scratch::new();
    let place = scratch.place();
    git(&place.0, &["switch", "--quiet", "main"]);
    place.write("baselines/v1.0.0/linux-x86_64/SHA256SUMS", "");
    place.commit("Bad luck");
    let output = place.run(&["gate"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("is not listed in SHA256SUMS"), "{}", text(&output));
}

/// The base is checked out, the change is a commit, and what is judged is data.
#[test]
fn a_change_is_judged_from_its_base() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.write("abigate.yaml", "build: build\nstore: other\nconsumers: consumers/*.so\n");
    place.commit("Another store");
    let change = git(&place.0, &["rev-parse", "HEAD"]);
    git(&place.0, &["switch", "--quiet", "main"]);
    let output = place.run(&["gate", "build", "--change", &change]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("store-moved") && text(&output).contains(BROKEN), "{}", text(&output));
    place.build("good");
    let output = place.run(&["gate", "build", "--change", &change]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let output = place.run(&["gate", "build"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

/// Makes another policy that of the main branch.
fn policy_of_main(place: &Place, text: &str, message: &str) {
    git(&place.0, &["switch", "--quiet", "main"]);
    place.write("abigate.yaml", text);
    place.commit(message);
}

const LAX: &str = "build: build\ntiers:\n- {name: any, names: \"shop::**\", severity: ignore}\n";
const STRICT: &str = "build: build\n";

/// Whoever starts from an old commit does not choose among all policies that ever were, and has those waivers that were merged
/// since.
#[test]
fn an_old_start_chooses_no_policy() {
    let scratch = Scratch::new();
    let place = scratch.place();
    policy_of_main(&place, LAX, "Lax");
    git(&place.0, &["branch", "old"]);
    policy_of_main(&place, STRICT, "Strict");
    git(&place.0, &["switch", "--quiet", "--create", "late", "old"]);
    let output = place.run(&["gate"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains(BROKEN) && said.contains("enforced: policy of main@"), "{said}");
    // What was accepted since counts as well.
    place.write("strict.yaml", STRICT);
    let arguments = ["--config", "strict.yaml", "diff", "v1.0.0", "HEAD", "--write-waivers=agreed"];
    let waivers = place.run(&arguments);
    fs::remove_file(place.path("strict.yaml")).expect("removed");
    policy_of_main(&place, &(STRICT.to_owned() + &String::from_utf8_lossy(&waivers.stdout)), "Accepted");
    git(&place.0, &["switch", "--quiet", "late"]);
    let output = place.run(&["gate"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    // What it did to the policy of its start is what it did, and not that the branch went on.
    assert!(!text(&output).contains("policy-changed"), "{}", text(&output));
    // A commit from before there was any.
    git(&place.0, &["switch", "--quiet", "--orphan", "before"]);
    git(&place.0, &["commit", "--quiet", "--allow-empty", "-m", "Before"]);
    git(&place.0, &["switch", "--quiet", "main"]);
    git(&place.0, &["merge", "--quiet", "--allow-unrelated-histories", "-m", "Joined", "before"]);
    policy_of_main(&place, STRICT, "Strict again");
    git(&place.0, &["switch", "--quiet", "--create", "first", "before"]);
    place.write("abigate.yaml", LAX);
    place.ok(&["baseline", "add", "build", "--release", "v1.0.0"]);
    place.commit("Its own gate");
    let output = place.run(&["gate"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    assert!(
        said.contains(BROKEN) && said.contains("enforced: ") && said.contains("policy-changed"),
        "{said}"
    );
}

/// Neither a release nor a policy becomes a link or a submodule without a word.
#[test]
fn what_is_no_file_any_more_is_told() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.build("good");
    place.ok(&["--store", "elsewhere", "baseline", "add", "build", "--release", "v2.0.0"]);
    std::os::unix::fs::symlink("../elsewhere/v2.0.0", place.path("baselines/v2.0.0")).expect("linked");
    place.commit("A release that is a link");
    let output = place.run(&["gate"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("baselines: v2.0.0"), "{}", text(&output));
    git(&place.0, &["reset", "--quiet", "--hard", "HEAD^"]);
    let head = git(&place.0, &["rev-parse", "HEAD"]);
    for (path, told) in [
        ("baselines/v2.0.0", "baselines: v2.0.0"),
        ("baselines/v2.0.0/linux-x86_64", "baselines: v2.0.0 linux-x86_64"),
        ("abigate.yaml", "policy-changed"),
    ] {
        git(&place.0, &["update-index", "--force-remove", path]);
        git(&place.0, &["update-index", "--add", "--cacheinfo", &format!("160000,{head},{path}")]);
        git(&place.0, &["commit", "--quiet", "-m", "A submodule"]);
        let change = git(&place.0, &["rev-parse", "HEAD"]);
        let output = place.run(&["gate", "--change", &change]);
        assert_eq!(output.status.code(), Some(1), "{path}: {}", text(&output));
        assert!(text(&output).contains(told), "{path}: {}", text(&output));
        git(&place.0, &["reset", "--quiet", "--hard", &head]);
    }
}

/// Who owns the gate's files, and which workflows run it, is no change's own to say; what has nothing to do with it is.
#[test]
fn who_runs_and_owns_the_gate_is_told() {
    let workflow = |lint: &str, gate: &str| {
        format!(
            "on: pull_request\njobs:\n  lint: {{steps: [{{run: {lint}}}]}}\n  abi: {{steps: [{{run: {gate}}}]}}\n"
        )
    };
    let place_of = |scratch: &Scratch| {
        let place = scratch.place();
        git(&place.0, &["switch", "--quiet", "main"]);
        place.write(".github/CODEOWNERS", "/abigate.yaml @ada\n/baselines/ @ada\n");
        place.write(".github/workflows/abi.yml", &workflow("a", "abigate gate"));
        let judges =
            "on: {workflow_run: {workflows: [Build]}}\njobs: {g: {steps: [{uses: x/abigate/ci@1}]}}\n";
        place.write(".github/workflows/gate.yml", judges);
        place.write(
            ".github/actions/abi/action.yml",
            "runs: {using: composite, steps: [{run: abigate gate}]}\n",
        );
        place.write(".github/workflows/calls.yml", "jobs: {c: {steps: [{uses: ./.github/actions/abi}]}}\n");
        place.write(".github/workflows/build.yml", "name: Build\njobs: {b: {steps: [{run: make}]}}\n");
        place.write(".github/workflows/two.yml", &workflow("ci/lint.sh", "make -C ci abi"));
        place.write("ci/lint.sh", "true\n");
        place.write("ci/Makefile", "SRC = a.c\nabi:\n\t./abi.sh $(BUILD)\n");
        place.write("ci/abi.sh", "#!/bin/sh\n# May it be merged?\nabigate gate \"$1\"\n");
        place.write(".gitlab-ci.yml", "include: [{local: /ci/gitlab/*.yml}]\n");
        place.write("ci/gitlab/abi.yml", "lint: {script: [x]}\nabi: {script: [abigate gate]}\n");
        // What is written about the gate, and scripts that nobody runs.
        place.write("README.md", "abigate gate, by ci/abi.sh\n");
        place.write("tools/try.sh", "abigate gate\n");
        place.commit("Fences");
        git(&place.0, &["switch", "--quiet", "--force-create", "change"]);
        place.build("good");
        place
    };
    let scratch = Scratch::new();
    let place = place_of(&scratch);
    for (path, new, told) in [
        (".github/CODEOWNERS", "* @mallory\n".to_owned(), "other owners of abigate.yaml, baselines"),
        (".github/CODEOWNERS", "/abigate.yaml @ada\n/baselines/ @ada\n/src/ @bob\n".to_owned(), ""),
        (".github/workflows/abi.yml", workflow("b", "abigate gate"), ""),
        (".github/workflows/abi.yml", workflow("a", "abigate gate || true"), ".github/workflows/abi.yml"),
        (
            ".github/workflows/build.yml",
            "name: Build\njobs: {b: {steps: [{run: cp good build}]}}\n".to_owned(),
            ".github/workflows/build.yml",
        ),
        (".github/workflows/gate.yml", String::new(), ".github/workflows/gate.yml"),
        (".github/workflows/calls.yml", "on: push\njobs: {}\n".to_owned(), ".github/workflows/calls.yml"),
        (".github/workflows/two.yml", workflow("ci/lint.sh --all", "make -C ci abi"), ""),
        (".github/workflows/two.yml", workflow("ci/lint.sh", "'true'"), ".github/workflows/two.yml"),
        ("ci/lint.sh", "false\n".to_owned(), ""),
        ("ci/Makefile", "SRC = a.c b.c\nabi:\n\t./abi.sh $(BUILD)\n".to_owned(), ""),
        ("ci/Makefile", "SRC = a.c\nabi:\n\t-./abi.sh $(BUILD)\n".to_owned(), "ci/Makefile"),
        ("ci/GNUmakefile", "abi:\n".to_owned(), "ci/GNUmakefile"),
        ("ci/abi.sh", "#!/bin/sh\n# Whether it may be merged\nabigate gate \"$1\"\n".to_owned(), ""),
        ("ci/abi.sh", "#!/bin/sh\nabigate gate \"$1\" || true\n".to_owned(), "ci/abi.sh"),
        ("ci/gitlab/abi.yml", "lint: {script: [y]}\nabi: {script: [abigate gate]}\n".to_owned(), ""),
        (
            "ci/gitlab/abi.yml",
            "abi: {script: [abigate gate], allow_failure: true}\n".to_owned(),
            "ci/gitlab/abi.yml",
        ),
        ("README.md", "abigate gate\n".to_owned(), ""),
        ("tools/try.sh", "true\n".to_owned(), ""),
    ] {
        place.write(path, &new);
        place.commit("Something harmless");
        let output = place.run(&["gate"]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(i32::from(!told.is_empty())), "{path}: {said}");
        assert!(told.is_empty() || said.contains("policy-changed") && said.contains(told), "{path}: {said}");
        git(&place.0, &["reset", "--quiet", "--hard", "HEAD^"]);
    }
}

/// No variable and no file of a checkout says that another repository counts, or that there is no common commit.
#[test]
fn nothing_leads_git_elsewhere() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let (place, other) = (scratch.place(), other.place());
    policy_of_main(&other, LAX, "Lax");
    git(&other.0, &["switch", "--quiet", "--force-create", "change"]);
    let elsewhere = other.path(".git").display().to_string();
    for variables in
        [("GIT_DIR", &*elsewhere), ("GIT_CEILING_DIRECTORIES", "/"), ("GIT_SHALLOW_FILE", "/etc/passwd")]
    {
        let output = place.run_with(&["gate"], &[variables]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{variables:?}: {said}");
        assert!(said.contains(BROKEN) && said.contains("enforced: "), "{variables:?}: {said}");
    }
    let head = git(&place.0, &["rev-parse", "HEAD"]);
    place.write(".git/info/grafts", &format!("{head}\n"));
    assert!(text(&place.run(&["gate"])).contains("enforced: "));
}

/// What is compared with is in the base, whatever path names it.
#[test]
fn a_named_base_is_that_of_the_base() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.library("bad", "old/libshop.so");
    place.commit("A base of its own");
    let output = place.run(&["gate", "--base", "./old"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("old is another one than in main"), "{}", text(&output));
    // Whoever runs the gate may have one that git does not keep, and so may his policy.
    let output = place.run(&["gate", "--base", "../good"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("baselines of ../good, which git does not keep"), "{}", text(&output));
    place.write("mine.yaml", STRICT);
    place.ok(&["baseline", "add", "build", "--release", "v1.0.0", "--replace"]);
    let output = place.run(&["--config", "mine.yaml", "gate"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("policy of mine.yaml, which git does not keep"), "{}", text(&output));
}

/// A branch that was pushed is not what it is judged by, unless changes are merged into it.
#[test]
fn a_push_is_judged_by_the_branch_that_counts() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.write("abigate.yaml", LAX);
    place.commit("Lax");
    git(&place.0, &["update-ref", "refs/remotes/origin/main", "main"]);
    let event = place.path("../event.json").display().to_string();
    fs::write(&event, r#"{"repository": {"default_branch": "main"}}"#).expect("written");
    let sha = git(&place.0, &["rev-parse", "HEAD"]);
    for (branch, of, exit) in [("change", "main", 1), ("release/1", "release/1", 0)] {
        git(&place.0, &["update-ref", &format!("refs/remotes/origin/{branch}"), "HEAD"]);
        let reference = format!("refs/heads/{branch}");
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_SHA", &*sha),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", &*event),
            ("GITHUB_REF", &*reference),
        ];
        let output = place.run_with(&["gate"], &variables);
        assert_eq!(output.status.code(), Some(exit), "{branch}: {}", text(&output));
        assert!(text(&output).contains(&format!("of {of}@")), "{branch}: {}", text(&output));
    }
}

/// Before anything is merged there is nothing that could be enforced.
#[test]
fn a_first_policy_is_told_to_be_its_own() {
    let scratch = Scratch::new();
    let place = scratch.place();
    place.build("good");
    git(&place.0, &["switch", "--quiet", "--orphan", "fresh"]);
    git(&place.0, &["commit", "--quiet", "--allow-empty", "-m", "Nothing yet"]);
    git(&place.0, &["switch", "--quiet", "--create", "adopt"]);
    git(&place.0, &["checkout", "--quiet", "main", "--", "."]);
    // Before anything is committed, as after the first steps.
    git(&place.0, &["reset", "--quiet"]);
    let output = place.run(&["gate", "--target", "fresh"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("fresh has neither abigate.yaml nor baselines"), "{}", text(&output));
    place.commit("A gate");
    let output = place.run(&["gate", "--target", "fresh"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("fresh has neither abigate.yaml nor baselines"), "{}", text(&output));
    // A policy that is there, and no baseline: those of the change do not count.
    git(&place.0, &["switch", "--quiet", "--create", "half", "fresh"]);
    git(&place.0, &["checkout", "--quiet", "main", "--", "abigate.yaml", ".gitignore", "consumers"]);
    place.commit("A policy");
    git(&place.0, &["switch", "--quiet", "--create", "rest"]);
    git(&place.0, &["checkout", "--quiet", "main", "--", "."]);
    place.commit("A baseline");
    let output = place.run(&["gate", "--target", "half"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("those of the change itself do not count"), "{}", text(&output));
}

/// The program tries the same on whoever asks it to.
#[test]
fn the_program_replays_the_attacks_itself() {
    let scratch = Scratch::new();
    let place = scratch.place();
    let output = place.run(&["selftest", "--bypass", "--format", "json"]);
    let answers: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let attacks = answers["attacks"].as_array().expect("attacks");
    assert!(attacks.len() >= 35, "{answers:#}");
    for attack in attacks {
        assert!(attack["stopped"] == true && attack["told"] == true, "{attack:#}");
    }
    // This repository says nowhere who owns its policy.
    assert_eq!(output.status.code(), Some(1), "{answers:#}");
    assert!(answers["open"].to_string().contains("no CODEOWNERS"), "{answers:#}");
    place.write(".github/CODEOWNERS", "/abigate.yaml @a\n/baselines/ @a\n/.github/ @a\n");
    let output = place.run(&["selftest", "--bypass"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let single = concat!(env!("CARGO_MANIFEST_DIR"), "/ci/examples/cmake.yml");
    place.write(".github/workflows/abi.yml", &fs::read_to_string(single).expect("an example"));
    let output = place.run(&["selftest", "--bypass"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("job abi builds the change and judges it"), "{}", text(&output));
}

/// A value of YAML by keys.
fn yaml(file: &str) -> serde_yaml::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    serde_yaml::from_str(&fs::read_to_string(path).expect("there")).expect("YAML")
}

/// A name that has a line of its own in it has none where it is shown, whatever shows it.
#[test]
fn no_name_makes_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = "struct SAAAAAAAAAAAAAAA { int MAAAAAAAAAAAAAAAA; };\nenum EAAAAAAAAAAAAAAA { VAAAAAAAAAAAAAAA };\n\
                  int FAAAAAAAAAAAAAAA(struct SAAAAAAAAAAAAAAA *p, enum EAAAAAAAAAAAAAAA e) { return p->MAAAAAAAAAAAAAAAA + e; }\n";
    let place = Place(folder.path().to_owned());
    place.write("a.c", source);
    let mut compiler = Command::new("gcc");
    compiler.args([
        "-g",
        "-shared",
        "-fPIC",
        "-Wl,--hash-style=sysv",
        "-Wl,-soname,liba.so.1",
        "-o",
        "liba.so",
        "a.c",
    ]);
    assert!(compiler.current_dir(&place.0).status().expect("gcc runs").success());
    let mut library = fs::read(place.path("liba.so")).expect("built");
    let part = b"AAAAAAAAAAAA";
    let mut at = 0;
    while let Some(found) = library[at..].windows(part.len()).position(|bytes| bytes == part) {
        library[at + found..at + found + part.len()].copy_from_slice(b"\nFORGED: yes");
        at += found + part.len();
    }
    fs::write(place.path("liba.so"), &library).expect("written");
    place.write("b.c", "int other(void) { return 1; }\n");
    let mut compiler = Command::new("gcc");
    compiler.args(["-g", "-shared", "-fPIC", "-Wl,-soname,liba.so.1", "-o", "new/liba.so", "b.c"]);
    fs::create_dir_all(place.path("new")).expect("a folder");
    assert!(compiler.current_dir(&place.0).status().expect("gcc runs").success());
    place.ok(&["--store", "store", "baseline", "add", "liba.so", "--release", "v1"]);
    place.ok(&["--store", "store", "baseline", "add", "new/liba.so", "--release", "v2"]);
    place.ok(&["dump", "liba.so", "-o", "liba.abi.zst"]);
    let mut asked: Vec<Vec<&str>> = vec![
        vec!["show", "liba.so"],
        vec!["show", "liba.so", "symbols"],
        vec!["show", "liba.so", "symbols", "--mangled"],
        vec!["show", "liba.so", "types"],
        vec!["show", "liba.so", "types", "--match", "**"],
        vec!["show", "liba.abi.zst", "types", "--match", "**"],
        vec!["show", "store/v1/linux-x86_64", "types", "--match", "**", "--format", "json"],
        vec!["export", "liba.so", "--format", "symbols", "--package-version", "1"],
        vec!["--store", "store", "history", "**"],
        vec!["--store", "store", "history", "**", "--full"],
        vec!["check", "liba.so", "--full"],
        vec!["selftest", "liba.so", "--full"],
        vec!["diff", "liba.so", "new", "--write-waivers=why"],
    ];
    for format in ["text", "json", "html", "markdown", "sarif", "junit", "github", "gitlab"] {
        asked.push(vec!["diff", "liba.so", "new", "--format", format]);
        asked.push(vec!["diff", "liba.so", "new", "--full", "--format", format]);
        asked.push(vec!["diff", "new", "liba.so", "--full", "--format", format]);
    }
    let mut shown = 0;
    for arguments in asked {
        let said = text(&place.run(&arguments));
        shown += usize::from(said.contains("FORGED: yes"));
        let forged = said.lines().find(|line| line.trim_start().starts_with("FORGED"));
        assert_eq!(forged, None, "{arguments:?}");
    }
    assert!(shown > 20, "the names are shown in {shown} of them");
}

/// What an earlier step of the job wrote for shells and the loader to run first does not run in the action's steps.
#[test]
fn the_actions_steps_run_nothing_that_was_left_for_them() {
    let scratch = Scratch::new();
    let place = scratch.place();
    let marker = place.path("marker");
    place.write("evil.sh", &format!("echo ran >{}\n", marker.display()));
    let evil = place.path("evil.sh").display().to_string();
    let action = yaml("ci/action.yml");
    let steps = action["runs"]["steps"].as_sequence().expect("steps");
    let shells: Vec<_> = steps.iter().filter(|step| step["shell"].as_str().is_some()).collect();
    assert!(shells.len() >= 2);
    for step in shells {
        let mut shell = Command::new("bash");
        // As a runner does it: variables of the job, then those of the step.
        shell.env("BASH_ENV", &evil).env("ENV", &evil).env("LD_PRELOAD", "").args([
            "--noprofile",
            "--norc",
            "-c",
            "true",
        ]);
        let variables = step["env"].as_mapping().expect("variables");
        for (name, value) in variables {
            let (name, value) = (name.as_str().expect("a name"), value.as_str().unwrap_or_default());
            if !value.contains("${{") {
                shell.env(name, value);
            }
        }
        for name in ["LD_PRELOAD", "LD_LIBRARY_PATH"] {
            assert_eq!(step["env"][name].as_str(), Some(""), "{step:?}");
        }
        assert!(shell.status().expect("bash runs").success());
        assert!(!marker.exists(), "{step:?}");
    }
    // The attack is one: without the step's variables it runs.
    let mut shell = Command::new("bash");
    shell.env("BASH_ENV", &evil).args(["--noprofile", "--norc", "-c", "true"]);
    assert!(shell.status().expect("bash runs").success() && marker.exists());
}

/// What a wheel says of itself is no reason to let a change pass, and one that cannot be read is an error.
#[test]
fn an_edited_wheel_is_judged_by_what_is_in_it() {
    let scratch = Scratch::new();
    let place = scratch.place();
    let library = fs::read(scratch.folder.path().join("bad/libshop.so")).expect("built");
    let metadata = b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0.0\n";
    let members = [
        ("shop/libshop.so", &library[..], crate::archives::deflated()),
        ("shop-1.0.0.dist-info/METADATA", &metadata[..], crate::archives::deflated()),
        (
            "shop-1.0.0.dist-info/WHEEL",
            &b"Wheel-Version: 1.0\nTag: py3-none-linux_x86_64\n"[..],
            crate::archives::deflated(),
        ),
        ("shop/version.py", &b"git_version = 'of another commit'\n"[..], crate::archives::deflated()),
    ];
    let wheel = place.path("build/shop-1.0.0-py3-none-linux_x86_64.whl");
    let bytes = crate::archives::zip(&members);
    fs::write(&wheel, &bytes).expect("written");
    let name = wheel.display().to_string();
    let output = place.run(&["gate", &name, "--platform", "linux-x86_64"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains(BROKEN), "{}", text(&output));
    fs::write(&wheel, &bytes[..bytes.len() / 2]).expect("written");
    let output = place.run(&["gate", &name, "--platform", "linux-x86_64"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    // The example's step takes one wheel and no other number of them.
    let example = yaml("ci/examples/pytorch.yml");
    let steps = example["jobs"]["abi"]["steps"].as_sequence().expect("steps");
    let script = steps
        .iter()
        .find_map(|step| step["run"].as_str().filter(|run| run.contains("wheels=")))
        .expect("a step");
    let step = |wheels: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        for wheel in wheels {
            let path = folder.path().join("artifacts/dist").join(wheel);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, "x").expect("written");
        }
        let mut shell = Command::new("bash");
        shell
            .args(["-eo", "pipefail", "-c", script])
            .current_dir(folder.path())
            .env("GITHUB_OUTPUT", "/dev/null");
        shell.output().expect("bash runs").status.code()
    };
    assert_eq!(
        [step(&[]), step(&["torch-1.whl"]), step(&["torch-1.whl", "torch-2.whl"])],
        [Some(1), Some(0), Some(1)]
    );
}

/// No example, action or workflow names what somebody can put something else under.
#[test]
fn what_others_wrote_is_pinned() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["ci", "ci/examples", ".github/workflows"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("there").flatten());
    let mut found = 0;
    for file in files.filter(|file| file.path().extension().is_some_and(|ending| ending == "yml")) {
        let text = fs::read_to_string(file.path()).expect("text");
        for line in
            text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
        {
            found += 1;
            let version = line
                .split_whitespace()
                .next()
                .and_then(|uses| uses.rsplit_once('@'))
                .map(|(_, version)| version);
            let is_commit =
                |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(version.is_some_and(is_commit), "{}: {line}", file.path().display());
        }
        assert!(!text.contains("OWNER/"), "{}", file.path().display());
    }
    assert!(found > 10);
}
