//! A claim: the share of a balance, with what earlier shares of the account left over.

use super::{RevShareError, U256};

/// So many snapshots, from a multiple of it on, have a remainder in common for each account and asset.
pub const GROUP: u64 = 128;

/// A share, and what it leaves for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What is paid, in the asset's smallest unit.
    pub amount: u128,
    /// What is left over, in 2^-128 of it.
    pub remainder: u128,
}

/// The share of `balance` at a snapshot. A share of nothing (no `per_share`, no balance) is no claim: the contract leaves it open.
///
/// # Errors
/// If the share exceeds 128 bits, which no snapshot of a supply that includes the balance gives.
pub fn share(per_share: U256, balance: u128, remainder: u128) -> Result<Settlement, RevShareError> {
    let exact = per_share.checked_mul(U256::from(balance)).and_then(|product| product.checked_add(U256::from(remainder)));
    let exact = exact.ok_or(RevShareError::Ledger)?;
    Ok(Settlement { amount: (exact >> 128usize).to(), remainder: (exact & U256::from(u128::MAX)).to() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::allot;
    use super::*;

    proptest! {
        #[test]
        fn shares_of_a_parted_supply_are_the_whole(fresh: u128, supply in 1..=u128::MAX, cut: u128) {
            let part = cut % supply;
            let a = allot(fresh, 100, supply, 0).unwrap();
            let shares = [part, supply - part].map(|balance| share(a.per_share, balance, 0).unwrap());
            let paid: u128 = shares.iter().map(|s| s.amount).sum();
            let left = shares.iter().fold(U256::from(a.carry), |sum, s| sum + U256::from(s.remainder));
            prop_assert_eq!(U256::from(a.claimable - paid) << 128, left);
        }
    }

    #[test]
    fn remainders_add_up() {
        let third = allot(1, 100, 3, 0).unwrap();
        let mut remainder = 0;
        let paid: Vec<u128> = (0..4)
            .map(|_| {
                let s = share(third.per_share, 1, remainder).unwrap();
                remainder = s.remainder;
                s.amount
            })
            .collect();
        // A third, rounded down, is less than a third.
        assert_eq!(paid, [0, 0, 0, 1]);
    }

    #[test]
    fn a_share_beyond_the_ledger_is_refused() {
        assert_eq!(share(U256::MAX, 2, 0), Err(RevShareError::Ledger));
        assert_eq!(share(U256::MAX, 1, 1), Err(RevShareError::Ledger));
    }
}
