//! What a run says, apart from its numbers: the twin of `Runs.read` and `RequestFields.read`, bit for bit.

use super::abi::Run;
use crate::commit::{PromptHash, Seed, keccak256};
use crate::model::file::Manifest;
use crate::ops::sample::Sampler;
use crate::picture::Picture;
use crate::request::MAX_OUTPUT_IDS;

/// A run of a form that the model could give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// All ids.
    pub ids: Vec<u32>,
    /// How many of them are the prompt's.
    pub prompt: usize,
    /// How ids are chosen.
    pub sampler: Sampler,
    /// Seed of the draws.
    pub seed: Seed,
    /// How many bytes of the content each output id stands for; without a stop id at the end, and none of a picture.
    pub lengths: Vec<usize>,
}

/// What a canonical request says at its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// Most ids of the output.
    pub max_tokens: u32,
    /// keccak256 of the prompt's ids.
    pub prompt_hash: PromptHash,
    /// How ids are chosen.
    pub sampler: Sampler,
    /// Seed of the draws.
    pub seed: Seed,
}

/// Read a run; none if no model with this manifest could give it, whatever it computes.
pub fn read(run: &Run, manifest: &Manifest) -> Option<Form> {
    let fields = fields(&run.prompt)?;
    let config = &manifest.config;
    let has_pieces = manifest.sections.iter().any(|section| section.name() == "pieces" && section.layout().len > 0);
    if (!has_pieces && config.image.is_none())
        || !run.ids.len().is_multiple_of(4)
        || run.boundaries.len() != config.n_layers as usize + 1
    {
        return None;
    }
    let ids: Vec<u32> = run.ids.chunks_exact(4).map(|id| u32::from_be_bytes(id.try_into().expect("four bytes"))).collect();
    let (prompt, most) = (run.promptIds as usize, fields.max_tokens as usize);
    if !(1..ids.len()).contains(&prompt) || prompt + most > config.context as usize || ids.len() - prompt > most {
        return None;
    }
    if keccak256(&run.ids[..4 * prompt]).0 != fields.prompt_hash.0 {
        return None;
    }
    if let Some(image) = &config.image {
        let is_full = ids.len() - prompt == most && most == image.ids() as usize && run.lengths.is_empty();
        let is_picture =
            is_full && Picture::read(&run.content).is_ok_and(|picture| (picture.width, picture.height) == image.size());
        return is_picture.then_some(Form { ids, prompt, sampler: fields.sampler, seed: fields.seed, lengths: Vec::new() });
    }
    let stops = |id: &u32| manifest.stop_ids.contains(id);
    let (last, before) = ids[prompt..].split_last().expect("there is an output");
    if before.iter().any(stops) || (!stops(last) && before.len() + 1 < most) {
        return None;
    }
    let pieces = before.len() + usize::from(!stops(last));
    let lengths: Vec<usize> =
        run.lengths.chunks(2).map(|n| n.iter().fold(0, |sum, &byte| 256 * sum + usize::from(byte))).collect();
    let fits = run.lengths.len() == 2 * pieces && lengths.iter().sum::<usize>() == run.content.len();
    fits.then_some(Form { ids, prompt, sampler: fields.sampler, seed: fields.seed, lengths })
}

/// The fields of a request that a chain reads; none if it does not begin and end as a canonical one, or they are out of their limits.
pub fn fields(request: &[u8]) -> Option<Fields> {
    let rest = request.strip_suffix(b"\",\"v\":1}")?;
    let (rest, seed) = word(rest)?;
    let rest = rest.strip_suffix(b"},\"seed\":\"")?;
    let (rest, top_p) = number(rest)?;
    let (rest, top_k) = number(rest.strip_suffix(b",\"top_p\":")?)?;
    let (rest, beta) = number(rest.strip_suffix(b",\"top_k\":")?)?;
    let rest = rest.strip_suffix(b"{\"beta\":")?.strip_suffix(b",\"sampler\":")?.strip_suffix(b"\"")?;
    let (rest, prompt_hash) = word(rest)?;
    rest.strip_suffix(b",\"prompt_hash\":\"")?;
    let head = request.strip_prefix(b"{\"max_tokens\":")?;
    let digits = head.iter().position(|&byte| byte == b',').filter(|digits| (1..=6).contains(digits))?;
    let (none, max_tokens) = number(&head[..digits])?;
    let in_range = (1..=u64::from(MAX_OUTPUT_IDS)).contains(&max_tokens) && beta < 1 << 31 && (1..=1 << 16).contains(&top_p);
    if !none.is_empty() || !in_range {
        return None;
    }
    let sampler = Sampler { beta: beta as u32, top_k: u32::try_from(top_k).ok()?, top_p: top_p as u32 };
    Some(Fields { max_tokens: max_tokens as u32, prompt_hash: PromptHash(prompt_hash), sampler, seed: Seed(seed) })
}

/// 32 bytes in lower-case hex with their `0x` at the end, and what is before them.
fn word(text: &[u8]) -> Option<(&[u8], [u8; 32])> {
    let (before, hex) = text.split_at_checked(text.len().checked_sub(64)?)?;
    let is_lower = hex.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex, &mut bytes).ok().filter(|()| is_lower)?;
    Some((before.strip_suffix(b"0x")?, bytes))
}

/// An integer of at most ten digits, without leading zeros, at the end, and what is before it.
fn number(text: &[u8]) -> Option<(&[u8], u64)> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = text.split_at(text.len() - digits);
    if !(1..=10).contains(&digits.len()) || (digits[0] == b'0' && digits.len() > 1) {
        return None;
    }
    Some((before, digits.iter().fold(0, |sum, &digit| 10 * sum + u64::from(digit - b'0'))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Draft, prompt_hash};

    #[test]
    fn canonical_requests_are_read_at_their_ends() {
        let draft = |text: &str| Draft {
            prompt: Some(text.into()),
            temperature: Some("0.7".into()),
            seed: Some("9".into()),
            max_tokens: Some(77),
            ..Draft::default()
        };
        for text in ["", "Hi", "\",\"seed\":\"0x\",\"v\":1}", "{\"max_tokens\":5,", "\\\"},\"sampler\":{\"beta\":1"] {
            let request = draft(text).request(&[1, 2, 3]).unwrap();
            let found = fields(request.canonical().as_bytes()).unwrap();
            let expected =
                Fields { max_tokens: 77, prompt_hash: prompt_hash(&[1, 2, 3]), sampler: request.sampler, seed: request.seed };
            assert_eq!(found, expected, "{text}");
            let canonical = request.canonical();
            for cut in 1..canonical.len() {
                assert_eq!(fields(&canonical.as_bytes()[..cut]), None);
                assert_eq!(fields(&canonical.as_bytes()[cut..]), None);
            }
        }
    }
}
