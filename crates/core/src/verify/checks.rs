//! The checks that need nothing but the bundle. Each returns the marker of its success, or the status that takes its place.

use super::recompute::TraceFound;
use super::status::Status;
use crate::bundle::{Bundle, BundleError};
use crate::content::content_hash;
use crate::request::{MAX_OUTPUT_IDS, Request, RequestError};

/// The bundle was read, in a version that is known.
#[derive(Clone, Copy, Debug)]
pub struct BundleRead(());
/// The request was read, in a version that is known.
#[derive(Clone, Copy, Debug)]
pub struct RequestRead(());
/// The request is in canonical form.
#[derive(Clone, Copy, Debug)]
pub struct RequestCanonical(());
/// The sampler's integers are in their domain.
#[derive(Clone, Copy, Debug)]
pub struct SamplerValid(());
/// The requested length is in its domain.
#[derive(Clone, Copy, Debug)]
pub struct LimitsHold(());
/// The statement names this request.
#[derive(Clone, Copy, Debug)]
pub struct RequestHashMatches(());
/// The statement names this content.
#[derive(Clone, Copy, Debug)]
pub struct ContentHashMatches(());
/// The statement names the bundle's model.
#[derive(Clone, Copy, Debug)]
pub struct ModelNamed(());
/// The statement has no trace root that is left unchecked.
#[derive(Clone, Copy, Debug)]
pub struct TraceSettled(());

/// The marker of a check that passed, or the status that stands in its place.
pub type Outcome<M> = Result<M, Status>;

/// `bundle.parse`, and the status of `bundle.version`.
pub fn bundle(bytes: &[u8]) -> (Outcome<(Bundle, BundleRead)>, Status) {
    match Bundle::parse(bytes) {
        Ok(bundle) => (Ok((bundle, BundleRead(()))), Status::Passed),
        Err(error @ BundleError::Version { .. }) => {
            let skipped = Status::skipped("the fields of this bundle version are not known");
            (Err(skipped), Status::Unsupported { version: error.to_string() })
        }
        Err(error) => (Err(Status::failed(error.to_string())), Status::skipped("the bundle could not be read")),
    }
}

/// `request.parse`, and the status of `request.version`.
pub fn request(text: &str) -> (Outcome<(Request, RequestRead)>, Status) {
    match Request::read(text) {
        Ok(request) => (Ok((request, RequestRead(()))), Status::Passed),
        Err(error @ RequestError::Version { .. }) => {
            let skipped = Status::skipped("the fields of this request version are not known");
            (Err(skipped), Status::Unsupported { version: error.to_string() })
        }
        Err(error) => (Err(Status::failed(error.to_string())), Status::skipped("the request could not be read")),
    }
}

/// `request.canonical`.
pub fn canonical(request: &Request, text: &str) -> Outcome<RequestCanonical> {
    request.check_canonical(text).map(|()| RequestCanonical(())).map_err(|error| Status::failed(error.to_string()))
}

/// `request.sampler`.
pub fn sampler(request: &Request) -> Outcome<SamplerValid> {
    let s = request.sampler;
    hold(SamplerValid(()), s.is_valid(), || {
        format!("beta is {} (expected below 2147483648), top_p is {} (expected 1 to 65536)", s.beta, s.top_p)
    })
}

/// `request.limits`.
pub fn limits(request: &Request) -> Outcome<LimitsHold> {
    let n = request.max_tokens;
    hold(LimitsHold(()), (1..=MAX_OUTPUT_IDS).contains(&n), || format!("max_tokens is {n}, expected 1 to {MAX_OUTPUT_IDS}"))
}

/// `statement.request_hash`.
pub fn request_hash(bundle: &Bundle) -> Outcome<RequestHashMatches> {
    let (got, expected) = (bundle.statement.request_hash, Request::hash_text(&bundle.request));
    hold(RequestHashMatches(()), got == expected, || format!("the statement has {got}, the request hashes to {expected}"))
}

/// `statement.content_hash`.
pub fn content(bundle: &Bundle) -> Outcome<ContentHashMatches> {
    let content = bundle.output.content().map_err(|error| Status::failed(error.to_string()))?;
    let (got, expected) = (bundle.statement.content_hash, content_hash(&content));
    hold(ContentHashMatches(()), got == expected, || format!("the statement has {got}, the content hashes to {expected}"))
}

/// `statement.model_id`.
pub fn model_named(bundle: &Bundle) -> Outcome<ModelNamed> {
    let (got, expected) = (bundle.statement.model_id, bundle.model.id);
    hold(ModelNamed(()), got == expected, || format!("the statement has {got}, the bundle names {expected}"))
}

/// The status of `statement.trace_root`, after a run in which it was `found` to be this; and the marker where nothing is left open.
pub fn trace(bundle: &Bundle, found: &TraceFound) -> (Status, Option<TraceSettled>) {
    let Some(claimed) = bundle.statement.trace_root else {
        return (Status::skipped("this bundle carries none"), Some(TraceSettled(())));
    };
    match found {
        TraceFound::Unknown(why) => (Status::skipped(*why), None),
        TraceFound::Root(root) if *root == claimed => (Status::Passed, Some(TraceSettled(()))),
        TraceFound::Root(root) => (Status::failed(format!("the statement has {claimed}, the run has {root}")), None),
    }
}

/// `marker` if it holds, else what was found.
pub(super) fn hold<M>(marker: M, holds: bool, detail: impl FnOnce() -> String) -> Outcome<M> {
    if holds { Ok(marker) } else { Err(Status::failed(detail())) }
}
