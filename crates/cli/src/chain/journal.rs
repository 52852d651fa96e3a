//! Runs that survive being killed. What is about to be sent is noted before it is sent, with its nonce: until that nonce is used on the
//! chain by something else, the step is signed again with no other, so that a run that goes on cannot pay twice.
//!
//! The states are those of the pages' journal. `asked`, for a wallet that signs and sends in one, has no place here: what is signed here
//! is known by its hash before it leaves.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, hex, keccak256};
use openimo_core::chain::error::{ChainError, Code};
use openimo_core::chain::plan::Plan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", deny_unknown_fields)]
pub enum StepState {
    /// Nothing left this machine.
    Open,
    /// A transaction was signed, and from then on may have been sent.
    Sent {
        /// Its nonce.
        nonce: u64,
        /// A block before which it cannot be.
        block: u64,
        /// Its hash.
        hash: B256,
    },
    /// A permit was signed.
    Signed {
        /// The signature.
        signature: String,
    },
    /// It had its effect.
    Done {
        /// The transaction.
        hash: B256,
        /// Its block.
        block: u64,
    },
}

/// What is kept of a run until it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    version: u32,
    /// What was asked for.
    pub intent: Value,
    /// What is signed.
    pub plan: Plan,
    /// How far it is.
    pub steps: Vec<StepState>,
}

impl Run {
    /// A run that has not begun.
    pub fn new(intent: Value, plan: Plan) -> Self {
        let steps = plan.steps.iter().map(|_| StepState::Open).collect();
        Self { version: 1, intent, plan, steps }
    }

    /// Whether something of it may be on the chain. A signed permit that was never sent is not.
    pub fn has_begun(&self) -> bool {
        self.steps.iter().any(|state| matches!(state, StepState::Sent { .. } | StepState::Done { .. }))
    }
}

/// The journal of one account on one chain, for one process at a time.
pub struct Journal {
    folder: PathBuf,
    _lock: File,
}

impl Journal {
    /// The journal, once no other process has it.
    ///
    /// # Errors
    /// If another process sends from this account, or the folder cannot be written.
    pub fn open(chain_id: u64, account: Address) -> Result<Self, Failure> {
        let folder = state_folder()?.join(format!("{chain_id}-{account:#x}"));
        std::fs::create_dir_all(&folder).map_err(|e| unwritable(&folder, &e))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|e| unwritable(&path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::new(format!("another openimo is sending from {account} on this chain"))
                    .next("wait until it is done"))
            }
            Err(TryLockError::Error(e)) => Err(unwritable(&path, &e)),
        }
    }

    /// The run that was begun for this intent.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn find(&self, intent: &Value) -> Result<Option<Run>, Failure> {
        let path = self.path(intent);
        let text = match std::fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|e| unreadable(&path, &e))?,
        };
        let run: Run = serde_json::from_slice(&text).map_err(|e| unreadable(&path, &e))?;
        if run.version != 1 || run.steps.len() != run.plan.steps.len() || run.intent != *intent {
            return Err(unreadable(&path, &"it is the record of something else"));
        }
        Ok(Some(run))
    }

    /// Keep a run. When this returns, it is on the disk.
    ///
    /// # Errors
    /// If it cannot be written: then nothing may be sent.
    pub fn save(&self, run: &Run) -> Result<(), Failure> {
        let path = self.path(&run.intent);
        let part = path.with_extension("part");
        let text = serde_json::to_vec(run)?;
        let write = || {
            let mut options = OpenOptions::new();
            options.create(true).truncate(true).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&part)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)?;
            // The new name is on the disk when its folder is.
            if cfg!(unix) { File::open(&self.folder)?.sync_all() } else { Ok(()) }
        };
        write().map_err(|e| unwritable(&path, &e))
    }

    /// Forget a run that is done or given up.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, intent: &Value) -> Result<(), Failure> {
        let path = self.path(intent);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(unwritable(&path, &e)),
            _ => Ok(()),
        }
    }

    /// Where the run of an intent is kept.
    pub fn path(&self, intent: &Value) -> PathBuf {
        let digest = keccak256(intent.to_string());
        self.folder.join(format!("{}.json", hex::encode(&digest[..16])))
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    let message = format!("the record of an earlier run, {}, cannot be read: {why}", path.display());
    Failure::from(ChainError::new(Code::JournalUnreadable, message))
        .next("make sure that nothing of that run is waiting to be included, then delete the file")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot keep a record of this run in {}: {error}; nothing was sent", path.display()))
        .next("make the folder writable, or name another one in XDG_STATE_HOME")
}

/// `openimo` in the user's folder of what programs must remember.
///
/// # Errors
/// If there is no such folder.
pub fn state_folder() -> Result<PathBuf, Failure> {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = |folder| variable("HOME").map(|home| home.join(folder));
    let base = variable("XDG_STATE_HOME").or_else(|| {
        if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else {
            home(".local/state")
        }
    });
    let none = || Failure::new("there is no folder to keep a record of this run in").next("name one in XDG_STATE_HOME");
    Ok(base.ok_or_else(none)?.join("openimo"))
}
