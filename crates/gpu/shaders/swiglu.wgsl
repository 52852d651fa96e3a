// swiglu, twin of `ops/swiglu.rs`, up to the products h = SiLU(g)·u, which bfpq then quantises from 64 bits.

struct Params {
    count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tables: array<u32>;
@group(0) @binding(2) var<storage, read> gate: array<i32>;
@group(0) @binding(3) var<storage, read> up: array<i32>;
@group(0) @binding(4) var<storage, read_write> h: array<vec2<u32>>;

const LOG2_E_Q30: u32 = 1549082005u;

// floor(2^47/d) for d in 2^23..=2^24, seven bits at a time: a remainder is below 2^25.
fn sigma(d: u32) -> u32 {
    var q = 0x80000000u / d;
    var r = 0x80000000u % d;
    for (var i = 0u; i < 2u; i += 1u) {
        r <<= 7u;
        q = (q << 7u) | (r / d);
        r %= d;
    }
    r <<= 2u;
    return (q << 2u) | (r / d);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = flat(id);
    if i >= params.count {
        return;
    }
    let g = gate[i];
    let y = rsh64(mul_wide(magnitude(g), LOG2_E_Q30), 30).x;
    let positive = sigma((1u << 23u) + exp2neg(y, 23));
    let s = select(positive, (1u << 24u) - positive, g < 0);
    let a = rsh64(mul64(i64_of(g), s), 24);
    // |a| <= 2^31 − 1, as |g|.
    h[i] = mul_i32(bitcast<i32>(a.x), up[i]);
}
