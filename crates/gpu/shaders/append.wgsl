// Keys and values of a batch to the end of a part of a layer's cache: some heads of every row.

struct Params {
    // Rows of the batch, word pairs of a head, heads of a row, and the part's: first and how many.
    rows: u32,
    words: u32,
    heads: u32,
    first: u32,
    kept: u32,
    // Positions that the cache holds.
    len: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> k: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> ek: array<i32>;
@group(0) @binding(3) var<storage, read> v: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> ev: array<i32>;
@group(0) @binding(5) var<storage, read_write> keys: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read_write> key_exponents: array<i32>;
@group(0) @binding(7) var<storage, read_write> values: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> value_exponents: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    let vector = i / params.words;
    let word = i % params.words;
    if vector >= params.rows * params.kept {
        return;
    }
    let source = vector / params.kept * params.heads + params.first + vector % params.kept;
    let dest = params.len * params.kept + vector;
    keys[dest * params.words + word] = k[source * params.words + word];
    values[dest * params.words + word] = v[source * params.words + word];
    if word == 0u {
        key_exponents[dest] = ek[source];
        value_exponents[dest] = ev[source];
    }
}
