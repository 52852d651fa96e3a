//! Where things are: the checkout, and the user's cache that is shared by every checkout.

use std::path::{Path, PathBuf};

/// The root of the checkout.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs the task; the value compiled in serves a task started by hand.
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().expect("xtask lies in the checkout").to_path_buf()
}

/// The user's cache of tools and models: `$OPENIMO_CACHE`, else `openimo` in the system's cache folder.
pub fn cache() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("OPENIMO_CACHE")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("openimo")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/openimo")))
        .unwrap_or_else(|| root().join("target/openimo-cache"))
}

/// Where Cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The first file of that name on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
