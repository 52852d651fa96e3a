//! The contracts' types, from the ABI that forge writes (`cargo xtask contracts abi`), and what is known of their code.

#![allow(missing_docs)]

/// ERC-20, with its metadata and ERC-2612.
pub mod erc20 {
    alloy_sol_types::sol! {
        interface Erc20 {
            function name() external view returns (string);
            function symbol() external view returns (string);
            function decimals() external view returns (uint8);
            function totalSupply() external view returns (uint256);
            function balanceOf(address account) external view returns (uint256);
            function allowance(address owner, address spender) external view returns (uint256);
            function approve(address spender, uint256 value) external returns (bool);
            function transfer(address to, uint256 value) external returns (bool);
            function nonces(address owner) external view returns (uint256);
            function DOMAIN_SEPARATOR() external view returns (bytes32);
            function owner() external view returns (address);
        }
    }
}

macro_rules! contracts {
    ($($module:ident $name:ident)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "`.")]
            pub mod $module {
                alloy_sol_types::sol!(
                    #[derive(Debug, PartialEq, Eq)]
                    $name,
                    concat!("src/chain/abi/", stringify!($name), ".json")
                );
            }
        )*

        /// The ABI of every contract as JSON, by name.
        pub const JSON: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("abi/", stringify!($name), ".json"))),)*
        ];
    };
}

contracts! {
    aigc AigcToken
    bonded BondedAssertionVerifier
    disputes OptimisticVerifier
    oracle AIOracle
    offering ModelOffering
    factory ModelOfferingFactory
    registry ModelRegistry
    vesting OfferingVesting
    revshare RevShareToken
}

/// The ABI of every contract for TypeScript, `as const`: what viem, wagmi and abitype infer types from.
pub fn render_typescript() -> String {
    let mut text = String::from("// Written by `cargo xtask vectors` from crates/core/src/chain/abi; do not edit.\n");
    for (name, json) in JSON {
        let (first, rest) = name.split_at(1);
        let constant = format!("{}{rest}Abi", first.to_lowercase());
        text.push_str(&format!("\n/** `{name}`. */\nexport const {constant} = {} as const;\n", json.trim_end()));
    }
    text
}
