//! Running programs: each command is printed before it starts.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};

/// A program to run in the root of the checkout.
pub struct Cmd {
    command: Command,
    shown: String,
}

/// What a captured program did.
pub struct Output {
    /// Whether it exited with 0.
    pub ok: bool,
    /// Its output and error lines, in the order of arrival.
    pub text: String,
}

/// Begin a command line.
pub fn cmd(program: impl AsRef<OsStr>) -> Cmd {
    let program = program.as_ref();
    let mut command = Command::new(program);
    command.current_dir(crate::paths::root());
    Cmd { command, shown: program.to_string_lossy().into_owned() }
}

impl Cmd {
    /// Add one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown += &format!(" {}", arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    /// Add arguments.
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Set a variable of the program's environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{name}={} {}", value.as_ref().to_string_lossy(), self.shown);
        self.command.env(name, value);
        self
    }

    /// Run it in another folder.
    pub fn dir(mut self, dir: &Path) -> Self {
        self.shown = format!("(cd {}) {}", dir.display(), self.shown);
        self.command.current_dir(dir);
        self
    }

    /// The command line as it is printed.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Run it, its output going to the terminal.
    ///
    /// # Errors
    /// If it cannot be started or does not exit with 0.
    pub fn run(mut self) -> Result<()> {
        eprintln!("$ {}", self.shown);
        let status = self.command.stdin(Stdio::null()).status().with_context(|| format!("cannot start: {}", self.shown))?;
        if !status.success() {
            bail!("{status}: {}", self.shown);
        }
        Ok(())
    }

    /// Run it, show each line as it comes and keep it.
    ///
    /// # Errors
    /// If it cannot be started; its failure is in the result.
    pub fn tee(mut self) -> Result<Output> {
        eprintln!("$ {}", self.shown);
        let mut child = (self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
            .spawn()
            .with_context(|| format!("cannot start: {}", self.shown))?;
        let (send, lines) = mpsc::channel();
        let pipes: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
        let readers = pipes.map(|pipe| {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                    let _ = send.send(String::from_utf8_lossy(&line).into_owned());
                }
            })
        });
        drop(send);
        let mut text = String::new();
        for line in lines {
            println!("{line}");
            text += &line;
            text.push('\n');
        }
        for reader in readers {
            reader.join().expect("a reader thread panicked");
        }
        Ok(Output { ok: child.wait()?.success(), text })
    }

    /// Run it; its standard output, whatever its exit status.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn output(mut self) -> Result<String> {
        eprintln!("$ {}", self.shown);
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        Ok(String::from_utf8_lossy(&output.with_context(|| format!("cannot start: {}", self.shown))?.stdout).into_owned())
    }

    /// Run it, its error lines going to the terminal; its standard output.
    ///
    /// # Errors
    /// If it cannot be started or does not exit with 0.
    pub fn text(mut self) -> Result<String> {
        eprintln!("$ {}", self.shown);
        let output = self.command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.with_context(|| format!("cannot start: {}", self.shown))?;
        if !output.status.success() {
            bail!("{}: {}\n{}", output.status, self.shown, String::from_utf8_lossy(&output.stdout));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same, of a program that prints JSON.
    ///
    /// # Errors
    /// As [`Cmd::text`], and if it is none.
    pub fn json(self) -> Result<serde_json::Value> {
        let shown = self.shown.clone();
        serde_json::from_str(&self.text()?).with_context(|| format!("no JSON: {shown}"))
    }

    /// Run it unseen; its standard output, or nothing if it cannot be started or fails.
    pub fn quiet(mut self) -> Option<String> {
        let output = self.command.stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
