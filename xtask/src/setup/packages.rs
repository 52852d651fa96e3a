//! Packages of the system, installed where the user may.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::{Missing, Ready};
use crate::paths;
use crate::sh::cmd;

/// What `find` finds, after installing `package` if it has to; `how` tells a person what to do.
pub fn find_or_install(what: &str, package: &str, how: &str, find: impl Fn() -> Option<PathBuf>) -> Ready<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if paths::on_path("apt-get").is_none() {
        return Err(Missing::new(what, format!("no apt-get on this system; {how}")));
    }
    if !is_root() {
        return Err(Missing::new(what, format!("only root may install system packages; {how}")));
    }
    static UPDATED: OnceLock<bool> = OnceLock::new();
    UPDATED.get_or_init(|| cmd("apt-get").args(["update", "-qq"]).run().is_ok());
    let install = cmd("apt-get").args(["install", "-y", "-qq", "--no-install-recommends", package]);
    let installed = install.env("DEBIAN_FRONTEND", "noninteractive").run();
    installed.ok().and_then(|()| find()).ok_or_else(|| Missing::new(what, format!("apt-get could not install it; {how}")))
}

fn is_root() -> bool {
    cmd("id").arg("-u").quiet().is_some_and(|id| id.trim() == "0")
}
