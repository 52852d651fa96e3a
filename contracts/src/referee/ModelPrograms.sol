// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ManifestCursor} from "./ManifestCursor.sol";
import {Merkle} from "./Merkle.sol";
import {Programs} from "./Program.sol";

/// @title Programs of models
/// @notice Finds what the referee needs to know of a model in the model's manifest, and keeps its hash. Anybody registers, nobody is trusted: a
/// manifest is the first leaf under the model id.
/// @dev What the file's loader checks beyond this, such as shapes that fit each other, is not checked again: no model can be loaded, hence
/// nothing asserted by somebody honest, under an id whose manifest does not pass there.
contract ModelPrograms {
    using ManifestCursor for ManifestCursor.Cursor;

    /// @notice A model's program is known from now on.
    event ProgramRegistered(bytes32 indexed modelId, bytes32 programHash, bytes program);

    /// @notice The manifest is not that of the model.
    error ManifestOfOtherModel(bytes32 modelId);
    /// @notice A row of the model is too long to be opened in one transaction.
    error ModelTooWide(uint256 columns, uint256 most);

    /// @notice The longest row, in columns.
    uint256 public constant MOST_COLUMNS = 32_768;
    /// @dev Most convolutions of a decoder.
    uint256 private constant MOST_CONVOLUTIONS = 64;

    /// @notice keccak256 of a model's program; zero if it is not registered.
    mapping(bytes32 modelId => bytes32) public programHashOf;

    /// @notice Registers a model.
    /// @param modelId The model.
    /// @param manifest Its manifest.
    /// @param siblings The digests beside the manifest in the tree under the model id, lowest first.
    /// @return program What the referee reads.
    function register(bytes32 modelId, bytes calldata manifest, bytes32[] calldata siblings)
        external
        returns (bytes memory program)
    {
        bytes32 digest = keccak256(bytes.concat(hex"00", manifest));
        for (uint256 i = 0; i < siblings.length; i++) {
            digest = Merkle.node(digest, siblings[i]);
        }
        program = programOf(manifest);
        // A leaf that is leftmost under the model id is the manifest, whatever the height.
        if (keccak256(bytes.concat("openimo/model/1", digest)) != modelId) revert ManifestOfOtherModel(modelId);
        bytes32 programHash = keccak256(program);
        programHashOf[modelId] = programHash;
        emit ProgramRegistered(modelId, programHash, program);
    }

    /// @notice What the referee reads of a model with this manifest.
    /// @param manifest The manifest.
    /// @return The program.
    function programOf(bytes memory manifest) public pure returns (bytes memory) {
        ManifestCursor.Cursor memory c = ManifestCursor.Cursor(manifest, 0);
        c.expect("{\"arithmetic\":\"CIS-1\",\"bos_id\":");
        if (!c.accept("null")) c.number();
        (Sizes memory s, Decoder memory d) = _sizes(c);
        c.expect("},\"format\":\"openimo-model\",\"licence\":");
        c.skipText();
        c.expect(",\"name\":");
        c.skipText();
        c.expect(",\"sections\":[");
        for (uint256 i = 0; i < Programs.FIRST_MATRIX; i++) {
            bytes memory key = i == 0 ? bytes("{\"len\":") : bytes(",{\"len\":");
            if (i == Programs.PIECES) {
                s.pieces = c.number32(key);
            } else {
                c.expect(key);
                c.number();
            }
            c.expect(",\"name\":");
            c.skipText();
            c.expect("}");
        }
        uint256 matrices = Programs.sections(uint32(s.layers), s.tied, d.convolutions) - Programs.FIRST_MATRIX;
        bytes memory specs = new bytes(matrices);
        for (uint256 i = 0; i < matrices; i++) {
            specs[i] = _spec(c);
        }
        c.expect("],\"stop_ids\":[");
        bytes memory stopIds = _stopIds(c);
        // The end of a picture is that of its grid.
        if (d.convolutions > 0 && stopIds.length > 0) revert ManifestCursor.ManifestUnexpected(c.at);
        bytes1 tied = bytes1(uint8(2 * d.convolutions + (s.tied ? 1 : 0)));
        return bytes.concat(_head(s), tied, s.increments, specs, stopIds, d.encoded);
    }

    /// @dev The decoder of a model that draws: how many convolutions it has, and all of it as the program has it.
    struct Decoder {
        uint256 convolutions;
        bytes encoded;
    }

    /// @dev The numbers of a configuration.
    struct Sizes {
        bytes4 context;
        bytes4 ffWidth;
        bytes4 width;
        bytes8 eps;
        bytes1 residualBits;
        bytes4 headSize;
        bytes4 heads;
        bytes4 kvHeads;
        bytes4 layers;
        bytes increments;
        bool adjacent;
        bytes4 scoreC;
        bytes4 pieces;
        bytes1 scoreExponent;
        bytes4 slidingWindow;
        bool tied;
        bytes4 vocabulary;
    }

    function _sizes(ManifestCursor.Cursor memory c) private pure returns (Sizes memory s, Decoder memory d) {
        s.context = c.number32(",\"config\":{\"context\":");
        s.ffWidth = c.number32(",\"d_ff\":");
        s.width = c.number32(",\"d_model\":");
        c.expect(",\"eps\":");
        s.eps = bytes8(uint64(c.number()));
        s.residualBits = c.number8(",\"fres\":");
        s.headSize = c.number32(",\"head_dim\":");
        if (c.accept(",\"image\":")) d = _decoder(c);
        s.heads = c.number32(",\"n_heads\":");
        s.kvHeads = c.number32(",\"n_kv_heads\":");
        s.layers = c.number32(",\"n_layers\":");
        uint256 columns = uint256(uint32(s.heads)) * uint32(s.headSize);
        if (columns < uint32(s.ffWidth)) columns = uint32(s.ffWidth);
        if (columns < uint32(s.width)) columns = uint32(s.width);
        _requireNarrow(columns);
        s.increments = _increments(c, uint32(s.headSize) / 2);
        c.expect(",\"rope_pairing\":\"");
        s.adjacent = c.accept("adjacent");
        if (!s.adjacent) c.expect("half");
        s.scoreC = c.number32("\",\"score_c\":");
        s.scoreExponent = c.number8(",\"score_ce\":");
        if (!c.accept(",\"sliding_window\":null")) s.slidingWindow = c.number32(",\"sliding_window\":");
        s.tied = c.boolean(",\"tied\":");
        s.vocabulary = c.number32(",\"vocab\":");
    }

    function _decoder(ManifestCursor.Cursor memory c) private pure returns (Decoder memory d) {
        bytes4 channels = c.number32("{\"code_dim\":");
        bytes4 codes = c.number32(",\"codes\":");
        bytes memory convs;
        uint256 before = uint32(channels);
        while (!c.accept("],\"first_code\":")) {
            _requireNarrow(9 * before);
            if (d.convolutions == MOST_CONVOLUTIONS) revert ManifestCursor.ManifestUnexpected(c.at);
            bytes4 out = c.number32(d.convolutions == 0 ? bytes(",\"convs\":[{\"channels\":") : bytes(",{\"channels\":"));
            convs = bytes.concat(convs, out, bytes1(c.boolean(",\"upsample\":") ? 1 : 0));
            c.expect("}");
            before = uint32(out);
            d.convolutions++;
        }
        if (d.convolutions == 0) revert ManifestCursor.ManifestUnexpected(c.at);
        bytes4 first = c.number32("");
        bytes4 height = c.number32(",\"grid_height\":");
        bytes4 width = c.number32(",\"grid_width\":");
        c.expect("}");
        d.encoded = bytes.concat(height, width, first, codes, channels, convs);
    }

    function _requireNarrow(uint256 columns) private pure {
        if (columns > MOST_COLUMNS) revert ModelTooWide(columns, MOST_COLUMNS);
    }

    function _increments(ManifestCursor.Cursor memory c, uint256 n) private pure returns (bytes memory increments) {
        increments = new bytes(4 * n);
        for (uint256 i = 0; i < n; i++) {
            bytes4 increment = c.number32(i == 0 ? bytes(",\"rope_inc\":[") : bytes(","));
            for (uint256 k = 0; k < 4; k++) {
                increments[4 * i + k] = increment[k];
            }
        }
        c.expect("]");
    }

    function _spec(ManifestCursor.Cursor memory c) private pure returns (bytes1 spec) {
        spec = c.number8(",{\"matrix\":{\"bits\":");
        if (c.accept(",\"block\":16")) spec |= 0x10;
        else c.expect(",\"block\":32");
        c.number32(",\"cols\":");
        if (c.boolean(",\"has_bias\":")) spec |= 0x40;
        if (c.boolean(",\"has_m\":")) spec |= 0x20;
        c.number32(",\"nslab\":");
        c.number32(",\"rows\":");
        c.expect("},\"name\":");
        c.skipText();
        c.expect("}");
    }

    function _stopIds(ManifestCursor.Cursor memory c) private pure returns (bytes memory ids) {
        while (!c.accept("]")) {
            ids = bytes.concat(ids, c.number32(ids.length == 0 ? bytes("") : bytes(",")));
        }
    }

    function _head(Sizes memory s) private pure returns (bytes memory) {
        bytes memory sizes = bytes.concat(s.width, s.layers, s.heads, s.kvHeads, s.headSize, s.ffWidth, s.vocabulary);
        bytes memory others = bytes.concat(s.context, s.slidingWindow, s.scoreC, s.pieces, s.eps, s.residualBits, s.scoreExponent);
        return bytes.concat(sizes, others, bytes1(s.adjacent ? 1 : 0));
    }
}
