// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";

import {RecordStore} from "./RecordStore.sol";

/// @title Small pictures, kept so that metadata can show them
/// @notice An IPFS address that names content by its keccak hash is resolved by no gateway unless somebody serves it there, so wallets
/// would show nothing. A PNG of a few kilobytes is cheap enough to be kept and shown from chain data alone.
/// @dev A picture is found by the hash of its content and not by a token: equal pictures are kept once, a token whose content is replaced
/// shows the new one without another write, and a picture that returns is there already.
/// The salt is the hash with all bits inverted. Prompts, which are any bytes of strangers, have their own hash for a salt; a picture's
/// salt that was the hash of something could be taken by minting that something as a prompt. As it is, the two meet only where one
/// hash is the inverse of another, which is as hard to find as a collision.
/// Layout: 00 ‖ picture.
abstract contract PictureStore is RecordStore {
    /// @notice The largest picture that is kept, in bytes: keeping it takes about 1.7 million gas.
    uint256 public constant MAX_PICTURE = 8192;

    /// @dev How each PNG begins.
    bytes8 private constant PNG_SIGNATURE = 0x89504e470d0a1a0a;

    /// @dev Keeps the content if it is a small PNG. Only the signature is looked at: whoever accepted the content knows what it is, and
    /// whatever follows is shown as base64 under the type of a PNG.
    function _keepPicture(bytes32 contentHash, bytes calldata content) internal {
        // The first eight bytes. Shorter content is filled with zeros, and the signature does not end in one.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (content.length > MAX_PICTURE || bytes8(content) != PNG_SIGNATURE) return;
        if (_recordAt(~contentHash).code.length != 0) return;
        _keepRecord(~contentHash, bytes.concat(hex"00", content));
    }

    /// @dev The picture with this hash; empty if none is kept.
    function _picture(bytes32 contentHash) internal view returns (bytes memory) {
        bytes memory code = _recordAt(~contentHash).code;
        return code.length == 0 ? code : Bytes.splice(code, 1);
    }
}
