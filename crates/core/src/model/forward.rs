//! The transformer, written once: a decoder of the Llama family on `[T, d]` against any [`Backend`].
//!
//! Generation calls it with T = 1 again and again; verification calls it with windows of the whole sequence. Integer sums have no
//! order, so both give the same bits.

use super::config::Config;
use super::draw::ImageWeights;
use super::program::Tensor;
use crate::backend::{AttentionParams, Backend, RopeParams};
use crate::ops::F;
use crate::ops::rmsnorm::Norm;
use crate::trace::Observer;

/// Weights of one layer.
#[derive(Debug)]
pub struct Layer<M> {
    /// Before attention.
    pub attention_norm: Norm,
    /// Query projection `[H·dh, d]`.
    pub q: M,
    /// Key projection `[KV·dh, d]`.
    pub k: M,
    /// Value projection `[KV·dh, d]`.
    pub v: M,
    /// Output projection `[d, H·dh]`.
    pub o: M,
    /// Before the feed-forward block.
    pub ffn_norm: Norm,
    /// Gate projection `[ff, d]`.
    pub gate: M,
    /// Up projection `[ff, d]`.
    pub up: M,
    /// Down projection `[d, ff]`.
    pub down: M,
}

/// Weights of a model, in the form of one back end.
#[derive(Debug)]
pub struct Weights<M> {
    /// Embedding `[vocabulary, d]`; also the head where `head` is none.
    pub embedding: M,
    /// Head `[vocabulary, d]`, unless tied.
    pub head: Option<M>,
    /// The layers, in order.
    pub layers: Vec<Layer<M>>,
    /// Before the head.
    pub norm: Norm,
    /// The decoder of a model that draws.
    pub image: Option<ImageWeights<M>>,
}

impl<M> Weights<M> {
    /// From the matrices and the norms of a valid configuration in file order.
    ///
    /// # Panics
    /// If there are fewer than it needs.
    pub fn assemble(config: &Config, mut matrices: impl Iterator<Item = M>, mut norms: impl Iterator<Item = Norm>) -> Self {
        let mut matrix = || matrices.next().expect("every matrix of the configuration");
        let mut norm = || norms.next().expect("every norm of the configuration");
        let embedding = matrix();
        let layers = (0..config.n_layers)
            .map(|_| {
                let [q, k, v, o, gate, up, down] = std::array::from_fn(|_| matrix());
                Layer { attention_norm: norm(), ffn_norm: norm(), q, k, v, o, gate, up, down }
            })
            .collect();
        let head = (!config.tied).then(&mut matrix);
        let image = config.image.as_ref().map(|image| {
            let codebook = matrix();
            ImageWeights { codebook, convs: image.convs.iter().map(|_| matrix()).collect() }
        });
        Self { embedding, head, layers, norm: norm(), image }
    }
}

/// One sequence in progress: the caches of all layers and the tensors between operators.
pub struct Session<B: Backend> {
    caches: Vec<B::Cache>,
    position: usize,
    capacity: usize,
    tensors: Tensors<B>,
}

struct Tensors<B: Backend> {
    x: B::Ints,
    y: B::Ints,
    normed: B::Bfp,
    q: B::Ints,
    k: B::Ints,
    v: B::Ints,
    q_bfp: B::Bfp,
    k_bfp: B::Bfp,
    v_bfp: B::Bfp,
    attended: B::Ints,
    attended_bfp: B::Bfp,
    gate: B::Ints,
    up: B::Ints,
    gated: B::Bfp,
    logits: B::Ints,
}

impl<B: Backend> Session<B> {
    /// An empty sequence; a call of [`Session::forward`] takes up to `capacity` ids.
    pub fn new(backend: &B, config: &Config, capacity: usize) -> Self {
        let c = config;
        let (d, q, kv, ff) = (c.d_model as usize, c.q_dim(), c.kv_dim(), c.d_ff as usize);
        let (heads, kv_heads, dh) = (c.n_heads as usize, c.n_kv_heads as usize, c.head_dim as usize);
        let t = capacity;
        Self {
            caches: (0..c.n_layers).map(|_| backend.cache(c)).collect(),
            position: 0,
            capacity,
            tensors: Tensors {
                x: backend.ints(t, d),
                y: backend.ints(t, d),
                normed: backend.bfp(t, 1, d),
                q: backend.ints(t, q),
                k: backend.ints(t, kv),
                v: backend.ints(t, kv),
                q_bfp: backend.bfp(t, heads, dh),
                k_bfp: backend.bfp(t, kv_heads, dh),
                v_bfp: backend.bfp(t, kv_heads, dh),
                attended: backend.ints(t, q),
                attended_bfp: backend.bfp(t, 1, q),
                gate: backend.ints(t, ff),
                up: backend.ints(t, ff),
                gated: backend.bfp(t, 1, ff),
                logits: backend.ints(t, c.vocab as usize),
            },
        }
    }

    /// Positions so far.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Most ids of one call.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Forget the positions from `len` on.
    ///
    /// # Panics
    /// If the sequence is shorter than `len`.
    pub fn truncate(&mut self, backend: &mut B, len: usize) {
        assert!(len <= self.position, "cannot truncate a sequence to more than it holds");
        for cache in &mut self.caches {
            backend.truncate(cache, len);
        }
        self.position = len;
    }

    /// Run `ids` through the model after what the sequence holds; the logits of the last `heads` of them are returned as
    /// `[heads, vocabulary]` (Q16). With `heads = 0` only the caches advance.
    ///
    /// # Panics
    /// If there are no ids, more than the capacity, one outside the vocabulary, more heads than ids, or the context is exceeded.
    pub fn forward(
        &mut self,
        backend: &mut B,
        config: &Config,
        weights: &Weights<B::Matrix>,
        ids: &[u32],
        heads: usize,
    ) -> &B::Ints {
        self.forward_observed(backend, config, weights, ids, heads, None)
    }

    /// The same, with somebody who sees the boundaries between the layers.
    ///
    /// # Panics
    /// As [`Session::forward`].
    pub fn forward_observed(
        &mut self,
        backend: &mut B,
        config: &Config,
        weights: &Weights<B::Matrix>,
        ids: &[u32],
        heads: usize,
        mut observer: Option<&mut dyn Observer<B>>,
    ) -> &B::Ints {
        assert!(!ids.is_empty() && ids.len() <= self.capacity, "forward takes 1 to {} ids, got {}", self.capacity, ids.len());
        assert!(ids.iter().all(|&id| id < config.vocab), "an id is outside the vocabulary");
        assert!(heads <= ids.len(), "more heads than ids");
        assert!(self.position + ids.len() <= config.context as usize, "the context is exceeded");
        let pos0 = self.position as u32;
        let t = &mut self.tensors;
        backend.embedding(ids, &weights.embedding, i32::from(config.fres), &mut t.x);
        for (boundary, (layer, cache)) in weights.layers.iter().zip(&mut self.caches).enumerate() {
            if let Some(observer) = observer.as_deref_mut() {
                observer.boundary(backend, boundary, &t.x);
            }
            t.layer(backend, config, layer, cache, pos0, None);
        }
        if let Some(observer) = observer {
            observer.boundary(backend, weights.layers.len(), &t.x);
        }
        self.position += ids.len();
        if heads > 0 {
            backend.keep_last(&mut t.x, heads);
            t.head(backend, config, weights);
        }
        &t.logits
    }

    /// One layer on the residual stream of the next positions, without the layers before and after it; the stream after it. Whoever looks on
    /// sees the layer's integer tensors in the order in which they are written. A session that is used for this is used for nothing else.
    pub(crate) fn layer_alone(
        &mut self,
        backend: &mut B,
        config: &Config,
        layer: &Layer<B::Matrix>,
        positions: usize,
        enter: impl FnOnce(&mut B::Ints),
        observer: Option<&mut dyn Observer<B>>,
    ) -> &B::Ints {
        assert!(positions <= self.capacity, "a call takes up to {} positions, got {positions}", self.capacity);
        enter(&mut self.tensors.x);
        self.tensors.layer(backend, config, layer, &mut self.caches[0], self.position as u32, observer);
        self.position += positions;
        &self.tensors.x
    }

    /// The logits of a position, from the residual stream after the last layer.
    pub(crate) fn head_alone(
        &mut self,
        backend: &mut B,
        config: &Config,
        weights: &Weights<B::Matrix>,
        enter: impl FnOnce(&mut B::Ints),
    ) -> &B::Ints {
        enter(&mut self.tensors.x);
        self.tensors.head(backend, config, weights);
        &self.tensors.logits
    }
}

impl<B: Backend> Tensors<B> {
    /// `x` through a layer.
    fn layer(
        &mut self,
        backend: &mut B,
        config: &Config,
        layer: &Layer<B::Matrix>,
        cache: &mut B::Cache,
        pos0: u32,
        mut observer: Option<&mut dyn Observer<B>>,
    ) {
        let (t, fres) = (self, i32::from(config.fres));
        let mut see = |tensors: &[(Tensor, &B::Ints)]| {
            if let Some(observer) = observer.as_deref_mut() {
                tensors.iter().for_each(|&(tensor, x)| observer.tensor(tensor, x));
            }
        };
        backend.rmsnorm(&t.x, &layer.attention_norm, config.eps, &mut t.normed);
        backend.linear(&t.normed, &[&layer.q, &layer.k, &layer.v], F, &mut [&mut t.q, &mut t.k, &mut t.v]);
        see(&[(Tensor::Q, &t.q), (Tensor::K, &t.k), (Tensor::V, &t.v)]);
        let rope = |heads| RopeParams { pos0, heads, config };
        backend.rope(&t.q, rope(config.n_heads as usize), &mut t.q_bfp);
        backend.rope(&t.k, rope(config.n_kv_heads as usize), &mut t.k_bfp);
        backend.bfpq(&t.v, F, &mut t.v_bfp);
        backend.append(cache, &t.k_bfp, &t.v_bfp);
        let params = AttentionParams { pos0, config, scale: config.score_scale() };
        backend.attention(&t.q_bfp, cache, params, &mut t.attended);
        see(&[(Tensor::Attended, &t.attended)]);
        backend.bfpq(&t.attended, F, &mut t.attended_bfp);
        backend.linear_residual(&t.attended_bfp, &layer.o, fres, &mut t.y, &mut t.x);
        see(&[(Tensor::Y, &t.y), (Tensor::X, &t.x)]);
        backend.rmsnorm(&t.x, &layer.ffn_norm, config.eps, &mut t.normed);
        backend.linear(&t.normed, &[&layer.gate, &layer.up], F, &mut [&mut t.gate, &mut t.up]);
        see(&[(Tensor::Gate, &t.gate), (Tensor::Up, &t.up)]);
        backend.swiglu(&t.gate, &t.up, &mut t.gated);
        backend.linear_residual(&t.gated, &layer.down, fres, &mut t.y, &mut t.x);
        see(&[(Tensor::Y, &t.y), (Tensor::X, &t.x)]);
    }

    /// `x` to logits.
    fn head(&mut self, backend: &mut B, config: &Config, weights: &Weights<B::Matrix>) {
        let t = self;
        backend.rmsnorm(&t.x, &weights.norm, config.eps, &mut t.normed);
        let head = weights.head.as_ref().unwrap_or(&weights.embedding);
        backend.linear(&t.normed, &[head], F, &mut [&mut t.logits]);
    }
}
