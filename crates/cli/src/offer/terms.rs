//! The file of an offering's terms, as a person writes it: amounts in whole tokens, moments as dates, times in days, shares in per cent.
//! docs/offering-terms.md explains it by an example.

use alloy_primitives::{Address, B256, U256};
use openimo_core::chain::create::{Creation, OfferingTerms, PartTerms, TokenTerms};
use openimo_core::chain::{date, units};
use serde::Deserialize;
use toml::value::{Datetime, Offset};

use crate::failure::Failure;

/// Decimals of a new token.
pub const TOKEN_DECIMALS: u8 = 18;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    model: B256,
    token: Token,
    offering: Offering,
    team: Part,
    treasury: Part,
    liquidity: Liquidity,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    name: String,
    symbol: String,
    percent_claimable: u8,
    snapshot_interval: u64,
    #[serde(default)]
    revenue_tokens: Vec<Address>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offering {
    currency: Currency,
    for_sale: Amount,
    target: Amount,
    cap: Amount,
    account_cap: Amount,
    start: Moment,
    end: Moment,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    beneficiary: Address,
    tokens: Amount,
    proceeds: Share,
    cliff: Span,
    vesting: Span,
}

/// Paid at once, so it has no times.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Liquidity {
    beneficiary: Address,
    tokens: Amount,
    proceeds: Share,
}

/// `"ETH"`, or an ERC-20's address.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Currency(Address);

/// A decimal number whose unit is known later.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Number")]
struct Amount(String);

#[derive(Deserialize)]
#[serde(untagged, expecting = "an amount is a whole number, or a decimal one in quotes such as \"0.5\"")]
enum Number {
    Whole(u64),
    Text(String),
}

/// Seconds since 1970.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Datetime")]
struct Moment(u64);

/// Seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Span(u64);

/// Hundredths of a per cent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Share(u16);

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "ETH" {
            return Ok(Self(Address::ZERO));
        }
        let address = text.parse().ok().filter(|address| *address != Address::ZERO);
        address.map(Self).ok_or_else(|| format!("{text:?} is neither \"ETH\" nor the address of an ERC-20"))
    }
}

impl TryFrom<Number> for Amount {
    type Error = String;

    fn try_from(number: Number) -> Result<Self, String> {
        let text = match number {
            Number::Whole(number) => number.to_string(),
            Number::Text(text) => text,
        };
        units::parse(&text, units::MAX_DECIMALS).or_else(|error| match error {
            units::UnitsError::Malformed { .. } => Err(error.to_string()),
            // Whether it fits is known with the unit.
            _ => Ok(U256::ZERO),
        })?;
        Ok(Self(text))
    }
}

impl TryFrom<Datetime> for Moment {
    type Error = String;

    fn try_from(written: Datetime) -> Result<Self, String> {
        let example = "a moment has date, time and offset, such as 2027-03-01T12:00:00Z";
        let (Some(date), Some(time), Some(offset)) = (written.date, written.time, written.offset) else {
            return Err(format!("{written} does not say when: {example}"));
        };
        if time.nanosecond.unwrap_or(0) != 0 {
            return Err(format!("{written} has parts of a second"));
        }
        let ahead = match offset {
            Offset::Z => 0,
            Offset::Custom { minutes } => i64::from(minutes) * 60,
        };
        let local = date::seconds(date.year, date.month, date.day, [time.hour, time.minute, time.second.unwrap_or(0)]);
        let moment = local.and_then(|local| local.checked_add_signed(-ahead));
        moment.map(Self).ok_or_else(|| format!("{written} is no moment: {example}"))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let none = (text == "none").then_some(0);
        let span = none.or_else(|| date::parse_span(&text));
        span.map(Self).ok_or_else(|| format!("{text:?} is no time such as \"365 days\", \"12 hours\" or \"none\""))
    }
}

impl TryFrom<String> for Share {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_suffix('%').map(str::trim_end);
        let points = number.and_then(|number| units::parse(number, 2).ok()).and_then(|points| u16::try_from(points).ok());
        let points = points.filter(|points| *points <= 10_000);
        points.map(Self).ok_or_else(|| format!("{text:?} is no share such as \"12.5 %\", with at most two places"))
    }
}

impl File {
    /// Read it.
    ///
    /// # Errors
    /// With line and column, what cannot be read, is missing or is not known.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        Ok(toml::from_str(text)?)
    }

    /// The currency; zero for ETH.
    pub fn currency(&self) -> Address {
        self.offering.currency.0
    }

    /// The ERC-20s that the token takes as revenue.
    pub fn revenue_tokens(&self) -> &[Address] {
        &self.token.revenue_tokens
    }

    /// The terms in smallest units, for a currency with so many decimals.
    ///
    /// # Errors
    /// If an amount is finer than its unit or too large.
    pub fn creation(&self, currency_decimals: u8) -> Result<Creation, Failure> {
        let amount = |name: &str, Amount(text): &Amount, decimals| {
            units::parse(text, decimals).map_err(|error| Failure::new(format!("{name} = {text:?}: {error}")))
        };
        let money = |name: &str, written: &Amount| amount(name, written, currency_decimals);
        let tokens = |name: &str, written: &Amount| amount(name, written, TOKEN_DECIMALS);
        let part = |name: &str, part: &Part| {
            Ok::<_, Failure>(PartTerms {
                beneficiary: part.beneficiary,
                tokens: tokens(&format!("{name}.tokens"), &part.tokens)?,
                proceeds_bps: part.proceeds.0,
                cliff: part.cliff.0,
                duration: part.vesting.0,
            })
        };
        let (token, offering, liquidity) = (&self.token, &self.offering, &self.liquidity);
        Ok(Creation {
            token: TokenTerms {
                name: token.name.clone(),
                symbol: token.symbol.clone(),
                percent_claimable: token.percent_claimable,
                snapshot_interval: token.snapshot_interval,
                revenue_tokens: token.revenue_tokens.clone(),
            },
            terms: OfferingTerms {
                model_id: self.model,
                currency: self.currency(),
                for_sale: tokens("offering.for_sale", &offering.for_sale)?,
                target: money("offering.target", &offering.target)?,
                cap: money("offering.cap", &offering.cap)?,
                account_cap: money("offering.account_cap", &offering.account_cap)?,
                start: offering.start.0,
                end: offering.end.0,
                team: part("team", &self.team)?,
                treasury: part("treasury", &self.treasury)?,
                liquidity: PartTerms {
                    beneficiary: liquidity.beneficiary,
                    tokens: tokens("liquidity.tokens", &liquidity.tokens)?,
                    proceeds_bps: liquidity.proceeds.0,
                    cliff: 0,
                    duration: 0,
                },
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation.
    fn example() -> &'static str {
        let text = include_str!("../../../../docs/offering-terms.md");
        let (_, rest) = text.split_once("```toml\n").expect("there is an example");
        rest.split_once("```").expect("it ends").0
    }

    #[test]
    fn the_example_is_read() {
        let creation = File::parse(example()).unwrap().creation(18).unwrap();
        assert_eq!(creation.token.symbol, "AMO");
        assert_eq!(units::format(creation.terms.for_sale, 18), "600000");
        assert_eq!(units::format(creation.terms.account_cap, 18), "1.5");
        assert_eq!(date::utc(creation.terms.start), "2027-03-01 12:00:00 UTC");
        assert_eq!(date::utc(creation.terms.end), "2027-03-08 11:00:00 UTC");
        assert_eq!(creation.terms.team.cliff, 90 * 86_400);
        let shares = [&creation.terms.team, &creation.terms.treasury, &creation.terms.liquidity].map(|part| part.proceeds_bps);
        assert_eq!(shares, [1_250, 7_750, 1_000]);
        assert_eq!((creation.terms.liquidity.cliff, creation.terms.liquidity.duration), (0, 0));
    }

    #[test]
    fn what_is_not_meant_is_named() {
        let change = |from: &str, to: &str| {
            assert!(example().contains(from), "{from}");
            example().replacen(from, to, 1)
        };
        for (text, wanted) in [
            (change("target", "targte"), "targte"),
            (change("symbol = \"AMO\"\n", ""), "symbol"),
            (change("\"1.5\"", "1.5"), "in quotes"),
            (change("\"1.5\"", "\"1,5\""), "1,5"),
            (change("\"1.5\"", "-1"), "whole number"),
            (change("2027-03-01T12:00:00Z", "2027-03-01T12:00:00"), "offset"),
            (change("2027-03-01T12:00:00Z", "2027-03-01"), "offset"),
            (change("2027-03-01T12:00:00Z", "2027-02-29T12:00:00Z"), "2027-02-29"),
            (change("2027-03-01T12:00:00Z", "1777000000"), "1777000000"),
            (change("\"12.5 %\"", "\"12.5\""), "12.5"),
            (change("\"12.5 %\"", "\"12.555 %\""), "12.555"),
            (change("\"12.5 %\"", "\"101 %\""), "101"),
            (change("\"90 days\"", "\"3 months\""), "3 months"),
            (change("\"ETH\"", "\"USDC\""), "neither"),
            (change("proceeds = \"10 %\"\n", "proceeds = \"10 %\"\ncliff = \"1 day\"\n"), "cliff"),
            (change("percent_claimable = 80", "percent_claimable = 800"), "800"),
        ] {
            let error = File::parse(&text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{wanted}: {error}");
        }
        let fine = File::parse(&change("\"1.5\"", "\"0.0000001\"")).unwrap();
        let error = fine.creation(6).unwrap_err().to_string();
        assert!(error.contains("offering.account_cap") && error.contains("7 places"), "{error}");
    }
}
