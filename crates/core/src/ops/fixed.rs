//! Fixed-point helpers: the only places where a value is rounded or saturated (SEMANTICS §1).
//!
//! All functions are total on the stated domain, use no floating point and rely on no overflow.

/// Largest magnitude of a stored 32-bit result: saturation is symmetric, so −2^31 never occurs.
pub const I32_MAX: i64 = (1 << 31) - 1;

/// Bit length: the least `b` with `n < 2^b`; 0 for 0.
pub const fn bitlen(n: u64) -> i32 {
    (u64::BITS - n.leading_zeros()) as i32
}

/// `floor(v / 2^s + 1/2)`: division by 2^s, halves rounded towards +∞.
///
/// Domain: every `v`, `s >= 0`. From 63 on the result is 0, because `|v| < 2^62` wherever such shifts occur.
pub const fn rsh(v: i64, s: i32) -> i64 {
    if s <= 0 {
        return v;
    }
    if s > 62 {
        return 0;
    }
    // Shifting by s − 1 first cannot overflow, unlike adding half.
    let t = v >> (s - 1);
    (t >> 1) + (t & 1)
}

/// Saturate to ±(2^31 − 1).
pub const fn sat32(v: i64) -> i32 {
    if v > I32_MAX {
        I32_MAX as i32
    } else if v < -I32_MAX {
        -I32_MAX as i32
    } else {
        v as i32
    }
}

/// `sat32(v · 2^(−s))`, rounded half up for `s > 0`; a left shift (`s < 0`) saturates, it never wraps.
///
/// Domain: `|v| < 2^62`, every `s`.
pub const fn rss(v: i64, s: i32) -> i32 {
    if s >= 0 {
        return sat32(rsh(v, s));
    }
    // A non-zero value shifted left by 31 or more saturates; one of 2^31 or more saturates at any left shift.
    let left = if s < -31 { 31 } else { -s };
    let clipped = if v > 1 << 31 {
        1 << 31
    } else if v < -(1 << 31) {
        -(1 << 31)
    } else {
        v
    };
    sat32(clipped << left)
}

/// `floor(sqrt(n))`.
pub const fn isqrt(n: u64) -> u64 {
    n.isqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_towards_plus_infinity() {
        assert_eq!([rsh(-3, 1), rsh(3, 1), rsh(-1, 1), rsh(5, 0)], [-1, 2, 0, 5]);
        assert_eq!([rsh(i64::MAX, 63), rsh(-1, 63), rsh(-1, 1000)], [0, 0, 0]);
    }

    #[test]
    fn left_shifts_saturate() {
        assert_eq!(rss(1, -31), i32::MAX);
        assert_eq!(rss(-1, -40), -i32::MAX);
        assert_eq!(rss(0, -40), 0);
        assert_eq!(rss(1, -30), 1 << 30);
        assert_eq!(rss(i64::from(i32::MIN), 0), -i32::MAX);
    }
}
