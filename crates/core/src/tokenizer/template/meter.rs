//! What a template may use: the size of each value, and the sum of everything that it binds or writes.

use std::sync::{Arc, Mutex};

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::super::TokenizerError;

/// Lists within lists: also what keeps a value that contains itself from being followed for ever.
const MAX_DEPTH: usize = 24;

/// The account of one rendering. Clones share it.
#[derive(Clone)]
pub(super) struct Meter(Arc<Mutex<Account>>);

struct Account {
    largest: usize,
    left: usize,
    error: Option<TokenizerError>,
}

impl Meter {
    /// Values of at most `largest` bytes and elements, `total` of them together.
    pub fn new(largest: usize, total: usize) -> Self {
        Self(Arc::new(Mutex::new(Account { largest, left: total, error: None })))
    }

    /// Takes the size of `value` from the account.
    pub fn weigh(&self, value: &Value) -> Result<(), Error> {
        let largest = self.account().largest;
        let mut left = largest;
        if !take(value, 0, &mut left) {
            return Err(self.fail(TokenizerError::Exhausted("memory for one value")));
        }
        self.charge(largest - left)
    }

    /// Takes `size` bytes from the account.
    pub fn charge(&self, size: usize) -> Result<(), Error> {
        let mut account = self.account();
        if size > account.largest {
            drop(account);
            return Err(self.fail(TokenizerError::Exhausted("memory for one value")));
        }
        match account.left.checked_sub(size) {
            Some(left) => account.left = left,
            None => {
                drop(account);
                return Err(self.fail(TokenizerError::Exhausted("memory")));
            }
        }
        Ok(())
    }

    /// Notes why the rendering stops, which the engine's own error type cannot carry.
    pub fn fail(&self, error: TokenizerError) -> Error {
        let text = error.to_string();
        self.account().error.get_or_insert(error);
        Error::new(ErrorKind::InvalidOperation, text)
    }

    /// Why it stopped.
    pub fn take_error(&self) -> Option<TokenizerError> {
        self.account().error.take()
    }

    fn account(&self) -> std::sync::MutexGuard<'_, Account> {
        // A poisoned account is still an account: nothing that holds it can stop half way.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Takes the size of a value and of all that it contains from `left`; false if that is not enough.
fn take(value: &Value, depth: usize, left: &mut usize) -> bool {
    let own = 1 + value.as_str().map_or(0, str::len) + value.as_bytes().map_or(0, <[u8]>::len);
    if depth > MAX_DEPTH || own > *left {
        return false;
    }
    *left -= own;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            if value.len().is_some_and(|len| len > *left) {
                return false;
            }
            value.try_iter().into_iter().flatten().all(|item| take(&item, depth + 1, left))
        }
        ValueKind::Map => value.try_iter().into_iter().flatten().all(|key| {
            let item = value.get_item(&key).unwrap_or_default();
            take(&key, depth + 1, left) && take(&item, depth + 1, left)
        }),
        _ => true,
    }
}
