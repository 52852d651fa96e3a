//! How often what was done, and how it ended: a run in which something never happened has compared nothing about it.

use std::collections::BTreeMap;
use std::fmt;

/// Operations by name and outcome.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Sequences.
    pub sequences: u64,
    counts: BTreeMap<(&'static str, String), u64>,
}

impl Tally {
    /// One more operation, which succeeded or was refused with an error of this name.
    pub fn count(&mut self, operation: &'static str, refused: Option<&str>) {
        *self.counts.entry((operation, refused.unwrap_or("done").to_owned())).or_default() += 1;
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.sequences += other.sequences;
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
    }

    /// All operations.
    pub fn operations(&self) -> u64 {
        self.counts.values().sum()
    }

    /// What of `outcomes` never happened, as `operation: outcome`.
    pub fn missing(&self, outcomes: &[(&'static str, &[&str])]) -> Vec<String> {
        let all = outcomes
            .iter()
            .flat_map(|(operation, ends)| std::iter::once(&"done").chain(*ends).map(move |end| (*operation, *end)));
        let missing = all.filter(|(operation, end)| !self.counts.contains_key(&(*operation, (*end).to_owned())));
        missing.map(|(operation, end)| format!("{operation}: {end}")).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} sequences, {} operations", self.sequences, self.operations())?;
        self.counts.iter().try_for_each(|((operation, end), count)| writeln!(f, "  {operation}: {end} {count}"))
    }
}

/// Run the sequences of these seeds on every processor, each with a chain of its own.
///
/// # Panics
/// With what differs, in the first sequence of a processor where something does.
pub fn spread<C: Default>(sequences: u64, run: impl Fn(&mut C, u64, &mut Tally) -> Result<(), String> + Sync) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let part = |first: u64| {
        let (mut chain, mut tally) = (C::default(), Tally::default());
        for seed in (first..sequences).step_by(threads as usize) {
            run(&mut chain, seed, &mut tally).unwrap_or_else(|what| panic!("{what}"));
        }
        tally
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        let mut all = Tally::default();
        parts.into_iter().for_each(|part| all.add(part.join().expect("no sequence differs")));
        all
    })
}

/// Nothing, or what differs.
///
/// # Errors
/// What both have.
pub fn same<T: PartialEq + fmt::Debug>(what: &str, model: T, contract: T) -> Result<(), String> {
    if model == contract { Ok(()) } else { Err(format!("{what}: the model has {model:?}, the contract {contract:?}")) }
}
