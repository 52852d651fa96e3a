//! What a contract's code says about it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use alloy_primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};

/// The code of the project's contracts, as forge builds it.
static KNOWN: LazyLock<BTreeMap<String, Fingerprint>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("abi/code.json")).expect("the file is written by `cargo xtask contracts abi`")
});

#[derive(Deserialize)]
struct Fingerprint {
    length: usize,
    immutables: Vec<[usize; 2]>,
    keccak256: B256,
}

/// Functions by which an owner has power over other people's tokens.
const POWERS: &[(&str, [u8; 4])] = &[
    ("mint(address,uint256)", alloy_primitives::hex!("40c10f19")),
    ("mint(uint256)", alloy_primitives::hex!("a0712d68")),
    ("burnFrom(address,uint256)", alloy_primitives::hex!("79cc6790")),
    ("burn(address,uint256)", alloy_primitives::hex!("9dc29fac")),
    ("pause()", alloy_primitives::hex!("8456cb59")),
    ("freeze(address)", alloy_primitives::hex!("8d1fdf2f")),
    ("blacklist(address)", alloy_primitives::hex!("f9f92be4")),
    ("addBlackList(address)", alloy_primitives::hex!("0ecb93c0")),
    ("upgradeTo(address)", alloy_primitives::hex!("3659cfe6")),
    ("upgradeToAndCall(address,bytes)", alloy_primitives::hex!("4f1ef286")),
    ("transferOwnership(address)", alloy_primitives::hex!("f2fde38b")),
    ("grantRole(bytes32,address)", alloy_primitives::hex!("2f2ff15d")),
    ("withdraw()", alloy_primitives::hex!("3ccfd60b")),
    ("emergencyWithdraw()", alloy_primitives::hex!("db2e21bc")),
];

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CodeFacts {
    /// Whether there is any.
    pub exists: bool,
    /// Whether it is the contract that it should be, immutables aside.
    pub known: bool,
    /// Whether it runs another contract's code as its own.
    pub delegates: bool,
    /// Functions by which an owner has power over others, where the code is not known.
    pub powers: Vec<String>,
}

/// What `code` is, which should be the project's `contract`.
pub fn facts(contract: &str, code: &[u8]) -> CodeFacts {
    let known = KNOWN.get(contract).is_some_and(|print| is(print, code));
    let mut facts = CodeFacts { exists: !code.is_empty(), known, ..Default::default() };
    if !known {
        (facts.delegates, facts.powers) = scan(code);
    }
    facts
}

fn is(print: &Fingerprint, code: &[u8]) -> bool {
    if code.len() != print.length {
        return false;
    }
    let mut code = code.to_vec();
    for &[start, length] in &print.immutables {
        code[start..start + length].fill(0);
    }
    keccak256(&code) == print.keccak256
}

/// Instruction by instruction, so that data of a PUSH is not taken for instructions. What comes after them is read as instructions too,
/// which can only find more.
fn scan(code: &[u8]) -> (bool, Vec<String>) {
    const PUSH1: u8 = 0x60;
    const PUSH4: u8 = 0x63;
    const PUSH32: u8 = 0x7f;
    let (mut delegates, mut powers) = (false, Vec::new());
    let mut at = 0;
    while at < code.len() {
        let instruction = code[at];
        at += 1;
        match instruction {
            0xf2 | 0xf4 => delegates = true,
            PUSH1..=PUSH32 => {
                let length = usize::from(instruction - PUSH1) + 1;
                let data = code.get(at..at + length).unwrap_or_default();
                let power = POWERS.iter().find(|(_, selector)| instruction == PUSH4 && data == selector);
                if let Some((name, _)) = power.filter(|(name, _)| !powers.iter().any(|power| power == name)) {
                    powers.push((*name).to_owned());
                }
                at += length;
            }
            _ => {}
        }
    }
    (delegates, powers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_those_of_their_names() {
        for (name, selector) in POWERS {
            assert_eq!(keccak256(name)[..4], *selector, "{name}");
        }
    }

    #[test]
    fn instructions_are_told_from_data() {
        assert_eq!(scan(&[0x60, 0xf4, 0x00]), (false, vec![]));
        assert_eq!(scan(&[0x60, 0x00, 0xf4]), (true, vec![]));
        assert_eq!(scan(&[0x63, 0x40, 0xc1, 0x0f, 0x19]), (false, vec!["mint(address,uint256)".to_owned()]));
        assert_eq!(scan(&[0x64, 0x00, 0x40, 0xc1, 0x0f, 0x19]), (false, vec![]));
        assert_eq!(scan(&[0x7f]), (false, vec![]));
    }

    #[test]
    fn every_contract_of_the_abi_has_a_fingerprint() {
        for (name, _) in super::super::abi::JSON {
            assert!(KNOWN.contains_key(*name), "{name}");
        }
        assert_eq!(facts("ModelOffering", &[]), CodeFacts::default());
    }
}
