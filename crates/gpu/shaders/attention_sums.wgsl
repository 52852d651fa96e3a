// attention, last part: weighted sums of the values, and their means.

struct Params {
    // Elements and words of a head; query heads of a row; of them those of this part of the cache: the first, how many, and their value heads.
    dh: u32,
    words: u32,
    all_heads: u32,
    first_head: u32,
    heads: u32,
    kv_heads: u32,
    pos0: u32,
    row0: u32,
    window: u32,
    stride: u32,
    f: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<i32>;
@group(0) @binding(2) var<storage, read> means: array<vec2<i32>>;
@group(0) @binding(3) var<storage, read> v: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> out: array<i32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let w = id.x;
    let query = id.y;
    if w >= params.words {
        return;
    }
    let head = query % params.heads;
    let last = params.pos0 + query / params.heads;
    let first = max(last + 1u, params.window) - params.window;
    let kv = head * params.kv_heads / params.heads;
    var acc: array<vec2<u32>, 4>;
    for (var begin = first; begin <= last; begin += 256u) {
        // |Σ (w mod 256)·V| <= 256·255·2^14 < 2^31 over 256 positions, and as much for w / 256.
        var high = vec4<i32>(0, 0, 0, 0);
        var low = vec4<i32>(0, 0, 0, 0);
        for (var p = begin; p < min(begin + 256u, last + 1u); p += 1u) {
            let weight = weights[query * params.stride + p - first];
            let value = unpack_digits(v[(p * params.kv_heads + kv) * params.words + w]);
            high += value * (weight >> 8u);
            low += value * (weight & 255);
        }
        for (var i = 0u; i < 4u; i += 1u) {
            acc[i] = add64(acc[i], add64(shl64(i64_of(high[i]), 8u), i64_of(low[i])));
        }
    }
    let mean = means[query];
    let vector = (params.row0 + query / params.heads) * params.all_heads + params.first_head + head;
    for (var i = 0u; i < 4u; i += 1u) {
        if w * 4u + i < params.dh {
            let v = mul64(acc[i], bitcast<u32>(mean.x));
            out[vector * params.dh + w * 4u + i] = rss(v, 46 + mean.y - params.f);
        }
    }
}
