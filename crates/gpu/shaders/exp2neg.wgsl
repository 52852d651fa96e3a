// exp2neg, twin of `ops/exp2neg.rs`. Needs the tables as `tables`: 2^−x, then cosine.

const EXP2_LEN: u32 = 257u;

// 2^(−y/2^16) with `q` fraction bits.
fn exp2neg(y: u32, q: i32) -> u32 {
    let n = min(y >> 16u, 31u);
    let i = (y >> 8u) & 255u;
    let u = y & 255u;
    let e = (tables[i] * (256u - u) + tables[i + 1u] * u + 128u) >> 8u;
    // E' is below 2^24, and n + 23 − Q in 0..=54.
    let s = i32(n) + 23 - q;
    if s <= 0 {
        return e;
    }
    if s > 31 {
        return 0u;
    }
    let t = e >> u32(s - 1);
    return (t >> 1u) + (t & 1u);
}
