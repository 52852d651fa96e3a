//! The wasm-bindgen surface of openimo-core.
