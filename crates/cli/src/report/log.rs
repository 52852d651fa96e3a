//! Lines on standard output, written by a thread of their own: where nobody reads them, the disk is full or the pipe is closed, lines are
//! lost and counted, and nothing else happens.

use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, Instant, SystemTime};

use humantime::format_rfc3339_millis;
use prometheus::IntCounter;
use serde::Serialize;

use super::Format;
use super::note::{Level, Note};
use crate::failure::Failure;

/// Lines that wait for a reader who is slow.
const WAITING: usize = 1024;
/// How long the last lines of a program are waited for.
const FAREWELL: Duration = Duration::from_secs(2);

/// The log.
pub struct Log {
    format: Format,
    entries: SyncSender<Entry>,
    lost: IntCounter,
}

enum Entry {
    Line { is_failure: bool, text: String },
    Flush(std::sync::mpsc::Sender<()>),
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: Level,
    message: String,
    #[serde(flatten)]
    note: &'a Note,
}

impl Log {
    /// Begin to write; lines that are lost are counted.
    ///
    /// # Errors
    /// If there is no thread for it.
    pub fn new(format: Format, lost: IntCounter) -> Result<Self, Failure> {
        let (entries, receiver) = sync_channel(WAITING);
        let counted = lost.clone();
        std::thread::Builder::new().name("log".into()).spawn(move || write_all(&receiver, &counted))?;
        Ok(Self { format, entries, lost })
    }

    /// Write an event, some time.
    pub fn write(&self, note: &Note) {
        let (is_failure, text) = match self.format {
            Format::Text => (note.is_failure(), format!("{note}\n")),
            Format::Json => (false, json(note, SystemTime::now())),
        };
        if self.entries.try_send(Entry::Line { is_failure, text }).is_err() {
            self.lost.inc();
        }
    }

    /// Wait until all is written, if that does not take long.
    pub fn flush(&self) {
        let (done, is_done) = channel();
        let until = Instant::now() + FAREWELL;
        let mut entry = Entry::Flush(done);
        while let Err(TrySendError::Full(again)) = self.entries.try_send(entry) {
            if Instant::now() > until {
                return;
            }
            entry = again;
            std::thread::sleep(Duration::from_millis(10));
        }
        // Either answer means that there is nothing more to wait for.
        let _ = is_done.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

fn json(note: &Note, now: SystemTime) -> String {
    // The words for a reader who sees no colours: what is an error says so by its level.
    let message = note.to_string();
    let message = message.strip_prefix("error: ").unwrap_or(&message).to_owned();
    let line = Line { time: format_rfc3339_millis(now).to_string(), level: note.level(), message, note };
    let mut text = serde_json::to_string(&line).expect("an event is an object of texts and numbers");
    text.push('\n');
    text
}

fn write_all(entries: &Receiver<Entry>, lost: &IntCounter) {
    for entry in entries {
        match entry {
            Entry::Line { is_failure, text } => {
                let bytes = text.as_bytes();
                let written = if is_failure {
                    std::io::stderr().write_all(bytes)
                } else {
                    let mut out = std::io::stdout();
                    out.write_all(bytes).and_then(|()| out.flush())
                };
                if written.is_err() {
                    lost.inc();
                }
            }
            // Whoever asked may be gone.
            Entry::Flush(done) => drop(done.send(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_event_is_one_object_with_its_time() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        let line = super::json(&Note::Left { request: U256::from(7).into(), why: "two\nlines".into() }, now);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(
            serde_json::from_str::<Value>(&line).unwrap(),
            json!({
                "time": "2023-11-14T22:13:20.250Z", "level": "warn", "event": "left", "request": "7", "why": "two\nlines",
                "message": "left request 7: two\nlines",
            })
        );
    }

    #[test]
    fn lines_that_nobody_takes_are_counted_and_waited_for_only_shortly() {
        let lost = IntCounter::new("lost", "lost").unwrap();
        let (entries, _nobody) = sync_channel(2);
        let log = Log { format: Format::Text, entries, lost: lost.clone() };
        for _ in 0..5 {
            log.write(&Note::Committed { request: U256::from(1).into() });
        }
        assert_eq!(lost.get(), 3);
        let start = Instant::now();
        log.flush();
        assert!(start.elapsed() < 2 * FAREWELL);
    }
}
