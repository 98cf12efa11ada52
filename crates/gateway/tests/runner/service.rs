//! The service behind the gateway: it does what the step says and remembers what it was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::client::{has_body, read_body, read_head};
use super::recording::{Attempt, Seen, bytes_of, text_of};

pub struct ScriptedService {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: VecDeque<Attempt>,
    seen: Vec<Seen>,
}

impl ScriptedService {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        ScriptedService { port, state }
    }

    /// What to do with the attempts of the next step; the last entry repeats.
    pub fn follow(&self, script: Vec<Attempt>) {
        *self.state.lock().unwrap() = State { script: script.into(), seen: Vec::new() };
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let (reading, mut writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    while let Some(message) = read_head(&mut reading).await {
        let (body, _) = read_body(&mut reading, &message.headers, false).await;
        let mut words = message.first.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let is_head = method == "HEAD";
        let seen = Seen {
            method,
            target,
            headers: message.headers,
            body: text_of(&body),
            body_length: None,
        };
        let attempt = next_attempt(&state, seen);
        let bytes = bytes_of(attempt.bytes.as_deref().unwrap_or_default());
        match attempt.action.as_deref() {
            None => {
                tokio::time::sleep(Duration::from_secs_f64(attempt.delay.unwrap_or(0.0))).await;
                writing.write_all(&answer(&attempt, is_head)).await.unwrap();
            }
            Some("close") => return,
            Some("reset") => {
                let stream = reading.into_inner().reunite(writing).unwrap();
                return stream.set_zero_linger().unwrap();
            }
            // Silent for longer than the other side waits.
            Some("stall") => {
                let _ = reading.read_u8().await;
                return;
            }
            Some("raw") => return writing.write_all(&bytes).await.unwrap(),
            Some("upgrade") => {
                writing.write_all(UPGRADED).await.unwrap();
                let mut message = [0; 4];
                reading.read_exact(&mut message).await.unwrap();
                writing.write_all(b"echo:").await.unwrap();
                return writing.write_all(&message).await.unwrap();
            }
            Some(other) => panic!("the service can't \"{other}\""),
        }
    }
}

const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

fn next_attempt(state: &Mutex<State>, seen: Seen) -> Attempt {
    let mut state = state.lock().unwrap();
    state.seen.push(seen);
    let attempt = state.script.front().cloned().unwrap_or_default();
    if state.script.len() > 1 {
        state.script.pop_front();
    }
    attempt
}

fn answer(attempt: &Attempt, is_head: bool) -> Vec<u8> {
    let status = attempt.status.unwrap_or(200);
    let known = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    let reason = attempt.reason.as_deref().or(known).unwrap_or_default();
    let body = attempt.body.as_deref().unwrap_or("ok");
    let plain = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
    for (name, value) in attempt.headers.as_ref().unwrap_or(&plain) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if attempt.chunked {
        head.push_str("Transfer-Encoding: chunked\r\n");
    } else if has_body(status) && !head.to_ascii_lowercase().contains("\ncontent-length:") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    if attempt.chunked && !is_head {
        head.push_str(&format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()));
    } else if has_body(status) && !is_head {
        head.push_str(body);
    }
    bytes_of(&head)
}
