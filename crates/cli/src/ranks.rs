//! One model on all threads: each has its part of the work, runs the same, and comes to the same.

use openimo_core::model::Model;
use openimo_core::simd::Simd;
use openimo_core::simd::threads::exchanges;

/// A model, once for each thread; the weights are shared.
pub struct Ranks(Vec<Model<Simd>>);

impl Ranks {
    /// So many ranks of a model.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(model: &Model<Simd>, threads: usize) -> Self {
        assert!(threads > 0, "at least one thread runs the model");
        let level = model.backend.level();
        Self(exchanges(threads).into_iter().map(|end| model.share(Simd::ranked(level, Box::new(end), false))).collect())
    }

    /// Do the same on all ranks; what came out of it. A job that can be stopped asks `Backend::agree`, so that all stop together.
    ///
    /// # Panics
    /// If the job does, on any rank.
    pub fn each<R>(&mut self, job: impl Fn(&mut Model<Simd>) -> R + Sync) -> R {
        self.led(&job, &job)
    }

    /// The same, where the first rank has something that the others need not have.
    ///
    /// # Panics
    /// As [`Ranks::each`].
    pub fn led<R, S>(&mut self, lead: impl FnOnce(&mut Model<Simd>) -> R, job: impl Fn(&mut Model<Simd>) -> S + Sync) -> R {
        let (first, others) = self.0.split_first_mut().expect("there is at least one");
        std::thread::scope(|scope| {
            for model in others {
                let job = &job;
                scope.spawn(move || drop(job(model)));
            }
            lead(first)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use openimo_core::dispute::{assertion, examine};
    use openimo_core::generate::{GenerateError, Progress, generate};
    use openimo_core::model::file::load;
    use openimo_core::request::{Draft, Request};
    use openimo_core::simd::level::Level;
    use openimo_core::tokenizer::Tokenizer;
    use openimo_core::verify::testing::bundle_model;

    use super::*;

    fn model() -> (Model<Simd>, Tokenizer, Request, Vec<u32>) {
        let model = load(&bundle_model().imo(), Simd::new(Level::detect())).unwrap();
        let tokenizer = model.tokenizer().unwrap();
        let draft = Draft {
            prompt: Some("What is checked?".into()),
            temperature: Some("4".into()),
            max_tokens: Some(8),
            ..Draft::default()
        };
        let prompt = tokenizer.encode_prompt(&draft.prompt().unwrap()).unwrap();
        let request = draft.request(&prompt).unwrap();
        (model, tokenizer, request, prompt)
    }

    #[test]
    fn any_number_of_ranks_answers_and_examines_the_same() {
        let (model, tokenizer, request, prompt) = model();
        let answers = [1, 2, 3].map(|threads| {
            let mut ranks = Ranks::new(&model, threads);
            // Twice on the same ranks, which stay in step.
            let go_on = |_: Progress<'_>| ControlFlow::Continue(());
            let outputs = [(); 2].map(|()| ranks.each(|model| generate(model, &tokenizer, &request, &mut { go_on }).unwrap()));
            let [first, output] = outputs;
            assert_eq!(first, output);
            let (run, book) = ranks.each(|model| assertion(model, &tokenizer, &request, &prompt, &output.ids));
            assert!(book.other_choice().is_none());
            assert!(ranks.each(|model| examine(model, &tokenizer, &run)).fault.is_none());
            let mut lie = run.clone();
            lie.boundaries[1].0[0] ^= 1;
            let fault = ranks.each(|model| examine(model, &tokenizer, &lie)).fault;
            (format!("{run:?}"), format!("{fault:?}"))
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
    }

    #[test]
    fn all_ranks_stop_together_whoever_sees_it_first() {
        let (model, tokenizer, request, _) = model();
        let mut ranks = Ranks::new(&model, 3);
        let (stop, seen) = (AtomicBool::new(false), AtomicUsize::new(0));
        let outcome = ranks.each(|model| {
            generate(model, &tokenizer, &request, &mut |progress| {
                // One of the ranks comes here first, and the flag is set between the looks of the others.
                if progress.done == 3 && seen.fetch_add(1, Ordering::AcqRel) == 0 {
                    stop.store(true, Ordering::Release);
                }
                if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        assert!(matches!(outcome, Err(GenerateError::Cancelled { .. })), "{outcome:?}");
        // They are in step still.
        let go_on = |_: Progress<'_>| ControlFlow::Continue(());
        assert_eq!(ranks.each(|model| generate(model, &tokenizer, &request, &mut { go_on })).unwrap().ids.len(), 8);
    }
}
