//! A spot: one step of a run at one position, with everything that it takes to check it against the trace root, and nothing else. Checking
//! it runs one layer, or the head, once; it says nothing about the other steps.

use serde::{Deserialize, Serialize};

use super::recorder::{Shape, Which, parts, trace_root};
use super::vector;
use crate::backend::Backend;
use crate::commit::merkle::{self, Opening};
use crate::commit::{Hash, ModelId};
use crate::content::{content_hash, content_ids};
use crate::generate::window;
use crate::model::Model;
use crate::model::forward::Session;
use crate::ops::sample::{draw, sample};
use crate::request::{Request, prompt_hash};
use crate::scalar::Ints;
use crate::statement::Statement;
use crate::tokenizer::Tokenizer;

/// `format` of a spot.
pub const FORMAT: &str = "openimo-spot";
/// `version` of a spot.
pub const VERSION: u32 = 1;

/// One step of a run at one position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What the run is claimed to show; it has the trace root.
    pub statement: Statement,
    /// The canonical request.
    pub request: String,
    /// Ids of the prompt, and generated ids.
    pub ids: Vec<u32>,
    /// How many are the prompt's.
    pub prompt: u32,
    /// The root of each boundary, in order.
    pub boundaries: Vec<Hash>,
    /// The position.
    pub position: u32,
    /// The step.
    pub step: Step,
}

/// A step with what is before and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The id at the position becomes a vector.
    Embedding {
        /// The vector.
        after: Row,
    },
    /// A layer.
    Layer {
        /// Which, from 0.
        layer: u32,
        /// The boundary before it, since a position attends to those before it.
        before: History,
        /// What it makes of the position.
        after: Row,
    },
    /// The next id is chosen.
    Choice {
        /// The vector after the last layer.
        before: Row,
    },
}

/// The vector of a position, with its way to the root of its boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The numbers.
    pub values: Vec<i32>,
    /// Digests beside the way, lowest first.
    pub path: Vec<Hash>,
}

/// The vectors of a boundary up to a position, and the digests of the later ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The vectors, one after the other.
    pub values: Vec<i32>,
    /// The digests of the later positions.
    pub later: Vec<Hash>,
}

/// What checking a spot found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The step gives what is committed.
    Holds,
    /// It gives another number.
    Differs {
        /// Column of the vector.
        column: usize,
        /// What the step gives.
        expected: i32,
        /// What is committed.
        found: i32,
    },
    /// Another id is chosen.
    OtherId {
        /// What the model picks.
        expected: u32,
        /// What the run has.
        found: u32,
    },
}

/// Why a spot cannot be checked. Of these only [`SpotError::OutOfDomain`] says that the run is wrong, though not where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpotError {
    /// Not a spot.
    #[error("this is no spot: {0}")]
    Malformed(String),
    /// Another version.
    #[error("a spot of version {got} cannot be read, only of version {VERSION}")]
    Version {
        /// The version.
        got: u32,
    },
    /// Another model is at hand.
    #[error("the spot is of model {named}, the model given is {given}")]
    OtherModel {
        /// The statement's.
        named: ModelId,
        /// The one given.
        given: ModelId,
    },
    /// What it brings is not what the statement is about.
    #[error("{what} is not that of the statement")]
    NotOfStatement {
        /// Which part.
        what: &'static str,
    },
    /// The step begins from a number that no step gives, so it is not defined; the step before is the wrong one.
    #[error("the vector before the step has the number -2147483648, which no step gives: check the step before")]
    OutOfDomain,
    /// A vector is not committed.
    #[error("the vector {which} the step does not belong to the trace")]
    NotCommitted {
        /// `before` or `after`.
        which: &'static str,
    },
}

impl Spot {
    /// Read a spot.
    ///
    /// # Errors
    /// If it is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, SpotError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let malformed = |e: serde_json::Error| SpotError::Malformed(e.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(malformed)?;
        if head.format != FORMAT {
            return Err(SpotError::Malformed(format!("its format is {:?}", head.format.chars().take(40).collect::<String>())));
        }
        if head.version != VERSION {
            return Err(SpotError::Version { got: head.version });
        }
        serde_json::from_slice(bytes).map_err(malformed)
    }

    /// As it is written to a file.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a spot is JSON")
    }

    /// Check the step.
    ///
    /// # Errors
    /// If the parts of the spot are not those of its statement, or it is of another model.
    pub fn check<B>(&self, model: &mut Model<B>, tokenizer: &Tokenizer) -> Result<Finding, SpotError>
    where
        B: Backend<Ints = Ints>,
    {
        let request = self.bound(model, tokenizer)?;
        let (config, weights) = (model.manifest.config.clone(), std::sync::Arc::clone(&model.weights));
        let width = config.d_model as usize;
        let position = self.position as usize;
        let found = match &self.step {
            Step::Embedding { after } => {
                self.committed(0, after, width, "after")?;
                let mut x = model.backend.ints(1, width);
                model.backend.embedding(&self.ids[position..=position], &weights.embedding, i32::from(config.fres), &mut x);
                return Ok(compare(&x.v, &after.values));
            }
            Step::Choice { before } => {
                self.committed(self.boundaries.len() - 1, before, width, "before")?;
                in_domain(&before.values)?;
                let mut session = Session::new(&model.backend, &config, 1);
                let enter = |x: &mut Ints| x.v.clone_from(&before.values);
                let logits = session.head_alone(&mut model.backend, &config, &weights, enter);
                let index = (position + 1 - self.prompt as usize) as u64;
                let u = if request.sampler.beta == 0 { 0 } else { draw(&request.seed.0, index) };
                sample(&logits.v, &request.sampler, u)
            }
            Step::Layer { layer, before, after } => {
                self.committed_history(*layer as usize, before, width)?;
                in_domain(&before.values)?;
                self.committed(*layer as usize + 1, after, width, "after")?;
                let window = window(&config).min(position + 1);
                let mut session = Session::new(&model.backend, &config, window);
                let mut last = Vec::new();
                for rows in before.values.chunks(window * width) {
                    let enter = |x: &mut Ints| {
                        x.v.clear();
                        x.v.extend_from_slice(rows);
                    };
                    let layer = &weights.layers[*layer as usize];
                    let x = session.layer_alone(&mut model.backend, &config, layer, rows.len() / width, enter, None);
                    last = x.v[x.v.len() - width..].to_vec();
                }
                return Ok(compare(&last, &after.values));
            }
        };
        let claimed = self.ids[position + 1];
        Ok(if found == claimed { Finding::Holds } else { Finding::OtherId { expected: found, found: claimed } })
    }

    /// Everything but the vectors is that of the statement; the request.
    fn bound<B: Backend>(&self, model: &Model<B>, tokenizer: &Tokenizer) -> Result<Request, SpotError> {
        let not = |what| SpotError::NotOfStatement { what };
        let (statement, config) = (&self.statement, &model.manifest.config);
        if statement.model_id != model.id {
            return Err(SpotError::OtherModel { named: statement.model_id, given: model.id });
        }
        let request = Request::parse(&self.request).map_err(|error| SpotError::Malformed(error.to_string()))?;
        if Request::hash_text(&self.request) != statement.request_hash || !request.sampler.is_valid() {
            return Err(not("the request"));
        }
        let is_canonical = |ids: &[u32]| tokenizer.encode_prompt(&request.prompt).is_ok_and(|prompt| prompt == ids);
        let (prompt, positions) = (self.prompt as usize, self.ids.len().saturating_sub(1));
        let is_in_model = self.ids.len() <= config.context as usize + 1 && self.ids.iter().all(|&id| id < config.vocab);
        let is_prompt = || prompt_hash(&self.ids[..prompt]) == request.prompt_hash && is_canonical(&self.ids[..prompt]);
        if !(1..=positions).contains(&prompt) || !is_in_model || !is_prompt() {
            return Err(not("the sequence of ids"));
        }
        let content = tokenizer.decode_bytes(content_ids(&self.ids[prompt..], &model.manifest.stop_ids));
        if content_hash(&content) != statement.content_hash {
            return Err(not("the content of the ids"));
        }
        let shape = Shape { positions: positions as u32, prompt: self.prompt, layers: config.n_layers, width: config.d_model };
        let parts = parts(shape, &self.ids, self.boundaries.iter().copied());
        if self.boundaries.len() != config.n_layers as usize + 1 || statement.trace_root != Some(trace_root(&parts)) {
            return Err(not("the trace root of the boundaries"));
        }
        let which = match self.step {
            Step::Embedding { .. } => Which::Embedding,
            Step::Layer { layer, .. } => Which::Layer(layer),
            Step::Choice { .. } => Which::Choice,
        };
        if which.is_in(shape, self.position) { Ok(request) } else { Err(SpotError::Malformed("the run has no such step".into())) }
    }

    fn committed(&self, boundary: usize, row: &Row, width: usize, which: &'static str) -> Result<(), SpotError> {
        let opening = Opening { index: self.position.into(), leaves: self.ids.len() as u64 - 1, path: row.path.clone() };
        let root =
            (row.values.len() == width).then(|| vector::digests(&row.values, width)[0]).and_then(|leaf| opening.root(leaf));
        if root == Some(self.boundaries[boundary]) { Ok(()) } else { Err(SpotError::NotCommitted { which }) }
    }

    fn committed_history(&self, boundary: usize, rows: &History, width: usize) -> Result<(), SpotError> {
        let (seen, positions) = (self.position as usize + 1, self.ids.len() - 1);
        if rows.values.len() == seen * width && rows.later.len() == positions - seen {
            let digests: Vec<Hash> = vector::digests(&rows.values, width).into_iter().chain(rows.later.iter().copied()).collect();
            if merkle::root(&digests) == self.boundaries[boundary] {
                return Ok(());
            }
        }
        Err(SpotError::NotCommitted { which: "before" })
    }
}

/// Residual streams are saturated symmetrically.
fn in_domain(values: &[i32]) -> Result<(), SpotError> {
    if values.contains(&i32::MIN) { Err(SpotError::OutOfDomain) } else { Ok(()) }
}

fn compare(expected: &[i32], found: &[i32]) -> Finding {
    match expected.iter().zip(found).position(|(a, b)| a != b) {
        None => Finding::Holds,
        Some(column) => Finding::Differs { column, expected: expected[column], found: found[column] },
    }
}
