// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {console} from "forge-std/console.sol";

import {Assertions} from "../../src/dispute/Assertions.sol";
import {Challenges} from "../../src/dispute/Challenges.sol";
import {RunReader} from "../../src/dispute/RunReader.sol";
import {Place, Run, Runs, Stage} from "../../src/dispute/Runs.sol";
import {ManifestCursor} from "../../src/referee/ManifestCursor.sol";
import {ModelPrograms} from "../../src/referee/ModelPrograms.sol";
import {Pieces} from "../../src/referee/Pieces.sol";
import {Referee} from "../../src/referee/Referee.sol";
import {Part, Steps} from "../../src/referee/Steps.sol";
import {Sample} from "../../src/referee/ops/Sample.sol";
import {PngFile} from "../referee/PngFile.sol";
import {PictureFixture} from "./PictureFixture.sol";

/// @notice Disputes about a picture.
contract OptimisticVerifierPictureTest is PictureFixture {
    uint8 private constant PIXELS = 67;

    function test_AnHonestPictureStands() public {
        Run memory run = runOfPicture(grey());
        _assert(node, run);
        vm.expectRevert(Assertions.WellFormed.selector);
        verifier.refuteForm(node, run, decoder);
        (uint256 id, Part memory part) = _revealed(node, run);
        for (uint32 i = 0; i < COLOURS; i++) {
            vm.expectRevert(Challenges.StepHolds.selector);
            verifier.prove(id, decoder, part, _pixel(run, i));
        }
        vm.prank(watcher);
        verifier.ask{value: QUESTION_FEE}(id, bytes13(_pixel(run, 4)));
        vm.prank(node);
        verifier.defend(id, decoder, part, _pixel(run, 4));
        // A colour that the picture does not have, and steps of other parts, need no answer.
        bytes[3] memory none = [bytes(_step(PIXELS, 6)), _step(0, 0), _step(48, 0)];
        for (uint256 i = 0; i < none.length; i++) {
            vm.prank(watcher);
            verifier.ask{value: QUESTION_FEE}(id, bytes13(none[i]));
            vm.prank(node);
            verifier.defend(id, decoder, part, none[i]);
        }
        vm.warp(block.timestamp + WINDOW);
        verifier.timeout(id);
        verifier.settle(claimed(node, run));
        assertEq(verifier.balanceOf(node), BOND + CHALLENGE_BOND + 5 * QUESTION_FEE);
    }

    function test_AForgedPixelIsRefuted() public {
        bytes memory colours = grey();
        colours[4] = 0x81;
        Run memory lie = runOfPicture(colours);
        _assert(liar, lie);
        (uint256 id, Part memory part) = _revealed(liar, lie);
        vm.expectRevert(Challenges.StepHolds.selector);
        verifier.prove(id, decoder, part, _pixel(lie, 3));
        verifier.prove(id, decoder, part, _pixel(lie, 4));
        console.log("proof of a pixel: %s gas", vm.lastCallGas().gasTotalUsed);
        assertEq(uint8(verifier.stakeOf(verifier.numberOf(liar, lie)).status), uint8(Assertions.Status.Refuted));
        assertEq(verifier.balanceOf(watcher), BOND / 2 + CHALLENGE_BOND);
    }

    function test_RunsOfAnotherFormAreRefutedAtOnce() public {
        Run memory right = runOfPicture(grey());
        Run[9] memory wrong;
        for (uint256 i = 0; i < wrong.length; i++) {
            wrong[i] = runOfPicture(grey());
        }
        wrong[0].content = PngFile.encoded(WIDTH, HEIGHT, grey());
        wrong[1].content = bytes.concat(right.content, hex"00");
        wrong[2].content = bytes.concat(right.content);
        wrong[2].content[50] ^= 0x01;
        wrong[3].content = "text";
        wrong[4].lengths = hex"00010001";
        wrong[5].ids = abi.encodePacked(uint32(65), uint32(260));
        (wrong[6].ids, wrong[6].prompt) = (wrong[5].ids, requestFor(1));
        wrong[7].ids = abi.encodePacked(right.ids, uint32(262));
        (wrong[8].ids, wrong[8].prompt) = (wrong[7].ids, requestFor(3));
        for (uint256 i = 0; i < wrong.length; i++) {
            _assert(liar, wrong[i]);
            vm.expectRevert(RunReader.NotWellFormed.selector);
            vm.prank(watcher);
            verifier.challenge{value: CHALLENGE_BOND + QUESTION_FEE}(liar, wrong[i], decoder, Place(Stage.Picture, 0, 0));
            vm.prank(watcher);
            verifier.refuteForm(liar, wrong[i], decoder);
        }
        assertEq(verifier.balanceOf(watcher), wrong.length * BOND / 2);
    }

    /// @dev Ids of a picture stand for no bytes of their own, though the model has pieces.
    function test_APictureHasNoPieces() public {
        Run memory run = runOfPicture(grey());
        _assert(node, run);
        vm.expectRevert(abi.encodeWithSelector(Pieces.NoSuchPiece.selector, 260));
        verifier.refutePiece(node, run, decoder, 0, "");
    }

    function test_OnlyAPictureHasThePart() public {
        Run memory text = runOf(request("one"), "text");
        _assert(node, text);
        _expectNoPart(text, program, Place(Stage.Picture, 0, 0));
        Run memory run = runOfPicture(grey());
        _assert(node, run);
        _expectNoPart(run, decoder, Place(Stage.Picture, 1, 0));
        _expectNoPart(run, decoder, Place(Stage.Picture, 0, 1));
    }

    function test_WhatIsRevealedIsAllAndEndsInTheFile() public {
        Run memory run = runOfPicture(grey());
        _assert(node, run);
        uint256 id = _challenge(node, run);
        Part memory part = _part(run);
        bytes32 end = part.tensors[4];
        bytes32[] memory tensors = part.tensors;
        part.tensors = new bytes32[](4);
        _expectNoReveal(id, part, end, "", abi.encodeWithSelector(Challenges.WrongTensorCount.selector, 4, 5));
        part.tensors = new bytes32[](5);
        _expectNoReveal(id, part, end, "", abi.encodeWithSelector(Challenges.NotInBoundary.selector));
        part.tensors = tensors;
        part.layer = 2;
        _expectNoReveal(id, part, end, "", abi.encodeWithSelector(Challenges.NotCommittedTo.selector));
        part.layer = 1;
        _expectNoReveal(id, part, 0, "", abi.encodeWithSelector(Challenges.NotCommittedTo.selector));
        vm.prank(node);
        verifier.reveal(id, Stage.Picture, part, end, "");
    }

    function test_OtherPartsHaveNoStepOfAPicture() public {
        Part memory part = _part(runOfPicture(grey()));
        Referee referee = verifier.referee();
        bytes memory witness = _step(PIXELS, 0);
        part.tensors = new bytes32[](19);
        vm.expectRevert(abi.encodeWithSelector(Steps.WrongTensors.selector, 19));
        referee.holds(decoder, part, witness);
        part.tensors = new bytes32[](5);
        part.position = 1;
        vm.expectRevert(abi.encodeWithSelector(Steps.NoSuchStep.selector, PIXELS, 0, 0, 0));
        referee.holds(decoder, part, witness);
        (part.position, part.tensors) = (0, new bytes32[](2));
        vm.expectRevert(abi.encodeWithSelector(Steps.NoSuchStep.selector, PIXELS, 0, 0, 0));
        referee.holds(program, part, witness);
    }

    function test_DecodersThatAreNoneAreNotRegistered() public {
        ModelPrograms programs = verifier.programs();
        string memory conv = "{\"channels\":3,\"upsample\":false}";
        string memory many = string.concat("[", conv);
        for (uint256 i = 0; i < 64; i++) {
            many = string.concat(many, ",", conv);
        }
        string[3] memory wrong = ["[]", string.concat(many, "]"), "[{\"channels\":3,\"upsample\":0}]"];
        for (uint256 i = 0; i < wrong.length; i++) {
            bytes memory manifest = drawingManifest(wrong[i], 16, "");
            vm.expectPartialRevert(ManifestCursor.ManifestUnexpected.selector);
            programs.programOf(manifest);
        }
        bytes memory stops = drawingManifest(string.concat("[", conv, "]"), 16, "299");
        vm.expectPartialRevert(ManifestCursor.ManifestUnexpected.selector);
        programs.programOf(stops);
        bytes memory wide = drawingManifest(string.concat("[", conv, "]"), 3648, "");
        vm.expectRevert(abi.encodeWithSelector(ModelPrograms.ModelTooWide.selector, 9 * 3648, 32_768));
        programs.programOf(wide);
    }

    function _assert(address asserter, Run memory run) private {
        vm.deal(asserter, BOND);
        vm.prank(asserter);
        verifier.assertRun{value: BOND}(asserter, run);
    }

    function _challenge(address asserter, Run memory run) private returns (uint256 id) {
        vm.prank(watcher);
        Place memory place = Place(Stage.Picture, 0, 0);
        id = verifier.challenge{value: CHALLENGE_BOND + QUESTION_FEE}(asserter, run, decoder, place);
    }

    function _revealed(address asserter, Run memory run) private returns (uint256 id, Part memory part) {
        id = _challenge(asserter, run);
        part = _part(run);
        vm.prank(asserter);
        verifier.reveal(id, Stage.Picture, part, part.tensors[4], "");
    }

    /// @dev Maps of zeros, quantised with all their fraction bits, the first number the peak; and the file.
    function _part(Run memory run) private pure returns (Part memory part) {
        Sample.Sampler memory sampler = Sample.Sampler(0, 0, 65_536, keccak256("seed"));
        part = Part(run.modelId, 2, 1, 0, 1, sampler, _leaf(run.ids), 0, new bytes32[](5));
        bytes32 place = _leaf(new bytes(32));
        part.tensors[0] = _leaf(new bytes(4 * 32));
        part.tensors[1] = _leaf(hex"0000001000000000");
        part.tensors[2] = keccak256(bytes.concat(hex"01", place, place));
        part.tensors[3] = _leaf(new bytes(4 * COLOURS));
        part.tensors[4] = _leaf(run.content);
    }

    /// @dev A byte of the colours: the file, and what the convolution gives.
    function _pixel(Run memory run, uint32 i) private pure returns (bytes memory) {
        return bytes.concat(_step(PIXELS, i), run.content, new bytes(4 * COLOURS));
    }

    function _step(uint8 kind, uint32 i) private pure returns (bytes memory) {
        return abi.encodePacked(kind, uint32(0), uint32(0), i);
    }

    function _leaf(bytes memory data) private pure returns (bytes32) {
        return keccak256(bytes.concat(hex"00", data));
    }

    function _expectNoPart(Run memory run, bytes memory ofModel, Place memory place) private {
        bytes memory error = abi.encodeWithSelector(Runs.NoSuchPart.selector, place.stage, place.layer, place.position);
        vm.expectRevert(error);
        vm.prank(watcher);
        verifier.challenge{value: CHALLENGE_BOND + QUESTION_FEE}(node, run, ofModel, place);
    }

    function _expectNoReveal(uint256 id, Part memory part, bytes32 end, bytes memory siblings, bytes memory error) private {
        vm.expectRevert(error);
        vm.prank(node);
        verifier.reveal(id, Stage.Picture, part, end, siblings);
    }
}
