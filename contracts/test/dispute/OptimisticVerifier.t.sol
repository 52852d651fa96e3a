// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {OptimisticVerifier} from "../../src/dispute/OptimisticVerifier.sol";
import {Run} from "../../src/dispute/Runs.sol";
import {AigcTerms} from "../../src/interfaces/IAigcToken.sol";
import {ContentClaim} from "../../src/interfaces/IContentVerifier.sol";
import {revenueOf} from "../aigc/RevenueOf.sol";
import {DisputeFixture} from "./DisputeFixture.sol";

/// @notice A collection whose judge is the optimistic verifier.
contract OptimisticVerifierTest is DisputeFixture {
    bytes32 private constant SALT = keccak256("salt");

    AigcToken private _collection;
    address private _minter = makeAddr("minter");
    bytes private _prompt;

    function setUp() public override {
        super.setUp();
        _collection = new AigcToken(AigcTerms("Tiny", "TINY", "text", modelId, verifier, revenueOf(modelId), 0, 500, 1, 7200));
        _prompt = request("one");
    }

    function test_ContentOfALostDisputeIsReplaced() public {
        Run memory lie = malformed(_prompt, "lie");
        Run memory right = runOf(_prompt, "right");
        vm.prank(liar);
        verifier.assertRun{value: BOND}(liar, lie);
        uint256 id = _mint("lie", abi.encode(liar, claimed(liar, lie).traceHash));
        (bytes32 shown,) = _collection.contentOf(id);
        assertEq(shown, keccak256("lie"));
        assertFalse(_collection.verify(_prompt, "lie", abi.encode(liar, claimed(liar, lie).traceHash)));

        vm.prank(watcher);
        verifier.refuteForm(liar, lie, program);
        vm.prank(node);
        verifier.assertRun{value: BOND}(node, right);
        vm.expectRevert(abi.encodeWithSelector(OptimisticVerifier.NotFinal.selector, keccak256("right")));
        verifier.correct(address(_collection), _prompt, "right");
        vm.warp(block.timestamp + WINDOW);
        // Beyond every challenge, but not settled.
        vm.expectRevert(abi.encodeWithSelector(OptimisticVerifier.NotFinal.selector, keccak256("right")));
        verifier.correct(address(_collection), _prompt, "right");
        verifier.settle(claimed(node, right));
        string memory before = _collection.tokenURI(id);
        verifier.correct(address(_collection), _prompt, "right");
        (shown,) = _collection.contentOf(id);
        assertEq(shown, keccak256("right"));
        assertTrue(_collection.verify(_prompt, "right", ""));
        assertFalse(_collection.verify(_prompt, "lie", ""));
        assertNotEq(keccak256(bytes(before)), keccak256(bytes(_collection.tokenURI(id))));
        vm.expectRevert(abi.encodeWithSelector(OptimisticVerifier.AlreadyFinal.selector, keccak256("right")));
        verifier.correct(address(_collection), _prompt, "right");
    }

    function test_FinalContentIsNotReplaced() public {
        Run memory one = runOf(_prompt, "one");
        Run memory two = runOf(_prompt, "two");
        verifier.assertRun{value: BOND}(node, one);
        verifier.assertRun{value: BOND}(node, two);
        vm.warp(block.timestamp + WINDOW);
        verifier.settle(claimed(node, one));
        verifier.settle(claimed(node, two));
        _mint("one", "");
        vm.expectRevert(abi.encodeWithSelector(OptimisticVerifier.AlreadyFinal.selector, keccak256("one")));
        verifier.correct(address(_collection), _prompt, "two");
    }

    function test_ProofsThatNameNothingAreRefused() public {
        Run memory run = runOf(_prompt, "right");
        verifier.assertRun{value: BOND}(node, run);
        bytes32 traceHash = claimed(node, run).traceHash;
        ContentClaim memory claim = ContentClaim(modelId, keccak256(_prompt), keccak256("right"), _minter);
        bytes memory proof = abi.encode(node, traceHash);
        assertTrue(verifier.accepts(claim, proof));
        bytes[6] memory others = [
            bytes(""),
            abi.encode(liar, traceHash),
            abi.encode(node, bytes32(0)),
            bytes.concat(proof, hex"00"),
            abi.encode(uint256(uint160(node)) | (1 << 160), traceHash),
            hex"01"
        ];
        vm.warp(block.timestamp + WINDOW);
        assertTrue(verifier.isFinal(claim, proof));
        for (uint256 i = 0; i < others.length; i++) {
            assertFalse(verifier.accepts(claim, others[i]));
            assertFalse(verifier.isFinal(claim, others[i]));
        }
        ContentClaim memory other = ContentClaim(modelId, keccak256(_prompt), keccak256("wrong"), _minter);
        assertFalse(verifier.accepts(other, proof));
        assertFalse(verifier.isFinal(other, proof));
    }

    function _mint(bytes memory content, bytes memory proof) private returns (uint256 id) {
        vm.startPrank(_minter);
        _collection.commit(_collection.commitmentOf(_minter, keccak256(_prompt), keccak256(content), SALT));
        vm.roll(block.number + 1);
        id = _collection.mintWithAigcData(_prompt, content, proof, SALT);
        vm.stopPrank();
    }
}
