//! The secret of an account's commitments, the only thing that a node keeps on the disk.

use std::fs;
use std::path::Path;

use alloy_primitives::{Address, B256};
use rand::RngCore;
use rand::rngs::OsRng;

use crate::chain::journal::state_folder;
use crate::report::{Note, Report};

/// What the salts of an account's commitments are made of. If it is lost, commitments are made anew; a full disk must not keep a node from
/// defending its answers.
pub fn secret(account: Address, report: &Report) -> B256 {
    let mut secret = B256::ZERO;
    OsRng.fill_bytes(&mut secret.0);
    let folder = match state_folder() {
        Ok(folder) => folder,
        Err(failure) => {
            report.tell(&Note::Unkept { why: failure.to_string() });
            return secret;
        }
    };
    let path = folder.join(format!("node-{account}"));
    kept(&folder, &path, secret).unwrap_or_else(|error| {
        report.tell(&Note::Unkept { why: format!("{}: {error}", path.display()) });
        secret
    })
}

/// The secret that is kept, or else this one, which is kept from now on.
fn kept(folder: &Path, path: &Path, secret: B256) -> std::io::Result<B256> {
    match fs::read(path) {
        Ok(bytes) if bytes.len() == 32 => return Ok(B256::from_slice(&bytes)),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir_all(folder)?;
    // Whole or not at all.
    let file = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(file.path(), secret)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, [one, two]) = (folder.path().join("a/b"), [1, 2].map(B256::repeat_byte));
        let path = inside.join("secret");
        assert_eq!(kept(&inside, &path, one).unwrap(), one);
        assert_eq!(kept(&inside, &path, two).unwrap(), one, "it stays");
        // One that was cut off is none.
        fs::write(&path, [7; 31]).unwrap();
        assert_eq!(kept(&inside, &path, two).unwrap(), two);
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1, "nothing is left beside it");
        assert!(kept(&path, &path.join("below"), one).is_err());
    }
}
