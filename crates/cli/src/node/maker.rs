//! Runs the model on a request: the answer, and what is asserted of it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolValue;
use openimo_core::backend::Backend;
use openimo_core::device::Fault;
use openimo_core::dispute::abi::{Claimed, Run};
use openimo_core::dispute::{Book, assertion, claimed};
use openimo_core::generate::{GenerateError, GenerateJob, Progress, finish, generate};
use openimo_core::model::Model;
use openimo_core::request::Request;
use openimo_core::tokenizer::Tokenizer;
use openimo_gpu::Gpu;

use crate::failure::Failure;
use crate::ranks::Ranks;
use crate::report::{Note, Report};

/// The most that the contract takes: ids of a run, and bytes of all of it.
const MOST_IDS: usize = 4096;
const MOST_BYTES: usize = 98_304;

/// What is asserted in answer to a request.
pub struct Made {
    /// The run.
    pub run: Run,
    /// What reveals its parts.
    pub book: Book,
    /// What the assertion is about.
    pub claimed: Claimed,
    /// The assertion's number.
    pub number: B256,
}

/// What runs the model.
pub struct Maker<G: Backend = Gpu> {
    ranks: Ranks,
    gpu: Option<Model<G>>,
    tokenizer: Tokenizer,
    account: Address,
    stop: Arc<AtomicBool>,
    report: Report,
}

impl<G: Backend> Maker<G> {
    /// On the processor, and until it fails on a GPU. What is made is asserted by `account`.
    pub fn new(
        ranks: Ranks,
        gpu: Option<Model<G>>,
        tokenizer: Tokenizer,
        account: Address,
        stop: &Arc<AtomicBool>,
        report: &Report,
    ) -> Self {
        Self { ranks, gpu, tokenizer, account, stop: Arc::clone(stop), report: report.clone() }
    }

    /// Answer a request, given by its canonical text.
    ///
    /// # Errors
    /// If it is none, or the model cannot serve it, or it was stopped.
    pub fn make(&mut self, input: &[u8]) -> Result<Made, Failure> {
        let text = std::str::from_utf8(input).map_err(|_| Failure::new("the request is no text"))?;
        let request = Request::parse(text)?;
        let prompt = self.tokenizer.encode_prompt(&request.prompt)?;
        let mut ids = self.generate(&request)?;
        let (mut run, mut book) = self.assertion(&request, &prompt, &ids);
        if let Some(position) = book.other_choice() {
            // The processor decides. A GPU whose products are wrong where nobody looked is not used again.
            let fault = Fault::Mismatch { operator: "sample", row: position as usize };
            if self.gpu.take().is_none() {
                return Err(Failure::new(
                    "the model came to another result the second time; this machine's memory may be damaged",
                ));
            }
            self.report.tell(&Note::DeviceFailed { code: fault.code(), fault: fault.to_string() });
            ids = self.generate(&request)?;
            (run, book) = self.assertion(&request, &prompt, &ids);
        }
        let bytes = run.prompt.len() + run.content.len() + run.ids.len() + run.lengths.len() + 32 * run.boundaries.len();
        if run.ids.len() > 4 * MOST_IDS || bytes > MOST_BYTES {
            return Err(Failure::new(format!(
                "its run of {} ids and {bytes} bytes is longer than can be asserted",
                run.ids.len() / 4
            )));
        }
        let claimed = claimed(self.account, &run);
        let number = keccak256(claimed.abi_encode());
        Ok(Made { run, book, claimed, number })
    }

    fn assertion(&mut self, request: &Request, prompt: &[u32], ids: &[u32]) -> (Run, Book) {
        let Self { ranks, tokenizer, report, .. } = self;
        report.timed("assert", || ranks.each(|model| assertion(model, tokenizer, request, prompt, ids)))
    }

    /// The ids: by the GPU where there is one, and where it fails by the processor from there on.
    fn generate(&mut self, request: &Request) -> Result<Vec<u32>, GenerateError> {
        let Self { ranks, gpu, tokenizer, stop, report, .. } = self;
        // All ranks ask, and agree.
        let go_on = |_: Progress<'_>| {
            report.goes_on();
            if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let generated = report.timed("generate", || {
            let (mut begun, mut stand) = (Vec::new(), 0);
            if let Some(model) = gpu {
                match generate(model, tokenizer, request, &mut { &go_on }) {
                    Err(GenerateError::Device { fault, ids }) => {
                        report.tell(&Note::DeviceFailed { code: fault.code(), fault: fault.to_string() });
                        stand = if fault.keeps_results() { ids.len() } else { 0 };
                        begun = ids;
                        *gpu = None;
                    }
                    outcome => return outcome,
                }
            }
            ranks.each(|model| {
                let job = GenerateJob::resume(model, tokenizer, request, &begun, stand)?;
                finish(job, model, tokenizer, &mut { &go_on })
            })
        });
        generated.map(|output| output.ids)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;
    use openimo_core::model::file::load;
    use openimo_core::model::testing::Tiny;
    use openimo_core::request::Draft;
    use openimo_core::simd::Simd;
    use openimo_core::simd::level::Level;
    use openimo_core::verify::testing::bundle_model;

    use super::*;
    use crate::report::ReportArgs;

    #[derive(Parser)]
    struct Args {
        #[command(flatten)]
        report: ReportArgs,
    }

    fn loaded(tiny: &Tiny) -> Model<Simd> {
        load(&tiny.imo(), Simd::new(Level::detect())).unwrap()
    }

    /// Somebody with two ranks who uses `gpu`, told to stop or not.
    fn maker(gpu: Option<Model<Simd>>, stop: bool) -> Maker<Simd> {
        let (model, stop) = (loaded(&bundle_model()), Arc::new(AtomicBool::new(stop)));
        let report = Args::parse_from(["a"]).report.open(Duration::from_secs(5), &stop).unwrap();
        Maker::new(Ranks::new(&model, 2), gpu, model.tokenizer().unwrap(), Address::ZERO, &stop, &report)
    }

    fn input(max_tokens: u32) -> Vec<u8> {
        let tokenizer = loaded(&bundle_model()).tokenizer().unwrap();
        let draft = Draft {
            prompt: Some("What is checked?".into()),
            temperature: Some("4".into()),
            max_tokens: Some(max_tokens),
            ..Draft::default()
        };
        let prompt = tokenizer.encode_prompt(&draft.prompt().unwrap()).unwrap();
        draft.request(&prompt).unwrap().canonical().into_bytes()
    }

    #[test]
    fn a_gpu_that_is_wrong_is_found_before_anything_is_asserted() {
        let right = maker(None, false).make(&input(8)).unwrap().number;
        let mut good = maker(Some(loaded(&bundle_model())), false);
        assert_eq!(good.make(&input(8)).unwrap().number, right);
        assert!(good.gpu.is_some());
        let mut tiny = bundle_model();
        for row in &mut tiny.rows[11] {
            row.q.iter_mut().for_each(|q| *q = !*q);
        }
        let mut bad = maker(Some(loaded(&tiny)), false);
        let text = String::from_utf8(input(8)).unwrap();
        let ids = bad.generate(&Request::parse(&text).unwrap()).unwrap();
        assert_ne!(ids, maker(None, false).generate(&Request::parse(&text).unwrap()).unwrap(), "it is wrong");
        assert_eq!(bad.make(&input(8)).unwrap().number, right);
        assert!(bad.gpu.is_none(), "it is not used again");
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        let fails = |input: &[u8], stop| maker(None, stop).make(input).err().expect("it cannot be made").to_string();
        assert!(fails(&[0xff], false).contains("no text"));
        assert!(fails(b"{}", false).contains("error: "));
        assert!(fails(&input(8), true).contains("cancelled"));
    }
}
