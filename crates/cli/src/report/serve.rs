//! Serves metrics and health by HTTP, to clients who may be anybody: each has a few seconds and a few kilobytes, few are served at a time,
//! and nothing that one of them sends is kept.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::Report;
use crate::failure::Failure;

/// Clients that are served at the same time.
const AT_ONCE: usize = 4;
/// What a client has for its question, and for taking the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most bytes of a question.
const MOST: usize = 8 << 10;
/// Most headers of a question.
const HEADERS: usize = 64;

/// What is answered.
struct Answer {
    status: &'static str,
    kind: &'static str,
    body: String,
}

/// Serve until the program ends; the address.
///
/// # Errors
/// If the address cannot be had.
pub fn serve(address: SocketAddr, report: Report) -> Result<SocketAddr, Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot serve metrics at {address}: {error}");
        Failure::new(message).next("name an address of this machine and a free port with --metrics")
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    for _ in 0..AT_ONCE {
        let (listener, report) = (listener.try_clone().map_err(failed)?, report.clone());
        let served = move || {
            for stream in listener.incoming() {
                match stream {
                    // What a client does wrong is its own affair.
                    Ok(stream) => drop(converse(stream, &|path| answer(path, &report))),
                    // No file descriptors are left, say.
                    Err(_) => std::thread::sleep(Duration::from_millis(100)),
                }
            }
        };
        std::thread::Builder::new().name("metrics".into()).spawn(served).map_err(failed)?;
    }
    Ok(bound)
}

fn answer(path: &str, report: &Report) -> Option<Answer> {
    match path {
        "/metrics" => {
            Some(Answer { status: "200 OK", kind: "text/plain; version=0.0.4; charset=utf-8", body: report.exposition() })
        }
        "/healthz" => Some(match report.ill() {
            None => plain("200 OK", "ok"),
            Some(why) => plain("503 Service Unavailable", &why),
        }),
        _ => None,
    }
}

fn plain(status: &'static str, text: &str) -> Answer {
    Answer { status, kind: "text/plain; charset=utf-8", body: format!("{text}\n") }
}

/// One question and its answer.
fn converse(mut stream: TcpStream, answer: &dyn Fn(&str) -> Option<Answer>) -> std::io::Result<()> {
    let until = Instant::now() + PATIENCE;
    let mut bytes = vec![0; MOST];
    let mut len = 0;
    let (answer, is_head) = loop {
        // A client that sends a byte now and then has no more time for that.
        let rest = until.saturating_duration_since(Instant::now());
        if rest.is_zero() {
            break (plain("408 Request Timeout", "the question took too long"), false);
        }
        stream.set_read_timeout(Some(rest))?;
        match stream.read(&mut bytes[len..])? {
            0 => return Ok(()),
            more => len += more,
        }
        match asked(&bytes[..len]) {
            Ok(Some((path, is_head))) => {
                break (answer(&path).unwrap_or_else(|| plain("404 Not Found", "/metrics and /healthz are here")), is_head);
            }
            Ok(None) if len < MOST => {}
            Ok(None) => break (plain("431 Request Header Fields Too Large", "the question is too long"), false),
            Err(refusal) => break (refusal, false),
        }
    };
    let Answer { status, kind, body } = answer;
    let length = body.len();
    let mut text = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    if !is_head {
        text.push_str(&body);
    }
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(text.as_bytes())
}

/// The path of a question, and whether only the head of its answer is wanted; nothing if more must be read.
fn asked(bytes: &[u8]) -> Result<Option<(String, bool)>, Answer> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(_)) => {
            let (method, path) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
            if method != "GET" && method != "HEAD" {
                return Err(plain("405 Method Not Allowed", "ask with GET"));
            }
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            Ok(Some((path.to_owned(), method == "HEAD")))
        }
        Err(_) => Err(plain("400 Bad Request", "this is no question by HTTP")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client gets that sends `parts`, with a pause between them.
    fn asks(parts: &[&[u8]], pause: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let served = std::thread::spawn(move || {
            let known = |path: &str| (path == "/metrics").then(|| plain("200 OK", "figures"));
            let _ = converse(listener.accept().unwrap().0, &known);
        });
        for part in parts {
            // It may have been refused already.
            let _ = client.write_all(part);
            std::thread::sleep(pause);
        }
        let mut text = String::new();
        let _ = client.read_to_string(&mut text);
        served.join().unwrap();
        text
    }

    fn status(parts: &[&[u8]]) -> String {
        let text = asks(parts, Duration::ZERO);
        text.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn questions_are_answered() {
        let text = asks(&[b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n"], Duration::ZERO);
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\nfigures\n"), "{text}");
        let text = asks(&[b"HEAD /metrics HTTP/1.0\r\n\r\n"], Duration::ZERO);
        assert!(text.contains("Content-Length: 8\r\n") && text.ends_with("\r\n\r\n"), "{text}");
        assert_eq!(status(&[b"GET /met", b"rics HTTP/1.1\r\n", b"\r\n"]), "200");
        assert_eq!(status(&[b"GET / HTTP/1.1\r\n\r\n"]), "404");
        assert_eq!(status(&[b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"]), "405");
    }

    #[test]
    fn what_is_no_question_is_refused() {
        assert_eq!(status(&[b"\x16\x03\x01 hello\r\n\r\n"]), "400");
        assert_eq!(status(&[b"GET /metrics HTTP/9.9\r\n\r\n"]), "400");
        let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(HEADERS + 1));
        assert_eq!(status(&[many.as_bytes()]), "400");
        let long = format!("GET /{} ", "a".repeat(MOST - 6));
        assert_eq!(status(&[long.as_bytes()]), "431");
        assert_eq!(status(&[]), "", "nothing is answered to who asks nothing");
    }

    #[test]
    fn who_is_slow_is_not_waited_for() {
        let start = Instant::now();
        let slow: Vec<&[u8]> = vec![b"G"; 40];
        assert!(!asks(&slow, PATIENCE / 20).contains("200"));
        assert!(start.elapsed() < 3 * PATIENCE);
    }
}
