//! What an inspection of an offering looks at.

use alloy_primitives::{Address, U256};

use super::super::abi::erc20::Erc20;
use super::super::abi::offering::ModelOffering;
use super::super::abi::registry::ModelRegistry;
use super::super::abi::revshare::RevShareToken;
use super::super::abi::vesting::OfferingVesting;
use super::super::code::{self, CodeFacts};
use super::super::inspect::{Facts, Record, Wallet};
use super::super::text::inert;
use super::PROXY_SLOTS;
use super::asker::{Asker, Stop};
use super::erc20;
use super::offering;

/// Most places of a model's file that are looked at.
const MOST_URIS: u64 = 16;

/// Code and proxy slots.
pub(super) fn code_of(asker: &mut Asker<'_>, contract: &str, address: Address) -> Result<CodeFacts, Stop> {
    let code = asker.code(address);
    let slots = PROXY_SLOTS.map(|slot| asker.storage(address, slot));
    let mut facts = code::facts(contract, &code?);
    for slot in slots {
        facts.delegates |= !slot?.is_zero();
    }
    Ok(facts)
}

pub(super) fn read(asker: &mut Asker<'_>, offering: Address, registry: Option<(Address, Address)>) -> Result<Facts, Stop> {
    let offering_code = code_of(asker, "ModelOffering", offering);
    let terms = offering::terms(asker, offering);
    let state = asker.call(offering, ModelOffering::stateCall { account: Address::ZERO });
    let (offering_code, (token, terms), state) = (offering_code?, terms?, state?);
    let currency = terms.currency;

    let token_code = code_of(asker, "RevShareToken", token);
    let supply = asker.call(token, Erc20::totalSupplyCall {});
    let held = asker.call(token, Erc20::balanceOfCall { account: offering });
    let model_id = asker.try_call(token, RevShareToken::modelIdCall {});
    let percent = asker.try_call(token, RevShareToken::percentClaimableCall {});
    let interval = asker.try_call(token, RevShareToken::snapshotIntervalCall {});
    let owner = asker.try_call(token, Erc20::ownerCall {});
    let name = asker.try_call(token, Erc20::nameCall {});
    let units = erc20::units(asker, token);
    let is_ether = currency == Address::ZERO;
    let money = if is_ether { asker.balance(offering) } else { asker.call(currency, Erc20::balanceOfCall { account: offering }) };
    let currency_code = if is_ether { Ok(None) } else { code_of(asker, "", currency).map(Some) };
    let wallets: Vec<_> = terms
        .shares
        .iter()
        .map(|share| {
            let code = code_of(asker, "OfferingVesting", share.wallet);
            let owner = asker.try_call(share.wallet, OfferingVesting::ownerCall {});
            let start = asker.try_call(share.wallet, OfferingVesting::startCall {});
            let cliff = asker.try_call(share.wallet, OfferingVesting::cliffCall {});
            let end = asker.try_call(share.wallet, OfferingVesting::endCall {});
            let beneficiary = asker.code(share.beneficiary);
            (code, owner, start, cliff, end, beneficiary)
        })
        .collect();
    let record = registry.map(|(registry, owner)| {
        let bound = asker.try_call(registry, ModelRegistry::revenueTokenOfCall { modelId: terms.model_id, owner });
        let count = asker.try_call(registry, ModelRegistry::uriCountCall { modelId: terms.model_id, owner });
        (registry, owner, bound, count)
    });

    let ((symbol, decimals), wallets) = (units?, wallets.into_iter());
    let wallets = wallets.map(|(code, owner, start, cliff, end, beneficiary)| {
        Ok(Wallet {
            code: code?,
            owner: owner?,
            start: start?.unwrap_or_default(),
            cliff: cliff?.unwrap_or_default(),
            end: end?.unwrap_or_default(),
            beneficiary_is_contract: !beneficiary?.is_empty(),
        })
    });
    let wallets = wallets.collect::<Result<Vec<_>, Stop>>()?;
    let record = match record {
        None => None,
        Some((registry, owner, bound, count)) => {
            let count = count?.map_or(0, |count| count.saturating_to::<u64>()).min(MOST_URIS);
            let uris: Vec<_> = (0..count)
                .map(|index| {
                    let index = U256::from(index);
                    asker.try_call(registry, ModelRegistry::uriOfCall { modelId: terms.model_id, owner, index })
                })
                .collect();
            let uris = uris.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
            Some(Record { revenue_token: bound?, uris: uris.iter().map(|uri| inert(uri, 2048)).collect() })
        }
    };
    Ok(Facts {
        offering,
        token,
        raised: state.raised,
        finalized: state.finalized,
        offering_code,
        token_code: token_code?,
        token_supply: supply?,
        token_held: held?,
        token_model_id: model_id?,
        token_percent: percent?,
        token_interval: interval?.map(|interval| interval.to::<u64>()),
        token_owner: owner?.filter(|owner| *owner != Address::ZERO),
        token_name: name?.unwrap_or_default(),
        token_symbol: symbol,
        token_decimals: decimals,
        currency_held: money?,
        currency_code: currency_code?,
        wallets,
        record,
        terms,
    })
}
