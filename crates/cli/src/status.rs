//! What a verb shows on standard error while it works, and the key that stops it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::failure::Failure;

/// A spinner with one line of text; on a terminal only.
pub struct Status(ProgressBar);

impl Status {
    /// A spinner that says `text`.
    pub fn new(text: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid"));
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Say something else.
    pub fn say(&self, text: impl Into<String>) {
        self.0.set_message(text.into());
    }

    /// Go away.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// The flag of this process, once it has one.
static FLAG: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// A flag that Ctrl-C sets; pressed twice it ends the program.
///
/// # Errors
/// If the system refuses the handler.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let mut kept = FLAG.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(flag) = &*kept {
        return Ok(Arc::clone(flag));
    }
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::AcqRel) {
            std::process::exit(2);
        }
    })?;
    *kept = Some(Arc::clone(&flag));
    Ok(flag)
}
