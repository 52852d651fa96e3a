//! A person with a key in a file of their own, who runs the program.

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use alloy_primitives::Address;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Chain, contracts, ether};

/// What the caller's environment might tell the program.
const VARIABLES: [&str; 4] = ["OPENIMO_RPC", "OPENIMO_KEYSTORE", "OPENIMO_PASSWORD_FILE", "OPENIMO_MODEL"];
const PASSWORD: &str = "correct horse battery";

/// A person.
pub struct Person {
    pub folder: TempDir,
    pub address: Address,
    /// The node that they use.
    pub rpc: String,
}

/// The program, without what the caller's environment would tell it.
pub fn openimo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openimo"));
    for name in VARIABLES {
        command.env_remove(name);
    }
    command
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

impl Person {
    /// Somebody with a new key and a hundred ether.
    pub fn new(chain: &Chain) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("password"), format!("{PASSWORD}\n")).unwrap();
        let mut command = openimo();
        command.current_dir(folder.path()).args(["key", "new", "--keystore", "key.json", "--password-file", "password"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let address: Address = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
        chain.ask("anvil_setBalance", json!([address, ether(100)]));
        Self { folder, address, rpc: chain.url.clone() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The program with this person's key, node and records.
    pub fn command(&self, args: &[impl AsRef<OsStr>]) -> Command {
        self.with_key(openimo(), args)
    }

    /// The same within a script of the shell, which ends with `exec "$@"` or the like.
    pub fn scripted(&self, script: &str, args: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new("sh");
        for name in VARIABLES {
            command.env_remove(name);
        }
        command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_openimo")]);
        self.with_key(command, args)
    }

    fn with_key(&self, mut command: Command, args: &[impl AsRef<OsStr>]) -> Command {
        command.current_dir(self.folder.path()).env("XDG_STATE_HOME", self.path("state")).env("OPENIMO_RPC", &self.rpc);
        command.env("OPENIMO_KEYSTORE", self.path("key.json")).env("OPENIMO_PASSWORD_FILE", self.path("password"));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// It has to succeed; what it printed.
    pub fn does(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        text(&output)
    }

    /// It has to fail with exit status 2; what it printed.
    pub fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        text(&output)
    }

    /// It has to succeed, and to print JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output)))
    }

    /// The same, with something typed.
    pub fn answers(&self, args: &[&str], typed: &str) -> Output {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        // It may have ended before it asked.
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Records of runs that are not finished.
    pub fn records(&self) -> usize {
        let folders = std::fs::read_dir(self.path("state/openimo")).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap()).flatten();
        files.filter(|file| file.path().extension().is_some_and(|extension| extension == "json")).count()
    }

    /// An offering of the suites' terms, made by this person, open for deposits: the offering and its token.
    pub fn offers(&self, chain: &Chain, currency: &str) -> (Address, Address) {
        let (offering, token) = self.announces(chain, currency);
        chain.pass_time(contracts::START);
        (offering, token)
    }

    /// The same before it begins.
    pub fn announces(&self, chain: &Chain, currency: &str) -> (Address, Address) {
        let factory = chain.factory().to_string();
        self.write("terms.toml", &contracts::terms(chain, currency));
        let made = self.json(&["offer", "create", "--terms", "terms.toml", "--factory", &factory, "--yes"]);
        let address = |name: &str| serde_json::from_value(made[name].clone()).unwrap();
        (address("offering"), address("token"))
    }
}
