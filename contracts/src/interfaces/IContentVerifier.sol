// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @notice "This model, asked this, produced this content", and who minted it.
/// @param modelId The model.
/// @param requestHash keccak256 of the prompt's bytes: the canonical request.
/// @param contentHash keccak256 of the content's bytes.
/// @param minter The account that claimed the prompt. A validity proof is bound to it, so that a copied proof is worth nothing.
/// An optimistic verifier judges the first three alone.
struct ContentClaim {
    bytes32 modelId;
    bytes32 requestHash;
    bytes32 contentHash;
    address minter;
}

/// @title Judge of content
/// @notice What a collection asks before it shows content as a model's. Prompt and content reach it as separate digests, so no border
/// between them can move.
/// @dev Both questions answer false for whatever cannot be judged, unreadable proofs included; they do not revert. An answer depends
/// on the chain's state alone, and `isFinal` implies `accepts` at the time when it becomes true.
interface IContentVerifier {
    /// @notice The ERC's word for the kind of proof: "validity" (zkML) or "fraud" (opML).
    /// @return The word.
    function proofType() external view returns (string memory);

    /// @notice Whether the content may be added to a token. For validity proofs it is the same question as `isFinal`; an optimistic
    /// verifier may accept before finality what nobody disputes.
    /// @param claim What is claimed.
    /// @param proof The proof; empty for an optimistic verifier.
    /// @return Whether the content is accepted.
    function accepts(ContentClaim calldata claim, bytes calldata proof) external view returns (bool);

    /// @notice Whether the content is the model's for good: proved, or asserted and past every challenge. Once true, true for ever.
    /// @param claim What is claimed.
    /// @param proof The proof; empty for an optimistic verifier.
    /// @return Whether the content is final.
    function isFinal(ContentClaim calldata claim, bytes calldata proof) external view returns (bool);
}
