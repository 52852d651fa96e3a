//! What the contract holds of one asset, and for whom.

use super::{Allotment, RevShareError, U256, allot, redeem, share};

/// The books of one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// For accounts: shares that are not claimed, and payments that failed.
    pub owed: u128,
    /// For burns.
    pub pool: u128,
    /// The part of `owed`, in 2^-128 of the smallest unit, that divisions left over.
    pub carry: u128,
}

impl Ledger {
    /// Revenue that no snapshot has seen, of a contract that holds `held`. None where less is held than promised.
    pub fn fresh(&self, held: U256) -> u128 {
        let held: u128 = held.saturating_to();
        held.saturating_sub(self.owed).saturating_sub(self.pool)
    }

    /// Take a snapshot; without new revenue nothing is allotted.
    ///
    /// # Errors
    /// As [`allot`].
    pub fn snapshot(&mut self, held: U256, percent: u8, supply: u128) -> Result<Option<Allotment>, RevShareError> {
        let fresh = self.fresh(held);
        if fresh == 0 {
            return Ok(None);
        }
        let a = allot(fresh, percent, supply, self.carry)?;
        let owed = self.owed.checked_add(a.claimable).ok_or(RevShareError::Ledger)?;
        let pool = self.pool.checked_add(a.redeemable).ok_or(RevShareError::Ledger)?;
        *self = Self { owed, pool, carry: a.carry };
        Ok(Some(a))
    }

    /// Settle a share; what is paid. `remainder` is that of the account and the snapshot's group.
    ///
    /// # Errors
    /// As [`share`], and if less is owed.
    pub fn claim(&mut self, per_share: U256, balance: u128, remainder: &mut u128) -> Result<u128, RevShareError> {
        let settled = share(per_share, balance, *remainder)?;
        self.owed = self.owed.checked_sub(settled.amount).ok_or(RevShareError::Ledger)?;
        *remainder = settled.remainder;
        Ok(settled.amount)
    }

    /// Redeem burnt tokens; what is paid.
    ///
    /// # Errors
    /// As [`redeem`].
    pub fn burn(&mut self, amount: u128, supply: u128) -> Result<u128, RevShareError> {
        let paid = redeem(self.pool, amount, supply)?;
        self.pool -= paid;
        Ok(paid)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Three holders, revenue, snapshots and burns; at the end all is claimed.
        #[test]
        fn every_unit_is_accounted_for(
            revenue in prop::collection::vec((any::<u64>(), any::<u16>()), 1..100), percent in 0..=100u8, parts in any::<[u32; 3]>()
        ) {
            let mut ledger = Ledger::default();
            let mut balances = parts.map(|part| u128::from(part) + 1);
            let (mut earned, mut paid, mut snapshots) = (0u128, 0u128, Vec::new());
            for (amount, burnt) in revenue {
                earned += u128::from(amount);
                let supply = balances.iter().sum();
                if let Some(a) = ledger.snapshot(U256::from(earned - paid), percent, supply).unwrap() {
                    snapshots.push((a.per_share, balances));
                }
                let burnt = u128::from(burnt).min(balances[0] - 1);
                paid += ledger.burn(burnt, supply).unwrap();
                balances[0] -= burnt;
                prop_assert_eq!(earned, paid + ledger.owed + ledger.pool);
            }
            let mut remainders = [0; 3];
            for (per_share, balances) in snapshots.iter().rev() {
                for (balance, remainder) in balances.iter().zip(&mut remainders) {
                    paid += ledger.claim(*per_share, *balance, remainder).unwrap();
                }
            }
            let left = remainders.iter().fold(U256::from(ledger.carry), |sum, r| sum + U256::from(*r));
            prop_assert_eq!(U256::from(ledger.owed) << 128, left);
            prop_assert_eq!(earned, paid + ledger.owed + ledger.pool);
        }
    }

    #[test]
    fn a_balance_that_shrank_is_filled_first() {
        let mut ledger = Ledger { owed: 80, pool: 20, carry: 0 };
        assert_eq!(ledger.fresh(U256::from(99)), 0);
        assert_eq!(ledger.snapshot(U256::from(50), 50, 7), Ok(None));
        assert_eq!(ledger.fresh(U256::from(103)), 3);
        assert_eq!(ledger.fresh(U256::MAX), u128::MAX - 100);
    }

    #[test]
    fn more_than_is_owed_is_not_paid() {
        let mut ledger = Ledger { owed: 1, ..Ledger::default() };
        let before = ledger;
        let mut remainder = 5;
        assert_eq!(ledger.claim(U256::from(2) << 128, 1, &mut remainder), Err(RevShareError::Ledger));
        assert_eq!((ledger, remainder), (before, 5));
    }
}
