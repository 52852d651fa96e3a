//! attention: one query head over the visible positions.
//!
//! * **Meaning**: `S_t = Σ_i Q_i·K_{t,i}; z_t = rss(S_t·C, eq + ek_t + ce − 16); m = max z; p_t = min(exp2neg(m − z_t, 16), 65535);
//!   P = Σp; e0 = min ev_t; w_t = rsh(p_t, ev_t − e0); N_i = Σ_t w_t·V_{t,i}; ρ = floor(2^46/P); o_i = rss(N_i·ρ, 46 + e0 − F)`.
//! * **Shapes**: `Q[dh]` i16 with exponent; `K`, `V` of `n` visible positions `[n, dh]` i16 with an exponent each → `o[dh]` i32 (F).
//! * **Domain**: `1 <= n <= 2^17`, `dh <= 2^8`, `2^15 <= C < 2^16`.
//! * **Bounds**: `|S| <= 2^36`, `|S·C| < 2^52`, `65535 <= P < 2^33`, `|N| <= 2^14·P <= 2^47`, `|N·ρ| <= 2^60`.
//! * **Rounding and ties**: half up in z, exp2neg, w and o; floor in ρ: one division a head. e0 is over visible positions only.
//! * **Witness**: `S, z, m, p, P, e0, w, N, ρ`.
//! * **Identities**: score, max (`z_t <= m`, one equal), weight, sum, mean, `ρ·P <= 2^46 < (ρ+1)·P`.
//! * **Step**: one score, one weight, one `N_i` (by chunk sums), one `o_i`.

use super::exp2neg::exp2neg;
use super::fixed::{rsh, rss};

/// Fraction bits of an unnormalised softmax weight (SEMANTICS §1.1, PB).
pub const PB: i32 = 16;

/// What one head attends to.
pub struct Visible<'a> {
    /// Keys `[n, dh]`, oldest first.
    pub k: &'a [i16],
    /// Exponents of the keys `[n]`.
    pub ek: &'a [i32],
    /// Values `[n, dh]`.
    pub v: &'a [i16],
    /// Exponents of the values `[n]`.
    pub ev: &'a [i32],
}

/// The factor from score to base-2 logit: `C·2^−ce = log2(e)/√dh`, any logit scale folded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreScale {
    /// In `2^15..2^16`.
    pub c: u32,
    /// Exponent of `c`.
    pub ce: i32,
}

/// The base-2 logit z of a query and a key with the sum of their exponents, Q16.
pub fn score(q: &[i16], k: &[i16], e: i32, scale: ScoreScale) -> i32 {
    let s: i64 = q.iter().zip(k).map(|(&q, &k)| i64::from(q) * i64::from(k)).sum();
    rss(s * i64::from(scale.c), e + scale.ce - 16)
}

/// The softmax weight p of a logit `z` where the largest is `m >= z`, before it is divided by the sum of all.
pub fn weight(m: i32, z: i32) -> i64 {
    // Both are within ±(2^31 − 1), so the difference fits u32.
    let y = (i64::from(m) - i64::from(z)) as u32;
    i64::from(exp2neg(y, PB).min(65535))
}

/// Attend with one query head; `out[dh]` has `f` fraction bits.
///
/// # Panics
/// If a length does not fit, or nothing is visible.
pub fn attention(q: &[i16], eq: i32, seen: &Visible, scale: ScoreScale, f: i32, out: &mut [i32]) {
    let (dh, n) = (q.len(), seen.ek.len());
    assert!(n > 0, "attention: nothing is visible");
    assert!(seen.k.len() == n * dh && seen.v.len() == n * dh && seen.ev.len() == n && out.len() == dh);
    let z: Vec<i32> = (0..n).map(|t| score(q, &seen.k[t * dh..][..dh], eq + seen.ek[t], scale)).collect();
    let m = z.iter().copied().fold(-i32::MAX, i32::max);
    let e0 = seen.ev.iter().copied().fold(i32::MAX, i32::min);
    let mut total = 0i64;
    let mut sums = vec![0i64; dh];
    for (t, &z) in z.iter().enumerate() {
        let p = weight(m, z);
        total += p;
        let w = rsh(p, seen.ev[t] - e0);
        for (sum, &v) in sums.iter_mut().zip(&seen.v[t * dh..][..dh]) {
            *sum += w * i64::from(v);
        }
    }
    let rho = (1i64 << 46) / total;
    for (o, sum) in out.iter_mut().zip(sums) {
        *o = rss(sum * rho, 46 + e0 - f);
    }
}
