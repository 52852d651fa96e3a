//! A burn: the share of a pool.

use super::{RevShareError, U256};

/// What burning `amount` of `supply` takes from a pool, rounded down in favour of the holders who stay.
///
/// # Errors
/// If there is no supply, or not so much.
pub fn redeem(pool: u128, amount: u128, supply: u128) -> Result<u128, RevShareError> {
    if amount > supply {
        return Err(RevShareError::BeyondSupply { amount, supply });
    }
    if supply == 0 {
        return Err(RevShareError::NoSupply);
    }
    Ok((U256::from(pool) * U256::from(amount) / U256::from(supply)).to())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_stays_loses_nothing(pool: u128, supply in 2..=u128::MAX, cut: u128) {
            let amount = cut % supply;
            let left = pool - redeem(pool, amount, supply).unwrap();
            prop_assert!(redeem(left, 1, supply - amount).unwrap() >= redeem(pool, 1, supply).unwrap());
        }
    }

    #[test]
    fn the_last_burn_takes_all() {
        assert_eq!(redeem(u128::MAX, u128::MAX, u128::MAX), Ok(u128::MAX));
        assert_eq!(redeem(7, 3, 3), Ok(7));
        assert_eq!(redeem(7, 1, 3), Ok(2));
    }

    #[test]
    fn what_is_not_there_cannot_burn() {
        assert_eq!(redeem(7, 0, 0), Err(RevShareError::NoSupply));
        assert_eq!(redeem(7, 2, 1), Err(RevShareError::BeyondSupply { amount: 2, supply: 1 }));
    }
}
