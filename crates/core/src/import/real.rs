//! The few real numbers of a model, correctly rounded to integers: phase increments of RoPE and the score scale.
//!
//! They are evaluated in arbitrary precision and rounded half up once; where a value lies so near to a tie that the precision cannot
//! tell, it is evaluated again with twice as many bits.

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;

use super::float::Dyadic;

type Real = FBig<HalfEven, 2>;

/// Bits of the first evaluation: 77 decimal digits.
const PRECISION: usize = 256;
/// An evaluation is trusted to this many bits less than its precision.
const MARGIN: isize = 64;

/// How a model stretches RoPE beyond the base's own frequencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// Every frequency is divided by the factor.
    Linear(Dyadic),
    /// Llama 3: long waves are divided by the factor, short ones kept, those between interpolated.
    Llama3 {
        /// What long waves are divided by.
        factor: Dyadic,
        /// Waves longer than the original context over this are long.
        low_freq_factor: Dyadic,
        /// Waves shorter than the original context over this are short.
        high_freq_factor: Dyadic,
        /// Context before the stretch.
        original_context: u32,
    },
    /// Frequency i is divided by factor i, as GGUF's `rope_freqs.weight` holds them.
    Factors(Vec<Dyadic>),
}

/// A RoPE whose increments are no u32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("RoPE parameter {what} is out of range")]
pub struct RopeError {
    /// The parameter.
    pub what: &'static str,
}

/// `floor(2^32·θ_i/2π + 1/2)` for the `head_dim / 2` frequencies `θ_i = base^(−2i/head_dim)`, scaled.
///
/// # Errors
/// If the base is below 1 or above 2^64, or a scaling parameter is not positive or makes an increment 2^32 or more.
pub fn rope_increments(base: Dyadic, head_dim: u32, scaling: &RopeScaling) -> Result<Vec<u32>, RopeError> {
    let magnitude = base.scaled_half_up(1, 0).unwrap_or(i128::MAX);
    if !base.is_positive() || !(1..=1 << 64).contains(&magnitude) || real(base, PRECISION) < Real::ONE {
        return Err(RopeError { what: "base" });
    }
    check(scaling, head_dim)?;
    let increment = |i: u32| {
        let value = |precision| {
            let theta = -(ratio(2 * i, head_dim, precision) * real(base, precision).ln());
            let theta = scale(theta.exp(), i as usize, scaling, precision);
            theta / (Real::pi(precision) * real(TWO, precision)) * real(Dyadic { mantissa: 1, exponent: 32 }, precision)
        };
        round_half_up(value).and_then(|v| u32::try_from(v).ok()).ok_or(RopeError { what: "scaling factor" })
    };
    (0..head_dim / 2).map(increment).collect()
}

/// C and ce with `C = floor(log2(e)/√head_dim·2^ce + 1/2)` in `2^15..2^16`.
///
/// # Panics
/// If `head_dim` is 0 or above 2^30.
pub fn score_scale(head_dim: u32) -> (u32, u8) {
    assert!((1..=1 << 30).contains(&head_dim), "a head has elements");
    let scaled = |ce: u8| {
        let value = |precision| {
            let root = real(integer(head_dim), precision) * square(real(TWO, precision).ln());
            real(Dyadic { mantissa: 1, exponent: i32::from(ce) }, precision) / sqrt(root)
        };
        round_half_up(value).expect("a scale of at most 2^17")
    };
    let (mut ce, mut c) = (0, scaled(0));
    while c < 1 << 15 {
        ce += 1;
        c = scaled(ce);
    }
    (c as u32, ce)
}

const TWO: Dyadic = Dyadic { mantissa: 2, exponent: 0 };

const fn integer(v: u32) -> Dyadic {
    Dyadic { mantissa: v as i64, exponent: 0 }
}

fn real(v: Dyadic, precision: usize) -> Real {
    Real::from_parts(v.mantissa.into(), v.exponent as isize).with_precision(precision).value()
}

fn ratio(a: u32, b: u32, precision: usize) -> Real {
    real(integer(a), precision) / real(integer(b), precision)
}

fn square(v: Real) -> Real {
    &v * &v
}

fn sqrt(v: Real) -> Real {
    v.sqrt()
}

fn check(scaling: &RopeScaling, head_dim: u32) -> Result<(), RopeError> {
    let positive = |v: &Dyadic, what| if v.is_positive() { Ok(()) } else { Err(RopeError { what }) };
    match scaling {
        RopeScaling::None => Ok(()),
        RopeScaling::Linear(factor) => positive(factor, "scaling factor"),
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            positive(factor, "scaling factor")?;
            positive(low_freq_factor, "low_freq_factor")?;
            if real(*high_freq_factor, PRECISION) <= real(*low_freq_factor, PRECISION) {
                return Err(RopeError { what: "high_freq_factor" });
            }
            if *original_context == 0 { Err(RopeError { what: "original context" }) } else { Ok(()) }
        }
        RopeScaling::Factors(factors) if factors.len() != (head_dim / 2) as usize => Err(RopeError { what: "number of factors" }),
        RopeScaling::Factors(factors) => factors.iter().try_for_each(|f| positive(f, "scaling factor")),
    }
}

fn scale(theta: Real, i: usize, scaling: &RopeScaling, precision: usize) -> Real {
    match scaling {
        RopeScaling::None => theta,
        RopeScaling::Linear(factor) => theta / real(*factor, precision),
        RopeScaling::Factors(factors) => theta / real(factors[i], precision),
        RopeScaling::Llama3 { factor, low_freq_factor, high_freq_factor, original_context } => {
            let (low, high) = (real(*low_freq_factor, precision), real(*high_freq_factor, precision));
            // Waves of this length in the original context.
            let turns = &theta * real(integer(*original_context), precision) / (Real::pi(precision) * real(TWO, precision));
            if turns < low {
                theta / real(*factor, precision)
            } else if turns > high {
                theta
            } else {
                let smooth = (turns - &low) / (high - low);
                let kept = &smooth * &theta;
                (Real::ONE.with_precision(precision).value() - smooth) * theta / real(*factor, precision) + kept
            }
        }
    }
}

/// `floor(v + 1/2)` of a real that `evaluate` gives to any precision; none if it is beyond 63 bits.
fn round_half_up(evaluate: impl Fn(usize) -> Real) -> Option<i64> {
    let mut precision = PRECISION;
    loop {
        let v = evaluate(precision);
        let half = real(Dyadic { mantissa: 1, exponent: -1 }, precision);
        if v > real(Dyadic { mantissa: 1, exponent: 62 }, precision) {
            return None;
        }
        let slack = Real::from_parts(1.into(), 64 + MARGIN - precision as isize).with_precision(precision).value();
        let floor = |v: Real| i64::try_from(v.floor().to_int().value()).ok();
        let (low, high) = (floor(&v + &half - &slack), floor(v + half + slack));
        if low == high {
            return low;
        }
        precision *= 2;
        // A value that is a tie to this many bits is one: half goes up.
        if precision > 1 << 12 {
            return high;
        }
    }
}
