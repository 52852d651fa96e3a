//! Somebody with a key in a file of his own, who runs the command line.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use alloy_primitives::Address;
use anyhow::{Context, Result, bail};

use super::Chain;
use crate::sh::cmd;

/// Longest that a program may take to say something.
const PATIENCE: Duration = Duration::from_secs(120);
/// Nothing that this key holds is worth anything.
const PASSWORD: &str = "of a local chain";

/// A person.
pub struct Person {
    openimo: PathBuf,
    /// Key and records.
    folder: PathBuf,
    /// The account.
    pub address: Address,
}

impl Person {
    /// Somebody with a new key, whose things are in a new folder.
    ///
    /// # Errors
    /// If the folder is there, or cannot be written.
    pub fn new(openimo: &Path, folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("password"), PASSWORD)?;
        let key = cmd(openimo).args(["key", "new", "--keystore"]).arg(folder.join("key.json"));
        let address = key.arg("--password-file").arg(folder.join("password")).text()?;
        Ok(Self { openimo: openimo.to_owned(), folder, address: address.trim().parse()? })
    }

    /// Start the command line with this key; its lines are printed behind `name`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(&self, chain: &Chain, name: &'static str, args: &[&str], model: &Path) -> Result<Running> {
        let mut command = Command::new(&self.openimo);
        command.args(args).arg("--model").arg(model).args(["--every", "1"]);
        command.env("OPENIMO_RPC", &chain.url).env("XDG_STATE_HOME", &self.folder);
        command.env("OPENIMO_KEYSTORE", self.folder.join("key.json"));
        command.env("OPENIMO_PASSWORD_FILE", self.folder.join("password"));
        println!("$ openimo {} --model {} --every 1 &", args.join(" "), model.display());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start openimo")?;
        let (send, lines) = channel();
        read(name, child.stdout.take().expect("piped"), send.clone());
        read(name, child.stderr.take().expect("piped"), send);
        Ok(Running { name, child, lines, said: Vec::new() })
    }
}

/// Print lines as they come, and pass them on.
fn read(name: &'static str, pipe: impl Read + Send + 'static, send: Sender<(Instant, String)>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            println!("  {name:<7} | {line}");
            // Whoever listened may be gone.
            let _ = send.send((Instant::now(), line));
        }
    });
}

/// A program that runs until the value is dropped: `openimo node` and `watch` can be killed at any time.
pub struct Running {
    name: &'static str,
    child: Child,
    lines: Receiver<(Instant, String)>,
    said: Vec<(Instant, String)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Wait until it has said this, now or before: when, and the line.
    ///
    /// # Errors
    /// If it does not, or has ended.
    pub fn says(&mut self, text: &str) -> Result<(Instant, String)> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.said.extend(self.lines.try_iter());
            if let Some(found) = self.said.iter().find(|(_, line)| line.contains(text)) {
                return Ok(found.clone());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("openimo {} ended: {status}", self.name);
            }
            if Instant::now() > until {
                bail!("openimo {} does not say “{text}”", self.name);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
