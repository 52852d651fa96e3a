// attention, second part: softmax weights of each query head in place of its scores, and the factor of the mean.

struct Params {
    heads: u32,
    kv_heads: u32,
    pos0: u32,
    window: u32,
    stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> ev: array<i32>;
@group(0) @binding(3) var<storage, read_write> z: array<i32>;
// ρ and e0 of each query head.
@group(0) @binding(4) var<storage, read_write> means: array<vec2<i32>>;

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let query = group.x;
    let head = query % params.heads;
    let last = params.pos0 + query / params.heads;
    let first = max(last + 1u, params.window) - params.window;
    let n = last + 1u - first;
    let kv = head * params.kv_heads / params.heads;
    let base = query * params.stride;
    var m = -2147483647;
    var e0 = 2147483647;
    for (var i = lane; i < n; i += TEAM) {
        m = max(m, z[base + i]);
        e0 = min(e0, ev[(first + i) * params.kv_heads + kv]);
    }
    m = team_max(m, lane);
    e0 = team_min(e0, lane);
    var total = vec2<u32>(0u, 0u);
    for (var i = lane; i < n; i += TEAM) {
        // Both are within ±(2^31 − 1), so the difference fits 32 bits.
        let y = bitcast<u32>(m) - bitcast<u32>(z[base + i]);
        let p = min(exp2neg(y, 16), 65535u);
        total = add64(total, vec2<u32>(p, 0u));
        let shift = ev[(first + i) * params.kv_heads + kv] - e0;
        z[base + i] = bitcast<i32>(rsh64(vec2<u32>(p, 0u), shift).x);
    }
    total = team_add64(total, lane);
    if lane == 0u {
        // P >= 65535, so ρ < 2^31.
        let rho = div64(vec2<u32>(0u, 1u << 14u), total);
        means[query] = vec2<i32>(bitcast<i32>(rho.x), e0);
    }
}
