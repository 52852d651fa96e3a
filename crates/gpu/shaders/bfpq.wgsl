// bfpq, twin of `ops/bfpq.rs`: vectors of exact integers to block floating point. `value` is one element of the source.

struct Params {
    count: u32,
    n: u32,
    fv: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> x: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> e: array<i32>;
// Of the digits over each 16 columns: what the offsets M of linear are multiplied with.
@group(0) @binding(4) var<storage, read_write> sums: array<vec2<i32>>;

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
    let units = (words + 3u) / 4u;
    for (var u = lane; u < units; u += TEAM) {
        var sum = vec2<i32>(0, 0);
        for (var w = u * 4u; w < min(u * 4u + 4u, words); w += 1u) {
            var v = vec4<i32>(0, 0, 0, 0);
            for (var i = 0u; i < 4u; i += 1u) {
                if w * 4u + i < params.n {
                    v[i] = bitcast<i32>(rsh64(value(base + w * 4u + i), s).x);
                }
            }
            let digits = pack_digits(v);
            x[vector * words + w] = digits;
            sum += vec2<i32>(sum_digits(digits.x), sum_digits(digits.y));
        }
        sums[vector * units + u] = sum;
    }
    if lane == 0u {
        e[vector] = params.fv - s;
    }
}
