//! keccak256 of many messages at once: what Merkle trees over a model file need, where one message after the other would take longer
//! than all the rest of loading. Messages of equal length go through the permutation eight at a time; others, and machines without
//! vectors, through `sha3`.

mod f1600;

use sha3::{Digest, Keccak256};

use super::level::Level;
use f1600::{States, permute};

/// Bytes that one permutation takes in.
const RATE: usize = 136;
/// Messages that go together.
const WAYS: usize = 8;
/// Of fewer than this many messages, one after the other is faster.
const WORTH: usize = 3;

/// `keccak256(prefix ‖ message)` of each message, in order.
///
/// # Panics
/// If `level` is missing here.
pub fn keccak256_each(level: Level, prefix: u8, messages: &[&[u8]]) -> Vec<[u8; 32]> {
    let mut digests = Vec::with_capacity(messages.len());
    let mut rest = messages;
    while let Some(first) = rest.first() {
        let same = rest.iter().take(WAYS).take_while(|m| m.len() == first.len()).count();
        let (group, after) = rest.split_at(same);
        if level.checked() == Level::Scalar || same < WORTH {
            digests.extend(
                group.iter().map(|m| -> [u8; 32] { Keccak256::new().chain_update([prefix]).chain_update(m).finalize().into() }),
            );
        } else {
            let mut states = [[0u64; WAYS]; 25];
            absorb(level, prefix, group, &mut states);
            digests.extend((0..same).map(|k| digest(&states, k)));
        }
        rest = after;
    }
    digests
}

/// Take in up to eight messages of equal length; lanes without one compute nothing that is read.
fn absorb(level: Level, prefix: u8, messages: &[&[u8]], states: &mut States) {
    let len = messages[0].len() + 1;
    for block in 0..len / RATE {
        for (k, message) in messages.iter().enumerate() {
            // The prefix shifts all by one byte.
            if block == 0 {
                let mut start = [prefix; 8];
                start[1..].copy_from_slice(&message[..7]);
                states[0][k] ^= u64::from_le_bytes(start);
                xor_words(&message[7..RATE - 1], k, &mut states[1..]);
            } else {
                xor_words(&message[block * RATE - 1..][..RATE], k, states);
            }
        }
        permute(level, states);
    }
    let full = len / RATE * RATE;
    for (k, message) in messages.iter().enumerate() {
        let mut last = [0u8; RATE];
        last[0] = prefix;
        if full == 0 {
            last[1..len].copy_from_slice(message);
        } else {
            last[..len - full].copy_from_slice(&message[full - 1..]);
            last[len - full] = 0;
        }
        last[len - full] ^= 0x01;
        last[RATE - 1] ^= 0x80;
        xor_words(&last, k, states);
    }
    permute(level, states);
}

fn xor_words(bytes: &[u8], k: usize, states: &mut [[u64; WAYS]]) {
    for (word, bytes) in states.iter_mut().zip(bytes.chunks_exact(8)) {
        word[k] ^= u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    }
}

fn digest(states: &States, k: usize) -> [u8; 32] {
    let mut digest = [0u8; 32];
    for (bytes, word) in digest.chunks_exact_mut(8).zip(states) {
        bytes.copy_from_slice(&word[k].to_le_bytes());
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lengths around the edges of blocks, all numbers of messages, mixed lengths: the digests of `sha3`.
    #[test]
    fn digests_are_those_of_sha3() {
        let bytes: Vec<u8> = (0..2000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let lens: Vec<usize> = (0..20).chain(126..145).chain(262..280).chain([364, 616, 1024, 1100]).collect();
        let expected = |prefix: u8, m: &[u8]| -> [u8; 32] { Keccak256::digest([&[prefix], m].concat()).into() };
        for level in Level::available() {
            for &len in &lens {
                for n in [0, 1, 2, 3, 7, 8, 9, 17] {
                    let messages: Vec<&[u8]> = (0..n).map(|i| &bytes[i * 3..i * 3 + len]).collect();
                    let want: Vec<_> = messages.iter().map(|m| expected(len as u8, m)).collect();
                    assert_eq!(
                        keccak256_each(level, len as u8, &messages),
                        want,
                        "{} messages of {len} bytes, {}",
                        n,
                        level.name()
                    );
                }
            }
            let mixed: Vec<&[u8]> = (0..60).map(|i| &bytes[i..i + lens[i * 7 % 5 + i / 3]]).collect();
            let want: Vec<_> = mixed.iter().map(|m| expected(0, m)).collect();
            assert_eq!(keccak256_each(level, 0, &mixed), want, "{}", level.name());
        }
    }
}
