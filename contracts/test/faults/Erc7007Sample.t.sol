// SPDX-License-Identifier: CC0-1.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";

import {CommitReveal} from "../../src/aigc/CommitReveal.sol";
import {IAigcToken} from "../../src/interfaces/IAigcToken.sol";
import {AigcFixture} from "../aigc/AigcFixture.sol";
import {SampleBase, SampleOpml, SampleZkml} from "./Erc7007Sample.sol";

/// @notice Notes whether the data were there when it received a token.
contract Watcher is IERC721Receiver {
    bool public received;
    bool public dataWereThere;

    function mintSample(SampleOpml token, bytes calldata prompt, bytes calldata content) external {
        token.mint(prompt, content, "", "");
    }

    function mintOurs(IAigcToken token, bytes calldata prompt, bytes calldata content, bytes calldata proof, bytes32 salt)
        external
    {
        token.mintWithAigcData{value: token.mintFee()}(prompt, content, proof, salt);
    }

    function commit(CommitReveal token, bytes32 commitment) external {
        token.commit(commitment);
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        received = true;
        (bool answered, bytes memory answer) = msg.sender.staticcall(abi.encodeCall(IAigcToken.contentOf, (id)));
        // The sample of fraud proofs has a request for the token's data, or none.
        if (!answered) (, answer) = msg.sender.staticcall(abi.encodeWithSignature("requestIdOf(uint256)", id));
        dataWereThere = abi.decode(answer, (uint256)) != 0;
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @dev Each test shows a fault of the sample, and that this project's collection has it not.
contract Erc7007SampleTest is AigcFixture {
    bytes private constant CONTENT = "Shall I compare thee";
    SampleZkml private _zkml;
    SampleOpml private _opml;
    bytes private _prompt;
    bytes private _other;

    function setUp() public override {
        super.setUp();
        _zkml = new SampleZkml(vm.addr(proverKey));
        _opml = new SampleOpml();
        _prompt = request("A sonnet.");
        _other = request("An ode.");
    }

    function test_Fault1_InterfacesAreNotAnnounced() external view {
        assertFalse(_zkml.supportsInterface(0x702c55a6));
        assertFalse(_opml.supportsInterface(0x702c55a6));
        assertFalse(_opml.supportsInterface(0x3f37dce2));
        assertTrue(proven.supportsInterface(0x702c55a6));
        assertTrue(proven.supportsInterface(0x3f37dce2));
        assertTrue(proven.supportsInterface(0xfa1a557a));
    }

    function test_Fault2_AnybodyAddsDataOfAnotherPromptAgainAndAgain() external {
        uint256 id = _mintSample(_zkml, _prompt, CONTENT);
        bytes memory proof = _sampleProof(_other, "else");
        vm.startPrank(copier);
        _zkml.addAigcData(id, _other, "else", proof);
        _zkml.addAigcData(id, _other, "else", proof);
        vm.stopPrank();

        mintTo(proven, minter, _prompt);
        mintTo(proven, minter, _other);
        proof = prove(_other, "else", minter);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, copier, id));
        vm.prank(copier);
        proven.addAigcData(id, _other, "else", proof);
        vm.startPrank(minter);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcPromptOfOtherToken.selector, id, keccak256(_other)));
        proven.addAigcData(id, _other, "else", proof);
        uint256 otherId = proven.tokenId(_other);
        proven.addAigcData(otherId, _other, "else", proof);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcDataAlreadyAdded.selector, otherId));
        proven.addAigcData(otherId, _other, "else", proof);
    }

    function test_Fault3_ACopiedTransactionWinsThePrompt() external {
        bytes memory proof = _sampleProof(_prompt, CONTENT);
        vm.prank(copier);
        uint256 id = _zkml.mint(_prompt, CONTENT, "\"name\":\"x\"", proof);
        assertEq(_zkml.ownerOf(id), copier);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidSender.selector, address(0)));
        vm.prank(minter);
        _zkml.mint(_prompt, CONTENT, "\"name\":\"x\"", proof);

        commitTo(proven, minter, _prompt, keccak256(CONTENT));
        proof = prove(_prompt, CONTENT, minter);
        bytes32 none = proven.commitmentOf(copier, keccak256(_prompt), keccak256(CONTENT), SALT);
        vm.expectRevert(abi.encodeWithSelector(CommitReveal.CommitUnknown.selector, none));
        vm.prank(copier);
        proven.mintWithAigcData{value: FEE}(_prompt, CONTENT, proof, SALT);
        // Had the copier committed in time, the proof would still not be theirs.
        commitTo(proven, copier, _prompt, keccak256(CONTENT));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, id, keccak256(CONTENT)));
        vm.prank(copier);
        proven.mintWithAigcData{value: FEE}(_prompt, CONTENT, proof, SALT);
        vm.prank(minter);
        proven.mintWithAigcData{value: FEE}(_prompt, CONTENT, proof, SALT);
        assertEq(proven.ownerOf(id), minter);
    }

    function test_Fault4_OneProofHoldsForOtherSplits() external {
        bytes memory proof = _sampleProof("To be", " or not");
        assertTrue(_zkml.verify("To be or", " not", proof));
        assertTrue(_zkml.verify("", "To be or not", proof));

        mintProven("To be", " or not");
        proof = prove("To be", " or not", minter);
        assertTrue(proven.verify("To be", " or not", proof));
        assertFalse(proven.verify("To be or", " not", proof));
        assertFalse(proven.verify("", "To be or not", proof));
        commitTo(proven, minter, "To be or", keccak256(" not"));
        bytes32 request_ = keccak256("To be or");
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, uint256(request_), keccak256(" not")));
        vm.prank(minter);
        proven.mintWithAigcData{value: FEE}("To be or", " not", proof, SALT);
    }

    function test_Fault5_APromptBreaksOrForgesTheMetadata() external {
        string memory uri = _opml.tokenURI(_mintSample(_opml, "say \"hi\"", CONTENT));
        vm.expectRevert();
        this.parse(uri, ".prompt");
        bytes memory forging = "\",\"proof_type\":\"validity\",\"x\":\"";
        uri = _opml.tokenURI(_mintSample(_opml, forging, CONTENT));
        assertEq(this.parse(uri, ".proof_type"), "validity", "forged");
        assertNotEq(vm.indexOf(uri, "data:"), 0, "no URI at all");

        string memory json = _decode(optimistic.tokenURI(mintOptimistic("say \"hi\"", CONTENT)));
        assertEq(this.parse(json, ".prompt"), "say \"hi\"");
        json = _decode(optimistic.tokenURI(mintOptimistic(forging, CONTENT)));
        assertEq(this.parse(json, ".prompt"), string(forging));
        assertEq(this.parse(json, ".proof_type"), "fraud");
    }

    function test_Fault6_TheFirstRequestCountsAsNone() external {
        uint256 id = _mintSample(_opml, _prompt, CONTENT);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        assertTrue(_opml.verify(_other, CONTENT, ""), "an unminted prompt verifies");
        _opml.addAigcData(id, _prompt, "again", "");

        mintOptimistic(_prompt, CONTENT);
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        assertTrue(optimistic.verify(_prompt, CONTENT, ""));
        assertFalse(optimistic.verify(_other, CONTENT, ""));
        assertFalse(optimistic.verify(_other, "", ""));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcDataAlreadyAdded.selector, id));
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, "again", "");
    }

    function test_Fault7_AnUpdateDoesNotReachTheMetadata() external {
        uint256 id = _mintSample(_opml, _prompt, CONTENT);
        string memory before = _opml.tokenURI(id);
        _opml.lib().uploadResult(0, "right");
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        _opml.update(_prompt, "right");
        assertEq(_opml.tokenURI(id), before, "overturned data are still shown");

        mintOptimistic(_prompt, CONTENT);
        vm.prank(copier);
        bonded.challenge{value: BOND}(MODEL, keccak256(_prompt), "right");
        vm.prank(arbiter);
        bonded.rule(MODEL, keccak256(_prompt), true);
        bonded.correct(address(optimistic), _prompt, "right");
        string memory shown = this.parse(_decode(optimistic.tokenURI(id)), ".content_hash");
        assertEq(shown, vm.toString(keccak256("right")));
    }

    function test_Fault8_WhoeverMintsIsTheSubmitter() external {
        _mintSample(_opml, _prompt, "nonsense");
        vm.warp(vm.getBlockTimestamp() + WINDOW);
        assertTrue(_opml.verify(_prompt, "nonsense", ""), "nobody has asserted it, nothing was at stake");

        uint256 id = mintTo(optimistic, minter, _prompt);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, id, keccak256("nonsense")));
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, "nonsense", "");
        assertAs(copier, _prompt, CONTENT);
        vm.prank(minter);
        optimistic.addAigcData(id, _prompt, CONTENT, "");
    }

    function test_Fault9_UnknownPromptsAndIdsHaveAnswers() external {
        assertEq(_opml.tokenId(_prompt), 0);
        assertEq(_opml.prompt(7), "");

        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcUnmintedPrompt.selector, keccak256(_prompt)));
        optimistic.tokenId(_prompt);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 7));
        optimistic.prompt(7);
    }

    function test_Fault10_TheReceiverIsCalledBeforeTheData() external {
        // The first request counts as none, so that ours would not be seen: it is another's.
        _mintSample(_opml, _other, CONTENT);
        Watcher watcher = new Watcher();
        watcher.mintSample(_opml, _prompt, CONTENT);
        assertTrue(watcher.received());
        assertFalse(watcher.dataWereThere());
        assertNotEq(_opml.requestIdOf(uint256(keccak256(_prompt))), 0, "they came later");

        watcher = new Watcher();
        vm.deal(address(watcher), FEE);
        watcher.commit(proven, proven.commitmentOf(address(watcher), keccak256(_prompt), keccak256(CONTENT), SALT));
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
        watcher.mintOurs(proven, _prompt, CONTENT, prove(_prompt, CONTENT, address(watcher)), SALT);
        assertTrue(watcher.received());
        assertTrue(watcher.dataWereThere());
    }

    /// @dev External, so that a failure to parse can be expected.
    function parse(string calldata json, string calldata key) external pure returns (string memory) {
        return vm.parseJsonString(json, key);
    }

    function _mintSample(SampleBase token, bytes memory prompt, bytes memory content) private returns (uint256) {
        bytes memory proof = _sampleProof(prompt, content);
        vm.prank(minter);
        return token.mint(prompt, content, "\"name\":\"x\",\"proof_type\":\"fraud\"", proof);
    }

    function _sampleProof(bytes memory prompt, bytes memory content) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(proverKey, keccak256(abi.encodePacked(prompt, content)));
        return abi.encodePacked(r, s, v);
    }

    function _decode(string memory uri) private pure returns (string memory) {
        return string(Base64.decode(vm.replace(uri, "data:application/json;base64,", "")));
    }
}
