/** The surface of the chain's wasm module, as `crates/wasm/src/chain.rs` exports it. What throws throws plain `{code, message, details}`. */

export function initSync(options: { module: WebAssembly.Module }): unknown;
export function chainPlan(action: string, book: string): unknown;
export function chainReview(plan: string): string;
export function chainComplete(step: string, signature: string): unknown;
export function chainRead(view: string, answers: string): unknown;
export function chainRedeem(pool: string, amount: string, supply: string): string;
export function chainContent(hash: string, data: string): Uint8Array;
export function chainInspect(facts: string, circumstances: string): unknown;
export function chainReason(data: string): string;
export function chainHash(text: string): string;
export function chainParseUnits(text: string, decimals: number): string;
export function chainFormatUnits(value: string, decimals: number): string;
