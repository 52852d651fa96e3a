// embedding, twin of `ops/embedding.rs`: rows of vocabulary entries into the residual stream.

struct Params {
    // Ids of the batch, columns, and the vocabulary entries that this part of the matrix holds.
    batch: u32,
    cols: u32,
    first: u32,
    rows: u32,
    fres: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<i32>;
@group(0) @binding(4) var<uniform> shape: Layout;
@group(0) @binding(5) var<storage, read_write> x: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let k = i % params.cols;
    let t = i / params.cols;
    if t >= params.batch {
        return;
    }
    let row = ids[t];
    if row < params.first || row >= params.first + params.rows {
        return;
    }
    let r = row - params.first;
    let w = weight(r, k);
    let v = mul64(i64_of(w), bitcast<u32>(scales[r]));
    x[i] = rss(v, scales[shape.padded_rows + r] - params.fres);
}
