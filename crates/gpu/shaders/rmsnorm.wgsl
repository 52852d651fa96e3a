// rmsnorm, twin of `ops/rmsnorm.rs`, with its quantisation.

struct Params {
    n: u32,
    eg: i32,
    eps: vec2<u32>,
    // First row of the input.
    first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<i32>;
@group(0) @binding(2) var<storage, read> g: array<i32>;
@group(0) @binding(3) var<storage, read_write> x: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> e: array<i32>;
// Of the digits over each 16 columns: what the offsets M of linear are multiplied with.
@group(0) @binding(5) var<storage, read_write> sums: array<vec2<i32>>;

// x' = rsh(x, t): at most 2^24 in magnitude.
fn scaled(at: u32, t: i32) -> i32 {
    return bitcast<i32>(rsh64(i64_of(source[at]), t).x);
}

// The largest r with r²·m <= 2^62, for m in 2^30..2^32.
fn rsqrt(m: u32) -> u32 {
    if m == 0x40000000u {
        return 65536u;
    }
    var r = 0u;
    for (var bit = 32768u; bit > 0u; bit /= 2u) {
        let next = r | bit;
        let square = next * next;
        let product = mul_wide(square, m);
        if product.y < 0x40000000u || (product.y == 0x40000000u && product.x == 0u) {
            r = next;
        }
    }
    return r;
}

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x;
    let base = (params.first + row) * params.n;
    var largest = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        largest = max64(largest, vec2<u32>(magnitude(source[base + i]), 0u));
    }
    let t = max(0, bitlen64(team_max64(largest, lane)) - 24);
    var squares = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        let v = magnitude(scaled(base + i, t));
        squares = add64(squares, mul_wide(v, v));
    }
    let s = add64(team_add64(squares, lane), shr64(params.eps, u32(2 * t)));
    // floor((bitlen − 31)/2): the shift of a negative number rounds down.
    let j = (bitlen64(s) - 31) >> 1u;
    var m = s;
    if j >= 0 {
        m = shr64(s, u32(2 * j));
    } else {
        m = shl64(s, u32(-2 * j));
    }
    let r = rsqrt(m.x);
    var most = vec2<u32>(0u, 0u);
    for (var i = lane; i < params.n; i += TEAM) {
        most = max64(most, mul_wide(magnitude(scaled(base + i, t)), magnitude(g[i])));
    }
    // |N| = |x'·G|·r, and r is the same for all.
    let shift = bfpq_shift(mul64(team_max64(most, lane), r));
    let words = (params.n + 3u) / 4u;
    let units = (words + 3u) / 4u;
    for (var u = lane; u < units; u += TEAM) {
        var sum = vec2<i32>(0, 0);
        for (var w = u * 4u; w < min(u * 4u + 4u, words); w += 1u) {
            var v = vec4<i32>(0, 0, 0, 0);
            for (var i = 0u; i < 4u; i += 1u) {
                let k = w * 4u + i;
                if k < params.n {
                    let n = mul64(mul_i32(scaled(base + k, t), g[k]), r);
                    v[i] = bitcast<i32>(rsh64(n, shift).x);
                }
            }
            let digits = pack_digits(v);
            x[row * words + w] = digits;
            sum += vec2<i32>(sum_digits(digits.x), sum_digits(digits.y));
        }
        sums[row * units + u] = sum;
    }
    if lane == 0u {
        e[row] = 31 + j + params.eg - shift;
    }
}
