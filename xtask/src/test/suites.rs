//! The suites, in the order in which they run: what is quick and often wrong first, one build shared by all.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::counts::Counts;
use crate::setup::{Missing, browsers, model, node, rust, vulkan};
use crate::sh::{Cmd, cmd};
use crate::{check, contracts, paths, pkg, serve};

/// A suite.
pub struct Suite {
    pub name: &'static str,
    pub about: &'static str,
    /// A [`Missing`] among the errors skips the suite.
    pub run: fn() -> Result<Counts>,
}

/// All of them.
pub const SUITES: &[Suite] = &[
    Suite { name: "format", about: "rustfmt", run: format },
    Suite { name: "check", about: "structure of the repository", run: structure },
    Suite { name: "native", about: "every Rust test, natively, the real model's among them", run: native },
    Suite {
        name: "gpu",
        about: "the stored vectors, random models and the real model on this machine's GPU, or a software one",
        run: gpu,
    },
    Suite { name: "doctest", about: "examples in the documentation", run: doctest },
    Suite { name: "lint", about: "clippy, warnings denied", run: lint },
    Suite { name: "lint-wasm", about: "clippy for wasm32, warnings denied", run: lint_wasm },
    Suite { name: "docs", about: "documentation, warnings denied", run: docs },
    Suite { name: "contracts", about: "formatting, warnings and tests of the contracts", run: contracts },
    Suite {
        name: "differential",
        about: "the rules of money and the steps of runs in Rust against the contracts' code in an EVM",
        run: differential,
    },
    Suite { name: "cli-chain", about: "offerings and mints from the command line, on a local chain", run: cli_chain },
    Suite { name: "wasm-node", about: "wasm32 tests in Node.js", run: wasm_node },
    Suite { name: "wasm-chromium", about: "wasm32 tests in headless Chromium", run: wasm_chromium },
    Suite { name: "wasm-relaxed", about: "wasm32 tests of the build with relaxed-simd, in headless Chromium", run: wasm_relaxed },
    Suite { name: "wasm-firefox", about: "wasm32 tests in headless Firefox", run: wasm_firefox },
    Suite { name: "gpu-chromium", about: "the GPU's tests in headless Chromium, on WebGPU by SwiftShader", run: gpu_chromium },
    Suite { name: "package", about: "the npm package builds", run: package },
    Suite {
        name: "chain",
        about: "wallets, plans and readings of the package against the contracts on a local chain",
        run: chain,
    },
    Suite { name: "consumers", about: "the packed package in Node.js, bundlers and a plain page", run: consumers },
    Suite { name: "e2e", about: "the pages in headless Chromium, tokens and offerings on a local chain among them", run: e2e },
];

/// The vector instructions that every build of the package has.
const SIMD: [&str; 2] = ["--config", "target.wasm32-unknown-unknown.rustflags=[\"-Ctarget-feature=+simd128\"]"];
/// Those of the build for engines that have relaxed-simd too.
const RELAXED: [&str; 2] = ["--config", "target.wasm32-unknown-unknown.rustflags=[\"-Ctarget-feature=+simd128,+relaxed-simd\"]"];
const WASM: [&str; 4] = ["-p", "openimo-wasm", "--target", "wasm32-unknown-unknown"];

fn format() -> Result<Counts> {
    rust::toolchain()?;
    passes(cmd("cargo").args(["fmt", "--all", "--check"]))
}

fn structure() -> Result<Counts> {
    check::run()?;
    Ok(Counts::ONE)
}

fn native() -> Result<Counts> {
    rust::nextest()?;
    let gguf = model::gguf(None)?;
    let test = nextest("not (package(openimo-gpu) or package(openimo-differential) or binary(device) or binary(/_chain$/))");
    counted(test.env("OPENIMO_MODEL", model::imo(&gguf)?).env("OPENIMO_SMOLLM2", gguf))
}

/// Some of the workspace's tests. All of it is always built, since features and with them the builds would differ otherwise.
fn nextest(filter: &str) -> Cmd {
    cmd("cargo").args(["nextest", "run", "--workspace", "--no-fail-fast", "-E", filter])
}

fn differential() -> Result<Counts> {
    rust::nextest()?;
    contracts::forge()?.args(["build", "--skip", "test"]).run()?;
    // What was done how often is printed.
    let model = model::imo(&model::gguf(None)?)?;
    counted(nextest("package(openimo-differential)").args(["--success-output", "final"]).env("OPENIMO_MODEL", model))
}

fn cli_chain() -> Result<Counts> {
    rust::nextest()?;
    counted(nextest("binary(/_chain$/)").env("ANVIL", local_chain()?))
}

fn gpu() -> Result<Counts> {
    rust::nextest()?;
    vulkan::driver()?;
    // The counts of cases and mismatches are printed as they come.
    let test = nextest("package(openimo-gpu) or binary(device)").arg("--no-capture");
    counted(test.env("OPENIMO_MODEL", model::imo(&model::gguf(None)?)?))
}

fn doctest() -> Result<Counts> {
    let output = cmd("cargo").args(["test", "--workspace", "--doc"]).tee()?;
    let counts = Counts::of(&output.text);
    ensure!(output.ok || counts.failed > 0, "the examples could not be built");
    // A workspace whose documentation has no example has built, which is what is left to show.
    Ok(if counts == Counts::default() { Counts::ONE } else { counts })
}

fn lint() -> Result<Counts> {
    passes(cmd("cargo").args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn lint_wasm() -> Result<Counts> {
    rust::toolchain()?;
    let clippy = || cmd("cargo").arg("clippy").args(SIMD).args(&WASM[2..]);
    let strict = ["--all-targets", "--", "-D", "warnings"];
    passes(clippy().args(&WASM[..2]).args(strict))?;
    passes(clippy().args(["-p", "openimo-gpu", "-p", "openimo-wasm", "--features", "openimo-wasm/gpu"]).args(strict))
}

fn docs() -> Result<Counts> {
    passes(cmd("cargo").args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn contracts() -> Result<Counts> {
    passes(contracts::forge()?.args(["fmt", "--check"]))?;
    // A warning fails the build: foundry.toml denies them.
    passes(contracts::forge()?.arg("build"))?;
    contracts::check_abi()?;
    counted(contracts::forge()?.arg("test"))
}

fn wasm_node() -> Result<Counts> {
    node::node()?;
    counted(wasm_tests(&WASM[..2], SIMD)?.env("OPENIMO_MODEL", model::imo(&model::gguf(None)?)?))
}

fn wasm_chromium() -> Result<Counts> {
    chromium_tests(SIMD)
}

fn wasm_relaxed() -> Result<Counts> {
    chromium_tests(RELAXED)
}

fn chromium_tests(features: [&str; 2]) -> Result<Counts> {
    // A browser has no file system to read the real model from.
    let tests = [&WASM[..2], &["--lib", "--test", "same_bits"]].concat();
    let (driver, capabilities) = chromium(&["--disable-gpu"])?;
    counted(in_browser(&tests, features, "CHROMEDRIVER", &driver, &capabilities)?)
}

fn gpu_chromium() -> Result<Counts> {
    let model = serve::file(&model::imo(&model::gguf(None)?)?)?;
    let (driver, capabilities) =
        chromium(&["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"])?;
    let tests = ["-p", "openimo-gpu", "--tests"];
    let test = in_browser(&tests, SIMD, "CHROMEDRIVER", &driver, &capabilities)?;
    // The counts of cases and mismatches are printed as they come.
    counted(test.env("OPENIMO_MODEL_URL", model).args(["--", "--nocapture"]))
}

/// The driver of Chromium, and what it is to start.
fn chromium(flags: &[&str]) -> Result<(PathBuf, serde_json::Value)> {
    let args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"];
    let args = [&args[..], flags].concat();
    let capabilities = serde_json::json!({"goog:chromeOptions": {"binary": browsers::chromium()?, "args": args}});
    Ok((browsers::chromedriver()?, capabilities))
}

fn wasm_firefox() -> Result<Counts> {
    let (binary, driver) = (browsers::firefox()?, rust::geckodriver()?);
    let capabilities = serde_json::json!({"moz:firefoxOptions": {"binary": binary, "args": ["-headless"]}});
    let tests = [&WASM[..2], &["--lib", "--test", "same_bits"]].concat();
    counted(in_browser(&tests, SIMD, "GECKODRIVER", &driver, &capabilities)?)
}

fn wasm_tests(tests: &[&str], features: [&str; 2]) -> Result<Cmd, Missing> {
    rust::toolchain()?;
    let runner = rust::wasm_test_runner()?;
    let test = cmd("cargo")
        .arg("test")
        .args(&WASM[2..])
        .args(features)
        .args(tests)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    Ok(test.env("WASM_BINDGEN_TEST_TIMEOUT", "600"))
}

fn in_browser(
    tests: &[&str],
    features: [&str; 2],
    driver_variable: &str,
    driver: &Path,
    capabilities: &serde_json::Value,
) -> Result<Cmd> {
    let file = paths::target().join(format!("{}.json", driver_variable.to_lowercase()));
    std::fs::write(&file, capabilities.to_string())?;
    let test = wasm_tests(tests, features)?.env(driver_variable, driver).env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", file);
    Ok(test.env("WASM_BINDGEN_USE_BROWSER", "1"))
}

fn package() -> Result<Counts> {
    rust::toolchain()?;
    node::node()?;
    pkg::run()?;
    Ok(Counts::ONE)
}

fn consumers() -> Result<Counts> {
    tiny_model()?;
    counted(npm_test("tests/consumers", &browsers::chromium()?)?)
}

fn chain() -> Result<Counts> {
    let anvil = local_chain()?;
    tiny_model()?;
    let test = cmd("npm").args(["test", "--silent"]).dir(&paths::root().join("tests/chain")).env("ANVIL", anvil);
    counted(test.env("CARGO_TARGET_DIR", paths::target()))
}

/// Build the contracts, and install what deploys them; anvil.
fn local_chain() -> Result<PathBuf> {
    contracts::forge()?.args(["build", "--skip", "test"]).run()?;
    node::install(&paths::root().join("tests/chain"))?;
    Ok(contracts::anvil()?)
}

fn e2e() -> Result<Counts> {
    let chromium = browsers::chromium()?;
    model::imo(&model::gguf(None)?)?;
    rust::openimo()?;
    tiny_model()?;
    let anvil = local_chain()?;
    counted(npm_test("tests/e2e", &chromium)?.env("ANVIL", anvil))
}

/// Build what writes the small models of the pages' tests, which have no time for that.
fn tiny_model() -> Result<()> {
    cmd("cargo")
        .args(["build", "--quiet", "--workspace", "--features", "openimo-core/testing"])
        .args(["--example", "tiny_model", "--example", "asserter"])
        .run()
}

/// `npm test` of a folder, after the packages of its lock file.
fn npm_test(folder: &str, chromium: &Path) -> Result<Cmd> {
    let folder = paths::root().join(folder);
    node::install(&folder)?;
    let test = cmd("npm").args(["test", "--silent"]).dir(&folder).env("CHROMIUM", chromium);
    Ok(test.env("OPENIMO_CACHE", paths::cache()).env("CARGO_TARGET_DIR", paths::target()))
}

/// A command that passes or fails as a whole.
fn passes(command: Cmd) -> Result<Counts> {
    command.run()?;
    Ok(Counts::ONE)
}

/// A test runner, whose closing lines are read.
fn counted(command: Cmd) -> Result<Counts> {
    let output = command.tee()?;
    let counts = Counts::of(&output.text);
    ensure!(output.ok || counts.failed > 0, "the suite could not be built or run");
    ensure!(counts != Counts::default(), "the suite ran no test");
    Ok(counts)
}
