//! A node in between that passes questions on, answers them itself, or does neither.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

/// What becomes of a question.
pub enum Deed {
    /// The node behind answers.
    Pass,
    /// The node behind answers, and this is answered instead.
    Change(Box<dyn Fn(Value) -> Value>),
    /// This is the result.
    Result(Value),
    /// This is the error.
    Error(Value),
    /// These are the bytes of the answer.
    Bytes(Vec<u8>),
    /// This is the status, and no answer.
    Status(u16),
    /// The node behind never hears of it, and the connection is closed.
    Lose,
    /// The node behind does it, and the connection is closed.
    LoseAnswer,
    /// Nothing comes, for long.
    Stall,
}

type Tamper = dyn Fn(&str, &Value) -> Deed + Send + Sync;

/// Serve until the test's process ends; the address.
pub fn proxy(node: &str, tamper: impl Fn(&str, &Value) -> Deed + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (node, tamper): (String, Arc<Tamper>) = (node.to_owned(), Arc::new(tamper));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (node, tamper) = (node.clone(), Arc::clone(&tamper));
            std::thread::spawn(move || serve(stream, &node, &*tamper));
        }
    });
    url
}

/// One question a connection. Whoever asked may be gone.
fn serve(mut stream: TcpStream, node: &str, tamper: &Tamper) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let question: Value = serde_json::from_slice(&body).ok()?;
    let answer = |key: &str, value: Value| json!({ "jsonrpc": "2.0", "id": question["id"], key: value }).to_string().into_bytes();
    let (status, bytes) = match tamper(question["method"].as_str()?, &question["params"]) {
        Deed::Pass => (200, ask(node, &body)?),
        Deed::Change(change) => {
            let mut passed: Value = serde_json::from_slice(&ask(node, &body)?).ok()?;
            (200, answer("result", change(passed["result"].take())))
        }
        Deed::Result(result) => (200, answer("result", result)),
        Deed::Error(error) => (200, answer("error", error)),
        Deed::Bytes(bytes) => (200, bytes),
        Deed::Status(status) => (status, Vec::new()),
        Deed::Lose => return None,
        Deed::LoseAnswer => {
            ask(node, &body)?;
            return None;
        }
        Deed::Stall => {
            std::thread::sleep(Duration::from_secs(60));
            return None;
        }
    };
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len()).ok()?;
    stream.write_all(&bytes).ok()
}

fn ask(node: &str, body: &[u8]) -> Option<Vec<u8>> {
    let response = ureq::post(node).header("Content-Type", "application/json").send(body).ok()?;
    response.into_body().into_with_config().limit(64 << 20).read_to_vec().ok()
}
