// attention, twin of `ops/attention.rs`, first part: base-2 scores of every query head with every position that it sees.

struct Params {
    // Words of a head; query heads of a row; of them those of this part of the cache: the first, how many, and their key heads.
    words: u32,
    all_heads: u32,
    first_head: u32,
    heads: u32,
    kv_heads: u32,
    // Position of the first row, and its place in the batch.
    pos0: u32,
    row0: u32,
    // Positions a row sees at most; scores of a head lie this far apart.
    window: u32,
    stride: u32,
    c: u32,
    ce: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> eq: array<i32>;
@group(0) @binding(3) var<storage, read> k: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> ek: array<i32>;
@group(0) @binding(5) var<storage, read_write> z: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    let head = id.y % params.heads;
    let t = id.y / params.heads;
    let last = params.pos0 + t;
    let first = max(last + 1u, params.window) - params.window;
    let p = first + i;
    if p > last {
        return;
    }
    let key = p * params.kv_heads + head * params.kv_heads / params.heads;
    let query = (params.row0 + t) * params.all_heads + params.first_head + head;
    // Digits: |Σ h·h| <= 2^20, the mixed sums together <= 2^22, |Σ l·l| <= 2^22.
    var hh = 0;
    var mixed = 0;
    var ll = 0;
    for (var w = 0u; w < params.words; w += 1u) {
        let a = q[query * params.words + w];
        let b = k[key * params.words + w];
        hh += dot4(a.x, b.x);
        mixed += dot4(a.x, b.y) + dot4(a.y, b.x);
        ll += dot4(a.y, b.y);
    }
    let s = add64(add64(shl64(i64_of(hh), 16u), shl64(i64_of(mixed), 8u)), i64_of(ll));
    z[id.y * params.stride + i] = rss(mul64(s, params.c), eq[query] + ek[key] + params.ce - 16);
}
