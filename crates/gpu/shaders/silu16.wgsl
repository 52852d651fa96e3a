// SiLU of a Q16 value, twin of what `ops/swiglu.rs` and `ops/silu.rs` have in common. Needs `exp2neg.wgsl`.

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

// g·σ(g); at most |g| in magnitude.
fn silu16(g: i32) -> i32 {
    let y = rsh64(mul_wide(magnitude(g), LOG2_E_Q30), 30).x;
    let positive = sigma((1u << 23u) + exp2neg(y, 23));
    let s = select(positive, (1u << 24u) - positive, g < 0);
    return bitcast<i32>(rsh64(mul64(i64_of(g), s), 24).x);
}
