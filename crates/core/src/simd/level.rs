//! Which instructions the twins use: detected once at run time natively, fixed by the build in wasm.
//!
//! A [`Level`] is a plain value that anybody can make, so every entry into code compiled for more than the build's own features goes
//! through [`Level::checked`]; the bits are the same at every level.

use std::sync::OnceLock;

/// An instruction set of the twins, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What the build allows everywhere.
    Scalar,
    /// WebAssembly's 128-bit vectors.
    Simd128,
    /// x86 with AVX2.
    Avx2,
    /// x86 with AVX-512 F, BW, VL, DQ and VNNI.
    Avx512,
}

impl Level {
    /// The best level of this machine and build.
    pub fn detect() -> Self {
        static DETECTED: OnceLock<Level> = OnceLock::new();
        *DETECTED.get_or_init(detect)
    }

    /// Every level of this machine and build, least first.
    pub fn available() -> Vec<Self> {
        let mut all = vec![Self::Scalar, Self::Simd128, Self::Avx2, Self::Avx512];
        all.retain(|level| level.is_available());
        all
    }

    /// Whether this machine and build have it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Simd128 => cfg!(all(target_arch = "wasm32", target_feature = "simd128")),
            Self::Avx2 | Self::Avx512 => cfg!(target_arch = "x86_64") && self <= Self::detect(),
        }
    }

    /// Its name, as benches and reports print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Simd128 => "simd128",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Itself.
    ///
    /// # Panics
    /// If this machine or build does not have it.
    #[must_use]
    pub fn checked(self) -> Self {
        assert!(self.is_available(), "the instructions of level {} are missing here", self.name());
        self
    }
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    let avx2 = is_x86_feature_detected!("avx2");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vnni");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Scalar,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Level {
    if Level::Simd128.is_available() { Level::Simd128 } else { Level::Scalar }
}
