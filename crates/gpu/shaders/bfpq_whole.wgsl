// A workgroup does a whole vector.

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
    for (var u = lane; u < units_of_vector(); u += TEAM) {
        put_unit(vector, u, s);
    }
    if lane == 0u {
        e[vector] = params.fv - s;
    }
}
