// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {Run} from "../../src/dispute/Runs.sol";
import {PngFile} from "../referee/PngFile.sol";
import {DisputeFixture} from "./DisputeFixture.sol";

/// @notice A verifier with a registered model that draws two places with one convolution. All its weights are zero, so that every number of a
/// picture is, and every byte of the colours 128.
abstract contract PictureFixture is DisputeFixture {
    uint256 internal constant HEIGHT = 1;
    uint256 internal constant WIDTH = 2;
    uint256 internal constant COLOURS = 6;
    bytes32 internal drawing;
    bytes internal decoder;

    function setUp() public virtual override {
        super.setUp();
        bytes memory manifest = drawingManifest("[{\"channels\":3,\"upsample\":false}]", 16, "");
        drawing = keccak256(bytes.concat("openimo/model/1", keccak256(bytes.concat(hex"00", manifest))));
        decoder = verifier.programs().register(drawing, manifest, new bytes32[](0));
    }

    /// @dev A well-formed run: a prompt of one id, and two codes.
    function runOfPicture(bytes memory colours) internal view returns (Run memory run) {
        bytes memory file = PngFile.encoded(HEIGHT, WIDTH, colours);
        run = Run(drawing, requestFor(2), file, 1, abi.encodePacked(uint32(65), uint32(260), uint32(261)), "", new bytes32[](2));
        run.boundaries[0] = keccak256("0");
        run.boundaries[1] = keccak256("1");
    }

    function grey() internal pure returns (bytes memory) {
        return hex"808080808080";
    }

    function requestFor(uint256 ids) internal pure returns (bytes memory) {
        bytes32 promptHash = keccak256(abi.encodePacked(uint32(65)));
        return bytes(
            string.concat(
                "{\"max_tokens\":",
                Strings.toString(ids),
                ",\"prompt\":\"A\",\"prompt_hash\":\"",
                Strings.toHexString(uint256(promptHash), 32),
                "\",\"sampler\":{\"beta\":0,\"top_k\":0,\"top_p\":65536},\"seed\":\"",
                Strings.toHexString(uint256(keccak256("seed")), 32),
                "\",\"v\":1}"
            )
        );
    }

    function drawingManifest(string memory convs, uint256 codeDim, string memory stopIds)
        internal
        pure
        returns (bytes memory manifest)
    {
        manifest = bytes.concat(
            "{\"arithmetic\":\"CIS-1\",\"bos_id\":null,\"config\":{\"context\":16384,\"d_ff\":32,\"d_model\":32,\"eps\":1,\"fres\":12,"
            "\"head_dim\":2,\"image\":{\"code_dim\":",
            bytes(Strings.toString(codeDim)),
            ",\"codes\":40,\"convs\":",
            bytes(convs),
            ",\"first_code\":260,\"grid_height\":1,\"grid_width\":2},\"n_heads\":16,\"n_kv_heads\":16,\"n_layers\":1,\"rope_inc\":[1],"
            "\"rope_pairing\":\"half\",\"score_c\":40000,\"score_ce\":18,\"sliding_window\":null,\"tied\":true,\"vocab\":300},"
            "\"format\":\"openimo-model\",\"licence\":\"x\",\"name\":\"x\",\"sections\":[{\"len\":1,\"name\":\"program\"},"
            "{\"len\":1,\"name\":\"tables\"},{\"len\":1,\"name\":\"tokenizer\"},{\"len\":1500,\"name\":\"pieces\"},{\"len\":198,\"name\":\"norms\"}"
        );
        for (uint256 i = 0; i < 10; i++) {
            manifest = bytes.concat(
                manifest,
                ",{\"matrix\":{\"bits\":4,\"block\":16,\"cols\":32,\"has_bias\":false,\"has_m\":false,\"nslab\":1,\"rows\":32},\"name\":\"m\"}"
            );
        }
        manifest = bytes.concat(manifest, "],\"stop_ids\":[", bytes(stopIds), "],\"version\":1}");
    }
}
