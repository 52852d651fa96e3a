//! Norm weights: `G = sgn(g)·floor((isqrt(floor(g²·d·4^(eg+1))) + 1)/2)`, eg the largest with max|G| <= 32767.

use super::float::Dyadic;
use crate::ops::rmsnorm::Norm;

/// Largest |G|.
const TOP: u64 = 32767;

/// The integer norm of `weights`, √d folded in.
pub fn convert_norm(weights: &[Dyadic]) -> Norm {
    let d = weights.len() as u64;
    let magnitude = |eg| weights.iter().map(|w| root(*w, d, eg).unwrap_or(u64::MAX)).max().unwrap_or(0);
    let mut eg = match weights.iter().filter(|w| w.mantissa != 0).map(|w| order(*w)).max() {
        // |g|·√d·2^eg is at least 2^(order − 1 + eg), so G is above TOP from order + eg = 17 on.
        Some(order) => 17 - order,
        None => 0,
    };
    while magnitude(eg) > TOP {
        eg -= 1;
    }
    let g = weights.iter().map(|w| {
        let value = root(*w, d, eg).unwrap_or(TOP).min(TOP) as i16;
        if w.mantissa < 0 { -value } else { value }
    });
    Norm { g: g.collect(), eg: eg as i16 }
}

/// Least n with |w| < 2^n.
fn order(w: Dyadic) -> i32 {
    (u64::BITS - w.mantissa.unsigned_abs().leading_zeros()) as i32 + w.exponent
}

/// `floor((isqrt(floor(g²·d·4^(eg+1))) + 1)/2)`; none where it is far above every G.
fn root(g: Dyadic, d: u64, eg: i32) -> Option<u64> {
    let mantissa = u128::from(g.mantissa.unsigned_abs());
    // Source norms are at most F32: a mantissa below 2^24, d at most 2^14.
    let square = mantissa * mantissa * u128::from(d);
    let shift = 2 * (g.exponent + eg + 1);
    let n = if square == 0 || shift < -127 {
        0
    } else if shift < 0 {
        square >> -shift
    } else if (shift as u32) < square.leading_zeros() {
        square << shift
    } else {
        return None;
    };
    u64::try_from(n.isqrt()).ok().map(|r| r.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f32]) -> Norm {
        convert_norm(&values.iter().map(|v| Dyadic::from_f32_bits(v.to_bits()).unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn the_exponent_is_the_largest_that_fits() {
        // d = 4: √d = 2. 2·1·2^13 = 16384 fits, 2^14 would be 32768.
        assert_eq!(of(&[1.0, -0.5, 0.0, 0.25]), Norm { g: vec![16384, -8192, 0, 4096], eg: 13 });
        // √1 · 32767/32768 · 2^15 = 32767 exactly.
        assert_eq!(of(&[32767.0 / 32768.0]), Norm { g: vec![32767], eg: 15 });
        assert_eq!(of(&[32767.75 / 32768.0]), Norm { g: vec![16384], eg: 14 });
        assert_eq!(of(&[0.0, 0.0]), Norm { g: vec![0, 0], eg: 0 });
    }

    #[test]
    fn every_exponent_of_f32_works() {
        for bits in (1u32..0x7f80_0000).step_by(0x0012_3457) {
            let norm = of(&[f32::from_bits(bits), 0.0, 0.0]);
            assert!(norm.g[0] > 16000, "{bits:#x} {norm:?}");
        }
    }
}
