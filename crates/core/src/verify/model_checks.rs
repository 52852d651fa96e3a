//! The checks that need the model's vocabulary, stop ids, tokenizer and context, but no arithmetic.

use super::checks::{Outcome, hold};
use super::status::Status;
use crate::bundle::{Bundle, Finish};
use crate::commit::ModelId;
use crate::content::content_ids;
use crate::model::config::Config;
use crate::model::image::ImageConfig;
use crate::picture::{Differing, Picture};
use crate::request::{Request, prompt_hash};
use crate::tokenizer::Tokenizer;

/// The model at hand is the one that the statement names.
#[derive(Clone, Copy, Debug)]
pub struct ModelAtHand(());
/// The ids are in the vocabulary and not too many.
#[derive(Clone, Copy, Debug)]
pub struct IdsHold(());
/// The output ended as it says.
#[derive(Clone, Copy, Debug)]
pub struct FinishHolds(());
/// The request commits to the canonical ids of its prompt.
#[derive(Clone, Copy, Debug)]
pub struct PromptIdsMatch(());
/// Prompt and output fit the context.
#[derive(Clone, Copy, Debug)]
pub struct ContextHolds(());
/// The ids decode to the content.
#[derive(Clone, Copy, Debug)]
pub struct TextMatches(());

/// `model.id`. Another model at hand says nothing about the statement: the check is skipped and both ids are named. Where a bundle
/// claims one model for the output of another, verifying with the claimed model fails at `recompute.ids`.
pub fn model_at_hand(bundle: &Bundle, at_hand: ModelId) -> Outcome<ModelAtHand> {
    let named = bundle.statement.model_id;
    if named == at_hand {
        return Ok(ModelAtHand(()));
    }
    Err(Status::skipped(format!("the statement names model {named}, the model given is {at_hand}")))
}

/// `output.ids`; without a vocabulary only their number can be found wrong.
pub fn ids(bundle: &Bundle, request: &Request, config: Option<&Config>) -> Outcome<IdsHold> {
    let ids = &bundle.output.ids;
    if ids.is_empty() || ids.len() > request.max_tokens as usize {
        return Err(Status::failed(format!("{} ids, expected 1 to {}", ids.len(), request.max_tokens)));
    }
    let Some(config) = config else { return Err(Status::skipped("the vocabulary is not known without the model")) };
    if let Some(picture) = config.image.as_ref().map(ImageConfig::ids).filter(|&picture| picture as usize != ids.len()) {
        return Err(Status::failed(format!("{} ids, a picture of this model has {picture}", ids.len())));
    }
    let vocab = config.vocab;
    match ids.iter().position(|&id| id >= vocab) {
        None => Ok(IdsHold(())),
        Some(position) => {
            Err(Status::failed(format!("id {} at position {position} is outside the vocabulary of {vocab}", ids[position])))
        }
    }
}

/// `output.finish`; without stop ids only a wrong length can be found.
pub fn finish(bundle: &Bundle, request: &Request, stop_ids: Option<&[u32]>) -> Outcome<FinishHolds> {
    let (ids, most) = (&bundle.output.ids, request.max_tokens as usize);
    if bundle.output.finish == Finish::Length && ids.len() != most {
        return Err(Status::failed(format!("finish is \"length\" after {} ids, expected {most}", ids.len())));
    }
    let Some(stop_ids) = stop_ids else { return Err(Status::skipped("the stop ids are not known without the model")) };
    let first_stop = ids.iter().position(|id| stop_ids.contains(id));
    let last = ids.len().checked_sub(1);
    match (bundle.output.finish, first_stop) {
        (Finish::Stop, stop) if stop == last && stop.is_some() => Ok(FinishHolds(())),
        (Finish::Stop, None) => Err(Status::failed("finish is \"stop\", but the last id is no stop id")),
        (Finish::Length, None) => Ok(FinishHolds(())),
        (Finish::Length, stop) if stop == last => Err(Status::failed("finish is \"length\", but the last id is a stop id")),
        (_, Some(at)) => Err(Status::failed(format!("the output goes on after stop id {} at position {at}", ids[at]))),
    }
}

/// `request.prompt_ids`, with the ids.
pub fn prompt_ids(request: &Request, tokenizer: &Tokenizer) -> Outcome<(Vec<u32>, PromptIdsMatch)> {
    let ids = tokenizer.encode_prompt(&request.prompt).map_err(|error| Status::failed(error.to_string()))?;
    let (got, expected) = (request.prompt_hash, prompt_hash(&ids));
    let marker = hold(PromptIdsMatch(()), got == expected, || {
        format!("the request has {got}, the {} ids of the prompt hash to {expected}", ids.len())
    })?;
    Ok((ids, marker))
}

/// `request.context`.
pub fn context(request: &Request, prompt_ids: &[u32], context: u32) -> Outcome<ContextHolds> {
    if prompt_ids.is_empty() {
        return Err(Status::failed("the prompt has no ids, so there is nothing to continue"));
    }
    let wanted = prompt_ids.len() as u64 + u64::from(request.max_tokens);
    hold(ContextHolds(()), wanted <= u64::from(context), || {
        format!("{} prompt ids and max_tokens {} make {wanted}, the context is {context}", prompt_ids.len(), request.max_tokens)
    })
}

/// `output.text`.
pub fn text(bundle: &Bundle, tokenizer: &Tokenizer, stop_ids: &[u32]) -> Outcome<TextMatches> {
    let content = bundle.output.content().map_err(|error| Status::failed(error.to_string()))?;
    let decoded = tokenizer.decode_bytes(content_ids(&bundle.output.ids, stop_ids));
    hold(TextMatches(()), decoded == content, || {
        let at = decoded.iter().zip(&content).take_while(|(a, b)| a == b).count();
        let excerpt = |bytes: &[u8]| String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 24)]).into_owned();
        format!("from byte {at} on the ids decode to {:?}, the content has {:?}", excerpt(&decoded), excerpt(&content))
    })
}

/// The picture that the ids decode to is the content, byte for byte.
///
/// # Errors
/// The status that takes the marker's place: which pixels differ, or that the content is no such file.
pub fn picture(bundle: &Bundle, drawn: &Picture) -> Outcome<TextMatches> {
    let content = bundle.output.content().map_err(|error| Status::failed(error.to_string()))?;
    if drawn.png() == content {
        return Ok(TextMatches(()));
    }
    let claimed =
        Picture::read(&content).map_err(|error| Status::failed(format!("the content is not the picture of the ids: {error}")))?;
    let all = claimed.width as usize * claimed.height as usize;
    Err(Status::failed(match drawn.differing(&claimed) {
        Some(Differing { pixels, first: (x, y) }) => format!(
            "{pixels} of {all} pixels differ, the first in column {x} of line {y}: the ids give {}, the content has {}",
            drawn.colour(x, y),
            claimed.colour(x, y)
        ),
        None => format!(
            "the ids give {} by {} pixels, the content has {} by {}",
            drawn.width, drawn.height, claimed.width, claimed.height
        ),
    }))
}
