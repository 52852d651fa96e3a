//! Source floats taken apart exactly: each is an integer times a power of two, and stays that until it is rounded once.

/// `mantissa · 2^exponent`, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dyadic {
    /// Signed; at most 53 bits.
    pub mantissa: i64,
    /// Power of two; −1074 to 971.
    pub exponent: i32,
}

/// An infinity or a NaN, which no integer model can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an infinity or a NaN")]
pub struct NonFinite;

impl Dyadic {
    /// Zero.
    pub const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    /// The value of an f32 given by its bits.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn from_f32_bits(bits: u32) -> Result<Self, NonFinite> {
        Self::from_ieee(u64::from(bits), 8, 23)
    }

    /// The value of an f16 given by its bits.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn from_f16_bits(bits: u16) -> Result<Self, NonFinite> {
        Self::from_ieee(u64::from(bits), 5, 10)
    }

    /// The value of a bf16 given by its bits.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn from_bf16_bits(bits: u16) -> Result<Self, NonFinite> {
        Self::from_f32_bits(u32::from(bits) << 16)
    }

    /// The value of an f64 given by its bits.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn from_f64_bits(bits: u64) -> Result<Self, NonFinite> {
        Self::from_ieee(bits, 11, 52)
    }

    /// Whether the value is above zero.
    pub const fn is_positive(self) -> bool {
        self.mantissa > 0
    }

    /// `floor(value · factor · 2^shift + 1/2)`, or none where it does not fit 126 bits.
    pub fn scaled_half_up(self, factor: u32, shift: i32) -> Option<i128> {
        let product = i128::from(self.mantissa) * i128::from(factor);
        let shift = self.exponent + shift;
        if product == 0 {
            return Some(0);
        }
        if shift >= 0 {
            let room = product.unsigned_abs().leading_zeros().saturating_sub(2);
            return (shift.unsigned_abs() <= room).then(|| product << shift);
        }
        let down = shift.unsigned_abs() - 1;
        let twice = if down > 126 { product.signum().min(0) } else { product >> down };
        Some((twice >> 1) + (twice & 1))
    }

    fn from_ieee(bits: u64, exponent_bits: u32, fraction_bits: u32) -> Result<Self, NonFinite> {
        let fraction = bits & ((1 << fraction_bits) - 1);
        let top = (1u64 << exponent_bits) - 1;
        let biased = bits >> fraction_bits & top;
        if biased == top {
            return Err(NonFinite);
        }
        let magnitude = if biased == 0 { fraction } else { fraction | 1 << fraction_bits } as i64;
        let bias = (top / 2) as i32 + fraction_bits as i32;
        let negative = bits >> (exponent_bits + fraction_bits) & 1 == 1;
        Ok(Self { mantissa: if negative { -magnitude } else { magnitude }, exponent: (biased.max(1)) as i32 - bias })
    }
}

/// An f16 in units of 2^−24, of which every finite f16 is a multiple: at most 65504·2^24 < 2^40.
///
/// # Errors
/// If it is not finite.
pub fn f16_units(bits: u16) -> Result<i64, NonFinite> {
    let value = Dyadic::from_f16_bits(bits)?;
    Ok(value.mantissa << (value.exponent + 24))
}

/// Largest finite f16, in units of 2^−24.
const F16_MAX: u64 = 65504 << 24;

/// The f16 nearest to `numerator/denominator` units of 2^−24, ties to even, in those units; none above the largest f16.
///
/// # Panics
/// If the denominator is 0, or the numerator or 2^12 times the denominator does not fit 63 bits.
pub fn f16_nearest(numerator: u64, denominator: u64) -> Option<u64> {
    let quotient = numerator / denominator;
    // Units in the last place: 11 significant bits, never finer than 2^−24.
    let ulp = 1u64 << (u64::BITS - quotient.leading_zeros()).saturating_sub(11);
    let step = denominator * ulp;
    let (floor, twice) = (numerator / step, 2 * (numerator % step));
    let up = twice > step || twice == step && floor & 1 == 1;
    let nearest = (floor + u64::from(up)) * ulp;
    (nearest <= F16_MAX).then_some(nearest)
}

/// The bits of the f16 whose value is `units` of 2^−24.
///
/// # Panics
/// If there is no such f16.
pub fn f16_bits(units: i64) -> u16 {
    let magnitude = units.unsigned_abs();
    let shift = (u64::BITS - magnitude.leading_zeros()).saturating_sub(11);
    assert!(magnitude <= F16_MAX && magnitude >> shift << shift == magnitude, "{units} units are no f16");
    // The leading bit of a normal fraction adds 1 to the exponent's field.
    let bits = (magnitude >> shift) as u16 + ((shift as u16) << 10);
    if units < 0 { bits | 1 << 15 } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_f16_is_exact() {
        for bits in 0..=u16::MAX {
            let (exponent, fraction) = (i32::from(bits >> 10 & 31), i64::from(bits & 1023));
            let units = match exponent {
                31 => None,
                0 => Some(fraction),
                e => Some((1024 + fraction) << (e - 1)),
            };
            let signed = units.map(|u| if bits >> 15 == 1 { -u } else { u });
            assert_eq!(f16_units(bits).ok(), signed, "{bits:#06x}");
            if let Some(units) = signed.filter(|_| bits != 0x8000) {
                assert_eq!(f16_bits(units), bits);
                assert_eq!(f16_nearest(3 * units.unsigned_abs(), 3), Some(units.unsigned_abs()));
            }
        }
    }

    #[test]
    fn f16_rounds_to_nearest_and_ties_to_even() {
        assert_eq!(f16_nearest(1, 2), Some(0));
        assert_eq!(f16_nearest(3, 2), Some(2));
        assert_eq!(f16_nearest(4097, 2), Some(2048));
        assert_eq!(f16_nearest(2049, 1), Some(2048));
        assert_eq!(f16_nearest(2051, 1), Some(2052));
        assert_eq!(f16_nearest(20491, 10), Some(2050));
        assert_eq!(f16_nearest((65520 << 24) - 1, 1), Some(65504 << 24));
        assert_eq!(f16_nearest(65520 << 24, 1), None);
    }

    #[test]
    fn f32_and_f64_survive_the_round_trip() {
        for v in [1.0f32, -1.0, 1e-5, f32::MIN_POSITIVE, f32::MAX, 1e-45, -0.3] {
            let d = Dyadic::from_f32_bits(v.to_bits()).unwrap();
            assert_eq!(d.mantissa as f64 * 2f64.powi(d.exponent), f64::from(v));
            assert_eq!(
                Dyadic::from_f64_bits(f64::from(v).to_bits()).map(|d| d.mantissa as f64 * 2f64.powi(d.exponent)),
                Ok(f64::from(v))
            );
        }
        assert_eq!(Dyadic::from_f32_bits(f32::NAN.to_bits()), Err(NonFinite));
        assert_eq!(Dyadic::from_bf16_bits(0x7f80), Err(NonFinite));
        assert_eq!(Dyadic::from_f64_bits(f64::INFINITY.to_bits()), Err(NonFinite));
    }

    #[test]
    fn scaling_rounds_half_up() {
        let of = |v: f64, shift| Dyadic::from_f64_bits(v.to_bits()).unwrap().scaled_half_up(1, shift);
        assert_eq!(of(1.5, 0), Some(2));
        assert_eq!(of(-1.5, 0), Some(-1));
        assert_eq!(of(2.5, 0), Some(3));
        assert_eq!(of(-2.500001, 0), Some(-3));
        assert_eq!(of(1e-300, 10), Some(0));
        assert_eq!(of(-1e-300, 10), Some(0));
        assert_eq!(of(1.0, 124), Some(1 << 124));
        assert_eq!(of(1.0, 200), None);
        assert_eq!(of(0.0, 2000), Some(0));
    }
}
