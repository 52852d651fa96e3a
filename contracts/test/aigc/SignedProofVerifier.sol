// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ContentClaim, IContentVerifier} from "../../src/interfaces/IContentVerifier.sol";

/// @notice A verifier of validity proofs whose proof system is a signature: complete, checkable by anybody, bound to the whole claim
/// with its minter, and refusing unreadable proofs without a revert. What a zk verifier is to a collection.
contract SignedProofVerifier is IContentVerifier {
    address private immutable _prover;

    constructor(address prover) {
        _prover = prover;
    }

    function proofType() external pure returns (string memory) {
        return "validity";
    }

    function accepts(ContentClaim calldata claim, bytes calldata proof) external view returns (bool) {
        return _proves(claim, proof);
    }

    function isFinal(ContentClaim calldata claim, bytes calldata proof) external view returns (bool) {
        return _proves(claim, proof);
    }

    function _proves(ContentClaim calldata claim, bytes calldata proof) private view returns (bool) {
        (address signer, ECDSA.RecoverError failed,) = ECDSA.tryRecover(keccak256(abi.encode(claim)), proof);
        return failed == ECDSA.RecoverError.NoError && signer == _prover;
    }
}
