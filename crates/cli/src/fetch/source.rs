//! Where a model file comes from: a server, with or without ranges, or a local file. Bytes are read from any offset on.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use ureq::http::{StatusCode, header};

/// Bytes that cannot be had from a source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The local file cannot be opened.
    #[error("cannot open {path}: {source}")]
    Open {
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The request failed.
    #[error("{url}: {source}")]
    Request {
        /// The address.
        url: String,
        /// What failed.
        source: Box<ureq::Error>,
    },
    /// The server answered something else than the file.
    #[error("{url} answers {status}")]
    Status {
        /// The address.
        url: String,
        /// The status line's code and reason.
        status: StatusCode,
    },
    /// The server gave another range than asked for.
    #[error("{url} answers range {got:?}, asked for bytes from {offset} on")]
    Range {
        /// The address.
        url: String,
        /// First byte asked for.
        offset: u64,
        /// What it called its answer.
        got: String,
    },
    /// Reading broke off.
    #[error("reading at byte {offset} broke off: {source}")]
    Read {
        /// First byte that was not read.
        offset: u64,
        /// What broke it off.
        source: std::io::Error,
    },
}

impl SourceError {
    /// Whether the same request can succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Range { .. } => false,
            Self::Request { source, .. } => !matches!(**source, ureq::Error::BadUri(_) | ureq::Error::Http(_)),
            Self::Status { status, .. } => status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429),
            Self::Read { .. } => true,
        }
    }
}

/// A place that has a model file.
pub enum Source {
    /// A server.
    Http {
        /// The address.
        url: String,
        /// Keeps the connection between requests.
        agent: ureq::Agent,
    },
    /// A local file.
    File(File),
}

impl Source {
    /// An http or https address, or a path.
    ///
    /// # Errors
    /// If a path cannot be opened; a server is not asked yet.
    pub fn open(text: &str) -> Result<Self, SourceError> {
        if is_url(text) {
            let config = ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_connect(Some(CONNECT))
                .timeout_recv_response(Some(RESPONSE))
                .timeout_per_read(Some(RESPONSE))
                .user_agent(concat!("openimo/", env!("CARGO_PKG_VERSION")))
                .build();
            return Ok(Self::Http { url: text.to_owned(), agent: config.into() });
        }
        File::open(text).map(Self::File).map_err(|source| SourceError::Open { path: text.to_owned(), source })
    }

    /// The bytes from `offset` on; up to `end` at the least, where the file goes so far.
    ///
    /// # Errors
    /// Why there are none.
    pub fn read(&mut self, offset: u64, end: u64) -> Result<Box<dyn Read + '_>, SourceError> {
        match self {
            Self::File(file) => {
                file.seek(SeekFrom::Start(offset)).map_err(|source| SourceError::Read { offset, source })?;
                Ok(Box::new(file))
            }
            Self::Http { url, agent } => {
                let request = agent.get(&*url).header(header::ACCEPT_ENCODING, "identity");
                let request = request.header(header::RANGE, format!("bytes={offset}-{}", end.max(offset + 1) - 1));
                let failed = |source| SourceError::Request { url: url.clone(), source: Box::new(source) };
                let response = request.call().map_err(failed)?;
                match response.status() {
                    StatusCode::PARTIAL_CONTENT => {
                        let got = response.headers().get(header::CONTENT_RANGE).and_then(|v| v.to_str().ok()).unwrap_or("");
                        if !got.strip_prefix("bytes ").is_some_and(|r| r.starts_with(&format!("{offset}-"))) {
                            return Err(SourceError::Range { url: url.clone(), offset, got: got.to_owned() });
                        }
                        Ok(Box::new(response.into_body().into_reader()))
                    }
                    // A server without ranges sends all of it: what is here already is read over.
                    StatusCode::OK => {
                        let mut body = response.into_body().into_reader();
                        let skipped = std::io::copy(&mut body.by_ref().take(offset), &mut std::io::sink());
                        skipped.map_err(|source| SourceError::Read { offset: 0, source })?;
                        Ok(Box::new(body))
                    }
                    // The file ends before `offset`.
                    StatusCode::RANGE_NOT_SATISFIABLE => Ok(Box::new(std::io::empty())),
                    status => Err(SourceError::Status { url: url.clone(), status }),
                }
            }
        }
    }
}

/// The last name of a path or of an address's path.
pub fn file_name(source: &str) -> Option<&str> {
    if !is_url(source) {
        return Path::new(source).file_name()?.to_str();
    }
    let (_, rest) = source.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    let (_, name) = path.rsplit_once('/')?;
    // A name from a server must not lead elsewhere.
    (!matches!(name, "" | "." | "..") && !name.contains(['\\', '%', ':'])).then_some(name)
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// Longest wait for an answer, and for the next bytes of one.
const RESPONSE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_outputs_stay_here() {
        assert_eq!(file_name("https://example.org/models/a.imo?x=/b#c/d"), Some("a.imo"));
        assert_eq!(file_name("/srv/models/a.imo"), Some("a.imo"));
        for bad in ["https://example.org", "https://example.org/", "https://example.org/..", "https://example.org/%2e%2e%2fa"] {
            assert_eq!(file_name(bad), None, "{bad}");
        }
    }
}
