//! Where a model file is: the argument, the environment, or the cache.

use std::path::{Path, PathBuf};

use openimo_core::commit::ModelId;

use crate::failure::Failure;
use crate::model_file::ModelFile;

/// Names a model file.
const VARIABLE: &str = "OPENIMO_MODEL";

/// The model that a verb uses when any will do.
///
/// # Errors
/// If none is named and the cache does not hold exactly one, or it cannot be opened.
pub fn any(argument: Option<&Path>) -> Result<ModelFile, Failure> {
    if let Some(path) = named(argument) {
        return Ok(ModelFile::open(&path)?);
    }
    let next = "name a model file with --model FILE or in OPENIMO_MODEL; `openimo import` makes one";
    match &cached()[..] {
        [] => Err(Failure::new("no model was named, and none is in the cache").next(next)),
        [path] => Ok(ModelFile::open(path)?),
        several => Err(Failure::new(format!("no model was named, and the cache has {}", several.len())).next(next)),
    }
}

/// The model for a bundle of model `id`: the named one, whichever it is, else one of that id in the cache.
///
/// # Errors
/// If a model is named that cannot be opened.
pub fn for_bundle(argument: Option<&Path>, id: Option<ModelId>) -> Result<Option<ModelFile>, Failure> {
    if let Some(path) = named(argument) {
        return Ok(Some(ModelFile::open(&path)?));
    }
    let Some(id) = id else { return Ok(None) };
    let direct = cache_folder().map(|folder| folder.join(format!("{id}.imo")));
    let files = direct.into_iter().chain(cached()).filter_map(|path| ModelFile::open(&path).ok());
    Ok(files.into_iter().find(|file| file.header().model_id() == id))
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
fn cache_folder() -> Option<PathBuf> {
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
