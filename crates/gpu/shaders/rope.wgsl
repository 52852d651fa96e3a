// rope, twin of `ops/rope.rs`: the heads of a batch, rotated and quantised.

struct Params {
    count: u32,
    dh: u32,
    heads: u32,
    pos0: u32,
    f: i32,
    // 1 where elements 2i and 2i + 1 rotate together, 0 where i and i + dh/2 do.
    adjacent: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> inc: array<u32>;
@group(0) @binding(3) var<storage, read> source: array<i32>;
@group(0) @binding(4) var<storage, read_write> x: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> e: array<i32>;

// Cosine of a phase in turns, Q15.
fn cosq(phase: u32) -> i32 {
    let i = EXP2_LEN + (phase >> 22u);
    let f = i32((phase >> 12u) & 1023u);
    return (bitcast<i32>(tables[i]) * (1024 - f) + bitcast<i32>(tables[i + 1u]) * f + 512) >> 10u;
}

// Element k of the rotated head at `base`.
fn rotated(base: u32, k: u32, pos: u32) -> vec2<u32> {
    var i = k / 2u;
    var ia = k & ~1u;
    var ib = ia + 1u;
    if params.adjacent == 0u {
        i = k % (params.dh / 2u);
        ia = i;
        ib = i + params.dh / 2u;
    }
    let phase = pos * inc[i];
    let c = cosq(phase);
    let s = cosq(phase - 0x40000000u);
    let a = source[base + ia];
    let b = source[base + ib];
    if k == ia {
        return sub64(mul_i32(a, c), mul_i32(b, s));
    }
    return add64(mul_i32(a, s), mul_i32(b, c));
}

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let head = flat_group(group);
    if head >= params.count {
        return;
    }
    let base = head * params.dh;
    let pos = params.pos0 + head / params.heads;
    var largest = vec2<u32>(0u, 0u);
    for (var k = lane; k < params.dh; k += TEAM) {
        largest = max64(largest, abs64(rotated(base, k, pos)));
    }
    let s = bfpq_shift(team_max64(largest, lane));
    let words = (params.dh + 3u) / 4u;
    for (var w = lane; w < words; w += TEAM) {
        var v = vec4<i32>(0, 0, 0, 0);
        for (var i = 0u; i < 4u; i += 1u) {
            if w * 4u + i < params.dh {
                v[i] = bitcast<i32>(rsh64(rotated(base, w * 4u + i, pos), s).x);
            }
        }
        x[head * words + w] = pack_digits(v);
    }
    if lane == 0u {
        e[head] = params.f + 15 - s;
    }
}
