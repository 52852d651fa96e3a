//! `pkg`: build the npm package into `pkg/`, from the sources in `crates/wasm` alone.
//!
//! Four builds of the wasm module (`simd128`, `relaxed`, `webgpu` and `chain`), bindings by wasm-bindgen's library, the TypeScript of `crates/wasm/js`
//! compiled by `tsc`, the manifest without its development parts, README and licences. Nothing in `pkg/` is edited by hand.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha384};
use wasm_bindgen_cli_support::Bindgen;

use crate::paths;
use crate::setup::node;
use crate::sh::cmd;

/// A wasm build.
struct Variant {
    /// Of its file.
    name: &'static str,
    /// What the compiler may use.
    instructions: &'static str,
    /// Features of the crate.
    features: &'static str,
    /// File of its bindings.
    bindings: &'static str,
}

/// The wasm builds.
const VARIANTS: [Variant; 4] = [
    Variant { name: "simd128", instructions: "+simd128", features: "engine", bindings: "openimo" },
    Variant { name: "relaxed", instructions: "+simd128,+relaxed-simd", features: "engine", bindings: "openimo" },
    Variant { name: "webgpu", instructions: "+simd128", features: "gpu", bindings: "webgpu" },
    // Nothing in it is worth a vector, so that it runs in every engine.
    Variant { name: "chain", instructions: "+bulk-memory", features: "chain", bindings: "chain" },
];

/// One file of the package, as a visitor downloads it.
pub struct Size {
    /// Path in the package.
    pub file: String,
    /// Bytes.
    pub raw: u64,
    /// Bytes after gzip -9.
    pub gzip: u64,
    /// Bytes after brotli at its highest quality.
    pub brotli: u64,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |n: u64| format!("{:.1} kB", n as f64 / 1000.0);
        write!(f, "{:<28} raw {:>10}  gzip {:>10}  brotli {:>10}", self.file, kb(self.raw), kb(self.gzip), kb(self.brotli))
    }
}

/// The verb: build and print the sizes.
///
/// # Errors
/// As [`pkg`].
pub fn run() -> Result<()> {
    for size in pkg(&paths::root())? {
        println!("{size}");
    }
    Ok(())
}

/// Build `pkg/` of the checkout at `root`.
///
/// # Errors
/// If a tool is missing or a build fails; `pkg/` is then incomplete and must not be used.
pub fn pkg(root: &Path) -> Result<Vec<Size>> {
    let (js, out) = (root.join("crates/wasm/js"), root.join("pkg"));
    let modules = VARIANTS.each_ref().map(compile);
    node::install(&js)?;
    if out.exists() {
        fs::remove_dir_all(&out).context("cannot empty pkg/")?;
    }
    cmd("node").arg(js.join("node_modules/typescript/bin/tsc")).arg("-p").arg(&js).run()?;
    let wasm = out.join("wasm");
    fs::create_dir_all(&wasm)?;
    let mut glue: HashMap<&str, String> = HashMap::new();
    let mut digests = Vec::new();
    for (variant, module) in VARIANTS.iter().zip(modules) {
        let (bindings, bytes) = bind(&module?)?;
        // One set of bindings serves both builds without WebGPU, so that a page loads one file and then chooses.
        let known = glue.entry(variant.bindings).or_insert_with(|| bindings.clone());
        ensure!(*known == bindings, "the bindings of {} differ from those of the other build", variant.name);
        digests.push((variant.name, integrity(&bytes)));
        fs::write(wasm.join(format!("{}.wasm", variant.name)), bytes)?;
    }
    for (name, bindings) in glue {
        fs::write(wasm.join(format!("{name}.js")), bindings)?;
    }
    fs::write(wasm.join("build.js"), build_facts(&digests))?;
    for types in ["openimo.d.ts", "webgpu.d.ts", "chain.d.ts", "build.d.ts"] {
        fs::copy(js.join("src/wasm").join(types), wasm.join(types))?;
    }
    copy_folder(&js.join("erc7730"), &out.join("erc7730"))?;
    fs::write(out.join("package.json"), manifest(&js.join("package.json"))?)?;
    fs::copy(js.join("README.md"), out.join("README.md"))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(root.join(licence), out.join(licence))?;
    }
    let files = [
        "wasm/simd128.wasm",
        "wasm/relaxed.wasm",
        "wasm/webgpu.wasm",
        "wasm/chain.wasm",
        "wasm/openimo.js",
        "wasm/webgpu.js",
        "wasm/chain.js",
        "index.js",
        "chain/index.js",
        "worker.js",
    ];
    files.iter().map(|file| size(&out, file)).collect()
}

/// The files of a folder without folders.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Compile the module. Flags are added to those of `.cargo/config.toml`, not put in their place.
fn compile(variant: &Variant) -> Result<PathBuf> {
    let (name, instructions) = (variant.name, variant.instructions);
    let flags = format!("target.wasm32-unknown-unknown.rustflags=[\"-Ctarget-feature={instructions}\"]");
    let target = paths::target();
    let build = ["build", "-p", "openimo-wasm", "--target", "wasm32-unknown-unknown", "--profile", "wasm", "--config", &flags];
    // Size is what counts for the one without arithmetic.
    let level = if variant.features == "chain" { "z" } else { "3" };
    let level = format!("profile.wasm.opt-level=\"{level}\"").replace("\"3\"", "3");
    let features = ["--no-default-features", "--features", variant.features, "--config", &level];
    cmd("cargo").args(build).args(features).run()?;
    let built = target.join("wasm32-unknown-unknown/wasm/openimo_wasm.wasm");
    let kept = target.join(format!("wasm32-unknown-unknown/wasm/{name}.wasm"));
    fs::copy(&built, &kept).with_context(|| format!("cannot copy {}", built.display()))?;
    Ok(kept)
}

/// Bindings for ES modules that take the module from their caller, and the module that goes with them.
fn bind(module: &Path) -> Result<(String, Vec<u8>)> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("openimo").web(true)?.typescript(false).omit_default_module_path(true);
    bindgen.remove_producers_section(true).remove_name_section(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen")?;
    ensure!(
        output.snippets().values().all(Vec::is_empty) && output.local_modules().is_empty(),
        "the bindings need more files than one"
    );
    let bytes = output.wasm_mut().emit_wasm();
    Ok((output.js().to_owned(), bytes))
}

/// What the facade knows of the build: the digests that it checks the modules by, and the commit.
fn build_facts(digests: &[(&str, String)]) -> String {
    let commit = cmd("git").args(["rev-parse", "HEAD"]).quiet().map_or_else(|| "unknown".into(), |c| c.trim().to_owned());
    let entries: Vec<String> = digests.iter().map(|(name, digest)| format!("  {name}: '{digest}',\n")).collect();
    format!("export const git = '{commit}';\nexport const integrity = {{\n{}}};\n", entries.concat())
}

/// Subresource Integrity of the bytes.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", base64(&Sha384::digest(bytes)))
}

/// Base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |n: u32, shift: u32| char::from(DIGITS[(n >> shift & 63) as usize]);
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let n = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.extend([digit(n, 18), digit(n, 12)]);
        text.push(if group.len() > 1 { digit(n, 6) } else { '=' });
        text.push(if group.len() > 2 { digit(n, 0) } else { '=' });
    }
    text
}

/// The published manifest: without what only development needs. Node rewrites it, since the order of export conditions means something.
fn manifest(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: serde_json::Value = serde_json::from_str(&text)?;
    ensure!(manifest["version"] == env!("CARGO_PKG_VERSION"), "package.json has another version than the workspace");
    let script = "const m=JSON.parse(require('fs').readFileSync(process.argv[1]));\
                  for(const k of ['devDependencies','scripts','private'])delete m[k];console.log(JSON.stringify(m,null,2))";
    let written = cmd("node").args(["-e", script]).arg(path).quiet();
    written.context("Node.js could not rewrite package.json")
}

/// Sizes of one file, compressed by Node, which is needed here anyway.
fn size(out: &Path, file: &str) -> Result<Size> {
    let script = "const z=require('zlib'),b=require('fs').readFileSync(process.argv[1]);\
                  console.log(b.length,z.gzipSync(b,{level:9}).length,z.brotliCompressSync(b).length)";
    let node = Command::new("node").args(["-e", script]).arg(out.join(file)).output().context("cannot start node")?;
    let text = String::from_utf8_lossy(&node.stdout).into_owned();
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [raw, gzip, brotli] = numbers[..] else { bail!("cannot measure {file}: {}", String::from_utf8_lossy(&node.stderr)) };
    Ok(Size { file: file.to_owned(), raw, gzip, brotli })
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_has_the_digits_and_padding_of_rfc_4648() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
