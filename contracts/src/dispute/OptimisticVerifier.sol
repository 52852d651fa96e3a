// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

// Casts take the head of bytes.
// forge-lint: disable-start(unsafe-typecast)

import {IAigcToken} from "../interfaces/IAigcToken.sol";
import {ContentClaim, IContentVerifier} from "../interfaces/IContentVerifier.sol";
import {IERC7007Updatable} from "../interfaces/IERC7007Updatable.sol";
import {IModelBound} from "../interfaces/IModelBound.sol";
import {ModelPrograms} from "../referee/ModelPrograms.sol";
import {Referee} from "../referee/Referee.sol";
import {Assertions} from "./Assertions.sol";
import {Bonds} from "./Bonds.sol";
import {Challenges} from "./Challenges.sol";
import {RunReader} from "./RunReader.sol";

/// @title Optimistic verifier (opML)
/// @notice Content is a model's if somebody asserted its run and nobody refuted it: see `Assertions` and `Challenges`. Nobody owns this
/// contract and nobody's word counts in it.
/// @dev It trusts that one who runs the model watches, has the assertion's event, and gets a transaction in within the window.
contract OptimisticVerifier is IContentVerifier, Challenges {
    /// @notice The content is not final.
    error NotFinal(bytes32 contentHash);
    /// @notice The token's content is final too.
    error AlreadyFinal(bytes32 contentHash);

    constructor(ModelPrograms programs_, Referee referee_, RunReader reader_, DisputeTerms memory terms)
        Bonds(terms)
        Assertions(programs_, referee_, reader_)
    {}

    /// @notice Replaces content of a collection's token that was accepted before it was refuted. For anybody.
    /// @param collection The collection, whose verifier this contract is.
    /// @param prompt The prompt of the token.
    /// @param content The content of a settled assertion.
    function correct(address collection, bytes calldata prompt, bytes calldata content) external {
        (bytes32 modelId, bytes32 requestHash, bytes32 contentHash) =
            (IModelBound(collection).modelId(), keccak256(prompt), keccak256(content));
        if (!_isSettled(modelId, requestHash, contentHash)) revert NotFinal(contentHash);
        (bytes32 shown,) = IAigcToken(collection).contentOf(uint256(requestHash));
        if (_isSettled(modelId, requestHash, shown)) revert AlreadyFinal(shown);
        IERC7007Updatable(collection).update(prompt, content);
    }

    /// @inheritdoc IContentVerifier
    function proofType() external pure returns (string memory) {
        return "fraud";
    }

    /// @inheritdoc IContentVerifier
    /// @dev The proof names an assertion: `abi.encode(asserter, traceHash)`. It may be empty once one is settled.
    function accepts(ContentClaim calldata claim, bytes calldata proof) external view returns (bool) {
        if (_isSettled(claim.modelId, claim.requestHash, claim.contentHash)) return true;
        Stake storage s = _stake(_named(claim, proof));
        return s.status == Status.Final || (s.status == Status.Asserted && s.open == 0);
    }

    /// @inheritdoc IContentVerifier
    function isFinal(ContentClaim calldata claim, bytes calldata proof) external view returns (bool) {
        return _isSettled(claim.modelId, claim.requestHash, claim.contentHash) || isAssertionFinal(_named(claim, proof));
    }

    /// @dev The assertion that a proof names; zero, which is none, if it cannot be read.
    function _named(ContentClaim calldata claim, bytes calldata proof) private pure returns (bytes32) {
        if (proof.length != 64 || bytes12(proof) != 0) return 0;
        (address asserter, bytes32 traceHash) = abi.decode(proof, (address, bytes32));
        return keccak256(abi.encode(Claimed(asserter, claim.modelId, claim.requestHash, claim.contentHash, traceHash)));
    }
}
