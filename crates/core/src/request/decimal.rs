//! The decimal numbers that people give, turned into a sampler's integers exactly.
//!
//! A request holds no decimals: `beta = round(2^16·log2(e)/temperature)` and `top_p = round(2^16·p)` are computed here, at the edge, in
//! integers, so that every front end makes the same request of the same text.

/// floor(log2(e)·2^96): enough bits that no temperature of [`MAX_DIGITS`] digits can round wrongly.
const LOG2_E_Q96: u128 = 114_302_077_158_074_026_402_637_675_936;
/// Most digits after the point.
const MAX_DIGITS: u32 = 9;

/// Why a text is not the number that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {got:?}, expected {expected}")]
pub struct DecimalError {
    /// What the number is for.
    pub what: &'static str,
    /// The text.
    pub got: String,
    /// The domain.
    pub expected: &'static str,
}

/// The sampler's β of a temperature written as a decimal; `0` means greedy.
///
/// # Errors
/// If it is not a plain decimal, or its β is not below 2^31 and above 0 (0.00005 to 180000 are fine).
pub fn beta(temperature: &str) -> Result<u32, DecimalError> {
    const EXPECTED: &str = "0 (greedy) or a decimal from 0.00005 to 180000 with at most 9 digits after the point";
    let error = || DecimalError { what: "temperature", got: excerpt(temperature), expected: EXPECTED };
    let (digits, scale) = parse(temperature).ok_or_else(error)?;
    if digits == 0 {
        return Ok(0);
    }
    // 2^16·log2(e)·10^scale / digits, with 96 − 16 fraction bits taken off by the divisor.
    let numerator = LOG2_E_Q96.checked_mul(10u128.pow(scale)).ok_or_else(error)?;
    let beta = divide_half_up(numerator, digits << 80);
    u32::try_from(beta).ok().filter(|&b| (1..1 << 31).contains(&b)).ok_or_else(error)
}

/// The sampler's β of a temperature in thousandths; 0 means greedy.
///
/// # Errors
/// As [`beta`].
pub fn beta_from_milli(temperature_milli: u32) -> Result<u32, DecimalError> {
    beta(&format!("{}.{:03}", temperature_milli / 1000, temperature_milli % 1000))
}

/// The sampler's top_p of a share written as a decimal: `round(2^16·p)`; `1` is off.
///
/// # Errors
/// If it is not a plain decimal, not above 0 or above 1.
pub fn share(p: &str) -> Result<u32, DecimalError> {
    const EXPECTED: &str = "a decimal above 0 and up to 1 with at most 9 digits after the point";
    let error = || DecimalError { what: "top-p", got: excerpt(p), expected: EXPECTED };
    let (digits, scale) = parse(p).ok_or_else(error)?;
    let share = divide_half_up(digits << 16, 10u128.pow(scale));
    u32::try_from(share).ok().filter(|s| digits > 0 && (1..=1 << 16).contains(s)).ok_or_else(error)
}

/// `floor(a/b + 1/2)`.
const fn divide_half_up(a: u128, b: u128) -> u128 {
    let (quotient, rest) = (a / b, a % b);
    if rest >= b - rest { quotient + 1 } else { quotient }
}

/// `12.34` as (1234, 2): the integer is below 2^46.
fn parse(text: &str) -> Option<(u128, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |s: &str, most: usize| !s.is_empty() && s.len() <= most && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 12) || !digits(fraction, MAX_DIGITS as usize) {
        return None;
    }
    let scale = fraction.len() as u32;
    let value = whole.parse::<u128>().ok()? * 10u128.pow(scale) + fraction.parse::<u128>().ok()?;
    (value < 1 << 46).then_some((value, scale))
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_temperatures() {
        // 2^16·log2(e) = 94548.46…
        for (t, b) in [("0", 0), ("0.0", 0), ("1", 94548), ("1.000", 94548), ("0.7", 135069), ("0.8", 118186), ("2", 47274)] {
            assert_eq!(beta(t), Ok(b), "{t}");
        }
        assert_eq!(beta_from_milli(700), beta("0.7"));
        assert_eq!(beta_from_milli(1), beta("0.001"));
        assert_eq!(beta_from_milli(0), Ok(0));
    }

    #[test]
    fn a_warm_temperature_never_becomes_greedy() {
        assert_eq!(beta("180000"), Ok(1));
        assert!(beta("190000").is_err(), "β would be 0, which is greedy");
        assert!(beta("0.00004").is_err(), "β would not fit");
        assert!(beta("0.00005").is_ok());
    }

    #[test]
    fn shares() {
        for (p, s) in [("1", 65536), ("1.0", 65536), ("0.9", 58982), ("0.8", 52429), ("0.5", 32768), ("0.00001", 1)] {
            assert_eq!(share(p), Ok(s), "{p}");
        }
        for p in ["0", "1.1", "0.000001", "2", "999999999999"] {
            assert!(share(p).is_err(), "{p}");
        }
    }

    #[test]
    fn only_plain_decimals() {
        let long = "1".repeat(13);
        for t in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0x1", "1,5", " 1", "0.1234567891", "∞", "NaN", &long] {
            assert!(beta(t).is_err(), "{t:?}");
            assert!(share(t).is_err(), "{t:?}");
        }
    }
}
