//! The status codes in the forms that others read, and a bundle for each.

use openimo_core::verify::status::{render_markdown, render_typescript};
use openimo_core::verify::testing::bundles;

use super::Generated;

/// The table as a document.
pub const DOCUMENT: &str = "docs/status-codes.md";
/// The table for TypeScript.
pub const TYPESCRIPT: &str = "crates/wasm/js/generated/status.ts";
/// Where the bundles are.
pub const BUNDLES: &str = "vectors/bundles/";

/// Every file that follows from the table.
pub fn status() -> Vec<Generated> {
    let tables = [Generated::new(DOCUMENT, render_markdown()), Generated::new(TYPESCRIPT, render_typescript())];
    let bundles = bundles().into_iter().map(|(name, text)| Generated::new(format!("{BUNDLES}{name}.json"), text));
    tables.into_iter().chain(bundles).collect()
}
