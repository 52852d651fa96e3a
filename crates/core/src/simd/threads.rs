//! Ranks as threads of one process: shared buffers, a spinning barrier, and a runner.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::exchange::Exchange;

/// Turns of the waiting loop before the thread offers its core to others.
const SPINS: u32 = 1_000;

struct Shared {
    size: usize,
    arrived: AtomicUsize,
    round: AtomicUsize,
    broken: AtomicBool,
    /// Two buffers a rank, used in turn: a rank can be one call ahead of another, never two.
    buffers: Vec<[RwLock<Vec<i32>>; 2]>,
}

/// One thread's end.
pub struct ThreadExchange {
    shared: Arc<Shared>,
    rank: usize,
    calls: usize,
}

/// The ends for `size` threads.
pub fn exchanges(size: usize) -> Vec<ThreadExchange> {
    let shared = Arc::new(Shared {
        size,
        arrived: AtomicUsize::new(0),
        round: AtomicUsize::new(0),
        broken: AtomicBool::new(false),
        buffers: (0..size).map(|_| Default::default()).collect(),
    });
    (0..size).map(|rank| ThreadExchange { shared: shared.clone(), rank, calls: 0 }).collect()
}

/// Run `f` on `threads` ranks at once; the results in rank order. Rank 0 is the calling thread.
///
/// # Panics
/// If a rank panics.
pub fn run<R: Send>(threads: usize, f: impl Fn(ThreadExchange) -> R + Sync) -> Vec<R> {
    let mut ends = exchanges(threads.max(1)).into_iter();
    let own = ends.next().expect("at least one rank");
    std::thread::scope(|scope| {
        let f = &f;
        let others: Vec<_> = ends.map(|end| scope.spawn(move || f(end))).collect();
        let mut results = vec![f(own)];
        results.extend(others.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))));
        results
    })
}

impl ThreadExchange {
    fn wait(&self) {
        let s = &*self.shared;
        let round = s.round.load(Ordering::Acquire);
        if s.arrived.fetch_add(1, Ordering::AcqRel) + 1 == s.size {
            s.arrived.store(0, Ordering::Release);
            s.round.store(round.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut spins = 0;
        while s.round.load(Ordering::Acquire) == round {
            assert!(!s.broken.load(Ordering::Acquire), "another rank panicked");
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

impl Exchange for ThreadExchange {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.shared.size
    }

    fn gather(&mut self, data: &mut [i32], stride: usize, parts: &[Range<usize>]) {
        if self.shared.size == 1 {
            return;
        }
        let turn = self.calls % 2;
        self.calls += 1;
        {
            let mut mine = self.shared.buffers[self.rank][turn].write().unwrap_or_else(PoisonError::into_inner);
            mine.clear();
            for row in data.chunks_exact(stride) {
                mine.extend_from_slice(&row[parts[self.rank].clone()]);
            }
        }
        self.wait();
        for (rank, part) in parts.iter().enumerate().filter(|(rank, part)| *rank != self.rank && !part.is_empty()) {
            let theirs = self.shared.buffers[rank][turn].read().unwrap_or_else(PoisonError::into_inner);
            for (row, theirs) in data.chunks_exact_mut(stride).zip(theirs.chunks_exact(part.len())) {
                row[part.clone()].copy_from_slice(theirs);
            }
        }
    }
}

impl Drop for ThreadExchange {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.broken.store(true, Ordering::Release);
        }
    }
}
