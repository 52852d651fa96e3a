// bfpq, twin of `ops/bfpq.rs`: vectors of exact integers to block floating point. `value` is one element of the source; how vectors are
// divided among invocations is said in `bfpq_whole.wgsl` and `bfpq_units.wgsl`.

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

fn words_of_vector() -> u32 {
    return (params.n + 3u) / 4u;
}

fn units_of_vector() -> u32 {
    return (params.n + 15u) / 16u;
}

// 16 columns of a vector, shifted by `s`.
fn put_unit(vector: u32, u: u32, s: i32) {
    let base = vector * params.n;
    let words = words_of_vector();
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
    sums[vector * units_of_vector() + u] = sum;
}
