//! The bundle: everything that a verifier needs, besides the model, in one JSON file.
//!
//! Parsing bounds everything before it is used: the file's size, the number of ids and of sources. Versions that this code does not
//! know are refused by name, never called forged.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::commit::ModelId;
use crate::content::content_hash;
use crate::picture::is_png;
use crate::request::{MAX_OUTPUT_IDS, Request};
use crate::statement::Statement;

/// `format` of every bundle.
pub const FORMAT: &str = "openimo-bundle";
/// The version that this code reads and writes.
pub const VERSION: u32 = 1;
/// Largest bundle that is read, bytes.
pub const MAX_LEN: usize = 16 << 20;
/// Most sources of a model that a bundle names.
pub const MAX_SOURCES: usize = 64;

/// A model's output with what it is an output of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    version: u32,
    /// The model that produced the output, and where it may be had.
    pub model: ModelRef,
    /// The request in canonical form.
    pub request: String,
    /// What was produced.
    pub output: BundleOutput,
    /// What is claimed.
    pub statement: Statement,
}

/// The model that a bundle names. Only the id means anything to a verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRef {
    /// Its id.
    pub id: ModelId,
    /// Its name, for people.
    pub name: String,
    /// Addresses where its file may be had; whatever comes from there is checked against the id.
    #[serde(deserialize_with = "at_most::<_, _, MAX_SOURCES>")]
    pub sources: Vec<String>,
}

/// Why generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The last id is a stop id.
    Stop,
    /// As many ids as the request allows.
    Length,
}

/// The output as a bundle carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleOutput {
    /// Generated ids, the stop id included.
    #[serde(deserialize_with = "at_most::<_, _, { MAX_OUTPUT_IDS as usize }>")]
    pub ids: Vec<u32>,
    /// The content as text; with replacement characters where it is not UTF-8.
    pub text: String,
    /// The content's bytes as hex digits, only where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hex: Option<String>,
    /// The file of a picture in base 64 (RFC 4648), where the content is one; there is no text then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Why it ended.
    pub finish: Finish,
}

/// Why bytes are not a bundle that this version reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// More bytes than a bundle may have.
    #[error("the bundle has {got} bytes, more than {MAX_LEN}")]
    TooLong {
        /// The number.
        got: usize,
    },
    /// Not JSON, or not the fields of a bundle.
    #[error("the bundle cannot be read: {reason}")]
    Malformed {
        /// What is wrong, and where.
        reason: String,
    },
    /// A version that this code does not know; it says nothing about whether the bundle is genuine.
    #[error("bundle version {found} is not supported (this verifier knows version {VERSION})")]
    Version {
        /// The version as it is written there.
        found: String,
    },
    /// Text and bytes of the content are not the same content.
    #[error("output.{field} {reason}")]
    Content {
        /// The field at fault.
        field: &'static str,
        /// In what way.
        reason: &'static str,
    },
}

#[derive(Deserialize)]
struct Probe {
    format: String,
    version: serde_json::Number,
}

impl BundleOutput {
    /// An output of `ids` that decode to `content`.
    pub fn new(ids: Vec<u32>, content: &[u8], finish: Finish) -> Self {
        if is_png(content) {
            let picture = Some(STANDARD.encode(content));
            return Self { ids, text: String::new(), content_hex: None, picture, finish };
        }
        let content_hex = std::str::from_utf8(content).is_err().then(|| hex::encode(content));
        Self { ids, text: String::from_utf8_lossy(content).into_owned(), content_hex, picture: None, finish }
    }

    /// The content's bytes.
    ///
    /// # Errors
    /// If text and hex digits are not the same content.
    pub fn content(&self) -> Result<Vec<u8>, BundleError> {
        if let Some(picture) = &self.picture {
            let error = |reason| BundleError::Content { field: "picture", reason };
            if self.content_hex.is_some() || !self.text.is_empty() {
                return Err(error("stands beside other content"));
            }
            let content = STANDARD.decode(picture).map_err(|_| error("is not base 64"))?;
            return if is_png(&content) { Ok(content) } else { Err(error("is no PNG file")) };
        }
        let error = |reason| BundleError::Content { field: "content_hex", reason };
        let Some(digits) = &self.content_hex else { return Ok(self.text.clone().into_bytes()) };
        let content = hex::decode(digits).map_err(|_| error("is not an even number of hex digits"))?;
        if std::str::from_utf8(&content).is_ok() {
            return Err(error("is UTF-8, so the text alone must carry it"));
        }
        if is_png(&content) {
            return Err(error("is a PNG file, so output.picture must carry it"));
        }
        if String::from_utf8_lossy(&content) != self.text {
            return Err(error("does not read as output.text"));
        }
        Ok(content)
    }
}

impl Bundle {
    /// The bundle of an output; its statement is made of the hashes of its parts.
    pub fn new(model: ModelRef, request: &Request, ids: Vec<u32>, content: &[u8], finish: Finish) -> Self {
        let statement =
            Statement { model_id: model.id, request_hash: request.hash(), content_hash: content_hash(content), trace_root: None };
        let output = BundleOutput::new(ids, content, finish);
        Self { format: FORMAT.into(), version: VERSION, model, request: request.canonical(), output, statement }
    }

    /// Read a bundle.
    ///
    /// # Errors
    /// The first thing that makes it unreadable.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.len() > MAX_LEN {
            return Err(BundleError::TooLong { got: bytes.len() });
        }
        let malformed = |e: serde_json::Error| BundleError::Malformed { reason: e.to_string() };
        let probe: Probe = serde_json::from_slice(bytes).map_err(malformed)?;
        if probe.format != FORMAT {
            let got: String = probe.format.chars().take(40).collect();
            return Err(BundleError::Malformed { reason: format!("format is {got:?}, expected {FORMAT:?}") });
        }
        if probe.version.as_u64() != Some(u64::from(VERSION)) {
            return Err(BundleError::Version { found: probe.version.to_string() });
        }
        let bundle: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        bundle.output.content()?;
        Ok(bundle)
    }

    /// The bundle as it is written to a file: one line of JSON.
    pub fn to_json(&self) -> String {
        let mut text =
            serde_json_canonicalizer::to_string(self).expect("strings and small integers always have a canonical form");
        text.push('\n');
        text
    }
}

/// A list that is refused when it has more than `MAX` entries, before they are stored.
fn at_most<'de, D: Deserializer<'de>, T: DeserializeOwned, const MAX: usize>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Bounded<T, const MAX: usize>(PhantomData<T>);

    impl<'de, T: DeserializeOwned, const MAX: usize> Visitor<'de> for Bounded<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX} entries")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(entry) = seq.next_element()? {
                if list.len() == MAX {
                    return Err(A::Error::custom(format!("a list has more than {MAX} entries")));
                }
                list.push(entry);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(Bounded::<T, MAX>(PhantomData))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::commit::Seed;
    use crate::ops::sample::Sampler;
    use crate::picture::Picture;
    use crate::request::{Prompt, prompt_hash};

    fn bundle(content: &[u8]) -> Bundle {
        let request = Request {
            prompt: Prompt::Text("Hi".into()),
            prompt_hash: prompt_hash(&[1]),
            sampler: Sampler::GREEDY,
            seed: Seed([0; 32]),
            max_tokens: 2,
        };
        let model = ModelRef { id: ModelId([9; 32]), name: "tiny".into(), sources: vec!["https://example.org/tiny.imo".into()] };
        Bundle::new(model, &request, vec![5, 6], content, Finish::Length)
    }

    #[test]
    fn reads_what_it_writes() {
        let png = Picture { width: 1, height: 1, pixels: vec![1, 2, 3] }.png();
        for content in [&b"text"[..], "é".as_bytes(), &[b'a', 0xc3], b"", &png] {
            let bundle = bundle(content);
            let read = Bundle::parse(bundle.to_json().as_bytes()).unwrap();
            assert_eq!(read, bundle);
            assert_eq!(read.output.content().unwrap(), content);
            assert_eq!(read.statement.content_hash, content_hash(content));
        }
    }

    #[test]
    fn bytes_stand_only_where_text_cannot() {
        assert_eq!(bundle(b"a").output.content_hex, None);
        assert_eq!(bundle(&[b'a', 0xc3]).output.content_hex.as_deref(), Some("61c3"));
        for digits in ["61", "6", "zz", "62c3"] {
            let mut forged = bundle(&[b'a', 0xc3]);
            forged.output.content_hex = Some(digits.into());
            let read = Bundle::parse(forged.to_json().as_bytes());
            assert!(matches!(read, Err(BundleError::Content { .. })), "{digits}: {read:?}");
        }
    }

    #[test]
    fn a_picture_stands_alone_and_is_one() {
        let png = Picture { width: 1, height: 1, pixels: vec![1, 2, 3] }.png();
        let honest = bundle(&png);
        assert_eq!((honest.output.text.as_str(), &honest.output.content_hex), ("", &None));
        type Forge = fn(&mut BundleOutput);
        let forgeries: [Forge; 5] = [
            |o| o.text = "text".into(),
            |o| o.content_hex = Some("c3".into()),
            |o| o.picture = Some("?".into()),
            |o| o.picture = Some("AAAA".into()),
            |o| {
                o.content_hex = Some(hex::encode(o.content().unwrap()));
                o.picture = None;
            },
        ];
        for forge in forgeries {
            let mut forged = honest.clone();
            forge(&mut forged.output);
            let read = Bundle::parse(forged.to_json().as_bytes());
            assert!(matches!(read, Err(BundleError::Content { .. })), "{read:?}");
        }
    }

    #[test]
    fn other_versions_and_formats_are_refused_by_name() {
        let json = bundle(b"x").to_json();
        let read = |from: &str, to: &str| {
            assert!(json.contains(from), "{from}");
            Bundle::parse(json.replace(from, to).as_bytes())
        };
        assert_eq!(read("\"version\":1", "\"new\":[],\"version\":2"), Err(BundleError::Version { found: "2".into() }));
        for (from, to) in [
            ("openimo-bundle", "other"),
            ("\"version\":1", "\"new\":[],\"version\":1"),
            ("\"length\"", "\"cancelled\""),
            ("[5,6]", "[5,-6]"),
            ("[5,6]", "[5,4294967296]"),
            ("\"name\":\"tiny\"", "\"name\":7"),
            ("0x0909", "0x090"),
        ] {
            assert!(matches!(read(from, to), Err(BundleError::Malformed { .. })), "{from} -> {to}");
        }
    }

    #[test]
    fn lists_are_bounded() {
        let json = bundle(b"x").to_json();
        let ids = format!("[{}5]", "5,".repeat(MAX_OUTPUT_IDS as usize));
        let sources = format!("[{}\"\"]", "\"\",".repeat(MAX_SOURCES));
        for (from, to) in [("[5,6]", ids.as_str()), ("[\"https://example.org/tiny.imo\"]", &sources)] {
            let read = Bundle::parse(json.replace(from, to).as_bytes());
            let Err(BundleError::Malformed { reason }) = read else { panic!("{read:?}") };
            assert!(reason.contains("more than"), "{reason}");
        }
        assert_eq!(Bundle::parse(&vec![b' '; MAX_LEN + 1]), Err(BundleError::TooLong { got: MAX_LEN + 1 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn mutations_never_panic(edits in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4), cut: usize, keep: bool) {
            let mut bytes = bundle(&[b'a', 0xc3]).to_json().into_bytes();
            let n = bytes.len();
            for (at, byte) in edits {
                bytes[at % n] = byte;
            }
            if !keep {
                bytes.truncate(cut % n);
            }
            if let Ok(bundle) = Bundle::parse(&bytes) {
                prop_assert_eq!(Bundle::parse(bundle.to_json().as_bytes()), Ok(bundle));
            }
        }

        #[test]
        fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Bundle::parse(&bytes).is_err());
        }
    }
}
