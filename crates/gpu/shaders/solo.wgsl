// One invocation does the whole of a vector: no barriers, which software adapters run many times slower than arithmetic.

const TEAM: u32 = 1u;

fn team_max64(v: vec2<u32>, lane: u32) -> vec2<u32> {
    return v;
}

fn team_add64(v: vec2<u32>, lane: u32) -> vec2<u32> {
    return v;
}

fn team_max(v: i32, lane: u32) -> i32 {
    return v;
}

fn team_min(v: i32, lane: u32) -> i32 {
    return v;
}

fn team_gather64(v: vec2<u32>, lane: u32) {
    gathered[lane] = v;
}

var<private> gathered: array<vec2<u32>, 1>;
