//! Node.js and the npm packages that the lock files name.

use std::path::{Path, PathBuf};

use super::{Missing, Ready};
use crate::paths;
use crate::sh::cmd;

/// Node.js with npm, of a version that has its test runner and WebAssembly SIMD.
pub fn node() -> Ready<()> {
    let version = cmd("node").arg("--version").quiet().unwrap_or_default();
    let major: u32 = version.trim().trim_start_matches('v').split('.').next().and_then(|m| m.parse().ok()).unwrap_or(0);
    let how = "install Node.js 20 or newer with npm and put both on PATH";
    if major < 20 || paths::on_path("npm").is_none() {
        return Err(Missing::new("Node.js 20 with npm", how));
    }
    Ok(())
}

/// Every folder with a lock file has its packages; the number of folders.
pub fn packages() -> Ready<usize> {
    let folders = folders();
    for folder in &folders {
        install(folder)?;
    }
    Ok(folders.len())
}

/// The packages of one folder, as its lock file says; nothing is done where they are already there.
pub fn install(folder: &Path) -> Ready<()> {
    node()?;
    let read = |path: PathBuf| std::fs::read(path).unwrap_or_default();
    let (lock, stamp) = (read(folder.join("package-lock.json")), folder.join("node_modules/.installed-lock.json"));
    if !lock.is_empty() && lock == read(stamp.clone()) {
        return Ok(());
    }
    let ci = cmd("npm").args(["ci", "--no-audit", "--no-fund"]).dir(folder);
    let how = format!("run `{}`", ci.shown());
    ci.run().map_err(|_| Missing::new(format!("npm packages of {}", folder.display()), how))?;
    // A folder without dependencies has no node_modules to mark.
    let _ = std::fs::write(stamp, lock);
    Ok(())
}

/// The folders that hold a tracked package-lock.json.
fn folders() -> Vec<PathBuf> {
    let listed = cmd("git").args(["ls-files", "-co", "--exclude-standard", "*package-lock.json"]).quiet().unwrap_or_default();
    let root = paths::root();
    listed.lines().filter_map(|file| root.join(file).parent().map(Path::to_path_buf)).collect()
}
