//! A snapshot splits new revenue between the holders of the block before and the pool of burns.

use super::{RevShareError, U256};

/// What a snapshot does with new revenue of one asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allotment {
    /// What one unit of the token gets, in 2^-128 of the asset's smallest unit; below 2^208.
    pub per_share: U256,
    /// What becomes owed. Exactly: `claimable * 2^128 + carry before = per_share * supply + carry`.
    pub claimable: u128,
    /// What goes to the pool of burns.
    pub redeemable: u128,
    /// What the division left over, in 2^-128 of the smallest unit; below the supply.
    pub carry: u128,
}

/// Split `fresh` revenue. `carry` is what the divisions of earlier snapshots left over.
///
/// # Errors
/// If there is no supply, or more per cent than a hundred.
pub fn allot(fresh: u128, percent: u8, supply: u128, carry: u128) -> Result<Allotment, RevShareError> {
    if percent > 100 {
        return Err(RevShareError::Percent(percent));
    }
    if supply == 0 {
        return Err(RevShareError::NoSupply);
    }
    // 135 bits.
    let gross = (U256::from(fresh) * U256::from(percent) / U256::from(100)).to::<u128>();
    // So that per_share fits 208 bits. What exceeds it stays new revenue for the next snapshot.
    let most = (U256::from(supply) << 80) - U256::from(1);
    let claimable: U256 = U256::from(gross).min(most);
    let dividend: U256 = (claimable << 128) + U256::from(carry);
    let (per_share, left) = dividend.div_rem(U256::from(supply));
    Ok(Allotment { per_share, claimable: claimable.to(), redeemable: fresh - gross, carry: left.to() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost(fresh: u128, percent in 0..=100u8, supply in 1..=u128::MAX, carry: u128) {
            let a = allot(fresh, percent, supply, carry).unwrap();
            let whole = (U256::from(a.claimable) << 128) + U256::from(carry);
            prop_assert_eq!(whole, a.per_share * U256::from(supply) + U256::from(a.carry));
            prop_assert!(a.carry < supply && a.per_share.bit_len() <= 208);
            prop_assert!(a.claimable.checked_add(a.redeemable).is_some_and(|sum| sum <= fresh));
        }
    }

    #[test]
    fn the_ends_hold() {
        for supply in [1, 2, 1 << 47, 1 << 48, u128::MAX] {
            for percent in [0, 100] {
                let a = allot(u128::MAX, percent, supply, u128::MAX).unwrap();
                let whole = (U256::from(a.claimable) << 128) + U256::from(u128::MAX);
                assert_eq!(whole, a.per_share * U256::from(supply) + U256::from(a.carry));
                assert!(a.per_share.bit_len() <= 208);
            }
        }
        assert_eq!(allot(1 << 81, 100, 1, 0).unwrap().claimable, (1 << 80) - 1);
    }

    #[test]
    fn the_figures_of_the_contract() {
        let a = allot(10_000_000_000_000_000_000, 80, 1_000_000_000_000_000_000_000_000_000, 0).unwrap();
        assert_eq!((a.claimable, a.redeemable), (8_000_000_000_000_000_000, 2_000_000_000_000_000_000));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert_eq!(allot(1, 101, 1, 0), Err(RevShareError::Percent(101)));
        assert_eq!(allot(1, 100, 0, 0), Err(RevShareError::NoSupply));
    }
}
