//! The request in its one canonical form: RFC 8785 JSON, whose UTF-8 bytes are hashed and, on chain, are the prompt itself.

use serde::{Deserialize, Serialize};

use super::prompt::{Message, Prompt};
use crate::commit::{PromptHash, RequestHash, Seed, keccak256};
use crate::ops::sample::Sampler;

/// The version that this code reads and writes.
pub const VERSION: u32 = 1;
/// Most ids that a request may ask for: the longest context of CIS-1.
pub const MAX_OUTPUT_IDS: u32 = 1 << 17;

/// A request: everything that determines the output of a given model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What the model continues.
    pub prompt: Prompt,
    /// keccak256 of the prompt's ids, each as 4 bytes big endian: what is proved is about ids, and no chain can tokenize.
    pub prompt_hash: PromptHash,
    /// The sampler's integers.
    pub sampler: Sampler,
    /// Seed of the draws.
    pub seed: Seed,
    /// Most ids to generate; generation ends earlier only at a stop id.
    pub max_tokens: u32,
}

/// Why bytes are not a request that this version reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not JSON, or not the fields of a request.
    #[error("the request cannot be read: {reason}")]
    Malformed {
        /// What is wrong, and where.
        reason: String,
    },
    /// A version that this code does not know; it says nothing about whether the request is genuine.
    #[error("request version {found} is not supported (this verifier knows version {VERSION})")]
    Version {
        /// The version as it is written there.
        found: String,
    },
    /// Another spelling of the same request: its hash would differ.
    #[error("the request is not in canonical form: byte {position} differs (canonical: {expected:?}, found: {found:?})")]
    NotCanonical {
        /// The first byte that differs.
        position: usize,
        /// The canonical text from there.
        expected: String,
        /// The text that was found there.
        found: String,
    },
}

/// keccak256 of ids, each as 4 bytes big endian.
pub fn prompt_hash(ids: &[u32]) -> PromptHash {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
    PromptHash(keccak256(&bytes).0)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    max_tokens: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Message>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    prompt_hash: PromptHash,
    sampler: Sampler,
    seed: Seed,
    v: u32,
}

#[derive(Deserialize)]
struct Probe {
    v: serde_json::Number,
}

impl Request {
    /// The canonical text (RFC 8785): sorted keys, no spaces, shortest escapes.
    pub fn canonical(&self) -> String {
        let (prompt, messages) = match self.prompt.clone() {
            Prompt::Text(text) => (Some(text), None),
            Prompt::Messages(messages) => (None, Some(messages)),
        };
        let wire = Wire {
            max_tokens: self.max_tokens,
            messages,
            prompt,
            prompt_hash: self.prompt_hash,
            sampler: self.sampler,
            seed: self.seed,
            v: VERSION,
        };
        serde_json_canonicalizer::to_string(&wire).expect("strings and small integers always have a canonical form")
    }

    /// keccak256 of [`canonical`](Self::canonical).
    pub fn hash(&self) -> RequestHash {
        Self::hash_text(&self.canonical())
    }

    /// keccak256 of a request's text as it stands.
    pub fn hash_text(text: &str) -> RequestHash {
        RequestHash(keccak256(text.as_bytes()).0)
    }

    /// Read a request in any spelling; [`parse`](Self::parse) is what a verifier calls.
    ///
    /// # Errors
    /// `Malformed` or `Version`.
    pub fn read(text: &str) -> Result<Self, RequestError> {
        let malformed = |e: serde_json::Error| RequestError::Malformed { reason: e.to_string() };
        let probe: Probe = serde_json::from_str(text).map_err(malformed)?;
        if probe.v.as_u64() != Some(u64::from(VERSION)) {
            return Err(RequestError::Version { found: probe.v.to_string() });
        }
        let wire: Wire = serde_json::from_str(text).map_err(malformed)?;
        let prompt = match (wire.prompt, wire.messages) {
            (Some(text), None) => Prompt::Text(text),
            (None, Some(messages)) => Prompt::Messages(messages),
            (Some(_), Some(_)) => {
                return Err(RequestError::Malformed { reason: "both `prompt` and `messages` are given, expected one".into() });
            }
            (None, None) => {
                return Err(RequestError::Malformed { reason: "neither `prompt` nor `messages` is given".into() });
            }
        };
        Ok(Self { prompt, prompt_hash: wire.prompt_hash, sampler: wire.sampler, seed: wire.seed, max_tokens: wire.max_tokens })
    }

    /// Read a request that must be in canonical form.
    ///
    /// # Errors
    /// Whatever makes `text` another text than the canonical form of the request in it.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let request = Self::read(text)?;
        request.check_canonical(text)?;
        Ok(request)
    }

    /// Compare `text`, from which this request was read, with the canonical form.
    ///
    /// # Errors
    /// `NotCanonical` at the first byte that differs.
    pub fn check_canonical(&self, text: &str) -> Result<(), RequestError> {
        let canonical = self.canonical();
        if canonical == text {
            return Ok(());
        }
        let position = canonical.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        let excerpt = |s: &str| {
            let bytes = &s.as_bytes()[position.min(s.len())..];
            String::from_utf8_lossy(&bytes[..bytes.len().min(24)]).into_owned()
        };
        Err(RequestError::NotCanonical { position, expected: excerpt(&canonical), found: excerpt(text) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(prompt: Prompt) -> Request {
        let sampler = Sampler { beta: 94548, top_k: 40, top_p: 58982 };
        Request { prompt, prompt_hash: prompt_hash(&[1, 2, 3]), sampler, seed: Seed([7; 32]), max_tokens: 16 }
    }

    fn hash_hex(ids: &[u32]) -> String {
        prompt_hash(ids).to_string()
    }

    #[test]
    fn is_written_canonically() {
        let text = request(Prompt::Text("Hé\n\"".into())).canonical();
        let expected = format!(
            r#"{{"max_tokens":16,"prompt":"Hé\n\"","prompt_hash":"{}","sampler":{{"beta":94548,"top_k":40,"top_p":58982}},"seed":"0x{}","v":1}}"#,
            hash_hex(&[1, 2, 3]),
            "07".repeat(32)
        );
        assert_eq!(text, expected);
        let chat = request(Prompt::Messages(vec![Message::user("Hi")])).canonical();
        assert!(chat.contains(r#""messages":[{"content":"Hi","role":"user"}],"prompt_hash""#), "{chat}");
    }

    #[test]
    fn ids_are_hashed_big_endian() {
        assert_eq!(prompt_hash(&[1, 0x0102_0304]).0, keccak256(&[0, 0, 0, 1, 1, 2, 3, 4]).0);
        assert_eq!(prompt_hash(&[]).0, keccak256(b"").0);
    }

    #[test]
    fn another_spelling_is_named_as_such() {
        let canonical = request(Prompt::Text("Hi".into())).canonical();
        for text in [
            canonical.replace(":16,", ": 16,"),
            format!(" {canonical}"),
            format!("{canonical}\n"),
            canonical.replace("\"Hi\"", "\"\\u0048i\""),
            // The same fields in another order.
            format!("{{\"v\":1,{}", canonical[1..].replace(",\"v\":1}", "}")),
        ] {
            assert!(matches!(Request::parse(&text), Err(RequestError::NotCanonical { .. })), "{text}");
        }
        let found = Request::parse(&canonical.replace(":16,", ": 16,"));
        let Err(RequestError::NotCanonical { position, .. }) = found else { panic!("{found:?}") };
        assert_eq!(position, canonical.find("16").expect("the number"));
    }

    #[test]
    fn unknown_versions_and_fields_are_refused() {
        let canonical = request(Prompt::Text("Hi".into())).canonical();
        let version = Request::parse(&canonical.replace("\"v\":1", "\"later\":{},\"v\":2"));
        assert_eq!(version, Err(RequestError::Version { found: "2".into() }));
        for text in [
            canonical.replace("\"v\":1", "\"u\":0,\"v\":1"),
            canonical.replace("\"top_k\"", "\"top_q\""),
            canonical.replace(":16,", ":-1,"),
            canonical.replace(":16,", ":16.5,"),
            canonical.replace("0x07", "0x0G"),
            canonical.replace("\"prompt\":\"Hi\",", ""),
            canonical.replace("\"prompt\":", "\"messages\":[],\"prompt\":"),
            canonical.replace(",\"v\":1", ",\"v\":\"1\""),
            "[]".into(),
            String::new(),
        ] {
            assert!(matches!(Request::parse(&text), Err(RequestError::Malformed { .. })), "{text}");
        }
    }

    fn prompts() -> impl Strategy<Value = Prompt> {
        let message = (".{0,8}", any::<String>()).prop_map(|(role, content)| Message::new(role, content));
        prop_oneof![any::<String>().prop_map(Prompt::Text), prop::collection::vec(message, 0..4).prop_map(Prompt::Messages)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn canonical_form_is_a_fixed_point(prompt in prompts(), beta: u32, top_k: u32, top_p: u32, max_tokens: u32, seed: [u8; 32]) {
            let sampler = Sampler { beta, top_k, top_p };
            let request = Request { prompt, prompt_hash: prompt_hash(&[]), sampler, seed: Seed(seed), max_tokens };
            prop_assert_eq!(Request::parse(&request.canonical()), Ok(request));
        }

        #[test]
        fn mutations_never_panic(at in 0usize..400, byte: u8, cut in 0usize..400) {
            let mut bytes = request(Prompt::Messages(vec![Message::user("Hi")])).canonical().into_bytes();
            let n = bytes.len();
            bytes[at % n] = byte;
            bytes.truncate(n.max(cut));
            let text = String::from_utf8_lossy(&bytes);
            if let Ok(request) = Request::parse(&text) {
                prop_assert_eq!(request.canonical(), text);
            }
        }
    }
}
