//! Why a verb could not do its work: one sentence, what to do next, and the exit status.

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use openimo_core::chain::advice::advice;
use openimo_core::chain::error::{ChainError, Code};
use serde_json::Value;

/// An error as the user reads it. Any error converts into one with exit status 2.
#[derive(Debug)]
pub struct Failure {
    message: String,
    next: Option<String>,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: None }
    }

    /// Add what the user can do about it.
    pub fn next(mut self, step: impl Into<String>) -> Self {
        self.next = Some(step.into());
        self
    }

    /// Print it on standard error, if there is one; the exit status is 2.
    pub fn report(&self) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "{self}");
        ExitCode::from(2)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.next {
            Some(next) => write!(f, "\n  next: {next}"),
            None => Ok(()),
        }
    }
}

impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Some errors already print their cause.
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        let error: &(dyn Error + 'static) = &error;
        Self { message, next: error.downcast_ref().and_then(next_of).map(str::to_owned) }
    }
}

/// What helps against a failure between this machine and a chain.
fn next_of(error: &ChainError) -> Option<&'static str> {
    Some(match error.code {
        Code::RpcUnreachable | Code::RpcTimeout => "try again, or name another node with --rpc",
        Code::RpcTooLong | Code::RpcMalformed | Code::RpcInconsistent | Code::RpcDisagree => {
            "do not rely on this node; name another one with --rpc"
        }
        Code::RpcNoContract | Code::RpcReverted => "check the address, and that the node is on the chain that is meant",
        Code::RpcOtherChain => "name a node of that chain with --rpc, or leave out --chain-id",
        Code::RpcRefused => "look at what the node says; if it is busy, try again, or name another one with --rpc",
        Code::RpcReorganised => "run the command again",
        Code::TransactionReverted => return error.details.get("reason").and_then(Value::as_str).and_then(advice),
        _ => return None,
    })
}
