//! `Device`: a GPU that WebGPU gives.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use openimo_core::device::Fault;
use openimo_core::model::file::Manifest;
use openimo_gpu::{Gpu, Options, Plan};
use serde_json::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use crate::error::{Failure, plain};
use crate::executor::Executor;

/// A GPU; a loader takes it over.
#[wasm_bindgen]
pub struct Device {
    gpu: Rc<RefCell<Option<Gpu>>>,
}

#[wasm_bindgen]
impl Device {
    /// Open the most powerful one; `name` is what the browser tells of it.
    pub fn open(name: String) -> Promise {
        future_to_promise(async {
            let options = Options { name: Some(name), ..Options::default() };
            let gpu = Gpu::new(&options).await.map_err(Failure::from)?;
            Ok(Self { gpu: Rc::new(RefCell::new(Some(gpu))) }.into())
        })
    }

    /// What is known of it, and how its kernels divide their work.
    ///
    /// # Errors
    /// If it was given to a loader.
    pub fn describe(&self) -> Result<JsValue, JsValue> {
        let gpu = self.gpu.borrow();
        let gpu = gpu.as_ref().ok_or_else(spent)?;
        let adapter = gpu.adapter();
        Ok(plain(&json!({
            "name": adapter.name,
            "driver": adapter.driver,
            "api": adapter.api,
            "software": adapter.software,
            "shape": format!("{:?}", gpu.shape()).to_lowercase(),
            "packedDot": gpu.packed_dot(),
        })))
    }

    /// The known-answer test of every operator: the number of answers that were compared.
    #[wasm_bindgen(js_name = selfTest)]
    pub fn self_test(&self) -> Promise {
        let shared = Rc::clone(&self.gpu);
        future_to_promise(async move {
            let mut gpu = shared.borrow_mut().take().ok_or_else(spent)?;
            let tested = gpu.self_test().await;
            *shared.borrow_mut() = Some(gpu);
            Ok(JsValue::from(tested.map_err(Failure::from)? as u32))
        })
    }
}

impl Device {
    /// Take the GPU out.
    pub(crate) fn take(&self) -> Result<Gpu, Failure> {
        self.gpu.borrow_mut().take().ok_or_else(spent)
    }
}

fn spent() -> Failure {
    Failure::new("device.spent", "the device has been given to a loader")
}

impl Executor for Gpu {
    fn settled(&self) -> JsValue {
        let settled = Self::settled(self);
        future_to_promise(async {
            settled.await;
            Ok(JsValue::UNDEFINED)
        })
        .into()
    }

    fn room(&self, manifest: &Manifest) -> JsValue {
        let room = Self::room(self, Plan::new(manifest, self.max_binding()));
        future_to_promise(async {
            room.await.map_err(Failure::from)?;
            Ok(JsValue::UNDEFINED)
        })
        .into()
    }

    fn release(&self) {
        self.destroy();
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code(), fault)
    }
}
