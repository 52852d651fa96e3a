//! Reading back: asked for in order with everything else, there when the device has got so far.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use openimo_core::device::Fault;

use crate::device::Device;
use crate::sync::Shared;

/// Words that are being read back.
pub struct Read {
    device: Arc<Device>,
    staging: wgpu::Buffer,
    mapped: Shared<Mapped>,
}

#[derive(Default)]
enum Mapped {
    #[default]
    No,
    Waited(Waker),
    Done(Result<(), String>),
}

impl Read {
    /// Ask for the contents of `staging`, into which the copy has been submitted.
    pub fn new(device: Arc<Device>, staging: wgpu::Buffer) -> Self {
        let mapped = Shared::<Mapped>::default();
        let (there, settled) = (mapped.clone(), device.begin_read());
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let done = Mapped::Done(result.map_err(|e| e.to_string()));
            let before = there.with(|mapped| std::mem::replace(mapped, done));
            settled.end();
            if let Mapped::Waited(waker) = before {
                waker.wake();
            }
        });
        Self { device, staging, mapped }
    }

    /// The words, if they are there. Natively this waits for the device; in a browser only the event loop can.
    pub fn poll(&mut self) -> Poll<Result<Vec<u32>, Fault>> {
        self.poll_with(None)
    }

    /// The words, when they are there.
    pub async fn wait(mut self) -> Result<Vec<u32>, Fault> {
        poll_fn(|context: &mut Context<'_>| self.poll_with(Some(context.waker()))).await
    }

    fn poll_with(&mut self, waker: Option<&Waker>) -> Poll<Result<Vec<u32>, Fault>> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Err(e) = self.device.device.poll(wgpu::PollType::wait_indefinitely()) {
            return Poll::Ready(Err(self.device.failure().unwrap_or_else(|| Fault::Lost(e.to_string()))));
        }
        if let Some(fault) = self.device.failure() {
            return Poll::Ready(Err(fault));
        }
        let result = self.mapped.with(|mapped| match mapped {
            Mapped::Done(result) => Some(result.clone()),
            Mapped::No | Mapped::Waited(_) => {
                *mapped = waker.map_or(Mapped::No, |waker| Mapped::Waited(waker.clone()));
                None
            }
        });
        match result {
            None => Poll::Pending,
            Some(Err(why)) => Poll::Ready(Err(Fault::Lost(why))),
            Some(Ok(())) => Poll::Ready(match self.staging.get_mapped_range(..) {
                Ok(view) => Ok(bytemuck::cast_slice(&view).to_vec()),
                Err(e) => Err(Fault::Lost(e.to_string())),
            }),
        }
    }
}
