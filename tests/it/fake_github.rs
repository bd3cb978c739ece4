//! A GitHub inside the test: the few addresses that the client uses, with their state, paging, limits and refusals, and
//! whatever can go wrong on the way.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "ghs_the_secret";
pub(crate) const REPOSITORY: &str = "pytorch/pytorch";
pub(crate) const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const PULL_REQUEST: u64 = 7;

/// What goes wrong with one request.
#[derive(Clone)]
pub(crate) enum Fault {
    /// An answer with that status, headers and body; the request is not done.
    Answer(u16, &'static str, String),
    /// The connection ends; the request is not done.
    Dropped,
    /// The request is done, and the connection ends before its answer.
    Lost,
    /// No answer for so long.
    Slow(Duration),
    /// Nothing goes wrong.
    None,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) check_runs: Vec<Value>,
    pub(crate) comments: Vec<Value>,
    pub(crate) labels: Vec<String>,
    pub(crate) commits: Vec<String>,
    /// What happened to labels, oldest first; and reviews.
    pub(crate) label_events: Vec<Value>,
    pub(crate) reviews: Vec<Value>,
    /// Who pushed what to the pull request's branch: login and commit.
    pub(crate) pushes: Vec<(String, String)>,
    /// What people may do: login and permission.
    pub(crate) permissions: Vec<(String, String)>,
    /// Teams, `organization/team`, that the token may read, each with a login that is in it.
    pub(crate) teams: Vec<(String, String)>,
    /// Hashes of the pull request's commits before its newest.
    pub(crate) earlier: Vec<String>,
    /// The branch of the fork that the pull request is from: `owner:branch`.
    pub(crate) fork: String,
    /// What time it is when something is done.
    pub(crate) now: String,
    /// Who opened the pull request, and its newest commit.
    pub(crate) author: String,
    pub(crate) head: String,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    /// For the next requests, one each.
    pub(crate) faults: VecDeque<Fault>,
    /// For each request when those are over.
    pub(crate) always: Option<Fault>,
    /// The token only reads.
    pub(crate) is_fork: bool,
}

pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

type Answer = (u16, Value);

impl Fake {
    pub(crate) fn new() -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Fake { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A comment that is there before.
    pub(crate) fn comment(&self, body: &str, kind: &str, association: &str) {
        let mut state = self.state();
        let id = state.comments.len() + 1000;
        state
            .comments
            .push(json!({"id": id, "body": body, "user": {"type": kind}, "author_association": association}));
    }

    /// Puts a label onto the pull request.
    pub(crate) fn label(&self, name: &str, who: &str, at: &str) {
        let mut state = self.state();
        state.labels.push(name.to_owned());
        let event =
            json!({"event": "labeled", "actor": {"login": who}, "label": {"name": name}, "created_at": at});
        state.label_events.push(event);
    }

    /// Bodies of the comments.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.state().comments.iter().map(|it| it["body"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many requests began like that.
    pub(crate) fn asked(&self, start: &str) -> usize {
        self.state().requests.iter().filter(|request| request.starts_with(start)).count()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(request) = read(&stream) else { return };
    let fault = {
        let mut state = lock(state);
        state.requests.push(format!("{} {}", request.method, request.path));
        state.faults.pop_front().or_else(|| state.always.clone()).unwrap_or(Fault::None)
    };
    match fault {
        Fault::Answer(status, headers, body) => write(&mut stream, status, headers, &body),
        Fault::Dropped => {}
        Fault::Lost => drop(answer(&request, &mut lock(state))),
        Fault::Slow(time) => thread::sleep(time),
        Fault::None => {
            let (status, body) = answer(&request, &mut lock(state));
            write(&mut stream, status, "", &body.to_string());
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut request =
        Request { method, path: path.to_owned(), query: query.to_owned(), headers, body: Vec::new() };
    let length = request.header("content-length").parse().unwrap_or(0);
    reader.take(length).read_to_end(&mut request.body).ok()?;
    Some(request)
}

fn write(stream: &mut TcpStream, status: u16, headers: &str, body: &str) {
    let length = body.len();
    // The client may have stopped reading.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} \r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    );
}

impl Request {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn parameter(&self, name: &str, default: usize) -> usize {
        let value = self.query.split('&').filter_map(|pair| pair.split_once('='));
        value.filter(|(known, _)| *known == name).find_map(|(_, value)| value.parse().ok()).unwrap_or(default)
    }
}

fn answer(request: &Request, state: &mut State) -> Answer {
    if request.header("authorization") != format!("Bearer {TOKEN}") {
        return (401, json!({"message": "Bad credentials"}));
    }
    if request.header("accept") != "application/vnd.github+json, application/json"
        || request.header("x-github-api-version") != "2022-11-28"
        || !request.header("user-agent").starts_with("abigate/")
    {
        return (400, json!({"message": "a header is missing"}));
    }
    let is_writing = request.method != "GET";
    if is_writing && state.is_fork {
        return (403, json!({"message": "Resource not accessible by integration"}));
    }
    if let Some(team) = request.path.strip_prefix("/orgs/") {
        return of_team(team, state);
    }
    if request.method == "GET" && request.path == format!("/repos/{REPOSITORY}/activity") {
        let is_asked = |who: &str| {
            request.query.contains(&format!("actor={who}&"))
                && request.query.contains("ref=refs%2Fheads%2Fchange&")
        };
        let pushes = state.pushes.iter().filter(|(who, _)| is_asked(who));
        return (200, pushes.map(|(who, after)| json!({"after": after, "actor": {"login": who}})).collect());
    }
    let Some(path) = request.path.strip_prefix(&format!("/repos/{REPOSITORY}/")) else {
        return (404, json!({"message": "Not Found"}));
    };
    let body = match serde_json::from_slice::<Value>(&request.body) {
        Ok(body) => body,
        Err(_) if is_writing => return (400, json!({"message": "Problems parsing JSON"})),
        Err(_) => Value::Null,
    };
    let parts: Vec<&str> = path.split('/').collect();
    let number = PULL_REQUEST.to_string();
    match (&*request.method, &*parts) {
        ("POST", ["check-runs"]) => create_check_run(body, state),
        ("PATCH", ["check-runs", id]) => update_check_run(id, &body, state),
        ("POST", ["issues", n, "comments"]) if *n == number => create_comment(&body, state),
        ("PATCH", ["issues", "comments", id]) => edit_comment(id, &body, state),
        ("GET", ["issues", n, "comments"]) if *n == number => page(request, &state.comments),
        ("GET", ["issues", n, "labels"]) if *n == number => {
            page(request, &state.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>())
        }
        ("GET", ["issues", n, "events"]) if *n == number => page(request, &state.label_events),
        ("GET", ["pulls", n, "reviews"]) if *n == number => page(request, &state.reviews),
        ("GET", ["pulls", n]) if *n == number => (200, pull_request(state)),
        ("GET", ["pulls"]) => {
            let is_asked = request
                .query
                .contains(&format!("head={}", state.fork.replace(':', "%3A").replace('/', "%2F")));
            let open = is_asked && request.query.contains("state=open") && !state.fork.is_empty();
            (200, if open { json!([pull_request(state)]) } else { json!([]) })
        }
        ("GET", ["commits", sha, "check-runs"]) => {
            let of = |run: &&Value| run["head_sha"] == *sha && run["completed_at"].is_string();
            let runs: Vec<Value> = state.check_runs.iter().filter(of).cloned().collect();
            (200, json!({"total_count": runs.len(), "check_runs": runs}))
        }
        ("GET", ["collaborators", login, "permission"]) => {
            let known = state.permissions.iter().find(|(who, _)| who == login);
            (200, json!({"permission": known.map_or("read", |(_, permission)| permission)}))
        }
        ("GET", ["pulls", n, "commits"]) if *n == number => {
            let commits =
                state.commits.iter().take(250).map(|text| json!({"sha": HEAD, "commit": {"message": text}}));
            let earlier =
                state.earlier.iter().map(|sha| json!({"sha": sha, "commit": {"message": "Earlier"}}));
            page(request, &earlier.chain(commits).collect::<Vec<_>>())
        }
        _ => (404, json!({"message": "Not Found"})),
    }
}

fn pull_request(state: &State) -> Value {
    let (sha, login) = (&state.head, &state.author);
    json!({"number": PULL_REQUEST, "head": {"sha": sha, "ref": "change", "repo": {"full_name": REPOSITORY}}, "base": {"sha": HEAD, "ref": "main"}, "user": {"login": login}})
}

/// `organization/teams/team` and `organization/teams/team/memberships/login`.
fn of_team(path: &str, state: &State) -> Answer {
    let parts: Vec<&str> = path.split('/').collect();
    let [organization, "teams", team, rest @ ..] = &parts[..] else {
        return (404, json!({"message": "Not Found"}));
    };
    let name = format!("{organization}/{team}");
    let known = state.teams.iter().any(|(team, _)| *team == name);
    match rest {
        [] if known => (200, json!({"id": 1, "slug": team})),
        ["memberships", login] if state.teams.contains(&(name, (*login).to_owned())) => {
            (200, json!({"state": "active", "role": "member"}))
        }
        _ => (404, json!({"message": "Not Found"})),
    }
}

fn page(request: &Request, all: &[Value]) -> Answer {
    let size = request.parameter("per_page", 30).min(100);
    let start = size * (request.parameter("page", 1).max(1) - 1);
    (200, all.iter().skip(start).take(size).cloned().collect())
}

fn invalid(field: &str, code: &str) -> Answer {
    (422, json!({"message": "Validation Failed", "errors": [{"field": field, "code": code}]}))
}

fn create_check_run(mut body: Value, state: &mut State) -> Answer {
    for field in ["name", "head_sha"] {
        if body[field].as_str().is_none_or(str::is_empty) {
            return invalid(field, "missing_field");
        }
    }
    let id = state.check_runs.len() + 1;
    body["id"] = json!(id);
    body["annotations"] = json!([]);
    state.check_runs.push(body);
    (201, json!({"id": id, "url": "http://elsewhere.invalid/"}))
}

fn update_check_run(id: &str, body: &Value, state: &mut State) -> Answer {
    let Some(run) = state.check_runs.iter_mut().find(|run| run["id"].as_u64() == id.parse().ok()) else {
        return (404, json!({"message": "Not Found"}));
    };
    if body["status"] == "completed" && body["conclusion"].as_str().is_none() {
        return invalid("conclusion", "missing_field");
    }
    let output = &body["output"];
    for field in ["title", "summary"] {
        if output[field].as_str().is_none_or(str::is_empty) {
            return invalid(field, "missing_field");
        }
    }
    for field in ["summary", "text"] {
        if output[field].as_str().is_some_and(|text| text.chars().count() > 65_535) {
            return invalid(field, "too_long");
        }
    }
    let none = Vec::new();
    let annotations = output["annotations"].as_array().unwrap_or(&none);
    let fits = |it: &Value| {
        ["path", "annotation_level", "message"].iter().all(|field| it[*field].is_string())
            && it["start_line"].as_u64().is_some_and(|line| line > 0 && it["end_line"].as_u64() >= Some(line))
    };
    if annotations.len() > 50 || !annotations.iter().all(fits) {
        return invalid("annotations", "invalid");
    }
    let mut kept = run["annotations"].as_array().cloned().unwrap_or_default();
    kept.extend(annotations.iter().cloned());
    for field in ["status", "conclusion", "output", "details_url"] {
        run[field] = body[field].clone();
    }
    run["completed_at"] = json!(state.now);
    run["annotations"] = json!(kept);
    (200, json!({"id": run["id"]}))
}

fn comment_text(body: &Value) -> Result<&str, Answer> {
    let text = body["body"].as_str().filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| invalid("body", "missing_field"))?;
    if text.chars().count() > 65_536 { Err(invalid("body", "too_long")) } else { Ok(text) }
}

fn create_comment(body: &Value, state: &mut State) -> Answer {
    let text = match comment_text(body) {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    let id = state.comments.len() + 1000;
    state
        .comments
        .push(json!({"id": id, "body": text, "user": {"type": "Bot"}, "author_association": "NONE"}));
    (201, json!({"id": id}))
}

fn edit_comment(id: &str, body: &Value, state: &mut State) -> Answer {
    let text = match comment_text(body) {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    match state.comments.iter_mut().find(|comment| comment["id"].as_u64() == id.parse().ok()) {
        Some(comment) => {
            comment["body"] = json!(text);
            (200, json!({"id": comment["id"]}))
        }
        None => (404, json!({"message": "Not Found"})),
    }
}
