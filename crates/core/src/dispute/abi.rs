//! The functions, structures and errors of referee, disputes and oracle; `contracts/src/dispute` and `contracts/src/oracle` say what each is.
#![allow(missing_docs)]

alloy_sol_types::sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct Sampler { uint32 beta; uint32 topK; uint32 topP; bytes32 seed; }

    #[derive(Debug, PartialEq, Eq)]
    struct Part {
        bytes32 modelId;
        uint32 positions;
        uint32 prompt;
        uint32 position;
        uint32 layer;
        Sampler sampler;
        bytes32 ids;
        bytes32 before;
        bytes32[] tensors;
    }

    function holds(bytes program, Part part, bytes witness) external view returns (bool);

    error NoSuchStep(uint256 kind, uint256 a, uint256 b, uint256 c);
    error WrongTensors(uint256 tensors);
    error NotCommitted();
    error NotOfModel();
    error NoSuchLeaves(uint256 start, uint256 leaves, uint256 width);
    error WitnessTooShort();
    error WitnessTooLong();

    #[derive(Debug)]
    struct Run {
        bytes32 modelId;
        bytes prompt;
        bytes content;
        uint32 promptIds;
        bytes ids;
        bytes lengths;
        bytes32[] boundaries;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Place { uint8 stage; uint32 layer; uint32 position; }
    struct Terms { uint128 bond; uint128 challengeBond; uint128 questionFee; uint48 window; uint48 clock; }
    #[derive(Debug, PartialEq, Eq)]
    struct Stake { address asserter; uint48 deadline; uint32 open; uint8 status; }
    #[derive(Debug, PartialEq, Eq)]
    struct Claimed { address asserter; bytes32 modelId; bytes32 requestHash; bytes32 contentHash; bytes32 traceHash; }
    struct Claim { bytes32 modelId; bytes32 requestHash; bytes32 contentHash; address minter; }

    #[derive(Debug)]
    struct Challenge {
        bytes32 assertion;
        bytes32 committed;
        address challenger;
        uint48 deadline;
        uint8 questions;
        uint8 turn;
        bytes13 step;
    }

    function assertRun(address asserter, Run run) external payable returns (bytes32);
    function refuteForm(address asserter, Run run, bytes program) external;
    function refutePiece(address asserter, Run run, bytes program, uint256 index, bytes witness) external;
    function challenge(address asserter, Run run, bytes program, Place place) external payable returns (uint256);
    function relocate(uint256 id, address asserter, Run run, bytes program, Place place) external payable;
    function reveal(uint256 id, uint8 stage, Part part, bytes32 end, bytes siblings) external;
    function ask(uint256 id, bytes13 step) external payable;
    function defend(uint256 id, bytes program, Part part, bytes witness) external;
    function prove(uint256 id, bytes program, Part part, bytes witness) external;
    function timeout(uint256 id) external;
    function reclaim(uint256 id) external;
    function settle(Claimed claimed) external;
    function withdraw(address to) external;
    function balanceOf(address account) external view returns (uint256);
    function stakeOf(bytes32 assertion) external view returns (Stake);
    function challengeOf(uint256 id) external view returns (Challenge);
    function accepts(Claim claim, bytes proof) external view returns (bool);
    function isFinal(Claim claim, bytes proof) external view returns (bool);
    function register(bytes32 modelId, bytes manifest, bytes32[] siblings) external returns (bytes);

    event Asserted(bytes32 indexed assertion, bytes32 indexed modelId, bytes32 indexed requestHash, address asserter, Run run);
    event Challenged(uint256 indexed challenge, bytes32 indexed assertion, address indexed challenger, Place place);
    event Revealed(uint256 indexed challenge, Part part, bytes siblings);
    event Asked(uint256 indexed challenge, bytes13 step);
    event Defended(uint256 indexed challenge, bytes witness);

    function challengeBond() external view returns (uint256);
    function questionFee() external view returns (uint256);
    function window() external view returns (uint48);
    function clock() external view returns (uint48);
    function referee() external view returns (address);
    function programs() external view returns (address);
    function reader() external view returns (address);
    function programHashOf(bytes32 modelId) external view returns (bytes32);

    #[derive(Debug, PartialEq, Eq)]
    struct OracleRequest {
        uint256 modelId;
        bytes32 inputHash;
        address account;
        address callbackContract;
        uint64 gasLimit;
        uint8 callback;
        bytes32 callbackHash;
        uint128 modelFee;
        uint128 gasFee;
        uint48 expiry;
    }

    struct Listing { bytes32 modelId; address owner; }

    event AICallbackRequest(
        address indexed account,
        uint256 indexed requestId,
        uint256 modelId,
        bytes input,
        address callbackContract,
        uint64 gasLimit,
        bytes callbackData
    );
    event Requested(uint256 indexed requestId, OracleRequest request);

    function bond() external view returns (uint256);
    function isAssertionFinal(bytes32 assertion) external view returns (bool);
    function verifier() external view returns (address);
    function commit(bytes32 commitment) external;
    function committedAt(address minter, bytes32 commitment) external view returns (uint256);
    function minCommitAge() external view returns (uint48);
    function maxCommitAge() external view returns (uint48);
    function listingOf(uint256 modelId) external view returns (Listing);
    function kept(uint256 requestId) external view returns (bytes32 digest, uint128 reward, uint8 answers, bool isCalled, uint8 status);
    function answerOf(uint256 requestId, uint256 index) external view returns (bytes32);
    function answer(uint256 requestId, OracleRequest request, Run run, bytes callbackData, bytes32 salt) external payable;
    function finalize(
        uint256 requestId,
        OracleRequest request,
        uint256 index,
        Claimed claimed,
        bytes output,
        bytes callbackData
    ) external;
    function requestCallback(
        uint256 modelId,
        bytes input,
        address callbackContract,
        uint64 gasLimit,
        bytes callbackData
    ) external payable returns (uint256);
    function estimateFee(uint256 modelId, uint256 gasLimit) external view returns (uint256);
    function isFinalized(uint256 requestId) external view returns (bool);
    function listModel(bytes32 id, address owner) external returns (uint256);

    error DisputeTermsInvalid();
    error WrongPayment(uint256 paid, uint256 expected);
    error NothingToWithdraw(address account);
    error ModelNotKnown(bytes32 modelId);
    error ProgramOfOtherModel(bytes32 modelId);
    error RunTooLong(uint256 length, uint256 most);
    error WrongStatus(uint8 status);
    error TooLate(uint256 deadline);
    error TooEarly(uint256 deadline);
    error StillChallenged(uint256 open);
    error WellFormed();
    error NotWellFormed();
    error PieceIsRight(uint256 index);
    error NoSuchPart(uint8 stage, uint256 layer, uint256 position);
    error WrongTurn(uint8 turn);
    error NotYourMove(address mover);
    error NotCommittedTo();
    error WrongTensorCount(uint256 tensors, uint256 expected);
    error NotInBoundary();
    error OtherStep(bytes13 step);
    error StepHolds();
    error StepDoesNotHold();
    error NoMoreQuestions();
    error NotRefuted();
    error NoSuchPiece(uint256 id);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use alloy_sol_types::{SolCall, SolEvent};
    use serde_json::Value;

    use super::*;
    use crate::chain::abi::JSON;
    use crate::chain::erc7730::signature;

    #[test]
    fn signatures_are_those_of_the_contracts() {
        let mut known = BTreeSet::new();
        for (_, text) in JSON.iter().filter(|(name, _)| ["OptimisticVerifier", "AIOracle"].contains(name)) {
            let entries: Vec<Value> = serde_json::from_str(text).unwrap();
            known.extend(entries.iter().filter(|entry| entry["name"].is_string()).map(|entry| signature(entry, false)));
        }
        macro_rules! check {
            ($($item:ident)*) => {
                $(assert!(known.contains($item::SIGNATURE), "{}", $item::SIGNATURE);)*
            };
        }
        check! {
            assertRunCall refuteFormCall refutePieceCall challengeCall relocateCall revealCall askCall defendCall proveCall timeoutCall
            reclaimCall settleCall withdrawCall balanceOfCall stakeOfCall challengeOfCall acceptsCall isFinalCall challengeBondCall
            questionFeeCall windowCall clockCall refereeCall programsCall readerCall bondCall isAssertionFinalCall
            Asserted Challenged Revealed Asked Defended
            AICallbackRequest Requested verifierCall commitCall committedAtCall minCommitAgeCall maxCommitAgeCall listingOfCall keptCall
            answerOfCall answerCall finalizeCall requestCallbackCall estimateFeeCall isFinalizedCall listModelCall
        }
    }
}
