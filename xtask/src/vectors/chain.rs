//! The chain part in the forms that others read: codes, risks, the ABI for TypeScript, and ERC-7730 descriptors.

use openimo_core::chain::{abi, erc7730, error, inspect};

use super::Generated;

/// Folder of the descriptors.
pub const DESCRIPTORS: &str = "crates/wasm/js/erc7730/";
/// Folder of the TypeScript.
pub const TYPESCRIPT: &str = "crates/wasm/js/src/generated/";
/// The documents.
pub const DOCUMENTS: [&str; 2] = ["docs/chain-codes.md", "docs/risk-codes.md"];

/// Every file that follows from the tables and the ABI.
pub fn chain() -> Vec<Generated> {
    let typescript = [
        ("chain-codes.ts", error::render_typescript()),
        ("chain-risks.ts", inspect::render_typescript()),
        ("chain-abi.ts", abi::render_typescript()),
    ];
    let typescript = typescript.map(|(name, text)| Generated::new(format!("{TYPESCRIPT}{name}"), text));
    let documents = DOCUMENTS.into_iter().zip([error::render_markdown(), inspect::render_markdown()]);
    let descriptors =
        erc7730::descriptors().into_iter().map(|(name, text)| Generated::new(format!("{DESCRIPTORS}{name}.json"), text));
    typescript.into_iter().chain(documents.map(|(path, text)| Generated::new(path, text))).chain(descriptors).collect()
}
