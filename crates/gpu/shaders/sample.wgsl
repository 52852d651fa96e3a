// sample, twin of `ops/sample.rs`: the seeded choice. Thresholds are found bit by bit from counts and masses, so nothing is sorted.

struct Params {
    n: u32,
    // First row of the logits.
    first: u32,
    beta: u32,
    top_k: u32,
    top_p: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> logits: array<i32>;
// Weights of the logits, written and read by the same lane.
@group(0) @binding(3) var<storage, read_write> p: array<u32>;
@group(0) @binding(4) var<storage, read_write> chosen: array<u32>;
// The draw U of each row.
@group(0) @binding(5) var<storage, read> draws: array<vec2<u32>>;

// Keys have the order of logits, unsigned.
fn key(l: i32) -> u32 {
    return bitcast<u32>(l) ^ 0x80000000u;
}

// The weight of a logit; `top` is the key of the largest.
fn weight(k: u32, top: u32) -> u32 {
    let below = min(top - k, 0x80000000u);
    let y = rsh64(mul_wide(below, params.beta), 16);
    return exp2neg(select(min(y.x, I32_MAX), I32_MAX, y.y != 0u), 23);
}

// Logits with a key of at least `least`.
fn count(base: u32, least: u32, lane: u32) -> u32 {
    var n = 0u;
    for (var i = lane; i < params.n; i += TEAM) {
        n += select(0u, 1u, key(logits[base + i]) >= least);
    }
    return team_add64(vec2<u32>(n, 0u), lane).x;
}

// The sum of the weights with a key of at least `least`.
fn mass(base: u32, weights: u32, least: u32, lane: u32) -> vec2<u32> {
    var sum = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        if key(logits[base + i]) >= least {
            sum = add64(sum, vec2<u32>(p[weights + i], 0u));
        }
    }
    return team_add64(sum, lane);
}

// floor(a·b / 2^64).
fn mul_high(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = mul_wide(a.x, b.x);
    let cross = mul_wide(a.y, b.x);
    let mid = add64(cross, vec2<u32>(low.y, 0u));
    let mid2 = add64(mul_wide(a.x, b.y), vec2<u32>(mid.x, 0u));
    return add64(add64(mul_wide(a.y, b.y), vec2<u32>(mid.y, 0u)), vec2<u32>(mid2.y, 0u));
}

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let base = (params.first + group.x) * params.n;
    let weights = group.x * params.n;
    var largest = -2147483647;
    for (var i = lane; i < params.n; i += TEAM) {
        largest = max(largest, logits[base + i]);
    }
    let top = key(team_max(largest, lane));
    // The least key that is kept.
    var threshold = 0u;
    if params.top_k > 0u && params.top_k < params.n {
        for (var bit = 0x80000000u; bit > 0u; bit /= 2u) {
            if count(base, threshold | bit, lane) >= params.top_k {
                threshold |= bit;
            }
        }
    }
    for (var i = lane; i < params.n; i += TEAM) {
        let k = key(logits[base + i]);
        p[weights + i] = select(0u, weight(k, top), k >= threshold);
    }
    if params.top_p < 65536u {
        let wanted = mul64(mass(base, weights, threshold, lane), params.top_p);
        var cut = 0u;
        for (var bit = 0x80000000u; bit > 0u; bit /= 2u) {
            if !below64(shl64(mass(base, weights, cut | bit, lane), 16u), wanted) {
                cut |= bit;
            }
        }
        threshold = max(threshold, cut);
    }
    let theta = mul_high(draws[group.x], mass(base, weights, threshold, lane));
    // Lanes take consecutive stretches; the one in which the prefix passes θ finds the id.
    let stretch = (params.n + TEAM - 1u) / TEAM;
    let begin = min(lane * stretch, params.n);
    let end = min(begin + stretch, params.n);
    var own = vec2<u32>(0u, 0u);
    for (var i = begin; i < end; i += 1u) {
        let k = key(logits[base + i]);
        own = add64(own, vec2<u32>(select(0u, weight(k, top), k >= threshold), 0u));
    }
    team_gather64(own, lane);
    var prefix = vec2<u32>(0u, 0u);
    for (var other = 0u; other < lane; other += 1u) {
        prefix = add64(prefix, gathered[other]);
    }
    if below64(theta, prefix) || !below64(theta, add64(prefix, own)) {
        return;
    }
    for (var i = begin; i < end; i += 1u) {
        let k = key(logits[base + i]);
        prefix = add64(prefix, vec2<u32>(select(0u, weight(k, top), k >= threshold), 0u));
        if below64(theta, prefix) {
            chosen[group.x] = i;
            return;
        }
    }
}
