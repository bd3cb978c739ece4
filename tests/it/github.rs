//! Publishing, against a GitHub of the test's own, and, where `ABIGATE_PRISM_URL` says that one runs, against a server that
//! holds each request against GitHub's own description of its API (`ci/github-mock`).

use std::cell::RefCell;
use std::time::{Duration, Instant};

use crate::fake_github::{Fake, Fault, HEAD, PULL_REQUEST, REPOSITORY, State, TOKEN};
use abigate::github::{
    self, Annotation, Client, Comment, Conclusion, Done, Environment, Error, Level, Lines, Part, Publication,
    RetryPolicy, Target, Token, publish, start,
};
use serde_json::{Value, json};

const NAME: &str = "abigate / linux-x86_64";
const MARKER: &str = "<!-- abigate:abigate / linux-x86_64 -->";

fn target(url: &str) -> Target {
    Target {
        api_url: url.to_owned(),
        token: Token::new(TOKEN).expect("a token"),
        repository: REPOSITORY.to_owned(),
        head_sha: HEAD.to_owned(),
        pull_request: Some(PULL_REQUEST),
        proxy: None,
    }
}

/// Nobody waits in a test.
fn patience() -> RetryPolicy {
    RetryPolicy {
        tries: 4,
        in_all: Duration::from_secs(5),
        pause: Duration::from_millis(2),
        timeout: Duration::from_secs(5),
    }
}

fn client(fake: &Fake) -> Client {
    Client::new(target(&fake.url), patience())
}

fn publication() -> Publication {
    Publication {
        name: NAME.to_owned(),
        conclusion: Conclusion::Failure,
        title: "3 breaking changes".to_owned(),
        summary_markdown: "# Breaking".to_owned(),
        text_markdown: "All of it.".to_owned(),
        comment_markdown: "**3 breaking changes**".to_owned(),
        is_clean: false,
        annotations: Vec::new(),
        details_url: Some("https://github.com/pytorch/pytorch/actions/runs/1".to_owned()),
    }
}

fn clean() -> Publication {
    Publication {
        conclusion: Conclusion::Success,
        title: "compatible".to_owned(),
        comment_markdown: "Nothing breaks.".to_owned(),
        is_clean: true,
        ..publication()
    }
}

fn annotation(number: u32) -> Annotation {
    Annotation {
        lines: Some(Lines { path: "c10/core/Device.h".to_owned(), first: number, last: number }),
        level: Level::Failure,
        title: format!("finding {number}"),
        message: "It breaks.".to_owned(),
        raw_details: Some("before\nafter".to_owned()),
    }
}

/// What became of check run and comment.
fn results(client: &Client, publication: &Publication) -> [Result<Done, Error>; 2] {
    let outcomes = publish(client, None, publication, &|_| {});
    assert_eq!(outcomes.iter().map(|it| it.part).collect::<Vec<_>>(), [Part::CheckRun, Part::Comment]);
    let mut results = outcomes.into_iter().map(|outcome| outcome.result);
    [results.next().expect("two"), results.next().expect("two")]
}

fn with(faults: impl IntoIterator<Item = Fault>) -> Fake {
    let fake = Fake::new();
    fake.state().faults.extend(faults);
    fake
}

fn answer(status: u16, headers: &'static str, message: &str) -> Fault {
    Fault::Answer(status, headers, format!(r#"{{"message": "{message}"}}"#))
}

#[test]
fn a_check_run_is_begun_and_then_ended() {
    let fake = Fake::new();
    let client = client(&fake);
    let details = publication().details_url;
    let run = start(&client, NAME, details.as_deref(), &|line| panic!("{line}"));
    {
        let State { check_runs, .. } = &*fake.state();
        assert_eq!(check_runs.len(), 1);
        assert_eq!(
            (&check_runs[0]["name"], &check_runs[0]["head_sha"], &check_runs[0]["status"]),
            (&NAME.into(), &HEAD.into(), &"in_progress".into())
        );
    }
    let outcomes = publish(&client, run, &publication(), &|line| panic!("{line}"));
    let said: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["check run updated", "comment created"]);
    let state = fake.state();
    let [run] = &*state.check_runs else { panic!("one") };
    assert_eq!((&run["status"], &run["conclusion"]), (&"completed".into(), &"failure".into()));
    assert_eq!(run["output"]["title"], "3 breaking changes");
    assert_eq!(run["output"]["summary"], "# Breaking");
    assert_eq!(run["output"]["text"], "All of it.");
    assert_eq!(run["details_url"].as_str(), details.as_deref());
}

#[test]
fn conclusions_are_githubs() {
    for (conclusion, word) in [
        (Conclusion::Success, "success"),
        (Conclusion::Failure, "failure"),
        (Conclusion::ActionRequired, "action_required"),
        (Conclusion::Neutral, "neutral"),
    ] {
        let fake = Fake::new();
        let [check, _] = results(&client(&fake), &Publication { conclusion, ..publication() });
        assert_eq!(check, Ok(Done::Created));
        assert_eq!(fake.state().check_runs[0]["conclusion"], word);
    }
}

#[test]
fn annotations_come_in_fifties() {
    for (count, requests) in [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (120, 3)] {
        let fake = Fake::new();
        // What has no place is told in the summary alone.
        let placeless = Annotation { lines: None, ..annotation(7) };
        let annotations: Vec<Annotation> = (1..=count).map(annotation).chain([placeless]).collect();
        let [check, _] = results(&client(&fake), &Publication { annotations, ..publication() });
        assert_eq!(check, Ok(Done::Created));
        assert_eq!(fake.asked(&format!("PATCH /repos/{REPOSITORY}/check-runs/1")), requests, "{count}");
        let state = fake.state();
        let lines = state.check_runs[0]["annotations"].as_array().expect("an array");
        let lines: Vec<u64> = lines.iter().filter_map(|it| it["start_line"].as_u64()).collect();
        assert_eq!(lines, (1..=u64::from(count)).collect::<Vec<_>>());
    }
}

#[test]
fn the_comment_is_edited_in_place() {
    let fake = Fake::new();
    for number in 0..250 {
        fake.comment(&format!("comment {number}"), "User", "NONE");
    }
    let client = client(&fake);
    assert_eq!(results(&client, &publication())[1], Ok(Done::Created));
    let again = Publication { comment_markdown: "**2 breaking changes**".to_owned(), ..publication() };
    assert_eq!(results(&client, &again)[1], Ok(Done::Updated));
    let comments = fake.comments();
    assert_eq!(comments.len(), 251);
    assert_eq!(comments[250], format!("{MARKER}\n**2 breaking changes**\n"));
    // Both had to look at three pages.
    assert_eq!(fake.asked(&format!("GET /repos/{REPOSITORY}/issues/7/comments")), 6);
}

#[test]
fn each_name_has_its_comment() {
    let fake = Fake::new();
    let client = client(&fake);
    let other = Publication { name: "abigate / linux-aarch64".to_owned(), ..publication() };
    for publication in [publication(), other.clone(), publication(), other] {
        assert!(results(&client, &publication)[1].is_ok());
    }
    assert_eq!(fake.comments().len(), 2);
}

#[test]
fn what_others_wrote_is_left_alone() {
    let fake = Fake::new();
    fake.comment(&format!("{MARKER}\n**compatible**, trust me"), "User", "CONTRIBUTOR");
    fake.comment(&format!("> {MARKER}\n> quoted"), "User", "MEMBER");
    assert_eq!(results(&client(&fake), &publication())[1], Ok(Done::Created));
    assert_eq!(fake.comments().len(), 3);
    assert!(fake.comments()[0].contains("trust me"));
}

#[test]
fn a_clean_verdict_is_not_announced() {
    let fake = Fake::new();
    assert_eq!(results(&client(&fake), &clean()), [Ok(Done::Created), Ok(Done::NotNeeded)]);
    assert!(fake.comments().is_empty());
}

#[test]
fn a_clean_verdict_folds_what_was_said_before() {
    let fake = Fake::new();
    let client = client(&fake);
    assert_eq!(results(&client, &publication())[1], Ok(Done::Created));
    assert_eq!(results(&client, &clean())[1], Ok(Done::Updated));
    let folded = "<details>\n<summary>compatible</summary>\n\nNothing breaks.\n\n</details>\n";
    assert_eq!(fake.comments(), [format!("{MARKER}\n{folded}")]);
    assert_eq!(results(&client, &publication())[1], Ok(Done::Updated));
    assert_eq!(fake.comments(), [format!("{MARKER}\n**3 breaking changes**\n")]);
}

#[test]
fn without_a_pull_request_there_is_no_comment() {
    let fake = Fake::new();
    let client = Client::new(Target { pull_request: None, ..target(&fake.url) }, patience());
    assert_eq!(results(&client, &publication()), [Ok(Done::Created), Ok(Done::NotNeeded)]);
}

#[test]
fn long_texts_are_cut() {
    let fake = Fake::new();
    let long = format!("<details>\n\n{}", "\u{4e2d}\u{6587}\n".repeat(60_000));
    let annotations = vec![Annotation {
        title: "\u{4e2d}".repeat(1000),
        message: long.clone(),
        raw_details: Some(long.clone()),
        ..annotation(0)
    }];
    let publication = Publication {
        title: "t".repeat(1000),
        summary_markdown: long.clone(),
        text_markdown: long.clone(),
        comment_markdown: long,
        annotations,
        ..publication()
    };
    assert_eq!(results(&client(&fake), &publication), [Ok(Done::Created), Ok(Done::Created)]);
    assert!(fake.comments()[0].contains("Cut here") && fake.comments()[0].contains("</details>"));
}

#[test]
fn a_fork_may_only_read_and_nothing_is_tried_again() {
    let fake = Fake::new();
    fake.state().is_fork = true;
    let said = RefCell::new(Vec::new());
    let outcomes =
        publish(&client(&fake), None, &publication(), &|line| said.borrow_mut().push(line.to_owned()));
    for outcome in &outcomes {
        assert!(matches!(outcome.result, Err(Error::ReadOnly { .. })), "{outcome}");
    }
    assert_eq!(
        said.into_inner()[0],
        "check run not published: the token may only read, as for pull requests from forks: \
         Resource not accessible by integration"
    );
    let base = format!("/repos/{REPOSITORY}");
    assert_eq!(
        fake.state().requests,
        [
            format!("POST {base}/check-runs"),
            format!("GET {base}/issues/7/comments"),
            format!("POST {base}/issues/7/comments")
        ]
    );
}

#[test]
fn refusals_are_final() {
    for (status, message) in [(401, "Bad credentials"), (403, "Forbidden"), (404, "Not Found"), (422, "No")] {
        let fake = with([answer(status, "", message)]);
        let error = client(&fake).create_check_run(NAME, None).expect_err("refused");
        let request = format!("POST /repos/{REPOSITORY}/check-runs");
        assert_eq!(error, Error::Refused { request, status, message: message.to_owned() });
        assert_eq!(fake.state().requests.len(), 1);
    }
}

#[test]
fn a_refusal_says_which_field_is_wrong() {
    let fake = Fake::new();
    let error = client(&fake).create_check_run("", None).expect_err("it has no name");
    assert_eq!(
        error.to_string(),
        "GitHub refused POST /repos/pytorch/pytorch/check-runs: 422 Validation Failed; \
         {\"code\":\"missing_field\",\"field\":\"name\"}"
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let fake = with([answer(301, "location: http://127.0.0.1:1/\r\n", "Moved Permanently")]);
    let error = client(&fake).create_check_run(NAME, None).expect_err("moved");
    assert!(matches!(error, Error::Refused { status: 301, .. }), "{error}");
}

#[test]
fn trouble_that_passes_is_waited_for() {
    let past = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1000\r\n";
    for trouble in [
        answer(500, "", "oh"),
        answer(502, "", "oh"),
        answer(503, "retry-after: 0\r\n", "oh"),
        answer(429, "retry-after: 0\r\n", "too many"),
        answer(403, "retry-after: 0\r\n", "You have exceeded a secondary rate limit"),
        answer(403, "", "You have exceeded a secondary rate limit"),
        answer(403, past, "API rate limit exceeded"),
        Fault::Answer(502, "", "<html>no JSON</html>".to_owned()),
        Fault::Dropped,
    ] {
        let fake = with([trouble.clone(), trouble.clone(), trouble]);
        assert_eq!(client(&fake).create_check_run(NAME, None).map(|run| run.id), Ok(1));
        assert_eq!(fake.state().requests.len(), 4);
    }
}

#[test]
fn the_pause_that_github_asks_for_is_made() {
    let fake = with([answer(429, "retry-after: 1\r\n", "too many")]);
    let begun = Instant::now();
    assert!(client(&fake).create_check_run(NAME, None).is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_pause_that_is_too_long_is_not_begun() {
    for headers in ["retry-after: 3600\r\n", "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 99999999999\r\n"]
    {
        let fake = with([answer(403, headers, "API rate limit exceeded")]);
        let begun = Instant::now();
        let error = client(&fake).create_check_run(NAME, None).expect_err("limited");
        assert!(matches!(error, Error::RateLimited { retry_after: Some(_) }), "{error}");
        assert_eq!(fake.state().requests.len(), 1);
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

#[test]
fn endless_trouble_ends() {
    for (fault, why) in [(answer(502, "", "oh"), "it answered 502 Bad Gateway"), (Fault::Dropped, "")] {
        let fake = Fake::new();
        fake.state().always = Some(fault);
        let begun = Instant::now();
        for result in results(&client(&fake), &publication()) {
            let Err(Error::Unreachable { why: said, .. }) = result else { panic!("{result:?}") };
            assert!(said.contains(why), "{said}");
        }
        assert_eq!(fake.state().requests.len(), 8, "four of each");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn patience_ends_for_all_requests_together() {
    let fake = Fake::new();
    fake.state().always = Some(answer(503, "", "oh"));
    let (in_all, pause) = (Duration::from_millis(100), Duration::from_millis(60));
    let client = Client::new(target(&fake.url), RetryPolicy { in_all, pause, ..patience() });
    let begun = Instant::now();
    for _ in 0..10 {
        assert!(client.labels(PULL_REQUEST).is_err());
    }
    // One pause of 60 ms; there is no time for a second one.
    assert_eq!(fake.state().requests.len(), 11);
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[test]
fn nobody_listens() {
    let client = Client::new(target("http://127.0.0.1:1"), patience());
    for result in results(&client, &publication()) {
        assert!(matches!(result, Err(Error::Unreachable { .. })), "{result:?}");
    }
}

#[test]
fn an_answer_that_does_not_come_is_not_awaited_for_ever() {
    let fake = with([Fault::Slow(Duration::from_secs(20))]);
    let timeout = Duration::from_millis(300);
    let client = Client::new(target(&fake.url), RetryPolicy { timeout, ..patience() });
    let begun = Instant::now();
    assert!(client.create_check_run(NAME, None).is_ok(), "the second try");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_lost_answer_leaves_no_second_comment() {
    let fake = Fake::new();
    // The comment is looked for, then written.
    fake.state().faults.extend([Fault::None, Fault::Lost]);
    assert_eq!(client(&fake).put_comment(PULL_REQUEST, NAME, &format!("{MARKER}\ntext")), Ok(false));
    assert_eq!(fake.comments().len(), 1);
}

#[test]
fn lists_are_read_to_their_end() {
    let fake = Fake::new();
    fake.state().labels = (0..130).map(|number| format!("label {number}")).collect();
    fake.state().commits = (0..300).map(|number| format!("commit {number}\n\nAbi-Break: yes")).collect();
    let client = client(&fake);
    let labels = client.labels(PULL_REQUEST).expect("labels");
    assert_eq!((labels.len(), &*labels[129]), (130, "label 129"));
    let messages = client.commit_messages(PULL_REQUEST).expect("messages");
    assert_eq!((messages.len(), &*messages[249]), (250, "commit 249\n\nAbi-Break: yes"));
    assert_eq!(fake.state().requests.len(), 2 + 3);
}

#[test]
fn answers_that_make_no_sense_are_errors() {
    let long = format!("{{\"id\": 1, \"x\": \"{}\"}}", "x".repeat(2 << 20));
    for body in ["", "[", "[]", "null", r#"{"id": "one"}"#, r#"{"id": -1}"#, "<html>", &*long] {
        let fake = with([Fault::Answer(201, "", body.to_owned())]);
        let error = client(&fake).create_check_run(NAME, None).expect_err("senseless");
        assert!(matches!(error, Error::Senseless { .. }), "{error}");
        assert_eq!(fake.state().requests.len(), 1);
    }
}

#[test]
fn no_error_has_the_token() {
    let echo = format!("Bearer {TOKEN} is wrong");
    let fake = with([answer(422, "", &echo), answer(403, "", &echo)]);
    let client = client(&fake);
    for _ in 0..2 {
        let error = client.create_check_run(NAME, None).expect_err("refused");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("Bearer *** is wrong") && !shown.contains(TOKEN), "{shown}");
    }
}

#[test]
fn the_run_says_where_to_publish() {
    let fake = Fake::new();
    let folder = tempfile::tempdir().expect("a directory");
    let path = folder.path().join("event.json");
    let event = format!(
        r#"{{"pull_request": {{"number": 7, "head": {{"sha": "{HEAD}", "repo": {{"full_name": "{REPOSITORY}"}}}},
            "base": {{"sha": "bb", "repo": {{"full_name": "{REPOSITORY}"}}}}}}}}"#
    );
    std::fs::write(&path, event).expect("written");
    let merge = "b".repeat(40);
    let variables = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_API_URL", &*fake.url),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_SHA", &*merge),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_PATH", path.to_str().expect("text")),
        ("GITHUB_TOKEN", TOKEN),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let environment = Environment::read(&variables).expect("it reads").expect("Actions run");
    let client = Client::new(environment.target().expect("there is a token"), patience());
    assert_eq!(results(&client, &publication()), [Ok(Done::Created), Ok(Done::Created)]);
    assert_eq!(fake.state().check_runs[0]["head_sha"], HEAD);
}

/// The status of a request as the client would not send it.
fn status_of(url: &str, method: &str, path: &str, body: &Value) -> u16 {
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{url}/repos/{REPOSITORY}/{path}"))
        .header("Authorization", format!("Bearer {TOKEN}"))
        .header("Accept", "application/vnd.github+json, application/json")
        .header("X-GitHub-Api-Version", "2022-11-28")
        .header("User-Agent", "abigate/test")
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .expect("a request");
    let agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build();
    agent.new_agent().run(request).expect("an answer").status().as_u16()
}

/// The end of a check run with so many annotations.
fn completion(annotations: usize, text: usize) -> Value {
    let one =
        json!({"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"});
    let output = json!({"title": "t", "summary": "s", "text": "t".repeat(text),
        "annotations": vec![one; annotations]});
    json!({"status": "completed", "conclusion": "success", "output": output})
}

/// The fake is worth something only if it refuses what GitHub refuses.
#[test]
fn the_fake_refuses_what_github_refuses() {
    let fake = Fake::new();
    let run = client(&fake).create_check_run(NAME, None).expect("made").id;
    let send = |method: &str, path: &str, body: &Value| status_of(&fake.url, method, path, body);
    let path = format!("check-runs/{run}");
    assert_eq!(send("PATCH", &path, &completion(50, 65_535)), 200);
    assert_eq!(send("PATCH", &path, &completion(51, 1)), 422);
    assert_eq!(send("PATCH", &path, &completion(1, 65_536)), 422);
    let without_summary = json!({"status": "completed", "conclusion": "success", "output": {"title": "t"}});
    assert_eq!(send("PATCH", &path, &without_summary), 422);
    assert_eq!(send("PATCH", &path, &json!({"status": "completed"})), 422);
    assert_eq!(send("POST", "check-runs", &json!({"name": "n"})), 422);
    let comment = |length| json!({"body": "x".repeat(length)});
    assert_eq!(send("POST", "issues/7/comments", &comment(65_536)), 201);
    assert_eq!(send("POST", "issues/7/comments", &comment(65_537)), 422);
    assert_eq!(send("POST", "issues/7/comments", &comment(0)), 422);
}

/// Every kind of request that the client makes. The server answers each with the example of GitHub's description, and
/// one that the description does not allow with 422 and the place in it.
#[test]
#[ignore = "needs ABIGATE_PRISM_URL: ci/github-mock"]
fn githubs_own_description_allows_every_request() {
    let url = std::env::var("ABIGATE_PRISM_URL").expect("ABIGATE_PRISM_URL is set");
    let client = Client::new(target(&url), RetryPolicy { timeout: Duration::from_secs(60), ..patience() });
    let run = client.create_check_run(NAME, Some("https://example.org/")).expect("a check run");
    for conclusion in
        [Conclusion::Success, Conclusion::Failure, Conclusion::ActionRequired, Conclusion::Neutral]
    {
        let publication = Publication { conclusion, ..publication() };
        client.complete_check_run(run, &publication).expect("an end");
    }
    let levels = [Level::Notice, Level::Warning, Level::Failure].into_iter().cycle();
    let annotations = (1..=120).zip(levels).map(|(number, level)| Annotation { level, ..annotation(number) });
    let publication = Publication {
        annotations: annotations.collect(),
        text_markdown: String::new(),
        details_url: None,
        ..publication()
    };
    client.complete_check_run(run, &publication).expect("an end with annotations");
    client.create_check_run(NAME, None).expect("a check run without details");
    assert_eq!(client.find_comment(PULL_REQUEST, NAME), Ok(None));
    assert_eq!(client.put_comment(PULL_REQUEST, NAME, "text"), Ok(true));
    client.edit_comment(Comment { id: 1 }, "text").expect("an edit");
    client.labels(PULL_REQUEST).expect("labels");
    client.commit_messages(PULL_REQUEST).expect("messages");
    // What is asked about labels, reviews, who gave them and who pushed what.
    let run = [("GITHUB_ACTIONS", "true"), ("GITHUB_REPOSITORY", REPOSITORY), ("GITHUB_SHA", HEAD)];
    let run = run.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut environment = Environment::read(&run.into()).expect("it reads").expect("Actions run");
    environment.event.followed_pull_request = Some(PULL_REQUEST);
    github::approvals(&environment, NAME, &client).expect("approvals");
    environment.event.followed_sha = Some(HEAD.to_owned());
    environment.follow(&client).expect("a pull request");
    environment.event.followed_pull_request = None;
    environment.event.followed_branch = Some(("octocat".to_owned(), "new-topic".to_owned()));
    environment.follow(&client).expect("a list of pull requests");
    assert!(client.is_member("github/justice-league", "octocat").is_some());
    // The server does look at what it is sent.
    assert_eq!(status_of(&url, "PATCH", "check-runs/4", &completion(50, 1)), 200);
    assert_eq!(status_of(&url, "PATCH", "check-runs/4", &completion(51, 1)), 422);
    assert_eq!(status_of(&url, "POST", "check-runs", &json!({"head_sha": HEAD})), 422);
    assert_eq!(status_of(&url, "PATCH", "issues/comments/1", &json!({})), 422);
}
