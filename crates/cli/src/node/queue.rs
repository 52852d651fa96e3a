//! What is known of requests, for as long as it can matter: what is decided is kept while the chain may be reorganised, then forgotten.

use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::{Bytes, U256};

use super::maker::Made;
use super::oracle::Asked;

/// A request, and its answer once there is one.
pub struct Job {
    /// What is asked.
    pub asked: Asked,
    /// The answer; requests with the same words share it.
    pub made: Option<Rc<Made>>,
    /// The answer is on the chain.
    pub is_answered: bool,
    /// How it ended, and the newest block then.
    pub over: Option<(Over, u64)>,
    /// Whether this account had answered it, as seen when there were so many answers.
    pub had: Option<(u8, bool)>,
    /// Its number in the order in which requests came.
    turn: u64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// It has a result, or was refunded.
    Closed,
    /// The answer was refuted.
    Lost,
    /// Nobody can serve it, or nobody any more.
    Left,
}

/// All requests that are known.
#[derive(Default)]
pub struct Queue {
    jobs: BTreeMap<U256, Job>,
    turns: u64,
}

/// What decides who is next; the greatest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// This account has answered it, before a new start: that must be defended in time.
    pub is_own: bool,
    /// Wei for the answer.
    pub reward: U256,
    /// Older ones first.
    pub age: std::cmp::Reverse<u64>,
}

impl Queue {
    /// A request was seen, perhaps not for the first time. Where the chain was reorganised its number may be another's.
    pub fn add(&mut self, asked: Asked) {
        if self.jobs.get(&asked.id).is_some_and(|job| job.asked == asked) {
            return;
        }
        self.turns += 1;
        let job = Job { made: None, is_answered: false, over: None, had: None, turn: self.turns, asked };
        self.jobs.insert(job.asked.id, job);
    }

    /// Forget what was over before a block.
    pub fn forget(&mut self, before: u64) {
        self.jobs.retain(|_, job| job.over.is_none_or(|(_, since)| since >= before));
    }

    /// Take one out, to put it back.
    pub fn take(&mut self, id: U256) -> Option<Job> {
        self.jobs.remove(&id)
    }

    /// Put one back.
    pub fn put(&mut self, job: Job) {
        self.jobs.insert(job.asked.id, job);
    }

    /// The requests that the model was run on, and those that are decided.
    pub fn known(&self) -> Vec<U256> {
        self.ids(|job| job.made.is_some() || job.over.is_some())
    }

    /// The requests that the model must be run on.
    pub fn waiting(&self) -> Vec<U256> {
        self.ids(|job| job.made.is_none() && job.over.is_none())
    }

    /// Those that are not decided, without an answer on the chain and with one.
    pub fn undecided(&self) -> (usize, usize) {
        let open = || self.jobs.values().filter(|job| job.over.is_none());
        let answered = open().filter(|job| job.is_answered).count();
        (open().count() - answered, answered)
    }

    /// What was made for a request with the same words.
    pub fn made_for(&self, input: &Bytes) -> Option<Rc<Made>> {
        self.jobs.values().find(|job| job.made.is_some() && job.asked.input == *input).and_then(|job| job.made.clone())
    }

    /// Everything that was made.
    pub fn made(&self) -> impl Iterator<Item = &Made> {
        self.jobs.values().filter_map(|job| job.made.as_deref())
    }

    fn ids(&self, are: impl Fn(&Job) -> bool) -> Vec<U256> {
        let mut jobs: Vec<&Job> = self.jobs.values().filter(|job| are(job)).collect();
        jobs.sort_by_key(|job| job.turn);
        jobs.iter().map(|job| job.asked.id).collect()
    }
}

impl Job {
    /// Its rank among those that wait.
    pub const fn rank(&self, is_own: bool, reward: U256) -> Rank {
        Rank { is_own, reward, age: std::cmp::Reverse(self.turn) }
    }
}

#[cfg(test)]
mod tests {
    use openimo_core::dispute::abi::OracleRequest;

    use super::*;

    fn asked(id: u64, model: u64) -> Asked {
        let request = OracleRequest {
            modelId: U256::from(model),
            inputHash: Default::default(),
            account: Default::default(),
            callbackContract: Default::default(),
            gasLimit: 0,
            callback: 0,
            callbackHash: Default::default(),
            modelFee: 0,
            gasFee: 0,
            expiry: Default::default(),
        };
        Asked { id: U256::from(id), request, input: Bytes::new(), callback_data: Bytes::new() }
    }

    #[test]
    fn what_is_over_is_forgotten_when_it_cannot_come_back() {
        let mut queue = Queue::default();
        for id in [1, 2] {
            queue.add(asked(id, 1));
        }
        let mut job = queue.take(U256::from(1)).unwrap();
        job.over = Some((Over::Closed, 100));
        queue.put(job);
        assert_eq!((queue.known(), queue.waiting(), queue.undecided()), (vec![U256::from(1)], vec![U256::from(2)], (1, 0)));
        queue.forget(100);
        queue.add(asked(1, 1));
        assert_eq!(queue.waiting(), [U256::from(2)], "it is known still");
        queue.forget(101);
        assert!(queue.known().is_empty() && queue.take(U256::from(1)).is_none());
    }

    #[test]
    fn a_number_that_is_another_request_now_begins_anew() {
        let mut queue = Queue::default();
        for id in [3, 1, 2] {
            queue.add(asked(id, 1));
        }
        let mut job = queue.take(U256::from(1)).unwrap();
        job.over = Some((Over::Left, 9));
        queue.put(job);
        queue.add(asked(1, 2));
        assert_eq!(queue.waiting(), [3, 2, 1].map(U256::from), "in the order in which they came");
    }

    #[test]
    fn own_answers_come_first_then_rewards_then_age() {
        let mut queue = Queue::default();
        for id in 1..=4 {
            queue.add(asked(id, 1));
        }
        let mut ranks: Vec<(Rank, u64)> = [(1, false, 5), (2, false, 7), (3, false, 7), (4, true, 0)]
            .map(|(id, is_own, reward)| (queue.take(U256::from(id)).unwrap().rank(is_own, U256::from(reward)), id))
            .into();
        ranks.sort();
        assert_eq!(ranks.iter().rev().map(|(_, id)| *id).collect::<Vec<_>>(), [4, 2, 3, 1]);
    }
}
