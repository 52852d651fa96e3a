//! Disputes of asserted runs on a chain: the contracts of `contracts/src/dispute`, with sides that are honest, lie, or are silent.

pub mod asserted;
pub mod case;
pub mod court;

pub use openimo_core::dispute::abi::*;

/// What an error of these contracts is called.
///
/// # Panics
/// If it is none of theirs.
pub fn error_name(data: &[u8]) -> &'static str {
    use alloy_sol_types::SolError;
    macro_rules! names { ($($error:ident),* $(,)?) => { [$(($error::SELECTOR, stringify!($error))),*] } }
    let names = names![
        DisputeTermsInvalid,
        WrongPayment,
        NothingToWithdraw,
        ModelNotKnown,
        ProgramOfOtherModel,
        RunTooLong,
        WrongStatus,
        TooLate,
        TooEarly,
        StillChallenged,
        WellFormed,
        NotWellFormed,
        PieceIsRight,
        NoSuchPart,
        WrongTurn,
        NotYourMove,
        NotCommittedTo,
        WrongTensorCount,
        NotInBoundary,
        OtherStep,
        StepHolds,
        StepDoesNotHold,
        NoMoreQuestions,
        NotRefuted,
        NoSuchPiece,
    ];
    let referee = crate::referee::chain::ERRORS;
    let found = names.iter().chain(&referee).find(|(selector, _)| data.starts_with(selector));
    found.unwrap_or_else(|| panic!("the contracts have no such error: {}", hex::encode(data))).1
}
