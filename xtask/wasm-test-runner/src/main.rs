//! The runner that cargo calls with a wasm32 test binary: wasm-bindgen's own, as a library, so that its version is Cargo.lock's.
//!
//! `CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=target/debug/wasm-test-runner cargo test -p openimo-wasm --target wasm32-unknown-unknown`

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
