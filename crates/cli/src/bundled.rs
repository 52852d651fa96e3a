//! A model that ships with this program: its model file is made once, and kept in the cache.

use std::io::Write;
use std::path::PathBuf;

use openimo_models::Bundled;

use crate::failure::Failure;
use crate::locate::cache_folder;
use crate::model_file::ModelFile;

/// Open the model file, made before if it is not there.
///
/// # Errors
/// If it can neither be read nor written.
pub fn open(bundled: &Bundled) -> Result<ModelFile, Failure> {
    let folder = cache_folder().unwrap_or_else(|| std::env::temp_dir().join("openimo")).join("bundled");
    let path = folder.join(format!("{}.imo", bundled.id()));
    // A file that is broken or another model's is replaced: nothing of a user's is in this folder.
    if let Some(file) = ModelFile::open(&path).ok().filter(|file| file.header().model_id() == bundled.id()) {
        return Ok(file);
    }
    write(bundled, &folder, &path)?;
    Ok(ModelFile::open(&path)?)
}

fn write(bundled: &Bundled, folder: &PathBuf, path: &PathBuf) -> Result<(), Failure> {
    let failed = |e: std::io::Error| {
        let failure = Failure::new(format!("cannot write {}: {e}", path.display()));
        failure.next("make room there, or name another cache folder in XDG_CACHE_HOME")
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bytes = bundled.model_file(threads)?;
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Several programs may do this at once: each has a file of its own until it is complete.
    let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    part.write_all(&bytes).and_then(|()| part.as_file().sync_all()).map_err(failed)?;
    part.persist(path).map(drop).map_err(|e| failed(e.error))
}
