// The largest magnitude of each piece of long vectors. Of what it finds it finds the largest in turn.

struct Params {
    n: u32,
    piece: u32,
    pieces: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<i32>;
@group(0) @binding(2) var<storage, read_write> largest: array<i32>;

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = group.x * params.piece;
    let base = group.y * params.n;
    var most = vec2<u32>(0u, 0u);
    for (var i = first + lane; i < min(first + params.piece, params.n); i += TEAM) {
        most = max64(most, vec2<u32>(magnitude(source[base + i]), 0u));
    }
    most = team_max64(most, lane);
    if lane == 0u {
        // |v| <= 2^31 − 1.
        largest[group.y * params.pieces + group.x] = bitcast<i32>(most.x);
    }
}
