//! A real round: a repository with a small library, a pull request that breaks it, and the gate run as the action does.

#[allow(dead_code)] // Each test uses a part of it.
use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::fake_github::{Fake, REPOSITORY, TOKEN};
use serde_json::Value;

use crate::scratch::Scratch;

const HEADER: &str = "#pragma once
namespace shop {
class Cart {
public:
    Cart();
    virtual ~Cart();
    int total() const;
private:
    int count_ = 0;
    int price_ = 0;
    void* reserved_[2] = {};
};
int rate(const Cart& cart);
}
";

const SOURCE: &str = "#include \"shop.h\"
namespace shop {
Cart::Cart() = default;
Cart::~Cart() = default;
int Cart::total() const { return count_ * price_; }
int rate(const Cart& cart) { return cart.total(); }
}
";

pub(crate) struct Repository(Scratch);

impl Deref for Repository {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.0
    }
}

impl Repository {
    /// Version 1.0 of the library: committed, released and stored, with its commit.
    fn new() -> Repository {
        let repository = Repository(Scratch::new());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.write("abigate.yaml", "build: build\n");
        repository.write(".gitignore", "build\nbaselines\n");
        repository.write("include/shop.h", HEADER);
        repository.write("shop.cc", SOURCE);
        repository.commit("The first release");
        repository.build();
        repository.store("v1.0.0");
        repository.store(&repository.head());
        repository
    }

    /// Replaces a part of the header, and builds.
    fn change(&self, from: &str, to: &str) {
        let header = fs::read_to_string(self.path("include/shop.h")).expect("there");
        assert!(header.contains(from), "{header}");
        self.write("include/shop.h", &header.replace(from, to));
        self.build();
    }

    fn build(&self) {
        fs::create_dir_all(self.path("build")).expect("a directory");
        let mut compiler = Command::new("g++");
        compiler.args(["-std=c++17", "-shared", "-fPIC", "-O1", "-g", "-Iinclude", "-o", "build/libshop.so"]);
        compiler.args(["shop.cc", "-Wl,-soname,libshop.so.1"]).current_dir(self.root());
        assert!(compiler.status().expect("g++ runs").success());
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]).args(arguments);
        let output = git.current_dir(self.root()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn store(&self, name: &str) {
        let added = self.run(&["baseline", "add", "build", "--release", name], &[]);
        assert_eq!(added.status.code(), Some(0), "{}", text(&added));
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
        command.args(arguments).current_dir(self.root());
        for name in [
            "ABIGATE_STORE",
            "GITHUB_ACTIONS",
            "GITHUB_TOKEN",
            "CI_MERGE_REQUEST_LABELS",
            "HTTPS_PROXY",
            "https_proxy",
        ] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).output().expect("abigate runs")
    }

    fn gate(&self, arguments: &[&str]) -> Output {
        self.run(&[&["gate"], arguments].concat(), &[])
    }

    /// The gate in a job of GitHub Actions: the files that a runner gives, and a token where there is a GitHub.
    fn action(&self, github: Option<&Fake>) -> (Output, String, String) {
        self.action_at(github, "2026-11-30T10:00:00Z")
    }

    /// The same for a push at that time.
    fn action_at(&self, github: Option<&Fake>, pushed: &str) -> (Output, String, String) {
        let head = self.head();
        let event = serde_json::json!({ "action": "synchronize", "pull_request": {
            "number": 7, "labels": [], "commits": 1, "updated_at": pushed,
            "head": { "sha": head, "repo": { "full_name": REPOSITORY } },
            "base": { "sha": head, "repo": { "full_name": REPOSITORY } },
        }});
        self.action_of(github, "pull_request", &event, &[])
    }

    /// The same for a run that an event started.
    fn action_of(
        &self,
        github: Option<&Fake>,
        kind: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> (Output, String, String) {
        let (summary, outputs) = (self.path("build/summary.md"), self.path("build/outputs"));
        let event = self.path("build/event.json");
        for file in [&summary, &outputs] {
            let _ = fs::remove_file(file);
        }
        let head = self.head();
        if let Some(github) = github {
            let mut state = github.state();
            (state.head, state.author) = (head.clone(), "ada".to_owned());
            state.permissions = ["ada", "bob"].map(|login| (login.to_owned(), "write".to_owned())).to_vec();
        }
        fs::write(&event, body.to_string()).expect("written");
        let place = |path: &PathBuf| path.display().to_string();
        let variables = [
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_REPOSITORY", REPOSITORY.to_owned()),
            ("GITHUB_SHA", head),
            ("GITHUB_EVENT_NAME", kind.to_owned()),
            ("GITHUB_BASE_REF", "main".to_owned()),
            ("GITHUB_EVENT_PATH", place(&event)),
            ("GITHUB_STEP_SUMMARY", place(&summary)),
            ("GITHUB_OUTPUT", place(&outputs)),
        ];
        let mut variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (*name, &**value)).collect();
        if let Some(github) = github {
            variables.extend([("GITHUB_TOKEN", TOKEN), ("GITHUB_API_URL", &github.url)]);
        }
        variables.extend(more);
        let arguments = [
            "gate",
            "--format",
            "text",
            "-o",
            "-",
            "--format",
            "html",
            "-o",
            "build/abi.html",
            "-o",
            "build/abi.json",
        ];
        let output = self.run(&arguments, &variables);
        let read = |path: &PathBuf| fs::read_to_string(path).unwrap_or_default();
        (output, read(&summary), read(&outputs))
    }

    fn line_of(&self, part: &str) -> usize {
        let header = fs::read_to_string(self.path("include/shop.h")).expect("there");
        1 + header.lines().position(|line| line.contains(part)).expect("a line")
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_pull_request_breaks_a_class_and_mends_it() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    let same = text(&repository.gate(&[]));
    assert!(same.starts_with("COMPATIBLE") && same.contains("no changes"), "{same}");
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    let (output, summary, outputs) = repository.action(None);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    // The annotation is on the member's line.
    let member = format!("::error file=include/shop.h,line={},", repository.line_of("colour_"));
    assert!(told.contains(&member), "{told}");
    assert!(told.contains("no GITHUB_TOKEN"), "{told}");
    assert!(summary.contains("BREAKING") && summary.contains("`shop::Cart`"), "{summary}");
    assert!(outputs.contains("verdict<<END\nbreaking\nEND\n"), "{outputs}");
    assert!(outputs.contains("build/abi.html\nbuild/abi.json"), "{outputs}");
    let page = fs::read_to_string(repository.path("build/abi.html")).expect("a page");
    assert!(page.contains("<svg") && page.contains("shop::Cart"), "no drawing");
    let report: Value =
        serde_json::from_slice(&fs::read(repository.path("build/abi.json")).expect("a report"))
            .expect("JSON");
    assert_eq!((&report["verdict"], &report["policy"]["profile"]), (&"breaking".into(), &"trunk".into()));

    // The next commit takes the place that was kept for it.
    repository.write("include/shop.h", HEADER);
    repository.change(
        "    void* reserved_[2] = {};\n",
        "    void* colour_ = nullptr;\n    void* reserved_[1] = {};\n",
    );
    repository.commit("The colour takes a reserved place");
    let (output, summary, outputs) = repository.action(None);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!told.contains("::error"), "{told}");
    assert!(
        summary.contains("COMPATIBLE") && outputs.contains("verdict<<END\ncompatible\nEND\n"),
        "{summary}"
    );
}

/// What others broke since the release informs; what nobody has yet may go again.
#[test]
fn a_change_answers_for_itself() {
    let repository = Repository::new();
    // Somebody breaks `rate`, and adds a function.
    repository.change("int rate(const Cart& cart);", "long rate(const Cart& cart, int);\nint fresh();");
    let source = SOURCE
        .replace("int rate(const Cart& cart)", "int fresh() { return 1; }\nlong rate(const Cart& cart, int)");
    repository.write("shop.cc", &source);
    repository.commit("Rates are long");
    repository.build();
    repository.store(&repository.head());
    let since = repository.gate(&["--base", "v1.0.0", "--merge-base", "v1.0.0"]);
    assert_eq!(since.status.code(), Some(1), "{}", text(&since));
    // Somebody else takes the new function away, which no release has.
    repository.git(&["switch", "--quiet", "--create", "less"]);
    repository.change("int fresh();", "");
    repository.write("shop.cc", &source.replace("int fresh() { return 1; }\n", ""));
    repository.build();
    repository.commit("Nobody needs it");
    let output = repository.gate(&[]);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("Everything since v1.0.0, which stops nobody here: BREAKING"), "{told}");
    let full = text(&repository.gate(&["--full"]));
    assert!(full.contains("not released: v1.0.0 does not have it") && !full.contains("waived"), "{full}");
    assert!(full.contains("1 not released"), "{full}");
}

#[test]
fn somebody_may_accept_what_breaks() {
    let repository = Repository::new();
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    assert_eq!(repository.gate(&[]).status.code(), Some(1));
    // A label that somebody types is nobody's: it accepts where nothing is enforced.
    let labelled = repository.gate(&["--label", "ci,abi-break-accepted"]);
    assert_eq!(labelled.status.code(), Some(1), "{}", text(&labelled));
    assert!(text(&labelled).contains("nobody knows who gave it"), "{}", text(&labelled));
    let labelled = repository.gate(&["--label", "ci,abi-break-accepted", "--trust", "none"]);
    assert_eq!(labelled.status.code(), Some(0), "{}", text(&labelled));
    assert!(text(&labelled).contains("accepted by the label abi-break-accepted"), "{}", text(&labelled));
    assert!(
        text(&labelled).contains("advisory: policy and baselines are this change's own"),
        "{}",
        text(&labelled)
    );
    let about = repository.gate(&["--trust", "none", "--label", "abi-break-accepted: libother.so"]);
    assert_eq!(about.status.code(), Some(1), "{}", text(&about));
    let gitlab =
        repository.run(&["gate", "--trust", "none"], &[("CI_MERGE_REQUEST_LABELS", "x,abi-break-accepted")]);
    assert_eq!(gitlab.status.code(), Some(0), "{}", text(&gitlab));
    repository.git(&[
        "commit",
        "--quiet",
        "--amend",
        "--message",
        "Carts have a colour\n\nABI-Break: agreed with all",
    ]);
    let trailer = repository.gate(&[]);
    // Who writes a change writes its messages: they ask, and accept nothing.
    assert_eq!(trailer.status.code(), Some(1), "{}", text(&trailer));
    assert!(text(&trailer).contains("Ada asks to accept it: agreed with all"), "{}", text(&trailer));
    assert!(
        text(&trailer).contains("somebody else with write access sets the label `abi-break-accepted`"),
        "{}",
        text(&trailer)
    );
    // What the policy never lets through nobody does.
    let policy =
        "build: build\ntiers:\n- {name: public, severity: breaking, waivers: never, names: [\"shop::**\"]}\n";
    repository.write("abigate.yaml", policy);
    let never = repository.gate(&["--trust", "none", "--label", "abi-break-accepted"]);
    assert_eq!(never.status.code(), Some(1), "{}", text(&never));
    assert!(text(&never).contains("none of these may be accepted"), "{}", text(&never));
    // Other names, where a project has its own.
    repository.write("abigate.yaml", "build: build\ngate: {trailers: [Breaks], labels: []}\n");
    let others = ["--trust", "none", "--label", "abi-break-accepted"];
    assert_eq!(repository.gate(&others).status.code(), Some(1));
}

#[test]
fn a_release_branch_is_for_patches() {
    let repository = Repository::new();
    let profile = |arguments: &[&str]| {
        let output = repository.gate(&[arguments, &["--format", "json"]].concat());
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
        report["policy"]["profile"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(profile(&[]), "trunk");
    assert_eq!(profile(&["--target", "release/1.0"]), "patch");
    repository.write("abigate.yaml", "build: build\ngate: {release-branches: [\"frozen-*\"]}\n");
    assert_eq!(profile(&["--target", "release/1.0"]), "trunk");
    assert_eq!(profile(&["--target", "frozen-1"]), "patch");
    // Nothing to compare with is said, with what to do.
    fs::remove_dir_all(repository.path("baselines")).expect("removed");
    let none = repository.gate(&[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none).contains("abigate baseline add INPUT --release v1.0"), "{}", text(&none));
}

/// The check run and the comment of a pull request, from the push that breaks to the one that mends.
#[test]
fn a_check_run_and_one_comment_follow_the_pull_request() {
    let (repository, github) = (Repository::new(), Fake::new());
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    let (output, ..) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let run = github.state().check_runs[0].clone();
    assert_eq!((&run["status"], &run["conclusion"]), (&"completed".into(), &"failure".into()), "{run:#}");
    assert_eq!(run["head_sha"], repository.head());
    let annotations = run["annotations"].as_array().expect("annotations");
    assert!(annotations.iter().any(|one| one["path"] == "include/shop.h"), "{run:#}");
    let comments = github.comments();
    assert!(comments.len() == 1 && comments[0].contains("shop::Cart"), "{comments:?}");
    assert!(!text(&output).contains(TOKEN));

    repository.write("include/shop.h", HEADER);
    repository.build();
    repository.commit("As it was");
    let (output, ..) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let runs = github.state().check_runs.clone();
    assert_eq!((runs.len(), &runs[1]["conclusion"]), (2, &"success".into()));
    let comments = github.comments();
    assert!(comments.len() == 1 && comments[0].contains("<details>"), "{comments:?}");

    // A label that is set later counts when the job is run again, if somebody else with write access has set it.
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    for (who, at, wanted) in [
        ("ada", "2026-11-30T11:00:00Z", "ada, who wrote the change"),
        ("eve", "2026-11-30T11:00:00Z", "eve, who has no write access"),
        ("bob", "2026-11-30T09:00:00Z", "older than the last push"),
    ] {
        github.state().labels.clear();
        github.label("abi-break-accepted", who, at);
        let (output, ..) = repository.action(Some(&github));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(text(&output).contains(wanted), "{wanted}: {}", text(&output));
    }
    github.state().labels.clear();
    github.label("abi-break-accepted", "bob", "2026-11-30T11:00:00Z");
    // Who may write to the branch may have written a part of it, whoever opened the pull request and whatever authors say.
    github.state().pushes.push(("bob".to_owned(), repository.head()));
    let (output, ..) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("bob, who pushed to the change"), "{}", text(&output));
    // What was pushed there before and is no part of it is nothing of his.
    github.state().pushes = vec![("bob".to_owned(), "0".repeat(40))];
    let (output, summary, _) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        summary.contains("waived by bob (label abi-break-accepted) until this change is merged"),
        "{summary}"
    );

    // What is no verdict ends the check run as well.
    fs::rename(repository.path("build/libshop.so"), repository.path("build/away")).expect("moved");
    let (output, summary, outputs) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let run = github.state().check_runs.last().expect("a run").clone();
    assert_eq!((&run["status"], &run["conclusion"]), (&"completed".into(), &"failure".into()), "{run:#}");
    assert!(summary.contains("no shared object") && outputs.contains("trouble"), "{summary}{outputs}");
    fs::rename(repository.path("build/away"), repository.path("build/libshop.so")).expect("moved");

    // A token that only reads takes nothing from the verdict.
    github.state().labels.clear();
    github.state().is_fork = true;
    let (output, summary, _) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("not published") && text(&output).contains("::error"),
        "{}",
        text(&output)
    );
    assert!(summary.contains("BREAKING"), "{summary}");
}

/// Who accepted what broke yesterday has not accepted what a push adds today, and need not accept yesterday's again.
#[test]
fn an_acceptance_is_about_what_broke_when_it_was_given() {
    let (repository, github) = (Repository::new(), Fake::new());
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    github.state().now = "2026-11-30T10:05:00Z".to_owned();
    let (output, ..) = repository.action(Some(&github));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    // Nothing of the record shows.
    let said = github.state().check_runs[0]["output"]["text"].as_str().unwrap_or_default().to_owned();
    assert!(said.starts_with("<!-- abigate-breaks ") && said.ends_with(" -->"), "{said}");
    // Before the first verdict: a label that is older than everything.
    github.label("abi-break-accepted", "bob", "2026-11-30T10:06:00Z");
    github.state().earlier.push(repository.head());
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "A word more"]);
    github.state().now = "2026-11-30T11:05:00Z".to_owned();
    let (output, summary, _) = repository.action_at(Some(&github), "2026-11-30T11:00:00Z");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("accepted by bob (label abi-break-accepted)"), "{}", text(&output));
    assert!(text(&output).contains("member-added shop::Cart"), "which ones: {}", text(&output));
    assert!(summary.contains("PASSES"), "what breaks is not compatible: {summary}");
    // Something else breaks.
    github.state().earlier.push(repository.head());
    repository.change("int rate(const Cart& cart);", "long rate(const Cart& cart, int);");
    let source = SOURCE.replace("int rate(const Cart& cart)", "long rate(const Cart& cart, int)");
    repository.write("shop.cc", &source);
    repository.build();
    repository.commit("Rates are long");
    github.state().now = "2026-11-30T12:05:00Z".to_owned();
    let (output, summary, _) = repository.action_at(Some(&github), "2026-11-30T12:00:00Z");
    let told = text(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("1 root cause came after bob (label abi-break-accepted) accepted"), "{told}");
    assert!(told.contains("(signature-changed shop::rate(shop::Cart const&))"), "{told}");
    assert!(told.contains("accepted by bob") && summary.contains("came after bob"), "{told}{summary}");
    assert!(told.contains("abigate explain signature-changed") && told.contains("To accept it: "), "{told}");
    // A label that names what came later accepts that.
    github.label("abi-break-accepted: signature-changed", "bob", "2026-11-30T12:06:00Z");
    let (output, ..) = repository.action_at(Some(&github), "2026-11-30T12:00:00Z");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

/// A verdict is about a branch: one for another branch than the repository's own has another name, so that it is not the one that
/// is required there.
#[test]
fn a_verdict_for_elsewhere_has_another_name() {
    let (repository, github) = (Repository::new(), Fake::new());
    repository.git(&["branch", "lax"]);
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    let head = repository.head();
    let event = serde_json::json!({ "action": "synchronize", "repository": { "default_branch": "main" },
        "pull_request": { "number": 7, "labels": [], "commits": 1, "updated_at": "2026-11-30T10:00:00Z",
            "head": { "sha": head, "repo": { "full_name": REPOSITORY } },
            "base": { "sha": head, "repo": { "full_name": REPOSITORY } } } });
    for (base, name) in [("main", "abigate"), ("lax", "abigate (into lax)")] {
        let (output, ..) =
            repository.action_of(Some(&github), "pull_request", &event, &[("GITHUB_BASE_REF", base)]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let run = github.state().check_runs.last().expect("a run").clone();
        assert_eq!(run["name"], name, "{run:#}");
    }
}

/// The pull request of a fork is found by its branch: the event of the second workflow names none.
#[test]
fn the_pull_request_of_a_fork_is_looked_up() {
    let (repository, github) = (Repository::new(), Fake::new());
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    let event = serde_json::json!({ "action": "completed", "workflow_run": {
        "head_sha": repository.head(), "created_at": "2026-11-30T10:00:00Z", "head_branch": "colours/of carts",
        "head_repository": { "owner": { "login": "eve" } }, "pull_requests": [],
    }});
    let more = [("GITHUB_BASE_REF", ""), ("GITHUB_REF", "refs/heads/elsewhere")];
    github.state().fork = "eve:colours/of carts".replace(' ', "%20");
    let (output, ..) = repository.action_of(Some(&github), "workflow_run", &event, &more);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    // It knows where the pull request is to be merged into, and comments there.
    assert!(text(&output).contains("enforced: policy of main@"), "{}", text(&output));
    assert_eq!(github.comments().len(), 1, "{}", text(&output));
    github.label("abi-break-accepted", "bob", "2026-11-30T11:00:00Z");
    let (output, ..) = repository.action_of(Some(&github), "workflow_run", &event, &more);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    // Another branch is another pull request.
    github.state().fork = "eve:main".to_owned();
    let (output, ..) = repository.action_of(Some(&github), "workflow_run", &event, &more);
    assert_ne!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn a_team_may_own_the_policy() {
    let (repository, github) = (Repository::new(), Fake::new());
    repository.write(".github/CODEOWNERS", "/abigate.yaml @org/abi\n");
    repository.commit("The team decides");
    repository.git(&["switch", "--quiet", "--create", "colours"]);
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    repository.commit("Carts have a colour");
    let review = serde_json::json!({ "user": { "login": "bob" }, "state": "APPROVED", "commit_id": repository.head(),
        "body": "Fine.", "submitted_at": "2026-11-30T11:00:00Z" });
    github.state().reviews.push(review);
    let round = || {
        let (output, ..) = repository.action(Some(&github));
        (output.status.code(), text(&output))
    };
    let (code, told) = round();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("CODEOWNERS names @org/abi, and the forge does not say who is in it"), "{told}");
    github.state().teams = vec![("org/abi".to_owned(), "carol".to_owned())];
    let (code, told) = round();
    assert!(code == Some(1) && told.contains("bob, whom CODEOWNERS does not name"), "{told}");
    github.state().teams.push(("org/abi".to_owned(), "bob".to_owned()));
    let (code, told) = round();
    assert!(code == Some(0) && told.contains("accepted by bob (approving review)"), "{told}");
}

/// A checkout of somebody else, as in a container: git does not look into it, and a gate that could not know is not silent.
#[test]
fn a_checkout_that_git_refuses_is_an_error() {
    let repository = Repository::new();
    let other = [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")];
    let output = repository.run(&["gate"], &other);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("dubious ownership") && told.contains("safe.directory"), "{told}");
    let output = repository.run(&["gate", "--trust", "none"], &other);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("advisory"), "{}", text(&output));
}

/// A first configuration for what is there, with which the next two commands that it names do what they say.
#[test]
fn from_nothing_to_a_gate() {
    let repository = Repository::new();
    fs::remove_file(repository.path("abigate.yaml")).expect("removed");
    fs::remove_dir_all(repository.path("baselines")).expect("removed");
    let source = format!("{SOURCE}namespace shop::detail {{ int hidden() {{ return 1; }} }}\n");
    repository.write("shop.cc", &source);
    repository.build();
    let begun = repository.run(&["init"], &[]);
    let told = text(&begun);
    assert_eq!(begun.status.code(), Some(0), "{told}");
    assert!(told.contains("wrote abigate.yaml for libshop.so"), "{told}");
    let written = fs::read_to_string(repository.path("abigate.yaml")).expect("written");
    assert!(written.contains("require: [types]"), "{written}");
    assert!(written.contains("build: build") && written.contains("- \"shop::detail::**\""), "{written}");
    let again = repository.run(&["init"], &[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again).contains("abigate.yaml already exists"), "{}", text(&again));
    repository.commit("A policy");
    // The commands as they were printed.
    let command = told.lines().find(|line| line.contains("baseline add")).expect("a command");
    let words: Vec<&str> =
        command.trim().split("   ").next().unwrap_or_default().split(' ').skip(1).collect();
    let added = repository.run(&words, &[]);
    assert_eq!(added.status.code(), Some(0), "{words:?}: {}", text(&added));
    assert_eq!(repository.gate(&[]).status.code(), Some(0));
    // What is internal by its name counts until somebody says that it does not.
    repository.write("shop.cc", SOURCE);
    repository.build();
    let internal = repository.gate(&[]);
    assert_eq!(internal.status.code(), Some(1), "{}", text(&internal));
    let uncommented = written
        .replace("  # - name: internal", "  - name: internal")
        .replace("  #   names:", "    names:")
        .replace("  #     - ", "      - ")
        .replace("  #   severity: note", "    severity: note");
    repository.write("abigate.yaml", &uncommented);
    repository.commit("Details are nobody's business");
    let internal = repository.gate(&[]);
    assert_eq!(internal.status.code(), Some(0), "{}", text(&internal));
    assert!(text(&internal).contains("no changes that count"), "{}", text(&internal));
    let nowhere = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    let lost = command.arg("init").current_dir(nowhere.path()).output().expect("abigate runs");
    assert_eq!(lost.status.code(), Some(2));
    assert!(text(&lost).contains("build it first"), "{}", text(&lost));
}

/// A step of the action: a script with the runner's variables.
fn step(name: &str, folder: &std::path::Path, variables: &[(&str, &str)]) -> Output {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ci").join(name);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_abigate")).parent().expect("a directory");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(script);
    command.current_dir(folder).env("PATH", path).env_remove("GITHUB_ACTIONS").env_remove("ABIGATE_STORE");
    command.envs(variables.iter().copied()).output().expect("bash runs")
}

#[test]
fn the_steps_of_the_action_leave_reports_and_the_exit_code() {
    let repository = Repository::new();
    repository.change("    int price_ = 0;\n", "    int colour_ = 0;\n    long price_ = 0;\n");
    let reports = repository.path("build/reports").display().to_string();
    let variables =
        [("ABIGATE_REPORTS", &*reports), ("ABIGATE_NEW", ""), ("ABIGATE_ARGUMENTS", "--profile\npatch\n")];
    let output = step("action-gate", repository.root(), &variables);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).starts_with("BREAKING"), "{}", text(&output));
    for name in ["abigate.html", "abigate.json", "abigate.sarif", "abigate.xml"] {
        let report = fs::read_to_string(repository.path("build/reports").join(name)).expect(name);
        assert!(report.contains("shop::Cart"), "{name}");
    }
    // The newest release, a configuration and options that do not fit each other are trouble, not a verdict.
    let variables = [("ABIGATE_REPORTS", &*reports), ("ABIGATE_CONFIG", "nowhere.yaml")];
    assert_eq!(step("action-gate", repository.root(), &variables).status.code(), Some(2));
}

#[test]
fn the_action_installs_what_its_checksum_says_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a directory");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let shell = |script: &str| {
        let output =
            Command::new("bash").args(["-c", script]).current_dir(folder.path()).output().expect("bash");
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let name = format!("abigate-9.9.9-{}-unknown-linux-musl", std::env::consts::ARCH);
    let sum = shell(&format!(
        "mkdir -p releases/v9.9.9 {name} && printf '#!/bin/sh\\necho abigate 9.9.9\\n' >{name}/abigate && chmod +x {name}/abigate \
         && tar -czf releases/v9.9.9/{name}.tar.gz {name} && sha256sum releases/v9.9.9/{name}.tar.gz | cut -d' ' -f1"
    ));
    let install = |bin: &str, sum: &str| {
        let variables = [
            ("ABIGATE_BIN", path(bin)),
            ("ABIGATE_VERSION", "9.9.9".to_owned()),
            ("ABIGATE_SHA256", sum.to_owned()),
            ("ABIGATE_URL", format!("file://{}", path("releases"))),
            ("GITHUB_PATH", path("path")),
        ];
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, &**value)).collect();
        step("action-install", folder.path(), &variables)
    };
    let output = install("bin", &sum);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("abigate 9.9.9"), "{}", text(&output));
    assert_eq!(fs::read_to_string(path("path")).expect("there").trim(), path("bin"));
    let wrong = install("other", &"0".repeat(64));
    assert_eq!(wrong.status.code(), Some(1), "{}", text(&wrong));
    assert!(text(&wrong).contains("::error") && !std::path::Path::new(&path("other/abigate")).exists());
    assert_eq!(install("third", "").status.code(), Some(1));
    // A binary that somebody else put there is not the one that was asked for.
    fs::write(path("bin/abigate"), "#!/bin/sh\necho forged\n").expect("written");
    let forged = text(&install("bin", &sum));
    assert!(forged.contains("abigate 9.9.9") && !forged.contains("forged"), "{forged}");
    // What is cached is held against the checksum as well, and then nothing is downloaded.
    fs::remove_dir_all(path("releases")).expect("removed");
    assert_eq!(install("bin", &sum).status.code(), Some(0));
    // An archive that somebody else put there is none: nothing of it runs.
    let archive = format!("bin/{name}.tar.gz");
    shell(&format!(
        "mkdir -p forged/{name} && printf '#!/bin/sh\\necho forged >ran\\n' >forged/{name}/abigate && chmod +x forged/{name}/abigate \
         && tar -czf {archive} -C forged {name}"
    ));
    let forged = install("bin", &sum);
    assert_eq!(forged.status.code(), Some(1), "{}", text(&forged));
    assert!(
        text(&forged).contains("cannot download") && !folder.path().join("ran").exists(),
        "{}",
        text(&forged)
    );
    assert!(!folder.path().join("bin/abigate").exists());
}
