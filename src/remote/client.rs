//! The requests to a service, how they are sent, and when once more. Answers are believed as little as other input: they have
//! a longest length, and no address in them is followed.

use std::cell::Cell;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{self, HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use super::api::{
    self, ExchangeRequest, Kind, NewProject, Page, PolicyBundle, Problem, Project, ROOT, Snapshot,
    SnapshotContents, Upload, UploadRequest,
};
use super::{Address, Error, IdentitySource, JobTokens, Origin};
use crate::http::{RetryPolicy, Token, Tries, Way, encoded, is_network, read, retry_after};

/// Bytes of an answer about one thing.
const ANSWER: u64 = 1 << 20;
/// Bytes of a list, or of what a snapshot has in it: header lines, most of all.
const LIST: u64 = 64 << 20;
/// Bytes of a packed dump: four times what a service takes.
const DUMP: u64 = 256 << 20;
/// Bytes a second at which the longest answer may still come.
const SLOWEST: u64 = 1 << 20;
/// Bytes of what a service says about a problem, as people read it.
const DETAIL: usize = 1000;
/// Snapshots on a page.
const PER_PAGE: u32 = 200;

type Result<T> = std::result::Result<T, Error>;

/// An answer that may be the one that is known already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fresh<T> {
    /// It is.
    Known,
    /// It is another one, with its ETag.
    New(T, Option<String>),
}

/// A service's API. May be asked from several threads at once. The clone shares connections and rights.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    origin: Origin,
    right: Arc<Right>,
    way: Way,
    retry: RetryPolicy,
}

/// By which right requests are made.
#[derive(Debug)]
enum Right {
    /// Whatever everybody may.
    Nobody,
    /// By a token.
    Token(Token),
    /// As the workflow that runs: by a token for 15 minutes, which is asked for as soon as one is needed.
    Workflow { source: IdentitySource, project: Address, held: Mutex<Option<Token>>, kept: Option<JobTokens> },
}

/// A request, by its path below the API's root.
struct Request<'r> {
    method: &'static str,
    path: String,
    body: Option<(&'static str, &'r [u8])>,
    etag: Option<&'r str>,
    /// Bytes that the answer may have.
    longest: u64,
}

struct Reply {
    status: StatusCode,
    etag: Option<String>,
    body: Vec<u8>,
}

/// A try that failed, and whether the same request may succeed later: with the pause that was asked for, if any.
struct Failure {
    error: Error,
    passes: Option<Option<Duration>>,
}

impl Client {
    /// A client of one service. The token goes to that service, and nowhere else.
    pub fn new(origin: Origin, token: Option<Token>, way: &Way, retry: RetryPolicy) -> Client {
        Client::by(origin, token.map_or(Right::Nobody, Right::Token), way, retry)
    }

    /// A client of one project of a service that is asked as the workflow that runs. `kept`: what earlier commands of the job
    /// got.
    pub fn of_workflow(
        address: &Address,
        source: IdentitySource,
        kept: Option<JobTokens>,
        way: &Way,
        retry: RetryPolicy,
    ) -> Client {
        let right = Right::Workflow { source, project: address.clone(), held: Mutex::default(), kept };
        Client::by(address.origin.clone(), right, way, retry)
    }

    fn by(origin: Origin, right: Right, way: &Way, retry: RetryPolicy) -> Client {
        let way = origin.way(way);
        let config = way.config().timeout_connect(Some(retry.timeout)).build();
        Client { agent: config.new_agent(), origin, right: Arc::new(right), way, retry }
    }

    /// The same for somebody who waits less, or longer.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Client {
        Client { retry, ..self.clone() }
    }

    /// The service.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether requests are made by a right that others do not have.
    pub fn has_right(&self) -> bool {
        !matches!(*self.right, Right::Nobody)
    }

    /// Asks whether the service knows the token: it refuses one that it does not know whatever it is asked.
    ///
    /// # Errors
    /// It does not, or does not answer as such a service does.
    pub fn check_token(&self) -> Result<()> {
        self.get::<Page<Project>>("/projects?limit=1", ANSWER).map(|_| ())
    }

    /// A project.
    ///
    /// # Errors
    /// There is none that the token may see.
    pub fn project(&self, project: &str) -> Result<Project> {
        self.get(&format!("/projects/{project}"), ANSWER)
    }

    /// Makes a project.
    ///
    /// # Errors
    /// The token may not, or it is there.
    pub fn create_project(&self, new: &NewProject) -> Result<Project> {
        self.post("/projects", new)
    }

    /// Announces a snapshot. The same announcement gives the same upload.
    ///
    /// # Errors
    /// It cannot be one, or there is another one of that name.
    pub fn announce(&self, project: &str, request: &UploadRequest) -> Result<Upload> {
        self.post(&format!("/projects/{project}/uploads"), request)
    }

    /// Sends facts, packed.
    ///
    /// # Errors
    /// They are not what was announced, or there is no room.
    pub fn put_facts(&self, upload: &str, sha256: &str, packed: &[u8]) -> Result<()> {
        let body = Some(("application/zstd", packed));
        let path = format!("/uploads/{}/facts/{sha256}", encoded(upload));
        self.send(&Request { method: "PUT", path, body, etag: None, longest: ANSWER }).map(|_| ())
    }

    /// Makes an upload a snapshot.
    ///
    /// # Errors
    /// Something is missing.
    pub fn seal(&self, upload: &str) -> Result<Upload> {
        let path = format!("/uploads/{}/seal", encoded(upload));
        self.json(&Request {
            method: "POST",
            path,
            body: Some(("application/json", b"")),
            etag: None,
            longest: ANSWER,
        })
    }

    /// Gives a project another policy.
    ///
    /// # Errors
    /// The token may not, or the policy has a mistake.
    pub fn put_policy(&self, project: &str, policy: &PolicyBundle) -> Result<()> {
        let path = format!("/projects/{project}/policy");
        let body = self.body(policy, "PUT", &path)?;
        let body = Some(("application/json", &*body));
        self.send(&Request { method: "PUT", path, body, etag: None, longest: ANSWER }).map(|_| ())
    }

    /// A page of a project's snapshots, the newest first; only those of a name, where one is given. `etag`: that of the page as
    /// it is known.
    ///
    /// # Errors
    /// The token may not see the project.
    pub fn snapshots(
        &self,
        project: &str,
        kind: Kind,
        name: Option<&str>,
        after: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Fresh<Page<Snapshot>>> {
        let named = name.map_or_else(String::new, |name| format!("&name={}", encoded(name)));
        let after = after.map_or_else(String::new, |after| format!("&after={}", encoded(after)));
        let path = format!("/projects/{project}/snapshots?kind={kind}&limit={PER_PAGE}{named}{after}");
        let request = Request { method: "GET", path, body: None, etag, longest: LIST };
        let reply = self.send(&request)?;
        if reply.status == StatusCode::NOT_MODIFIED {
            return Ok(Fresh::Known);
        }
        Ok(Fresh::New(self.parse(&request, &reply.body)?, reply.etag))
    }

    /// What is in a snapshot.
    ///
    /// # Errors
    /// There is none of that number.
    pub fn contents(&self, project: &str, snapshot: &str) -> Result<SnapshotContents> {
        self.get(&format!("/projects/{project}/snapshots/{}", encoded(snapshot)), LIST)
    }

    /// The dump of a library, packed, which may have so many bytes.
    ///
    /// # Errors
    /// There is none, or it is longer.
    pub fn library(&self, project: &str, snapshot: &str, library: &str, longest: u64) -> Result<Vec<u8>> {
        let path =
            format!("/projects/{project}/snapshots/{}/libraries/{}", encoded(snapshot), encoded(library));
        Ok(self
            .send(&Request { method: "GET", path, body: None, etag: None, longest: longest.min(DUMP) })?
            .body)
    }

    fn get<T: DeserializeOwned>(&self, path: &str, longest: u64) -> Result<T> {
        self.json(&Request { method: "GET", path: path.to_owned(), body: None, etag: None, longest })
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let body = self.body(body, "POST", path)?;
        let body = Some(("application/json", &*body));
        self.json(&Request { method: "POST", path: path.to_owned(), body, etag: None, longest: LIST })
    }

    fn body(&self, body: &impl Serialize, method: &str, path: &str) -> Result<Vec<u8>> {
        serde_json::to_vec(body)
            .map_err(|error| self.senseless(format!("{method} {path}"), error.to_string()))
    }

    fn json<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T> {
        let reply = self.send(request)?;
        self.parse(request, &reply.body)
    }

    fn parse<T: DeserializeOwned>(&self, request: &Request<'_>, body: &[u8]) -> Result<T> {
        serde_json::from_slice(body).map_err(|error| self.senseless(request.name(), error.to_string()))
    }

    /// Sends a request until it succeeds, cannot succeed, or patience ends.
    fn send(&self, request: &Request<'_>) -> Result<Reply> {
        let used = self.token();
        match (&*self.right, self.repeated(request, used.as_ref())) {
            // What only some may see is not there for others.
            (Right::Workflow { source, project, held, kept }, Err(error))
                if error.status() == Some(401) || (error.status() == Some(404) && used.is_none()) =>
            {
                let identity = source.token(&self.origin, &self.way, self.retry.timeout)?;
                let known = kept.as_ref().and_then(|kept| kept.get(&identity, project).ok().flatten());
                let token = match known.filter(|known| used.as_ref() != Some(known)) {
                    Some(known) => known,
                    None => self.exchange(&identity, project, kept.as_ref())?,
                };
                *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
                self.repeated(request, Some(&token))
            }
            (_, reply) => reply,
        }
    }

    /// The token that there is now.
    fn token(&self) -> Option<Token> {
        match &*self.right {
            Right::Nobody => None,
            Right::Token(token) => Some(token.clone()),
            Right::Workflow { held, .. } => held.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// A token of the service for the identity of the workflow, which is kept for the job's next command.
    fn exchange(&self, identity: &Token, project: &Address, kept: Option<&JobTokens>) -> Result<Token> {
        let path = "/oidc/exchange".to_owned();
        let text = ExchangeRequest { project: project.project.clone(), token: identity.secret().to_owned() };
        let body = self.body(&text, "POST", &path)?;
        let body = Some(("application/json", &*body));
        let request = Request { method: "POST", path, body, etag: None, longest: ANSWER };
        // Each identity counts once, so that a second try of the same is refused.
        let reply = self.once(&request, None).map_err(|failure| failure.error.without(identity))?;
        let made: api::Token = self.parse(&request, &reply.body)?;
        let token = made.secret.as_deref().and_then(Token::new);
        let token =
            token.ok_or_else(|| self.senseless(request.name(), "there is no token in it".to_owned()))?;
        if let Some(kept) = kept {
            // Where nothing can be kept, this command has what it needs all the same.
            let _ = kept.set(identity, project, &token, made.expires_at);
        }
        Ok(token)
    }

    fn repeated(&self, request: &Request<'_>, token: Option<&Token>) -> Result<Reply> {
        let left = Cell::new(self.retry.in_all);
        let mut tries = Tries::new(&self.retry, &left);
        loop {
            match self.once(request, token) {
                Ok(reply) => return Ok(reply),
                Err(Failure { passes: Some(pause), .. }) if tries.again(pause) => {}
                Err(failure) => {
                    return Err(token.into_iter().fold(failure.error, |error, token| error.without(token)));
                }
            }
        }
    }

    fn once(&self, request: &Request<'_>, token: Option<&Token>) -> std::result::Result<Reply, Failure> {
        let mut response = self.run(request, token).map_err(|error| self.unanswered(request, &error))?;
        let status = response.status();
        let is_success = status.is_success();
        let body = read(&mut response, if is_success { request.longest } else { ANSWER });
        let headers = response.headers();
        if status == StatusCode::NOT_MODIFIED && request.etag.is_some() {
            return Ok(Reply { status, etag: None, body: Vec::new() });
        }
        if !is_success {
            return Err(self.refused(request, status, headers, &body.unwrap_or_default()));
        }
        let etag = headers.get("etag").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = body.map_err(|error| self.unanswered(request, &error))?;
        Ok(Reply { status, etag, body })
    }

    fn run(
        &self,
        request: &Request<'_>,
        token: Option<&Token>,
    ) -> std::result::Result<Response<Body>, ureq::Error> {
        let mut builder = http::Request::builder()
            .method(request.method)
            .uri(format!("{}{ROOT}{}", self.origin, request.path))
            .header("Accept", "application/json, application/problem+json, application/zstd");
        if let Some(token) = token {
            builder = builder.header("Authorization", token.authorization());
        }
        if let Some(etag) = request.etag {
            builder = builder.header("If-None-Match", etag);
        }
        // Whoever sends or wants more may take longer, and nobody may take for ever.
        let bytes = request.body.map_or(0, |(_, body)| body.len() as u64).max(request.longest);
        let time = Some(self.retry.timeout + Duration::from_secs(bytes / SLOWEST));
        match request.body {
            Some((kind, body)) => {
                let request = builder.header("Content-Type", kind).body(body)?;
                self.agent.run(self.agent.configure_request(request).timeout_global(time).build())
            }
            None => {
                self.agent.run(self.agent.configure_request(builder.body(())?).timeout_global(time).build())
            }
        }
    }

    /// No answer, or one that cannot be read.
    fn unanswered(&self, request: &Request<'_>, error: &ureq::Error) -> Failure {
        if let ureq::Error::BodyExceedsLimit(limit) = error {
            let why = format!("it is longer than {limit} bytes");
            return Failure { error: self.senseless(request.name(), why), passes: None };
        }
        // A certificate that does not hold is no network that is away.
        let is_foreign = matches!(error, ureq::Error::Io(cause) if cause.kind() == ErrorKind::InvalidData);
        if is_network(error) && !is_foreign {
            return Failure { error: self.unreachable(request, error.to_string()), passes: Some(None) };
        }
        Failure { error: self.senseless(request.name(), error.to_string()), passes: None }
    }

    fn refused(
        &self,
        request: &Request<'_>,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Failure {
        let reason = status.canonical_reason().unwrap_or("");
        if matches!(status.as_u16(), 429 | 502 | 503 | 504) {
            let why = format!("{} {reason}", status.as_u16());
            return Failure { error: self.unreachable(request, why), passes: Some(retry_after(headers)) };
        }
        let origin = self.origin.to_string();
        if status.is_redirection() {
            let to = headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
            let to = to.get(..200).unwrap_or(to).to_owned();
            return Failure {
                error: Error::Redirected { origin, request: request.name(), to },
                passes: None,
            };
        }
        let told = serde_json::from_slice::<Problem>(body).ok().map(|problem| problem.detail);
        let mut detail = told.as_deref().filter(|told| !told.is_empty()).unwrap_or(reason).to_owned();
        if let Some((at, _)) = detail.char_indices().nth(DETAIL) {
            detail.truncate(at);
        }
        let error = Error::Refused { origin, request: request.name(), status: status.as_u16(), detail };
        Failure { error, passes: None }
    }

    fn unreachable(&self, request: &Request<'_>, why: String) -> Error {
        Error::Unreachable { origin: self.origin.to_string(), request: request.name(), why }
    }

    pub(super) fn senseless(&self, request: String, why: String) -> Error {
        Error::Senseless { origin: self.origin.to_string(), request, why }
    }
}

impl Request<'_> {
    /// How errors name it.
    fn name(&self) -> String {
        format!("{} {ROOT}{}", self.method, self.path)
    }
}
