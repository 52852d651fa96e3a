//! `Loader`: takes a model file a chunk at a time.

use openimo_core::model::Model;
use openimo_core::model::file::{FileError, Header, ModelLoader, Parsed};
use openimo_core::model::image::ImageConfig;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::exchange::{Alone, Exchange};
use openimo_core::simd::level::Level;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::engine::{Engine, Loaded, loaded};
use crate::error::{Failure, plain};
use crate::exchange::Worker;
use crate::executor::Executor;

/// Takes a model file a chunk at a time; see `openimo.d.ts` for the types that JavaScript sees.
#[wasm_bindgen]
pub struct Loader {
    choice: Choice,
    streaming: Option<Box<dyn Streaming>>,
}

/// Which executor the model is loaded for.
enum Choice {
    Scalar,
    Simd(Worker),
    #[cfg(feature = "gpu")]
    Gpu(Box<openimo_gpu::Gpu>),
    /// The head is in: the loader has it.
    Taken,
}

/// A loader for an executor that is chosen when the page asks.
trait Streaming {
    fn room(&self) -> JsValue;
    fn push(&mut self, bytes: &[u8]) -> Result<(), FileError>;
    fn finish(self: Box<Self>) -> Result<Box<dyn Loaded>, Failure>;
}

impl<B: Executor + 'static> Streaming for ModelLoader<B> {
    fn room(&self) -> JsValue {
        self.backend().room(&self.header().manifest)
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        ModelLoader::push(self, bytes)
    }

    fn finish(self: Box<Self>) -> Result<Box<dyn Loaded>, Failure> {
        let header = self.header().clone();
        let model: Model<B> = ModelLoader::finish(*self)?;
        loaded(model, header)
    }
}

#[wasm_bindgen]
impl Loader {
    /// A loader for `backend`: `simd`, or `scalar` for the reference. Of `ranks` workers this one is `rank`; the reference runs alone.
    ///
    /// # Errors
    /// If there is no such back end or rank.
    #[wasm_bindgen(constructor)]
    pub fn new(backend: &str, rank: usize, ranks: usize) -> Result<Self, JsValue> {
        let choice = match backend {
            "scalar" if ranks == 1 => Choice::Scalar,
            "scalar" => return Err(Failure::new("option.workers", "the reference runs in one worker").into()),
            "simd" if rank < ranks => Choice::Simd(Worker { rank, ranks }),
            "simd" => return Err(Failure::new("option.workers", format!("rank {rank} of {ranks} does not exist")).into()),
            _ => return Err(Failure::new("option.backend", format!("backend is {backend:?}, expected simd or scalar")).into()),
        };
        Ok(Self { choice, streaming: None })
    }

    /// Parse the head from the first bytes of the file: either how many bytes it takes to get further, or what there is to fetch.
    ///
    /// # Errors
    /// If the bytes do not begin a model file.
    pub fn head(&mut self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        match Header::parse(bytes).map_err(Failure::from)? {
            Parsed::NeedMore { at_least } => Ok(plain(&json!({ "needs": at_least }))),
            Parsed::Header(header) => {
                let described = describe(&header);
                self.streaming = Some(match std::mem::replace(&mut self.choice, Choice::Taken) {
                    Choice::Scalar => Box::new(ModelLoader::new(*header, Scalar)),
                    Choice::Simd(worker) => {
                        let exchange: Box<dyn Exchange> = if worker.ranks == 1 { Box::new(Alone) } else { Box::new(worker) };
                        Box::new(ModelLoader::new(*header, Simd::ranked(Level::detect(), exchange, worker.ranks > 1)))
                    }
                    #[cfg(feature = "gpu")]
                    Choice::Gpu(gpu) => Box::new(ModelLoader::new(*header, *gpu)),
                    Choice::Taken => return Err(Failure::new("loader.head", "the head of the file is there already").into()),
                });
                Ok(plain(&described))
            }
        }
    }

    /// After the head: whether the device has room for this model.
    ///
    /// # Errors
    /// If there is no head yet.
    pub fn room(&self) -> Result<JsValue, JsValue> {
        Ok(self.streaming.as_ref().ok_or_else(no_head)?.room())
    }

    /// Check the next chunk and pack its rows.
    ///
    /// # Errors
    /// If it is not the chunk that the head names; the right bytes can then be pushed.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        let streaming = self.streaming.as_mut().ok_or_else(no_head)?;
        Ok(streaming.push(bytes).map_err(Failure::from)?)
    }

    /// All chunks are in; the loader is spent.
    ///
    /// # Errors
    /// If chunks are missing, or the tokenizer cannot be built from its section.
    pub fn finish(&mut self) -> Result<Engine, JsValue> {
        let streaming = self.streaming.take().ok_or_else(no_head)?;
        Ok(Engine::new(streaming.finish()?))
    }
}

#[cfg(feature = "gpu")]
#[wasm_bindgen]
impl Loader {
    /// A loader that puts the model on a device, which is spent.
    ///
    /// # Errors
    /// If the device was given to another loader.
    #[wasm_bindgen(js_name = onDevice)]
    pub fn on_device(device: &crate::device::Device) -> Result<Self, JsValue> {
        Ok(Self { choice: Choice::Gpu(Box::new(device.take()?)), streaming: None })
    }
}

fn no_head() -> Failure {
    Failure::new("loader.no_head", "the head of the file comes before its chunks")
}

/// The head as plain data.
fn describe(header: &Header) -> Value {
    let sections = &header.manifest.sections;
    let chunks: Vec<Value> = (header.chunks().iter())
        .map(|c| json!({ "index": c.index, "section": sections[c.section].name(), "offset": c.offset, "length": c.len }))
        .collect();
    json!({
        "modelId": header.model_id(),
        "manifest": header.manifest,
        "image": header.manifest.config.image.as_ref().map(image),
        "headLength": header.len(),
        "fileLength": header.file_len(),
        "chunks": chunks,
    })
}

/// What a model draws: pixels, and the grid of ids that they come from.
fn image(config: &ImageConfig) -> Value {
    let (width, height) = config.size();
    json!({ "width": width, "height": height, "ids": config.ids(), "columns": config.grid_width, "rows": config.grid_height })
}
