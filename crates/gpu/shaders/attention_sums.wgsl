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

@compute @workgroup_size(WORDS * PARTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let word = group.x * WORDS + lane % WORDS;
    let part = lane / WORDS;
    // Lanes past the end work on the last word, so that all reach the barriers; they store nothing.
    let used = min(word, params.words - 1u);
    let query = group.y;
    let head = query % params.heads;
    let last = params.pos0 + query / params.heads;
    let first = max(last + 1u, params.window) - params.window;
    let kv = head * params.kv_heads / params.heads;
    var acc0 = vec2<u32>(0u);
    var acc1 = vec2<u32>(0u);
    var acc2 = vec2<u32>(0u);
    var acc3 = vec2<u32>(0u);
    for (var begin = first + part; begin <= last; begin += 256u * PARTS) {
        // |Σ (w mod 256)·V| <= 256·255·2^14 < 2^31 over 256 positions, and as much for w / 256.
        var high = vec4<i32>(0, 0, 0, 0);
        var low = vec4<i32>(0, 0, 0, 0);
        for (var p = begin; p < min(begin + 256u * PARTS, last + 1u); p += PARTS) {
            let weight = weights[query * params.stride + p - first];
            let value = unpack_digits(v[(p * params.kv_heads + kv) * params.words + used]);
            high += value * (weight >> 8u);
            low += value * (weight & 255);
        }
        acc0 = add64(acc0, joined(high.x, low.x));
        acc1 = add64(acc1, joined(high.y, low.y));
        acc2 = add64(acc2, joined(high.z, low.z));
        acc3 = add64(acc3, joined(high.w, low.w));
    }
    acc0 = fold(acc0, lane);
    acc1 = fold(acc1, lane);
    acc2 = fold(acc2, lane);
    acc3 = fold(acc3, lane);
    if part != 0u || word >= params.words {
        return;
    }
    let vector = (params.row0 + query / params.heads) * params.all_heads + params.first_head + head;
    let place = vector * params.dh + word * 4u;
    let columns = min(params.dh - word * 4u, 4u);
    let mean = means[query];
    store(place, acc0, mean);
    if columns > 1u {
        store(place + 1u, acc1, mean);
    }
    if columns > 2u {
        store(place + 2u, acc2, mean);
    }
    if columns > 3u {
        store(place + 3u, acc3, mean);
    }
}

// 2^8·high + low.
fn joined(high: i32, low: i32) -> vec2<u32> {
    return add64(shl64(i64_of(high), 8u), i64_of(low));
}

// The mean of one column.
fn store(place: u32, sum: vec2<u32>, mean: vec2<i32>) {
    out[place] = rss(mul64(sum, bitcast<u32>(mean.x)), 46 + mean.y - params.f);
}
