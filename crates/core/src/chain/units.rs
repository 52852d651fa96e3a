//! Amounts as people write them: exact decimals, no floats.

use alloy_primitives::U256;

/// Most decimals of a token that are understood; 10^77 is the largest power of ten below 2^256.
pub const MAX_DECIMALS: u8 = 77;

/// Why text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitsError {
    /// Not digits with at most one point between them.
    #[error("{text:?} is not a decimal number such as 12.5")]
    Malformed {
        /// What was given, cut.
        text: String,
    },
    /// More places after the point than the token has.
    #[error("{places} places after the point, but the unit has {decimals}")]
    TooFine {
        /// Places found.
        places: usize,
        /// Places of the unit.
        decimals: u8,
    },
    /// Not below 2^256, or more decimals than that has digits.
    #[error("the amount is too large")]
    TooLarge,
}

/// The number of smallest units that `text` says. Neither sign, exponent nor separators; nothing is rounded.
///
/// # Errors
/// If it is no such number or does not fit.
pub fn parse(text: &str, decimals: u8) -> Result<U256, UnitsError> {
    let malformed = || UnitsError::Malformed { text: text.chars().take(40).collect() };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(malformed());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(decimals) {
        return Err(UnitsError::TooFine { places: fraction.len(), decimals });
    }
    let whole = whole.trim_start_matches('0');
    if decimals > MAX_DECIMALS || whole.len() + usize::from(decimals) > 78 {
        return Err(UnitsError::TooLarge);
    }
    let padding = std::iter::repeat_n(b'0', usize::from(decimals) - fraction.len());
    let mut value = U256::ZERO;
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        let shifted = value.checked_mul(U256::from(10)).and_then(|v| v.checked_add(U256::from(digit - b'0')));
        value = shifted.ok_or(UnitsError::TooLarge)?;
    }
    Ok(value)
}

/// `value` smallest units as a decimal number, exactly, without needless zeros.
pub fn format(value: U256, decimals: u8) -> String {
    let digits = format!("{:0>width$}", value.to_string(), width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact() {
        for (text, decimals, value) in
            [("1", 18, "1000000000000000000"), ("0.000001", 6, "1"), ("0012.50", 2, "1250"), ("7", 0, "7"), ("1.0", 0, "1")]
        {
            assert_eq!(parse(text, decimals).unwrap().to_string(), value, "{text}");
        }
        assert_eq!(format(U256::from(1u64), 18), "0.000000000000000001");
        assert_eq!(format(U256::from(1250u64), 2), "12.5");
        assert_eq!(format(U256::ZERO, 18), "0");
        assert_eq!(parse(&format(U256::MAX, 18), 18).unwrap(), U256::MAX);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0x10", " 1", "1 ", "1_000", "١", "1.2.3", "NaN"] {
            assert!(matches!(parse(text, 18), Err(UnitsError::Malformed { .. })), "{text:?}");
        }
        assert_eq!(parse("0.0000001", 6), Err(UnitsError::TooFine { places: 7, decimals: 6 }));
        assert_eq!(parse("1", 78), Err(UnitsError::TooLarge));
        assert_eq!(parse(&"9".repeat(78), 0), Err(UnitsError::TooLarge));
        assert_eq!(parse(&"9".repeat(100_000), 0), Err(UnitsError::TooLarge));
    }

    proptest! {
        #[test]
        fn every_amount_reads_back(limbs: [u64; 4], decimals in 0u8..=77) {
            let value = U256::from_limbs(limbs);
            prop_assert_eq!(parse(&format(value, decimals), decimals).unwrap(), value);
        }

        #[test]
        fn no_text_panics(text in ".{0,100}", decimals: u8) {
            let _ = parse(&text, decimals);
        }
    }
}
