//! The models that ship with openimo, in the form in which they are published: a Hugging Face folder each, inside the program. The model
//! file is imported from it where it is wanted, the same bytes everywhere, and the id says so.

#[cfg(feature = "testing")]
pub mod golden;

use std::collections::BTreeMap;
use std::io::Cursor;

use openimo_core::commit::ModelId;
use openimo_core::import::{ImportError, Options, Source, import};

/// A model that ships.
#[derive(Debug)]
pub struct Bundled {
    /// What it is called on a command line and in its manifest.
    pub name: &'static str,
    /// Its folder's files by name.
    pub files: &'static [(&'static str, &'static [u8])],
    id: &'static str,
}

macro_rules! bundled {
    ($name:literal) => {
        Bundled {
            name: $name,
            files: &[
                ("config.json", include_bytes!(concat!("../pixel/", $name, "/config.json"))),
                ("model.safetensors", include_bytes!(concat!("../pixel/", $name, "/model.safetensors"))),
                ("tokenizer.json", include_bytes!(concat!("../pixel/", $name, "/tokenizer.json"))),
                ("tokenizer_config.json", include_bytes!(concat!("../pixel/", $name, "/tokenizer_config.json"))),
            ],
            id: include_str!(concat!("../pixel/", $name, "/model-id")),
        }
    };
}

/// All of them; the first is the one that is used where none is named.
pub static BUNDLED: [Bundled; 2] = [bundled!("pixel"), bundled!("pixel-nano")];

impl Bundled {
    /// The model of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        BUNDLED.iter().find(|bundled| bundled.name == name)
    }

    /// The id of its model file.
    ///
    /// # Panics
    /// If the file with it is no id, which a test excludes.
    pub fn id(&self) -> ModelId {
        self.id.trim().parse().expect("an id stands beside the weights")
    }

    /// Its model file, made with `threads` threads.
    ///
    /// # Errors
    /// If the folder is broken, which a test excludes.
    pub fn model_file(&self, threads: usize) -> Result<Vec<u8>, ImportError> {
        let files: BTreeMap<String, &[u8]> = self.files.iter().map(|&(name, bytes)| (name.to_owned(), bytes)).collect();
        let source = Source::hugging_face(files)?;
        let options = Options { threads, ..Options::default() };
        let (_, _, out) = import(&source, &options, Cursor::new(Vec::new()), &mut |_, _, _| {})?;
        Ok(out.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use openimo_core::model::file::load;
    use openimo_core::simd::Simd;
    use openimo_core::simd::level::Level;

    #[test]
    fn each_folder_gives_the_model_file_of_its_id() {
        for bundled in &BUNDLED {
            let file = bundled.model_file(2).unwrap();
            assert_eq!(file, bundled.model_file(1).unwrap(), "{}", bundled.name);
            let model = load(&file, Simd::new(Level::detect())).unwrap();
            assert_eq!(model.id, bundled.id(), "{}: models/pixel/{0}/model-id is stale", bundled.name);
            assert_eq!((model.manifest.name.as_str(), model.manifest.licence.as_str()), (bundled.name, "Apache-2.0"));
            assert!(model.manifest.config.image.is_some());
            model.tokenizer().unwrap();
        }
        assert!(Bundled::find("pixel-nano").is_some_and(|nano| nano.id() != BUNDLED[0].id()));
        assert!(Bundled::find("smollm2").is_none());
    }

    #[test]
    fn both_together_are_small() {
        let weights = |bundled: &Bundled| bundled.files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        let all: usize = BUNDLED.iter().map(weights).sum();
        assert!(all <= 6_000_000, "{all} bytes");
    }
}
