//! The Rust side: toolchain target, components and the tools that Cargo installs.

use std::path::PathBuf;

use super::{Missing, Ready};
use crate::paths;
use crate::sh::cmd;

const WASM: &str = "wasm32-unknown-unknown";

/// The wasm32 target, clippy and rustfmt for the pinned toolchain.
pub fn toolchain() -> Ready<()> {
    let sysroot = cmd("rustc").args(["--print", "sysroot"]).quiet().unwrap_or_default();
    if !PathBuf::from(sysroot.trim()).join("lib/rustlib").join(WASM).is_dir() {
        let by_rustup = cmd("rustup").args(["target", "add", WASM]).run();
        by_rustup.map_err(|_| Missing::new("the wasm32 target", format!("run `rustup target add {WASM}`")))?;
    }
    for component in ["clippy", "fmt"] {
        if cmd("cargo").args([component, "--version"]).quiet().is_none() {
            let name = if component == "fmt" { "rustfmt" } else { component };
            let by_rustup = cmd("rustup").args(["component", "add", name]).run();
            by_rustup.map_err(|_| Missing::new(name, format!("run `rustup component add {name}`")))?;
        }
    }
    Ok(())
}

/// The test runner.
pub fn nextest() -> Ready<()> {
    if cmd("cargo").args(["nextest", "--version"]).quiet().is_some() {
        return Ok(());
    }
    let install = cmd("cargo").args(["install", "cargo-nextest", "--locked"]);
    let how = format!("run `{}`", install.shown());
    install.run().map_err(|_| Missing::new("cargo-nextest", how))
}

/// The program that runs wasm32 test binaries: wasm-bindgen's own runner, built as a library of the workspace, so that its version is the
/// one that Cargo.lock names.
pub fn wasm_test_runner() -> Ready<PathBuf> {
    binary("wasm-test-runner")
}

/// The command line, built.
pub fn openimo() -> Ready<PathBuf> {
    binary("openimo")
}

/// A program of the workspace. All of the workspace is selected, so that it is built with the features that the suites use.
fn binary(name: &str) -> Ready<PathBuf> {
    let build = cmd("cargo").args(["build", "--quiet", "--bin", name]);
    let how = format!("run `{}` and read its errors", build.shown());
    build.run().map_err(|_| Missing::new(name, how))?;
    Ok(paths::target().join("debug").join(name))
}

/// The WebDriver of Firefox.
pub fn geckodriver() -> Ready<PathBuf> {
    let name = "geckodriver";
    let found = [paths::on_path(name), Some(tools().join("bin").join(name))].into_iter().flatten().find(|p| p.is_file());
    found.map_or_else(|| install(name, name), Ok)
}

fn tools() -> PathBuf {
    paths::cache().join("tools")
}

/// Build a crate's program into the cache: as its lock file says, or where the registry lacks one of those versions, as it resolves.
fn install(krate: &str, program: &str) -> Ready<PathBuf> {
    let command = |locked: bool| {
        let install = cmd("cargo").args(["install", krate, "--root"]).arg(tools());
        install.arg("--target-dir").arg(paths::target().join("tools")).args(locked.then_some("--locked"))
    };
    if command(true).run().is_ok() || command(false).run().is_ok() {
        return Ok(tools().join("bin").join(program));
    }
    Err(Missing::new(program, format!("run `{}`", command(true).shown())))
}
