//! `openimo fetch` and `openimo inspect` against a real server on this machine that misbehaves as told.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use openimo_core::commit::ModelId;
use openimo_core::model::file::{Chunk, Header, Parsed};
use openimo_core::model::testing::{Sizes, Tiny};
use tempfile::TempDir;

/// What the server does with one answer.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Close the connection after so many bytes.
    Cut(usize),
    /// Flip a bit of the byte at this offset of the file.
    Flip(usize),
    /// Answer this code alone.
    Status(u16),
}

struct Server {
    url: String,
    /// Faults of the coming answers; after them `last`.
    plan: Arc<Mutex<VecDeque<Fault>>>,
    /// Bytes asked for, an entry an answer.
    served: Arc<Mutex<Vec<u64>>>,
}

impl Server {
    fn start(file: Vec<u8>, ranges: bool, plan: &[Fault], last: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/models/tiny.imo", listener.local_addr().unwrap());
        let plan = Arc::new(Mutex::new(plan.iter().copied().collect::<VecDeque<_>>()));
        let served = Arc::new(Mutex::new(Vec::new()));
        let (faults, count) = (plan.clone(), served.clone());
        // The thread ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let fault = faults.lock().unwrap().pop_front().unwrap_or(last);
                // Held while it answers: who has the answer finds it counted.
                let mut served = count.lock().unwrap();
                served.push(answer(stream.unwrap(), &file, ranges, fault));
            }
        });
        Self { url, plan, served }
    }

    fn total(&self) -> u64 {
        self.served.lock().unwrap().iter().sum()
    }
}

/// One request a connection; the bytes that were put into the body.
fn answer(mut stream: TcpStream, file: &[u8], ranges: bool, fault: Fault) -> u64 {
    let mut range = None;
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: bytes=") {
            let (from, to) = value.split_once('-').unwrap();
            range = Some((from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap() + 1));
        }
    }
    let (from, to) = range.filter(|_| ranges).unwrap_or((0, file.len()));
    let (from, to) = (from.min(file.len()), to.min(file.len()));
    let status = match fault {
        Fault::Status(code) => format!("{code} Told So"),
        _ if from == file.len() => "416 Range Not Satisfiable".to_owned(),
        _ if ranges && range.is_some() => "206 Partial Content".to_owned(),
        _ => "200 OK".to_owned(),
    };
    let mut body = if status.starts_with('2') { file[from..to].to_vec() } else { Vec::new() };
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    if status.starts_with("206") {
        head += &format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, file.len());
    }
    match fault {
        Fault::Cut(at) => body.truncate(at),
        Fault::Flip(at) if (from..to).contains(&at) && !body.is_empty() => body[at - from] ^= 4,
        _ => {}
    }
    // The client may hang up early.
    let _ = stream.write_all((head + "\r\n").as_bytes()).and_then(|()| stream.write_all(&body));
    body.len() as u64
}

struct Model {
    id: ModelId,
    file: Vec<u8>,
    chunks: Vec<Chunk>,
}

/// A model of more than 64 kB and some 20 chunks.
fn model() -> Model {
    let sizes = Sizes { vocab: (3000, 3000), ..Sizes::default() };
    let (id, file) = Tiny::sized(6, &sizes).write();
    let Parsed::Header(header) = Header::parse(&file).unwrap() else { panic!("a whole file") };
    assert!(file.len() > 100_000 && header.chunks().len() > 10, "{} bytes", file.len());
    Model { id, chunks: header.chunks().to_vec(), file }
}

fn fetch(source: &str, output: &Path, more: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_openimo")).args(["fetch", source, "--output"]).arg(output).args(more).output();
    command.unwrap()
}

fn dir() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("here.imo");
    (dir, output)
}

fn part(output: &Path) -> PathBuf {
    output.with_extension("imo.part")
}

#[track_caller]
fn succeeded(run: &Output, output: &Path, model: &Model) -> String {
    let errors = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{errors}");
    assert!(fs::read(output).unwrap() == model.file, "the fetched file differs");
    assert!(!part(output).exists());
    assert!(String::from_utf8_lossy(&run.stdout).contains(&model.id.to_string()));
    errors
}

#[track_caller]
fn failed(run: &Output, output: &Path, words: &str) {
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{errors}");
    assert!(errors.contains(words), "expected {words:?} in {errors}");
    assert!(!output.exists(), "an unchecked file was put in place");
}

#[test]
fn a_model_comes_whole_and_is_not_fetched_twice() {
    let model = model();
    for ranges in [true, false] {
        let server = Server::start(model.file.clone(), ranges, &[], Fault::None);
        let (_dir, output) = dir();
        succeeded(&fetch(&server.url, &output, &["--model-id", &model.id.to_string()]), &output, &model);
        let requests = server.served.lock().unwrap().len();
        succeeded(&fetch(&server.url, &output, &[]), &output, &model);
        assert_eq!(server.served.lock().unwrap().len(), requests + 1, "the head alone is asked for again");
    }
}

#[test]
fn a_broken_connection_is_taken_up_again() {
    let model = model();
    for ranges in [true, false] {
        let plan = [Fault::None, Fault::Cut(30_000), Fault::Cut(0), Fault::Status(503), Fault::Cut(70_000)];
        let server = Server::start(model.file.clone(), ranges, &plan, Fault::None);
        let (_dir, output) = dir();
        let errors = succeeded(&fetch(&server.url, &output, &[]), &output, &model);
        assert!(errors.contains("fetching again (2 of 5)"), "{errors}");
        assert!(server.plan.lock().unwrap().is_empty());
    }
}

#[test]
fn a_broken_head_is_taken_up_again() {
    let model = model();
    let server = Server::start(model.file.clone(), true, &[Fault::Cut(7), Fault::Status(500), Fault::Cut(100)], Fault::None);
    let (_dir, output) = dir();
    succeeded(&fetch(&server.url, &output, &[]), &output, &model);
}

#[test]
fn what_an_earlier_fetch_left_is_checked_and_kept() {
    let model = model();
    let middle = &model.chunks[model.chunks.len() / 2];
    // Cut inside a chunk; damaged inside a chunk; of another model.
    let cut = model.file[..middle.offset as usize + 5].to_vec();
    let mut damaged = model.file.clone();
    damaged[middle.offset as usize + 5] ^= 1;
    let other = Tiny::new(1).imo();
    for (left, kept) in [(cut, middle.offset), (damaged, middle.offset), (other, 0), (vec![], 0)] {
        let server = Server::start(model.file.clone(), true, &[], Fault::None);
        let (_dir, output) = dir();
        fs::write(part(&output), left).unwrap();
        succeeded(&fetch(&server.url, &output, &[]), &output, &model);
        let head = model.file.len().min(64 << 10) as u64;
        let rest = model.file.len() as u64 - kept.max(model.chunks[0].offset);
        assert_eq!(server.total(), head + rest, "intact bytes were fetched again");
    }
}

#[test]
fn a_corrupt_chunk_is_named_and_fetched_again() {
    let model = model();
    let bad = &model.chunks[model.chunks.len() - 2];
    let at = bad.offset as usize + 3;
    for ranges in [true, false] {
        let server = Server::start(model.file.clone(), ranges, &[Fault::Flip(at), Fault::Flip(at), Fault::Flip(at)], Fault::None);
        let (_dir, output) = dir();
        let errors = succeeded(&fetch(&server.url, &output, &[]), &output, &model);
        let named = format!("chunk {} at byte {} ({} bytes) is corrupt", bad.index, bad.offset, bad.len);
        assert!(errors.contains(&named), "expected {named:?} in {errors}");
    }
}

#[test]
fn a_chunk_that_stays_corrupt_ends_the_fetch() {
    let model = model();
    let bad = &model.chunks[model.chunks.len() - 2];
    let server = Server::start(model.file.clone(), true, &[], Fault::Flip(bad.offset as usize));
    let (_dir, output) = dir();
    failed(&fetch(&server.url, &output, &[]), &output, &format!("chunk {} at byte {}", bad.index, bad.offset));
    assert_eq!(fs::read(part(&output)).unwrap(), model.file[..bad.offset as usize], "what was checked is kept");
    assert_eq!(server.served.lock().unwrap().len(), 1 + 5);
}

#[test]
fn a_short_source_is_told_from_a_corrupt_one() {
    let model = model();
    let short = model.file[..model.file.len() - 1].to_vec();
    let (dir, output) = dir();
    let server = Server::start(short.clone(), true, &[], Fault::None);
    failed(&fetch(&server.url, &output, &[]), &output, "the source ends at byte");
    let local = dir.path().join("short.imo");
    fs::write(&local, &short).unwrap();
    failed(&fetch(local.to_str().unwrap(), &output, &[]), &output, "the source ends at byte");
}

#[test]
fn what_is_not_the_model_is_refused_at_once() {
    let model = model();
    let (_dir, output) = dir();
    let server = Server::start(model.file.clone(), true, &[], Fault::Status(404));
    failed(&fetch(&server.url, &output, &[]), &output, "404");
    assert_eq!(server.served.lock().unwrap().len(), 1, "a missing file is not asked for again");
    let server = Server::start(b"<!doctype html>".to_vec(), true, &[], Fault::None);
    failed(&fetch(&server.url, &output, &[]), &output, "not a model file");
    let server = Server::start(model.file.clone(), true, &[], Fault::None);
    let other = Tiny::new(1).write().0.to_string();
    failed(&fetch(&server.url, &output, &["--model-id", &other]), &output, &other);
    failed(&fetch("http://127.0.0.1:1/nobody.imo", &output, &[]), &output, "127.0.0.1:1");
    failed(&fetch("/does/not/exist.imo", &output, &[]), &output, "cannot open");
}

#[test]
fn a_local_file_is_checked_and_copied_and_inspected() {
    let model = model();
    let (dir, output) = dir();
    let from = dir.path().join("from.imo");
    fs::write(&from, &model.file).unwrap();
    succeeded(&fetch(from.to_str().unwrap(), &output, &[]), &output, &model);
    let inspect =
        |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_openimo")).arg("inspect").arg(&output).args(args).output().unwrap();
    let shown = String::from_utf8(inspect(&["--check"]).stdout).unwrap();
    for words in [&model.id.to_string(), "layers.0.down", "CIS-1"] {
        assert!(shown.contains(words), "expected {words:?} in {shown}");
    }
    let json: serde_json::Value = serde_json::from_slice(&inspect(&["--json"]).stdout).unwrap();
    assert_eq!(json["model_id"], model.id.to_string());
    let last = model.file.len() - 1;
    let mut damaged = model.file.clone();
    damaged[last] ^= 1;
    fs::write(&output, damaged).unwrap();
    assert_eq!(inspect(&["--check"]).status.code(), Some(2));
    assert_eq!(inspect(&[]).status.code(), Some(0));
}
