//! Runs a job on a model: the executor that this machine has, on as many threads as wanted.

use std::io::Write;
use std::ops::ControlFlow;

use clap::ValueEnum;
use openimo_core::backend::Backend;
use openimo_core::device::Fault;
use openimo_core::generate::Progress;
use openimo_core::model::Model;
use openimo_core::model::file::Header;
use openimo_core::scalar::Scalar;
use openimo_core::simd::Simd;
use openimo_core::simd::level::Level;
use openimo_core::tokenizer::Tokenizer;
use openimo_gpu::{Gpu, Options, Plan};

use crate::failure::Failure;
use crate::model_file::ModelFile;
use crate::ranks::Ranks;

/// How to compute; the bits are the same.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Engine {
    /// Threads to compute with [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Executor: the fastest that this machine has, or the reference.
    #[arg(long, value_enum, default_value = "auto")]
    backend: Choice,
    /// Where to compute; a GPU is tested first, and must give the CPU's numbers.
    #[arg(long, value_enum, default_value = "cpu", conflicts_with_all = ["threads", "backend"])]
    device: Device,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Device {
    /// The processor.
    Cpu,
    /// The most powerful GPU.
    Gpu,
}

/// An executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Choice {
    /// The fastest that this machine has.
    Auto,
    /// The reference operators, on one thread.
    Scalar,
}

/// What is told while a job runs; answered with whether to go on.
pub type OnProgress<'a> = dyn FnMut(Progress<'_>) -> ControlFlow<()> + 'a;

/// Work on a model, the same for every executor. Each thread runs it with its part of the model; all come to the same result.
pub trait Job: Sync {
    /// What comes out.
    type Output: Send;
    /// What there is when a device fails, for the executor that goes on.
    type Begun: Sync;

    /// Do it, or go on where a device failed.
    ///
    /// # Errors
    /// If the device fails.
    fn run<B: Backend>(
        &self,
        model: &mut Model<B>,
        tokenizer: &Tokenizer,
        begun: Option<&(Fault, Self::Begun)>,
        progress: &mut OnProgress<'_>,
    ) -> Result<Self::Output, (Fault, Self::Begun)>;
}

impl Engine {
    fn threads(self) -> usize {
        threads(self.threads)
    }

    /// Load a model and run `job` on it. `loading` is told the bytes that are loaded.
    ///
    /// # Errors
    /// If the model file is damaged or its tokenizer cannot be used.
    pub fn run<J: Job>(
        self,
        file: &ModelFile,
        job: &J,
        loading: &mut dyn FnMut(u64),
        progress: &mut OnProgress<'_>,
    ) -> Result<J::Output, Failure> {
        let threads = self.threads();
        let mut begun = None;
        if self.device == Device::Gpu {
            let mut model = file.load(tested_gpu(file.header())?, threads, loading)?;
            let tokenizer = model.tokenizer()?;
            match job.run(&mut model, &tokenizer, None, progress) {
                Ok(output) => return Ok(output),
                Err(failed) => {
                    eprintln!("{}: {}; going on on the CPU, nothing is lost", failed.0.code(), failed.0);
                    begun = Some(failed);
                }
            }
        }
        let begun = begun.as_ref();
        if self.backend == Choice::Scalar {
            let mut model = file.load(Scalar, threads, loading)?;
            let tokenizer = model.tokenizer()?;
            return job.run(&mut model, &tokenizer, begun, progress).map_err(|(fault, _)| fault.into());
        }
        let model = file.load(Simd::new(Level::detect()), threads, loading)?;
        let tokenizer = model.tokenizer()?;
        // All ranks come to the same; the first one's is used.
        let ran = Ranks::new(&model, threads).led(
            |model| job.run(model, &tokenizer, begun, progress),
            |model| job.run(model, &tokenizer, begun, &mut |_| ControlFlow::Continue(())).is_ok(),
        );
        ran.map_err(|(fault, _)| fault.into())
    }
}

/// Threads to compute with: all, where none are named.
pub fn threads(named: Option<u16>) -> usize {
    named.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// A GPU that has room for the model and has passed its self-test.
///
/// # Errors
/// If there is none.
pub fn tested_gpu(header: &Header) -> Result<Gpu, Failure> {
    let on_the_cpu = |error: Failure| error.next("compute on the CPU: leave out --device gpu");
    let ready = async {
        let mut gpu = Gpu::new(&Options::default()).await?;
        gpu.room(Plan::new(&header.manifest, gpu.max_binding())).await?;
        gpu.self_test().await?;
        Ok::<Gpu, Fault>(gpu)
    };
    let gpu = pollster::block_on(ready).map_err(|fault| on_the_cpu(fault.into()))?;
    // Nobody need read it.
    let _ = writeln!(std::io::stderr(), "computing on {}, which passed its self-test", gpu.adapter());
    Ok(gpu)
}
