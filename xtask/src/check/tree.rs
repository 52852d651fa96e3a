//! The files of a checkout as text, by path.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::sh::cmd;

/// Files by path from the root; a file that is not text is empty.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Tracked files, and new ones that are not ignored.
    ///
    /// # Errors
    /// If git cannot list them.
    pub fn of_checkout() -> Result<Self> {
        let listed = cmd("git").args(["ls-files", "-co", "--exclude-standard"]).quiet().context("git cannot list the files")?;
        let root = crate::paths::root();
        let read = |path: &str| Some((path.to_owned(), std::fs::read(root.join(path)).ok()?));
        let text = |(path, bytes): (String, Vec<u8>)| (path, String::from_utf8(bytes).unwrap_or_default());
        Ok(Self { files: listed.lines().filter_map(read).map(text).collect() })
    }

    /// A tree of the given files.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect() }
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// A file's text.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file, or a folder with files, has that path.
    pub fn exists(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.below(&folder).next().is_some()
    }

    /// Every file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose path begins with `prefix`.
    pub fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .range(prefix.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(prefix))
            .map(|(p, t)| (p.as_str(), t.as_str()))
    }
}

/// The extension of a path, without its dot.
pub fn extension(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, extension)| extension)
}

/// A file's name without folder and extension.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split_once('.').map_or(name, |(stem, _)| stem)
}
