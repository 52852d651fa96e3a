//! JSON-RPC over HTTP with a server that is not trusted: answers are bounded in time and size and checked in form, and what may have
//! failed in passing is asked again. Every request that is sent here may be repeated without harm.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openimo_core::chain::error::{ChainError, Code, PROVIDER_CODES};
use openimo_core::chain::text::inert;
use serde_json::{Value, json};

/// Most bytes of an answer.
const MAX_BYTES: u64 = 2 << 20;
/// Most bytes of an answer that is as long as what others wrote on the chain: more than the logs of one full block.
const MAX_LONG: u64 = 32 << 20;
/// Times that a node is asked before it counts as unreachable.
const TRIES: u32 = 3;
/// Wait before the second try; doubled for each further one.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest text of a server that is shown, characters.
const MAX_SHOWN: usize = 300;

/// A server.
pub struct Rpc {
    agent: ureq::Agent,
    url: String,
    shown: String,
    tries: u32,
    last: AtomicU64,
}

impl Rpc {
    /// A node, which has `timeout` for each answer.
    ///
    /// # Errors
    /// If the address is not one of HTTP.
    pub fn node(url: &str, timeout: Duration) -> Result<Self, ChainError> {
        Self::new(url, timeout, TRIES)
    }

    /// A signer, which asks a person: it has longer, and is asked once.
    ///
    /// # Errors
    /// If the address is not one of HTTP.
    pub fn signer(url: &str) -> Result<Self, ChainError> {
        Self::new(url, Duration::from_secs(600), 1)
    }

    fn new(url: &str, timeout: Duration, tries: u32) -> Result<Self, ChainError> {
        let unusable = || ChainError::new(Code::RpcUnreachable, "the address of the server is no http:// or https:// address");
        let uri: ureq::http::Uri = url.parse().map_err(|_| unusable())?;
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(unusable()) };
        let port = uri.port().map_or_else(String::new, |port| format!(":{port}"));
        // What comes after the host is often a key.
        let shown = format!("{scheme}://{host}{port}");
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(true)
            .build();
        Ok(Self { agent: config.into(), url: url.to_owned(), shown, tries, last: AtomicU64::new(0) })
    }

    /// The server's name, without what may be secret in its address.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Ask.
    ///
    /// # Errors
    /// If there is no answer, or one of another form, or the server refuses. Of a call that a contract refuses, `details.data` is the
    /// contract's reason.
    pub fn ask(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        self.ask_within(method, params, MAX_BYTES)
    }

    /// Ask for what can be long.
    ///
    /// # Errors
    /// As [`Rpc::ask`].
    pub fn ask_long(&self, method: &str, params: Value) -> Result<Value, ChainError> {
        self.ask_within(method, params, MAX_LONG)
    }

    fn ask_within(&self, method: &str, params: Value, most: u64) -> Result<Value, ChainError> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            match self.once(method, &params, most) {
                Err(error) if attempt < self.tries && is_passing(&error) => {
                    std::thread::sleep(wait);
                    wait *= 2;
                }
                outcome => return outcome,
            }
        }
        unreachable!("the last try returns")
    }

    fn once(&self, method: &str, params: &Value, most: u64) -> Result<Value, ChainError> {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        let request = self.agent.post(&self.url).header("Content-Type", "application/json");
        let response = request.send(body).map_err(|error| self.failed(method, &error))?;
        let status = response.status();
        let mut text = Vec::new();
        let reader = response.into_body().into_reader().take(most + 1).read_to_end(&mut text);
        reader.map_err(|error| self.failed(method, &ureq::Error::from(error)))?;
        if text.len() as u64 > most {
            let message = format!("{} answers {method} with more than {most} bytes", self.shown);
            return Err(ChainError::new(Code::RpcTooLong, message));
        }
        let answer: Option<Value> = serde_json::from_slice(&text).ok().filter(Value::is_object);
        // Some servers give JSON-RPC errors a status of their own.
        let Some(answer) = answer.filter(|answer| status.is_success() || answer.get("error").is_some()) else {
            let message = if status.is_success() {
                format!("{} answers {method} with what is no JSON object", self.shown)
            } else {
                format!("{} answers {method} with the status {status}", self.shown)
            };
            let code = if status.is_success() { Code::RpcMalformed } else { Code::RpcUnreachable };
            return Err(ChainError::new(code, message).with(json!({ "status": status.as_u16() })));
        };
        if answer.get("id") != Some(&json!(id)) && answer.get("error").is_none() {
            return Err(self.malformed("an answer to another question"));
        }
        match (answer.get("error").filter(|error| !error.is_null()), answer.get("result")) {
            (Some(error), _) => Err(self.refusal(method, error)),
            (None, Some(result)) => Ok(result.clone()),
            (None, None) => Err(self.malformed("neither result nor error")),
        }
    }

    fn failed(&self, method: &str, error: &ureq::Error) -> ChainError {
        let is_timeout = match error {
            ureq::Error::Timeout(_) => true,
            ureq::Error::Io(error) => matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock),
            _ => false,
        };
        if is_timeout {
            return ChainError::new(Code::RpcTimeout, format!("{} does not answer {method} in time", self.shown));
        }
        let details = json!({ "passing": !matches!(error, ureq::Error::TooManyRedirects | ureq::Error::Http(_)) });
        ChainError::new(Code::RpcUnreachable, format!("{} cannot be reached: {error}", self.shown)).with(details)
    }

    fn malformed(&self, what: &str) -> ChainError {
        ChainError::new(Code::RpcMalformed, format!("{} answers with {what}", self.shown))
    }

    fn refusal(&self, method: &str, error: &Value) -> ChainError {
        if let Some(data) = revert_data(error) {
            return ChainError::new(Code::RpcReverted, format!("the contract refuses {method}")).with(json!({ "data": data }));
        }
        let number = error.get("code").and_then(Value::as_i64);
        let known = number.and_then(|number| PROVIDER_CODES.iter().find(|(other, _)| *other == number));
        let said = inert(error.get("message").and_then(Value::as_str).unwrap_or("without a reason"), MAX_SHOWN);
        let message = format!("{} refuses {method}: {said}", self.shown);
        ChainError::new(Code::RpcRefused, message)
            .with(json!({ "number": number, "means": known.map(|(_, code)| code.as_str()) }))
    }
}

/// Whether the same request can succeed a moment later.
fn is_passing(error: &ChainError) -> bool {
    match error.code {
        Code::RpcTimeout => true,
        Code::RpcUnreachable => match error.details.get("status").and_then(Value::as_u64) {
            Some(status) => status >= 500 || status == 408 || status == 429,
            None => error.details.get("passing").and_then(Value::as_bool).unwrap_or(false),
        },
        // The number that nodes give when they are asked too often.
        Code::RpcRefused => error.details.get("number").and_then(Value::as_i64) == Some(-32005),
        _ => false,
    }
}

/// What a contract said when it refused, found where nodes put it; `0x` if it said nothing.
fn revert_data(error: &Value) -> Option<String> {
    let said = |error: &Value| error.get("message").and_then(Value::as_str).is_some_and(|m| m.to_lowercase().contains("revert"));
    let mut reverted = false;
    let mut inner = Some(error);
    for _ in 0..4 {
        let Some(error) = inner.filter(|error| error.is_object()) else { break };
        reverted |= error.get("code").and_then(Value::as_i64) == Some(3) || said(error);
        match error.get("data") {
            Some(Value::String(data)) if is_hex(data) => return Some(data.clone()),
            Some(data) => inner = Some(data),
            None => break,
        }
    }
    reverted.then(|| "0x".into())
}

fn is_hex(text: &str) -> bool {
    text.strip_prefix("0x").is_some_and(|digits| digits.len() % 2 == 0 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_found_where_nodes_put_them() {
        for (error, data) in [
            (json!({ "code": 3, "message": "execution reverted", "data": "0x1234" }), Some("0x1234")),
            (json!({ "code": -32000, "message": "x", "data": { "data": "0xab" } }), Some("0xab")),
            (json!({ "code": 3, "message": "execution reverted" }), Some("0x")),
            (json!({ "code": -32000, "message": "VM execution error: reverted", "data": "Reverted" }), Some("0x")),
            (json!({ "code": -32000, "message": "insufficient funds" }), None),
            (json!({ "code": -32000, "message": "header not found", "data": null }), None),
        ] {
            assert_eq!(revert_data(&error).as_deref(), data, "{error}");
        }
    }

    #[test]
    fn addresses_show_no_key() {
        let rpc = Rpc::node("https://user:pw@node.example:8545/v2/secret?key=1", Duration::from_secs(1)).unwrap();
        assert_eq!(rpc.shown(), "https://node.example:8545");
        for url in ["", "localhost:8545", "ftp://a", "file:///tmp/x", "ws://a"] {
            assert!(Rpc::node(url, Duration::from_secs(1)).is_err(), "{url}");
        }
    }
}
