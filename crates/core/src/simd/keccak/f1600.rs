//! The permutation keccak-f[1600] on several states at once, one state a vector lane.
//!
//! Kept here because the `keccak` crate vectorises several states on nightly compilers alone.

/// Eight interleaved states: word `i` of state `k` is `[i][k]`.
pub type States = [[u64; 8]; 25];

use super::super::level::Level;

/// Permute eight states.
///
/// # Panics
/// If `level` is missing here, or has no vectors.
pub fn permute(level: Level, states: &mut States) {
    match level.checked() {
        // SAFETY: `checked` found AVX-512 F on this machine.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::permute_avx512(states) },
        // SAFETY: `checked` found AVX2 on this machine.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::permute_avx2(states) },
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        Level::Simd128 => permute_by::<wasm::X2>(states),
        _ => panic!("level {} has no vectors", level.name()),
    }
}

/// As many 64-bit lanes as a register holds. The methods are always inlined into a function that enables their instructions.
trait Vector: Copy {
    const LANES: usize;
    fn load(words: &[u64]) -> Self;
    fn store(self, words: &mut [u64]);
    fn splat(word: u64) -> Self;
    fn xor(self, b: Self) -> Self;
    /// `a ^ b ^ c`.
    fn xor3(self, b: Self, c: Self) -> Self;
    /// `a ^ (!b & c)`.
    fn chi(self, b: Self, c: Self) -> Self;
    /// Rotate left by `N`; `M` is `64 - N`.
    fn rotl<const N: u32, const M: u32>(self) -> Self;
}

#[inline(always)]
fn permute_by<V: Vector>(states: &mut States) {
    for first in (0..8).step_by(V::LANES) {
        let mut a = [V::splat(0); 25];
        for (a, words) in a.iter_mut().zip(states.iter()) {
            *a = V::load(&words[first..first + V::LANES]);
        }
        for rc in ROUND_CONSTANTS {
            a = round(a, rc);
        }
        for (a, words) in a.into_iter().zip(states.iter_mut()) {
            a.store(&mut words[first..first + V::LANES]);
        }
    }
}

/// theta; rho and pi (`b` in its own order, from where each word comes); chi; iota.
#[inline(always)]
#[rustfmt::skip]
fn round<V: Vector>(a: [V; 25], rc: u64) -> [V; 25] {
    // Written out: closures and loops would not be inlined into the functions that enable the instructions.
    let c = [
        a[0].xor3(a[5], a[10]).xor3(a[15], a[20]),
        a[1].xor3(a[6], a[11]).xor3(a[16], a[21]),
        a[2].xor3(a[7], a[12]).xor3(a[17], a[22]),
        a[3].xor3(a[8], a[13]).xor3(a[18], a[23]),
        a[4].xor3(a[9], a[14]).xor3(a[19], a[24]),
    ];
    let d = [
        c[4].xor(c[1].rotl::<1, 63>()),
        c[0].xor(c[2].rotl::<1, 63>()),
        c[1].xor(c[3].rotl::<1, 63>()),
        c[2].xor(c[4].rotl::<1, 63>()),
        c[3].xor(c[0].rotl::<1, 63>()),
    ];
    let b = [
            V::xor(a[0], d[0]),
            V::xor(a[6], d[1]).rotl::<44, 20>(),
            V::xor(a[12], d[2]).rotl::<43, 21>(),
            V::xor(a[18], d[3]).rotl::<21, 43>(),
            V::xor(a[24], d[4]).rotl::<14, 50>(),
            V::xor(a[3], d[3]).rotl::<28, 36>(),
            V::xor(a[9], d[4]).rotl::<20, 44>(),
            V::xor(a[10], d[0]).rotl::<3, 61>(),
            V::xor(a[16], d[1]).rotl::<45, 19>(),
            V::xor(a[22], d[2]).rotl::<61, 3>(),
            V::xor(a[1], d[1]).rotl::<1, 63>(),
            V::xor(a[7], d[2]).rotl::<6, 58>(),
            V::xor(a[13], d[3]).rotl::<25, 39>(),
            V::xor(a[19], d[4]).rotl::<8, 56>(),
            V::xor(a[20], d[0]).rotl::<18, 46>(),
            V::xor(a[4], d[4]).rotl::<27, 37>(),
            V::xor(a[5], d[0]).rotl::<36, 28>(),
            V::xor(a[11], d[1]).rotl::<10, 54>(),
            V::xor(a[17], d[2]).rotl::<15, 49>(),
            V::xor(a[23], d[3]).rotl::<56, 8>(),
            V::xor(a[2], d[2]).rotl::<62, 2>(),
            V::xor(a[8], d[3]).rotl::<55, 9>(),
            V::xor(a[14], d[4]).rotl::<39, 25>(),
            V::xor(a[15], d[0]).rotl::<41, 23>(),
            V::xor(a[21], d[1]).rotl::<2, 62>(),
    ];
    [
        b[0].chi(b[1], b[2]).xor(V::splat(rc)),
        b[1].chi(b[2], b[3]),
        b[2].chi(b[3], b[4]),
        b[3].chi(b[4], b[0]),
        b[4].chi(b[0], b[1]),
        b[5].chi(b[6], b[7]),
        b[6].chi(b[7], b[8]),
        b[7].chi(b[8], b[9]),
        b[8].chi(b[9], b[5]),
        b[9].chi(b[5], b[6]),
        b[10].chi(b[11], b[12]),
        b[11].chi(b[12], b[13]),
        b[12].chi(b[13], b[14]),
        b[13].chi(b[14], b[10]),
        b[14].chi(b[10], b[11]),
        b[15].chi(b[16], b[17]),
        b[16].chi(b[17], b[18]),
        b[17].chi(b[18], b[19]),
        b[18].chi(b[19], b[15]),
        b[19].chi(b[15], b[16]),
        b[20].chi(b[21], b[22]),
        b[21].chi(b[22], b[23]),
        b[22].chi(b[23], b[24]),
        b[23].chi(b[24], b[20]),
        b[24].chi(b[20], b[21]),
    ]
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{States, Vector, permute_by};

    #[derive(Clone, Copy)]
    pub struct X8(__m512i);
    #[derive(Clone, Copy)]
    pub struct X4(__m256i);

    #[target_feature(enable = "avx512f")]
    pub fn permute_avx512(states: &mut States) {
        permute_by::<X8>(states);
    }

    #[target_feature(enable = "avx2")]
    pub fn permute_avx2(states: &mut States) {
        permute_by::<X4>(states);
    }

    impl Vector for X8 {
        const LANES: usize = 8;
        #[inline(always)]
        fn load(words: &[u64]) -> Self {
            assert!(words.len() >= 8);
            // SAFETY: eight words are there; only `permute_avx512` calls this, with AVX-512 F.
            Self(unsafe { _mm512_loadu_si512(words.as_ptr().cast()) })
        }
        #[inline(always)]
        fn store(self, words: &mut [u64]) {
            assert!(words.len() >= 8);
            // SAFETY: as in `load`.
            unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), self.0) }
        }
        #[inline(always)]
        fn splat(word: u64) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm512_set1_epi64(word as i64) })
        }
        #[inline(always)]
        fn xor(self, b: Self) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm512_xor_si512(self.0, b.0) })
        }
        #[inline(always)]
        fn xor3(self, b: Self, c: Self) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm512_ternarylogic_epi64::<0x96>(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn chi(self, b: Self, c: Self) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm512_ternarylogic_epi64::<0xd2>(self.0, b.0, c.0) })
        }
        #[inline(always)]
        fn rotl<const N: u32, const M: u32>(self) -> Self {
            // SAFETY: as in `load`. The compiler makes one rotation of it.
            Self(unsafe { _mm512_or_si512(_mm512_slli_epi64::<N>(self.0), _mm512_srli_epi64::<M>(self.0)) })
        }
    }

    impl Vector for X4 {
        const LANES: usize = 4;
        #[inline(always)]
        fn load(words: &[u64]) -> Self {
            assert!(words.len() >= 4);
            // SAFETY: four words are there; only `permute_avx2` calls this, with AVX2.
            Self(unsafe { _mm256_loadu_si256(words.as_ptr().cast()) })
        }
        #[inline(always)]
        fn store(self, words: &mut [u64]) {
            assert!(words.len() >= 4);
            // SAFETY: as in `load`.
            unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), self.0) }
        }
        #[inline(always)]
        fn splat(word: u64) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm256_set1_epi64x(word as i64) })
        }
        #[inline(always)]
        fn xor(self, b: Self) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm256_xor_si256(self.0, b.0) })
        }
        #[inline(always)]
        fn xor3(self, b: Self, c: Self) -> Self {
            self.xor(b).xor(c)
        }
        #[inline(always)]
        fn chi(self, b: Self, c: Self) -> Self {
            // SAFETY: as in `load`.
            Self(unsafe { _mm256_xor_si256(self.0, _mm256_andnot_si256(b.0, c.0)) })
        }
        #[inline(always)]
        fn rotl<const N: u32, const M: u32>(self) -> Self {
            let (n, m) = (N.cast_signed(), M.cast_signed());
            // SAFETY: as in `load`.
            unsafe {
                let (n, m) = (_mm_cvtsi32_si128(n), _mm_cvtsi32_si128(m));
                Self(_mm256_or_si256(_mm256_sll_epi64(self.0, n), _mm256_srl_epi64(self.0, m)))
            }
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use std::arch::wasm32::*;

    use super::Vector;

    #[derive(Clone, Copy)]
    pub struct X2(v128);

    impl Vector for X2 {
        const LANES: usize = 2;
        #[inline(always)]
        fn load(words: &[u64]) -> Self {
            Self(u64x2(words[0], words[1]))
        }
        #[inline(always)]
        fn store(self, words: &mut [u64]) {
            words[0] = u64x2_extract_lane::<0>(self.0);
            words[1] = u64x2_extract_lane::<1>(self.0);
        }
        #[inline(always)]
        fn splat(word: u64) -> Self {
            Self(u64x2_splat(word))
        }
        #[inline(always)]
        fn xor(self, b: Self) -> Self {
            Self(v128_xor(self.0, b.0))
        }
        #[inline(always)]
        fn xor3(self, b: Self, c: Self) -> Self {
            self.xor(b).xor(c)
        }
        #[inline(always)]
        fn chi(self, b: Self, c: Self) -> Self {
            Self(v128_xor(self.0, v128_andnot(c.0, b.0)))
        }
        #[inline(always)]
        fn rotl<const N: u32, const M: u32>(self) -> Self {
            Self(v128_or(u64x2_shl(self.0, N), u64x2_shr(self.0, M)))
        }
    }
}

const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];
