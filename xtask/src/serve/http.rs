//! As much of HTTP/1.1 as a static site on the loopback address needs: a thread a connection, kept open between requests.
//!
//! A browser holds six connections at once and waits for all of them, so none may queue behind another.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest head of a request, bytes.
const HEAD_MAX: u64 = 16 << 10;
/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// A request without a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Value of the header `Range`.
    pub range: Option<String>,
    /// Whether the connection ends after the answer.
    pub close: bool,
}

/// What is sent back.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// The bytes of an answer.
pub enum Body {
    Text(&'static str),
    /// This many bytes of a file from where it stands.
    File(File, u64),
}

/// Answer every request of every connection, each connection on a thread of its own.
pub fn serve(listener: TcpListener, answer: impl Fn(&Request) -> io::Result<Answer> + Send + Sync + 'static) -> JoinHandle<()> {
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client that went away is no error of the server.
            std::thread::spawn(move || _ = connection(stream, &*answer));
        }
    })
}

fn connection(mut stream: TcpStream, answer: &impl Fn(&Request) -> io::Result<Answer>) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read(&mut reader)? {
        let failed = |_| Answer { status: 500, headers: Vec::new(), body: Body::Text("cannot read the file\n") };
        write(&mut stream, answer(&request).unwrap_or_else(failed), request.method == "HEAD")?;
        if request.close {
            break;
        }
    }
    Ok(())
}

/// The next request; nothing if the client has ended the connection.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut head = reader.by_ref().take(HEAD_MAX);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut words = line.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Err(invalid("not a request"));
    };
    let mut request = Request { method: method.into(), target: target.into(), range: None, close: version == "HTTP/1.0" };
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(invalid("a head without its end"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "range" => request.range = Some(value.trim().into()),
            "connection" => request.close |= value.trim().eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    Ok(Some(request))
}

fn write(stream: &mut TcpStream, answer: Answer, head_only: bool) -> io::Result<()> {
    let reason = match answer.status {
        200 => "OK",
        206 => "Partial Content",
        308 => "Permanent Redirect",
        404 => "Not Found",
        405 => "Method Not Allowed",
        416 => "Range Not Satisfiable",
        _ => "Internal Server Error",
    };
    let len = match &answer.body {
        Body::Text(text) => text.len() as u64,
        Body::File(_, len) => *len,
    };
    let mut head = format!("HTTP/1.1 {} {reason}\r\nContent-Length: {len}\r\n", answer.status);
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all((head + "\r\n").as_bytes())?;
    match answer.body {
        _ if head_only => Ok(()),
        Body::Text(text) => stream.write_all(text.as_bytes()),
        Body::File(file, len) => io::copy(&mut file.take(len), stream).map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_one_after_the_other() {
        let mut bytes =
            &b"GET /a?b HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\nHEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"[..];
        let first = read(&mut bytes).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.target.as_str(), first.close), ("GET", "/a?b", false));
        assert_eq!(first.range.as_deref(), Some("bytes=0-1"));
        let second = read(&mut bytes).unwrap().unwrap();
        assert_eq!((second.method.as_str(), second.range, second.close), ("HEAD", None, true));
        assert_eq!(read(&mut bytes).unwrap(), None);
    }

    #[test]
    fn broken_and_endless_heads_are_refused() {
        assert!(read(&mut &b"nonsense\r\n\r\n"[..]).is_err());
        assert!(read(&mut &b"GET / HTTP/1.1\r\nHost: x\r\n"[..]).is_err());
        let endless = "GET / HTTP/1.1\r\n".to_owned() + &"a: b\r\n".repeat(1 << 13);
        assert!(read(&mut endless.as_bytes()).is_err());
    }

    #[test]
    fn many_open_connections_do_not_wait_for_each_other() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        serve(listener, |_| Ok(Answer { status: 200, headers: Vec::new(), body: Body::Text("here") }));
        let mut streams: Vec<TcpStream> = (0..12).map(|_| TcpStream::connect(address).unwrap()).collect();
        for _ in 0..2 {
            for stream in &mut streams {
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
                let mut answer = [0; 42];
                stream.read_exact(&mut answer).unwrap();
                assert!(answer.ends_with(b"\r\n\r\nhere"), "{}", String::from_utf8_lossy(&answer));
            }
        }
    }
}
