//! What stands between a client and a service, or in its place: a wire that counts what goes over it and may be cut, and a
//! server that gives one answer to everything.

#![allow(dead_code, reason = "each module uses a part of it")]

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A wire to a service. It ends with the test.
pub(crate) struct Wire {
    port: u16,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Everything that clients sent.
    sent: Mutex<Vec<u8>>,
    /// Bytes of what came back.
    came: AtomicUsize,
    /// How many facts pass before no byte passes any more; 0 for all.
    stops_after: AtomicUsize,
    has_stopped: AtomicBool,
    /// What the next connections get instead of the service, one after the other.
    refusals: Mutex<VecDeque<u16>>,
}

impl Wire {
    /// To a port of this machine.
    pub(crate) fn to(port: u16) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Wire { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
        let seen = wire.seen.clone();
        thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                if let Some(status) = seen.refusals.lock().unwrap().pop_front() {
                    refuse(&mut client, status);
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (seen, back) = (seen.clone(), (server.try_clone().unwrap(), client.try_clone().unwrap()));
                let counted = seen.clone();
                thread::spawn(move || copy(client, server, |data| seen.passes(data)));
                thread::spawn(move || {
                    copy(back.0, back.1, |data| {
                        counted.came.fetch_add(data.len(), Ordering::Relaxed);
                        !counted.has_stopped.load(Ordering::Relaxed)
                    });
                });
            }
        });
        wire
    }

    /// `http://127.0.0.1:4711`
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Lets so many facts pass from now on, and nothing behind them.
    pub(crate) fn stop_after(&self, facts: usize) {
        self.seen.stops_after.store(facts, Ordering::Relaxed);
    }

    /// Refuses the next connections with these statuses, one after the other.
    pub(crate) fn refuse(&self, statuses: &[u16]) {
        self.seen.refusals.lock().unwrap().extend(statuses);
    }

    /// How many refusals nobody has got yet.
    pub(crate) fn refusals(&self) -> usize {
        self.seen.refusals.lock().unwrap().len()
    }

    /// Whether it has come to that.
    pub(crate) fn has_stopped(&self) -> bool {
        self.seen.has_stopped.load(Ordering::Relaxed)
    }

    /// Lets everything pass, and has seen nothing yet.
    pub(crate) fn reset(&self) {
        self.stop_after(0);
        self.seen.has_stopped.store(false, Ordering::Relaxed);
        self.seen.sent.lock().unwrap().clear();
        self.seen.came.store(0, Ordering::Relaxed);
    }

    /// Request lines, in the order in which they came.
    pub(crate) fn requests(&self) -> Vec<String> {
        lines(&self.seen.sent.lock().unwrap())
    }

    /// Requests that sent facts.
    pub(crate) fn facts(&self) -> usize {
        self.requests().iter().filter(|line| line.starts_with("PUT ")).count()
    }

    /// Bytes that clients sent.
    pub(crate) fn sent(&self) -> usize {
        self.seen.sent.lock().unwrap().len()
    }

    /// Bytes that came back.
    pub(crate) fn came(&self) -> usize {
        self.seen.came.load(Ordering::Relaxed)
    }
}

impl Seen {
    fn passes(&self, data: &[u8]) -> bool {
        let mut sent = self.sent.lock().unwrap();
        sent.extend_from_slice(data);
        let most = self.stops_after.load(Ordering::Relaxed);
        if most > 0 && lines(&sent).iter().filter(|line| line.starts_with("PUT ")).count() > most {
            self.has_stopped.store(true, Ordering::Relaxed);
        }
        !self.has_stopped.load(Ordering::Relaxed)
    }
}

/// Answers the first request of a connection as what stands before a service does when it is not to be had.
fn refuse(client: &mut TcpStream, status: u16) {
    let mut buffer = [0; 64 << 10];
    let _ = client.read(&mut buffer);
    let body = "<html>not now</html>";
    let length = body.len();
    let _ = client.write_all(
        format!("HTTP/1.1 {status} Not now\r\nRetry-After: 1\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
            .as_bytes(),
    );
    let _ = client.shutdown(Shutdown::Write);
}

/// Copies until one side ends, as long as everything may pass. What may not is held back, not refused.
fn copy(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut buffer = [0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if passes(&buffer[..read]) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// The request lines in what was sent: bodies are packed or JSON in one line.
fn lines(sent: &[u8]) -> Vec<String> {
    let ends = |line: &&[u8]| line.ends_with(b" HTTP/1.1\r");
    let found = sent.split(|&byte| byte == b'\n').filter(ends);
    // A body may stand before the next request in the same line.
    let line = |line: &[u8]| {
        let text = String::from_utf8_lossy(line).into_owned();
        let at =
            ["GET /", "PUT /", "POST /", "DELETE /"].iter().filter_map(|method| text.rfind(method)).max();
        text[at.unwrap_or(0)..].trim_end().to_owned()
    };
    found.map(line).collect()
}

/// A server that gives one answer to everything, and keeps what it was asked. It ends with the test.
pub(crate) struct Stranger {
    port: u16,
    asked: Arc<Mutex<Vec<u8>>>,
}

/// What a stranger answers.
#[derive(Clone)]
pub(crate) enum Says {
    /// These bytes, all at once.
    This(Vec<u8>),
    /// These bytes, and then zeros without an end.
    Endless(Vec<u8>),
    /// These bytes, and then one every tenth of a second.
    Slowly(Vec<u8>),
    /// What the path of the request gives.
    By(Arc<Answering>),
}

/// The body of an answer, by the path that is asked for.
type Answering = dyn Fn(&str) -> Vec<u8> + Send + Sync;

impl Says {
    /// An answer of HTTP.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Says {
        let length = body.len();
        Says::This(
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n{body}").into_bytes(),
        )
    }
}

impl Stranger {
    pub(crate) fn that(says: Says) -> Stranger {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stranger = Stranger { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = stranger.asked.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (asked, says) = (asked.clone(), says.clone());
                thread::spawn(move || tell(client, &asked, &says));
            }
        });
        stranger
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that it was asked.
    pub(crate) fn asked(&self) -> String {
        String::from_utf8_lossy(&self.asked.lock().unwrap()).into_owned()
    }
}

fn tell(mut client: TcpStream, asked: &Mutex<Vec<u8>>, says: &Says) -> Option<()> {
    let mut buffer = [0; 64 << 10];
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        match client.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => break,
        }
    }
    asked.lock().unwrap().extend_from_slice(&request);
    match says {
        Says::This(bytes) => client.write_all(bytes).ok()?,
        Says::By(answer) => {
            let request = String::from_utf8_lossy(&request);
            let body = answer(request.split(' ').nth(1)?);
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            client.write_all(&[head.as_bytes(), &body].concat()).ok()?;
        }
        Says::Endless(bytes) => {
            client.write_all(bytes).ok()?;
            loop {
                client.write_all(&[b'0'; 64 << 10]).ok()?;
            }
        }
        Says::Slowly(bytes) => {
            client.write_all(bytes).ok()?;
            loop {
                client.write_all(b" ").ok()?;
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    // What is not read yet would be lost with a reset.
    let _ = client.shutdown(Shutdown::Write);
    while let Ok(1..) = client.read(&mut buffer) {}
    Some(())
}
