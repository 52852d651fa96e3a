//! Where a model file is: the argument, the environment, the cache, or this program itself.

use std::path::{Path, PathBuf};

use openimo_core::commit::ModelId;
use openimo_models::{BUNDLED, Bundled};

use crate::bundled;
use crate::failure::Failure;
use crate::model_file::ModelFile;

/// Names a model file.
const VARIABLE: &str = "OPENIMO_MODEL";

/// The model that a verb uses when any will do.
///
/// # Errors
/// If none is named and the cache has several, or it cannot be opened.
pub fn any(argument: Option<&Path>) -> Result<ModelFile, Failure> {
    if let Some(path) = named(argument) {
        return open(&path);
    }
    match &cached()[..] {
        [] => bundled::open(&BUNDLED[0]),
        [path] => Ok(ModelFile::open(path)?),
        several => Err(Failure::new(format!("no model was named, and the cache has {}", several.len()))
            .next("name a model file, or pixel, with --model or in OPENIMO_MODEL")),
    }
}

/// The model for a bundle of model `id`: the named one, whichever it is, else one of that id that ships or is in the cache.
///
/// # Errors
/// If a model is named that cannot be opened.
pub fn for_bundle(argument: Option<&Path>, id: Option<ModelId>) -> Result<Option<ModelFile>, Failure> {
    if let Some(path) = named(argument) {
        return open(&path).map(Some);
    }
    let Some(id) = id else { return Ok(None) };
    if let Some(bundled) = BUNDLED.iter().find(|bundled| bundled.id() == id) {
        return bundled::open(bundled).map(Some);
    }
    let direct = cache_folder().map(|folder| folder.join(format!("{id}.imo")));
    let files = direct.into_iter().chain(cached()).filter_map(|path| ModelFile::open(&path).ok());
    Ok(files.into_iter().find(|file| file.header().model_id() == id))
}

/// A model file, or a model that ships where there is no file of that name.
fn open(path: &Path) -> Result<ModelFile, Failure> {
    let bundled = path.to_str().and_then(Bundled::find).filter(|_| !path.is_file());
    bundled.map_or_else(|| Ok(ModelFile::open(path)?), bundled::open)
}

fn named(argument: Option<&Path>) -> Option<PathBuf> {
    argument.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from))
}

/// Model files in the cache, by name.
fn cached() -> Vec<PathBuf> {
    let entries = cache_folder().and_then(|folder| std::fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|e| e == "imo")).collect();
    paths.sort();
    paths
}

/// `openimo` in the user's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = |folder| variable("HOME").map(|home| home.join(folder));
    let base = variable("XDG_CACHE_HOME").or_else(|| {
        if cfg!(windows) {
            variable("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            home("Library/Caches")
        } else {
            home(".cache")
        }
    });
    base.map(|base| base.join("openimo"))
}
