//! Chromium, its driver and Firefox: those on PATH, else the system's packages where the user may install them.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::{Missing, Ready};
use crate::paths;
use crate::sh::cmd;

/// A Chromium.
pub fn chromium() -> Ready<PathBuf> {
    program(&["chromium", "chromium-browser", "google-chrome"], "chromium")
}

/// The WebDriver of Chromium.
pub fn chromedriver() -> Ready<PathBuf> {
    program(&["chromedriver"], "chromium-driver")
}

/// A Firefox.
pub fn firefox() -> Ready<PathBuf> {
    program(&["firefox-esr", "firefox"], "firefox-esr")
}

fn program(names: &[&str], package: &str) -> Ready<PathBuf> {
    let find = || names.iter().find_map(|name| paths::on_path(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    let how = format!("install {} and put it on PATH (Debian: `apt-get install {package}`)", names.join(" or "));
    if paths::on_path("apt-get").is_none() {
        return Err(Missing::new(names[0], format!("no apt-get on this system; {how}")));
    }
    if !is_root() {
        return Err(Missing::new(names[0], format!("only root may install system packages; {how}")));
    }
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| cmd("apt-get").args(["update", "-qq"]).run().is_ok());
    let install = cmd("apt-get").args(["install", "-y", "-qq", "--no-install-recommends", package]);
    let installed = install.env("DEBIAN_FRONTEND", "noninteractive").run();
    installed.ok().and_then(|()| find()).ok_or_else(|| Missing::new(names[0], format!("apt-get could not install it; {how}")))
}

fn is_root() -> bool {
    cmd("id").arg("-u").quiet().is_some_and(|id| id.trim() == "0")
}
