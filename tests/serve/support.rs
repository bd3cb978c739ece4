//! A service of a test's own: `abigate serve` in a directory that goes away with it, on a port that is free.

#![allow(dead_code, reason = "each module uses a part of it")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http;

/// How long a service may take to start or stop, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where state and bytes are.
#[derive(Clone, Debug, Default)]
pub(crate) enum Engine {
    /// SQLite and a folder, both in the data directory.
    #[default]
    Embedded,
    /// Others, by the keys of the service's configuration: `database`, `objects`, `s3`.
    Configured(String),
}

/// A service. It is killed when this goes away.
pub(crate) struct Service {
    directory: tempfile::TempDir,
    child: Option<Child>,
    port: u16,
    url: String,
    /// What its standard output said.
    said: Vec<String>,
    /// Which parts run in it.
    role: &'static str,
    /// Bytes of the disk that its data directory is, where that is a disk of its own.
    disk: Option<u64>,
}

impl Service {
    /// Starts one.
    pub(crate) fn start(engine: &Engine) -> Service {
        Service::start_with(engine, "")
    }

    /// Starts one with more in its configuration: YAML.
    pub(crate) fn start_with(engine: &Engine, more: &str) -> Service {
        let directory = tempfile::tempdir().unwrap();
        let engine = match engine {
            Engine::Embedded => "",
            Engine::Configured(keys) => keys,
        };
        fs::write(directory.path().join("serve.yaml"), format!("{engine}\n{more}\n")).unwrap();
        let mut service = Service {
            directory,
            child: None,
            port: 0,
            url: String::new(),
            said: Vec::new(),
            role: "all",
            disk: None,
        };
        service.run();
        service
    }

    /// Starts one whose data directory is a disk of so many bytes; none where nobody may mount one.
    pub(crate) fn start_on_disk(bytes: u64) -> Option<Service> {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("data")).unwrap();
        fs::write(directory.path().join("serve.yaml"), "").unwrap();
        let may = Command::new("unshare")
            .args(["-rm", "mount", "-t", "tmpfs", "tmpfs"])
            .arg(directory.path())
            .output();
        if !may.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let (url, said) = (String::new(), Vec::new());
        let mut service =
            Service { directory, child: None, port: 0, url, said, role: "all", disk: Some(bytes) };
        service.run();
        Some(service)
    }

    /// Starts one of its parts, on a database that several share.
    pub(crate) fn start_role(engine: &Engine, role: &'static str) -> Service {
        let directory = tempfile::tempdir().unwrap();
        let Engine::Configured(keys) = engine else { panic!("a role needs engines that several share") };
        fs::write(directory.path().join("serve.yaml"), keys).unwrap();
        let mut service = Service {
            directory,
            child: None,
            port: 0,
            url: String::new(),
            said: Vec::new(),
            role,
            disk: None,
        };
        let mut command = service.abigate(&["serve", "--role", "migrate"]);
        succeed(
            command.arg("--serve-config").arg(service.path("serve.yaml")).arg("--data").arg(service.data()),
        );
        service.run();
        service
    }

    /// Starts it again, at the same address.
    pub(crate) fn run(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let mut command = match self.disk {
            None => self.abigate(&["serve", "--role", self.role]),
            Some(bytes) => {
                let mut command = self.abigate(&[]);
                command = on_disk(bytes, &self.path("data"), &command);
                command.args(["serve", "--role", self.role]);
                command
            }
        };
        command.arg("--serve-config").arg(self.path("serve.yaml"));
        command.arg("--data").arg(self.path("data")).args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        self.child = Some(child);
        let Ok(first) = told.recv_timeout(PATIENCE) else { panic!("it does not start: {}", self.log()) };
        let url = first.split_whitespace().find(|word| word.starts_with("http")).unwrap();
        url.clone_into(&mut self.url);
        self.port = url.rsplit(':').next().unwrap().parse().unwrap();
        self.said.push(first);
        while let Ok(line) = told.recv_timeout(Duration::from_millis(50)) {
            self.said.push(line);
        }
        self.wait_for("/readyz");
    }

    fn wait_for(&self, path: &str) {
        let begun = Instant::now();
        while self.try_call("GET", path, None, b"").is_none_or(|answer| answer.status != 200) {
            assert!(begun.elapsed() < PATIENCE, "{path} stays red: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// `http://127.0.0.1:4711`
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The token that the first start made, with the scope `admin`.
    pub(crate) fn admin_token(&self) -> String {
        fs::read_to_string(self.data().join("admin-token")).unwrap().trim().to_owned()
    }

    /// A token with another scope.
    pub(crate) fn token(&self, scope: &str, project: Option<&str>) -> String {
        let body = serde_json::json!({ "name": scope, "scope": scope, "project": project });
        let made = self.api("POST", "/tokens", &self.admin_token(), &body);
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["secret"].as_str().unwrap().to_owned()
    }

    /// Makes a project, `public` or `private`.
    pub(crate) fn make_project(&self, slug: &str, visibility: &str) {
        let body = serde_json::json!({ "slug": slug, "visibility": visibility });
        let made = self.api("POST", "/projects", &self.admin_token(), &body);
        assert_eq!(made.status, 201, "{}", made.text());
    }

    /// Its data directory. A disk of its own is seen by the service only, and through its process.
    pub(crate) fn data(&self) -> PathBuf {
        let path = self.path("data");
        match (&self.disk, &self.child) {
            (Some(_), Some(child)) => PathBuf::from(format!("/proc/{}/root{}", child.id(), path.display())),
            _ => path,
        }
    }

    /// A path in its own directory, which it does not use but for `data`, `log` and `serve.yaml`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// What it has said on standard output.
    pub(crate) fn said(&self) -> &[String] {
        &self.said
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The program, whose environment has nothing of whoever runs the tests but the way to other programs.
    pub(crate) fn abigate(&self, arguments: &[&str]) -> Command {
        abigate(self.directory.path(), arguments)
    }

    /// A request to the API, by a path below its root.
    pub(crate) fn api(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        self.call(method, &format!("/api/v1{path}"), Some(token), &body)
    }

    /// A request by its path.
    pub(crate) fn call(&self, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
        self.try_call(method, path, token, body).unwrap_or_else(|| panic!("no answer: {}", self.log()))
    }

    /// The same with more headers.
    pub(crate) fn call_with(
        &self,
        method: &str,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.send(method, path, Some(token), headers, body)
            .unwrap_or_else(|| panic!("no answer: {}", self.log()))
    }

    /// The same; none: no answer came.
    pub(crate) fn try_call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Option<Answer> {
        self.send(method, path, token, &[], body)
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(PATIENCE)).proxy(None);
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            let is_json = body.starts_with(b"{") || body.starts_with(b"[");
            let kind = if is_json { "application/json" } else { "application/zstd" };
            request = request.header("Content-Type", kind);
        }
        let mut answer = config.build().new_agent().run(request.body(body).unwrap()).ok()?;
        let mut data = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut data).ok()?;
        let (parts, _) = answer.into_parts();
        Some(Answer { status: parts.status.as_u16(), headers: parts.headers, data })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) data: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// The program in a directory, which is its home as well: configuration and caches are in there.
pub(crate) fn abigate(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_abigate"));
    command.args(arguments).current_dir(directory).env_clear();
    command.env("HOME", directory).env("TMPDIR", std::env::temp_dir());
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command
}

/// A program in a place where a directory is a disk of so many bytes, which goes away with it.
fn on_disk(bytes: u64, directory: &Path, program: &Command) -> Command {
    let mut command = Command::new("unshare");
    let script = format!("mount -t tmpfs -o size={bytes} tmpfs \"$0\" && exec \"$@\"");
    command.args(["-rm", "sh", "-c", &script]).arg(directory).arg(program.get_program());
    command.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(program.get_current_dir().unwrap_or(Path::new("/")));
    command
}

/// Runs a program that has to succeed; what it prints.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", both(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a program that has to end with a code; what it prints on standard error.
pub(crate) fn fail(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{command:?}: {}", both(&output));
    String::from_utf8(output.stderr).unwrap()
}

fn both(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
