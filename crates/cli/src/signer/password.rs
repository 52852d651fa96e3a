//! Where the password of a keystore comes from: a file, or a person who types it unseen.

use std::path::PathBuf;

use crate::failure::Failure;

/// Longest password file that is read, bytes.
const MAX_PASSWORD: usize = 4096;

/// Where a password comes from.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct PasswordSource {
    /// A file whose first line is the password [default: it is asked for]
    #[arg(long, value_name = "FILE", env = "OPENIMO_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

impl PasswordSource {
    /// The password of a file that is there.
    ///
    /// # Errors
    /// If the file cannot be read, or nobody can be asked.
    pub fn password(&self, asked: &str) -> Result<String, Failure> {
        let Some(path) = &self.password_file else {
            return rpassword::prompt_password(format!("{asked}: ")).map_err(|e| {
                Failure::new(format!("cannot ask for the password: {e}")).next("give it in a file: --password-file FILE")
            });
        };
        let failed = |e: &dyn std::fmt::Display| Failure::new(format!("cannot read the password from {}: {e}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
        match text.lines().next() {
            Some(line) if line.len() <= MAX_PASSWORD => Ok(line.to_owned()),
            Some(_) => Err(failed(&"its first line is too long")),
            None => Err(failed(&"it is empty")),
        }
    }

    /// A password for a new file, typed twice.
    ///
    /// # Errors
    /// As [`PasswordSource::password`], and if both differ.
    pub fn new_password(&self) -> Result<String, Failure> {
        let password = self.password("password of the new key")?;
        if self.password_file.is_none() && self.password("the same again")? != password {
            return Err(Failure::new("the two passwords differ; no key was made"));
        }
        Ok(password)
    }
}
