// TEAM lanes of a workgroup share a vector; they combine what they found through workgroup memory.

var<workgroup> gathered: array<vec2<u32>, TEAM>;

// Put each lane's value where all can see it.
fn team_gather64(v: vec2<u32>, lane: u32) {
    workgroupBarrier();
    gathered[lane] = v;
    workgroupBarrier();
}

fn team_max64(v: vec2<u32>, lane: u32) -> vec2<u32> {
    team_gather64(v, lane);
    for (var half = TEAM / 2u; half > 0u; half /= 2u) {
        if lane < half {
            gathered[lane] = max64(gathered[lane], gathered[lane + half]);
        }
        workgroupBarrier();
    }
    return gathered[0];
}

fn team_add64(v: vec2<u32>, lane: u32) -> vec2<u32> {
    team_gather64(v, lane);
    for (var half = TEAM / 2u; half > 0u; half /= 2u) {
        if lane < half {
            gathered[lane] = add64(gathered[lane], gathered[lane + half]);
        }
        workgroupBarrier();
    }
    return gathered[0];
}

// Flipping the sign bit keeps the order of signed values among unsigned ones.
fn team_max(v: i32, lane: u32) -> i32 {
    return bitcast<i32>(team_max64(vec2<u32>(bitcast<u32>(v) ^ 0x80000000u, 0u), lane).x ^ 0x80000000u);
}

fn team_min(v: i32, lane: u32) -> i32 {
    return bitcast<i32>(~team_max64(vec2<u32>(~(bitcast<u32>(v) ^ 0x80000000u), 0u), lane).x ^ 0x80000000u);
}
