//! A Vulkan driver for the GPU suite: the machine's own, else Mesa's software one.

use std::path::{Path, PathBuf};

use super::{Ready, packages};

/// Where drivers are registered.
const FOLDERS: [&str; 2] = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];

/// The description of a driver.
pub fn driver() -> Ready<PathBuf> {
    let how = "install a Vulkan driver (Debian: `apt-get install mesa-vulkan-drivers`)";
    let first = |folder: &&str| Path::new(folder).read_dir().ok()?.flatten().map(|entry| entry.path()).next();
    packages::find_or_install("Vulkan driver", "mesa-vulkan-drivers", how, || FOLDERS.iter().find_map(first))
}
