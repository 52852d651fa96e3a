//! What a device can do at most: the roofs that figures of speed are held against.

use openimo_core::device::Fault;
use web_time::Instant;

use crate::backend::Gpu;
use crate::shaders::Kernel;

/// Bytes of the buffers that are copied, where a device has room for them.
const COPIED: u64 = 256 << 20;
/// Copies of one measurement.
const COPIES: u64 = 8;
/// Workgroups of 64 and rounds of eight dot products.
const GROUPS: u32 = 8192;
const ROUNDS: u32 = 512;

impl Gpu {
    /// Bytes a second that copies from one buffer into another read, and as many are written: the median of five measurements.
    ///
    /// # Errors
    /// What befell the device.
    pub async fn copy_rate(&self) -> Result<f64, Fault> {
        let bytes = COPIED.min(self.max_binding());
        let [from, to] = ["from", "to"].map(|label| self.recorder.buffer(label, bytes));
        let mut times = Vec::new();
        for _ in 0..6 {
            let begin = Instant::now();
            (0..COPIES).for_each(|_| self.recorder.copy((&from, 0), (&to, 0), bytes));
            self.recorder.read(&to, 0, 1).wait().await?;
            times.push(begin.elapsed().as_secs_f64());
        }
        Ok((bytes * COPIES) as f64 / median(&mut times))
    }

    /// Multiply-adds of 8-bit integers a second, by packed dot products where the device has them: the median of five measurements.
    ///
    /// # Errors
    /// What befell the device.
    pub async fn dot_rate(&self) -> Result<f64, Fault> {
        let groups = if self.adapter().software { GROUPS / 512 } else { GROUPS };
        let result = self.recorder.buffer("result", u64::from(groups) * 64 * 4);
        let mut times = Vec::new();
        for _ in 0..6 {
            let begin = Instant::now();
            self.recorder.dispatch(Kernel::Probe, &[ROUNDS], &[(1, &result)], (groups, 1));
            self.recorder.read(&result, 0, 1).wait().await?;
            times.push(begin.elapsed().as_secs_f64());
        }
        Ok(f64::from(groups) * 64.0 * f64::from(ROUNDS) * 8.0 * 4.0 / median(&mut times))
    }
}

/// Of all but the first, which compiles and touches memory for the first time.
fn median(times: &mut Vec<f64>) -> f64 {
    times.remove(0);
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
