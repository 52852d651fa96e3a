//! The most int8 multiply-adds that a level's own dot instruction gives, from registers alone: the roof of the compute-bound benches.

use super::level::Level;

/// Multiply-adds of one round of [`int8_dots`], at every level.
pub const DOTS_A_ROUND: u64 = 512;

/// Run `rounds` rounds; the result only keeps the work from being left out.
///
/// # Panics
/// If the level is missing here.
pub fn int8_dots(level: Level, rounds: u64) -> i32 {
    match level.checked() {
        // SAFETY: checked() has found the instructions.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { x86::avx512(rounds) },
        // SAFETY: checked() has found the instructions.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { x86::avx2(rounds) },
        _ => plain(rounds),
    }
}

fn plain(rounds: u64) -> i32 {
    let mut sums = [0i32; 64];
    for _ in 0..rounds * DOTS_A_ROUND / 64 {
        let a = std::hint::black_box([3i8; 64]);
        for (sum, &a) in sums.iter_mut().zip(&a) {
            *sum = sum.wrapping_add(i32::from(a) * i32::from(a));
        }
    }
    sums.iter().fold(0, |x, &y| x.wrapping_add(y))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    /// Eight independent chains of 64 multiply-adds.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    pub fn avx512(rounds: u64) -> i32 {
        let (a, b) = (black_box(_mm512_set1_epi8(3)), black_box(_mm512_set1_epi8(-5)));
        let mut sums = [_mm512_setzero_si512(); 8];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = _mm512_dpbusd_epi32(*sum, a, b);
            }
        }
        sums.iter().fold(0, |x, &y| x.wrapping_add(_mm512_reduce_add_epi32(y)))
    }

    /// Sixteen chains of 32 multiply-adds, widened in two steps as AVX2 has to; one operand comes from memory, or the compiler would
    /// take the constant product out of the loop.
    #[target_feature(enable = "avx2")]
    pub fn avx2(rounds: u64) -> i32 {
        let (b, ones) = (black_box(_mm256_set1_epi8(-5)), _mm256_set1_epi16(1));
        let mut sums = [_mm256_setzero_si256(); 16];
        let mut a = _mm256_set1_epi8(3);
        for _ in 0..rounds {
            a = black_box(a);
            for sum in &mut sums {
                // The sum's low bits make each product another one.
                let pairs = _mm256_maddubs_epi16(_mm256_xor_si256(a, *sum), b);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
            }
        }
        sums.iter().fold(0, |x, &y| x.wrapping_add(_mm256_extract_epi32::<0>(y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_runs() {
        for level in Level::available() {
            let (few, more) = (int8_dots(level, 1), int8_dots(level, 3));
            assert_ne!(few, more, "{}", level.name());
        }
    }
}
