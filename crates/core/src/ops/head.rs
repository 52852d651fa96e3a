//! head: the greedy choice among the logits.
//!
//! * **Meaning**: the final rmsnorm and a [`linear`](super::linear) with Fo = F give the logits; the chosen id has the largest one.
//! * **Shapes**: `logits[vocabulary]` i32 (F) → id.
//! * **Domain**: at least one logit.
//! * **Bounds**: comparisons only.
//! * **Rounding and ties**: among equals the **lowest id**.
//! * **Witness**: the id.
//! * **Identities**: `l_j <= l_w` for all j, `l_j < l_w` for `j < w`.
//! * **Step**: one j that beats the claimed id.

/// The id of the largest logit, the lowest among equals.
///
/// # Panics
/// If there is no logit.
pub fn greedy(logits: &[i32]) -> u32 {
    assert!(!logits.is_empty(), "greedy: no logits");
    let mut best = 0;
    for (id, &l) in logits.iter().enumerate() {
        if l > logits[best] {
            best = id;
        }
    }
    best as u32
}
