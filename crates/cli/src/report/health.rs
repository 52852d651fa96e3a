//! Whether a program does what it is for: the last round succeeded, and not too long ago.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing may succeed besides some rounds: a node that restarts, or a transaction whose price is raised, takes as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// How it goes.
pub struct Health {
    within: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// When all was well.
    good: Option<Instant>,
    /// The last round failed.
    failed: bool,
}

impl Health {
    /// Of a program that looks `every` so long.
    pub fn new(every: Duration) -> Self {
        Self { within: PATIENCE + 3 * every, state: Mutex::default() }
    }

    /// A round has ended.
    pub fn round(&self, is_good: bool, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failed = !is_good;
        if is_good {
            state.good = Some(now);
        }
    }

    /// A round that takes long goes on: that is as good as the round before.
    pub fn goes_on(&self, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.good.is_some() && !state.failed {
            state.good = Some(now);
        }
    }

    /// Why it is not well.
    pub fn ill(&self, now: Instant) -> Option<String> {
        let state = *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(good) = state.good else { return Some("no round has succeeded yet".into()) };
        let since = now.saturating_duration_since(good);
        (since > self.within).then(|| format!("no round has succeeded for {} seconds", since.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_well_while_rounds_succeed() {
        let (health, start) = (Health::new(Duration::from_secs(10)), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(health.ill(at(0)).unwrap(), "no round has succeeded yet");
        health.goes_on(at(0));
        assert!(health.ill(at(0)).is_some(), "a first round that only goes on has not succeeded");
        health.round(true, at(0));
        assert!(health.ill(at(330)).is_none());
        assert_eq!(health.ill(at(331)).unwrap(), "no round has succeeded for 331 seconds");
        // One failure is waited out; what fails on and on is not, whatever it runs meanwhile.
        health.round(false, at(331));
        health.goes_on(at(331));
        assert!(health.ill(at(331)).is_some());
        health.round(true, at(340));
        health.goes_on(at(600));
        assert!(health.ill(at(900)).is_none(), "a long run goes on");
    }
}
