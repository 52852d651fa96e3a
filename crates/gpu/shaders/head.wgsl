// head, twin of `ops/head.rs`: the id of the largest logit, the lowest among equals.

struct Params {
    n: u32,
    // First row of the logits.
    first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<i32>;
@group(0) @binding(2) var<storage, read_write> chosen: array<u32>;

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let base = (params.first + group.x) * params.n;
    // The logit above, flipped so that it compares unsigned; below it the complement of the id, so that the lowest wins.
    var best = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        best = max64(best, vec2<u32>(~i, bitcast<u32>(logits[base + i]) ^ 0x80000000u));
    }
    best = team_max64(best, lane);
    if lane == 0u {
        chosen[group.x] = ~best.x;
    }
}
