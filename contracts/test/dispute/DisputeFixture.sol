// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Test} from "forge-std/Test.sol";

import {Assertions} from "../../src/dispute/Assertions.sol";
import {Bonds} from "../../src/dispute/Bonds.sol";
import {OptimisticVerifier} from "../../src/dispute/OptimisticVerifier.sol";
import {RunReader} from "../../src/dispute/RunReader.sol";
import {Run} from "../../src/dispute/Runs.sol";
import {ModelPrograms} from "../../src/referee/ModelPrograms.sol";
import {Referee} from "../../src/referee/Referee.sol";

/// @notice A verifier with a registered model, and runs of it. Nobody runs the model here: whether a run is right is decided by who challenges
/// it, and a run of another form is refuted without.
abstract contract DisputeFixture is Test {
    uint128 internal constant BOND = 1 ether;
    uint128 internal constant CHALLENGE_BOND = 0.2 ether;
    uint128 internal constant QUESTION_FEE = 0.005 ether;
    uint48 internal constant WINDOW = 1 days;
    uint48 internal constant CLOCK = 1 hours;
    /// @dev The id that ends an output.
    uint32 internal constant STOP = 299;

    OptimisticVerifier internal verifier;
    bytes32 internal modelId;
    bytes internal program;

    address internal node = makeAddr("node");
    address internal liar = makeAddr("liar");
    address internal watcher = makeAddr("watcher");

    function setUp() public virtual {
        vm.roll(1000);
        vm.warp(1_800_000_000);
        ModelPrograms programs = new ModelPrograms();
        Bonds.DisputeTerms memory terms = Bonds.DisputeTerms(BOND, CHALLENGE_BOND, QUESTION_FEE, WINDOW, CLOCK);
        verifier = new OptimisticVerifier(programs, new Referee(), new RunReader(), terms);
        bytes memory manifest = _manifest();
        modelId = keccak256(bytes.concat("openimo/model/1", keccak256(bytes.concat(hex"00", manifest))));
        program = programs.register(modelId, manifest, new bytes32[](0));
        vm.deal(node, 100 ether);
        vm.deal(liar, 100 ether);
        vm.deal(watcher, 100 ether);
    }

    /// @dev A request of one prompt id.
    function request(string memory seed) internal pure returns (bytes memory) {
        bytes32 promptHash = keccak256(abi.encodePacked(uint32(65)));
        return bytes(
            string.concat(
                "{\"max_tokens\":8,\"prompt\":\"A\",\"prompt_hash\":\"",
                Strings.toHexString(uint256(promptHash), 32),
                "\",\"sampler\":{\"beta\":0,\"top_k\":0,\"top_p\":65536},\"seed\":\"",
                Strings.toHexString(uint256(keccak256(bytes(seed))), 32),
                "\",\"v\":1}"
            )
        );
    }

    /// @dev A well-formed run: each byte of the content is an id, then the stop id.
    function runOf(bytes memory prompt, bytes memory content) internal view returns (Run memory run) {
        run = Run(modelId, prompt, content, 1, abi.encodePacked(uint32(65)), "", new bytes32[](2));
        for (uint256 i = 0; i < content.length; i++) {
            run.ids = bytes.concat(run.ids, abi.encodePacked(uint32(uint8(content[i]))));
            run.lengths = bytes.concat(run.lengths, hex"0001");
        }
        run.ids = bytes.concat(run.ids, abi.encodePacked(STOP));
        run.boundaries[0] = keccak256(bytes.concat("0", content));
        run.boundaries[1] = keccak256(bytes.concat("1", content));
    }

    /// @dev A run that `refuteForm` refutes.
    function malformed(bytes memory prompt, bytes memory content) internal view returns (Run memory run) {
        run = runOf(prompt, content);
        run.boundaries = new bytes32[](3);
    }

    function claimed(address asserter, Run memory run) internal pure returns (Assertions.Claimed memory) {
        bytes32 traceHash = keccak256(abi.encode(run.promptIds, run.ids, run.lengths, run.boundaries));
        return Assertions.Claimed(asserter, run.modelId, keccak256(run.prompt), keccak256(run.content), traceHash);
    }

    function _manifest() private pure returns (bytes memory manifest) {
        manifest = "{\"arithmetic\":\"CIS-1\",\"bos_id\":null,\"config\":{\"context\":16384,\"d_ff\":32,\"d_model\":32,\"eps\":1,\"fres\":12,"
            "\"head_dim\":2,\"n_heads\":16,\"n_kv_heads\":16,\"n_layers\":1,\"rope_inc\":[1],\"rope_pairing\":\"half\",\"score_c\":40000,"
            "\"score_ce\":18,\"sliding_window\":null,\"tied\":true,\"vocab\":300},\"format\":\"openimo-model\",\"licence\":\"x\","
            "\"name\":\"x\",\"sections\":[{\"len\":1,\"name\":\"program\"},{\"len\":1,\"name\":\"tables\"},{\"len\":1,\"name\":\"tokenizer\"},"
            "{\"len\":1500,\"name\":\"pieces\"},{\"len\":198,\"name\":\"norms\"}";
        for (uint256 i = 0; i < 8; i++) {
            manifest = bytes.concat(
                manifest,
                ",{\"matrix\":{\"bits\":4,\"block\":32,\"cols\":32,\"has_bias\":false,\"has_m\":false,\"nslab\":1,\"rows\":32},\"name\":\"m\"}"
            );
        }
        manifest = bytes.concat(manifest, "],\"stop_ids\":[299],\"version\":1}");
    }
}
