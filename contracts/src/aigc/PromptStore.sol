// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title What a token keeps for ever
/// @notice Minter, the content's hash at the mint and the prompt, as the code of an account of their own: 200 gas a byte and 32,000
/// once, where storage costs about 690 a byte.
/// @dev Layout: 00 (so that it cannot be called) ‖ minter, 20 ‖ content hash, 32 ‖ prompt.
library PromptStore {
    /// @dev Bytes before the prompt.
    uint256 private constant HEADER = 53;
    /// @notice The longest prompt: an account's code is at most 24,576 bytes (EIP-170).
    uint256 internal constant MAX_PROMPT = 24_576 - HEADER;

    /// @dev Stores a record. The salt is unique, so the address is new.
    function write(bytes32 salt, address minter, bytes32 contentHash, bytes calldata prompt) internal returns (address) {
        // PUSH4 length, DUP1, PUSH1 14, PUSH1 0, CODECOPY, PUSH1 0, RETURN: the code is what follows these 14 bytes.
        bytes4 length = bytes4(SafeCast.toUint32(HEADER + prompt.length));
        bytes memory initCode =
            bytes.concat(hex"63", length, hex"80600e6000396000f3", hex"00", bytes20(minter), contentHash, prompt);
        return Create2.deploy(0, salt, initCode);
    }

    /// @dev Reads a record.
    function read(address store) internal view returns (address minter, bytes32 contentHash, bytes memory prompt) {
        bytes memory code = store.code;
        minter = address(bytes20(Bytes.slice(code, 1, 21)));
        contentHash = bytes32(Bytes.slice(code, 21, HEADER));
        prompt = Bytes.splice(code, HEADER);
    }
}
