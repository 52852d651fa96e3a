// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {JsonText} from "./JsonText.sol";
import {RequestTail} from "./RequestTail.sol";
import {TokenImage} from "./TokenImage.sol";

/// @title Metadata of a token
/// @notice The ERC's schema, with what it has no field for: model, hashes, sampler and seed.
/// @dev All that strangers wrote passes `JsonText`; the rest is written here from numbers.
library AigcMetadata {
    /// @notice The ERC's word for content that is a picture.
    string internal constant IMAGE = "image";

    /// @notice What the metadata are made of. `contentHash` is zero while there is no content; `picture` is the content where it is a PNG
    /// that is kept on chain, else empty.
    struct Parts {
        string collection;
        string aigcType;
        string proofType;
        bytes32 modelId;
        bytes32 requestHash;
        bytes32 contentHash;
        bytes prompt;
        bytes picture;
    }

    /// @dev A data URI with the JSON.
    function uri(Parts memory parts) internal pure returns (string memory) {
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json(parts))));
    }

    /// @dev The JSON.
    function json(Parts memory parts) internal pure returns (string memory) {
        string memory content = parts.picture.length == 0 ? contentUri(parts.contentHash) : pictureUri(parts.picture);
        bool isImage = parts.contentHash != 0 && Strings.equal(parts.aigcType, IMAGE);
        return string.concat(
            "{\"name\":\"",
            JsonText.escape(bytes(parts.collection)),
            " #",
            string(Bytes.slice(bytes(_hex(parts.requestHash)), 2, 10)),
            "\",\"description\":\"Output of one model for one request. Whoever runs the model on the request again gets the same bytes.",
            "\",\"image\":\"",
            isImage ? content : TokenImage.uri(uint256(parts.requestHash)),
            _promptAndType(parts),
            "\",\"aigc_data\":\"",
            content,
            "\",\"proof_type\":\"",
            JsonText.escape(bytes(parts.proofType)),
            _extension(parts)
        );
    }

    /// @notice A URI that names content by its hash: an IPFS address (CIDv1, raw, keccak-256, base 16). Whoever has the bytes, from the
    /// collection's events for example, can serve them under it, and whoever gets them can check them.
    /// @dev Empty for no content.
    function contentUri(bytes32 contentHash) internal pure returns (string memory) {
        if (contentHash == 0) return "";
        return string.concat("ipfs://f01551b20", string(Bytes.slice(bytes(_hex(contentHash)), 2)));
    }

    /// @notice A URI that has the picture in it.
    /// @dev Base64 has neither quote nor bracket, so no byte of the picture can end the string. The PNG is not put into an SVG that would
    /// have it scaled without blur: marketplaces and phones draw SVG with their own means, some leave out pictures inside of one and
    /// some do not draw it at all, while all draw a PNG. So these also are the very bytes that `content_hash` is of.
    function pictureUri(bytes memory picture) internal pure returns (string memory) {
        return string.concat("data:image/png;base64,", Base64.encode(picture));
    }

    function _promptAndType(Parts memory parts) private pure returns (string memory) {
        return string.concat(
            "\",\"prompt\":\"", JsonText.escape(parts.prompt), "\",\"aigc_type\":\"", JsonText.escape(bytes(parts.aigcType))
        );
    }

    function _extension(Parts memory parts) private pure returns (string memory) {
        (string memory sampler, string memory seed) = RequestTail.parse(parts.prompt);
        string memory run = bytes(seed).length == 0 ? "" : string.concat(",\"sampler\":", sampler, ",\"seed\":\"", seed, "\"");
        return string.concat(
            "\",\"model_id\":\"",
            _hex(parts.modelId),
            "\",\"request_hash\":\"",
            _hex(parts.requestHash),
            "\",\"content_hash\":\"",
            parts.contentHash == 0 ? "" : _hex(parts.contentHash),
            "\"",
            run,
            "}"
        );
    }

    function _hex(bytes32 word) private pure returns (string memory) {
        return Strings.toHexString(uint256(word), 32);
    }
}
