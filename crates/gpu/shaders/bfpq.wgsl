// bfpq, twin of `ops/bfpq.rs`: vectors of exact integers to block floating point. `value` is one element of the source.

struct Params {
    count: u32,
    n: u32,
    fv: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> x: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> e: array<i32>;

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let vector = flat_group(group);
    if vector >= params.count {
        return;
    }
    let base = vector * params.n;
    var largest = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        largest = max64(largest, abs64(value(base + i)));
    }
    let s = bfpq_shift(team_max64(largest, lane));
    let words = (params.n + 3u) / 4u;
    for (var w = lane; w < words; w += TEAM) {
        var v = vec4<i32>(0, 0, 0, 0);
        for (var i = 0u; i < 4u; i += 1u) {
            if w * 4u + i < params.n {
                v[i] = bitcast<i32>(rsh64(value(base + w * 4u + i), s).x);
            }
        }
        x[vector * words + w] = pack_digits(v);
    }
    if lane == 0u {
        e[vector] = params.fv - s;
    }
}
