//! A bundle: no panic, whatever is read is written and read again, and the report without a model is total.
//!
//! `cargo +nightly fuzz run bundle`; start from `vectors/bundles`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openimo_core::bundle::Bundle;
use openimo_core::verify::check_bundle;
use openimo_core::verify::status::Code;

fuzz_target!(|input: &[u8]| {
    if let Ok(bundle) = Bundle::parse(input) {
        assert_eq!(Bundle::parse(bundle.to_json().as_bytes()).as_ref(), Ok(&bundle));
    }
    let report = check_bundle(input);
    assert_eq!(report.checks.len(), Code::ALL.len());
    let _ = (report.render(), report.to_json());
});
