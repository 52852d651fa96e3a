//! Chromium, its driver and Firefox: those on PATH, else the system's packages where the user may install them.

use std::path::PathBuf;

use super::{Ready, packages};
use crate::paths;

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
    let how = format!("install {} and put it on PATH (Debian: `apt-get install {package}`)", names.join(" or "));
    packages::find_or_install(names[0], package, &how, find)
}
