// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {Vm} from "forge-std/Vm.sol";

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {AigcTerms, IAigcToken} from "../../src/interfaces/IAigcToken.sol";
import {IContentVerifier} from "../../src/interfaces/IContentVerifier.sol";
import {IERC7007} from "../../src/interfaces/IERC7007.sol";
import {IERC7007Updatable} from "../../src/interfaces/IERC7007Updatable.sol";
import {AigcFixture} from "./AigcFixture.sol";
import {revenueOf} from "./RevenueOf.sol";

contract AigcTokenTest is AigcFixture {
    bytes private constant CONTENT = "Shall I compare thee";
    bytes private _prompt;
    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _prompt = request("A sonnet.");
        _id = uint256(keccak256(_prompt));
    }

    function test_SupportsInterface() external view {
        bytes4[8] memory ids = [
            bytes4(0x702c55a6), // ERC-7007
            bytes4(0x3f37dce2), // updatable
            bytes4(0xfa1a557a), // enumerable
            bytes4(0x80ac58cd), // ERC-721
            bytes4(0x5b5e139f), // its metadata
            bytes4(0x2a55205a), // ERC-2981
            bytes4(0x49064906), // ERC-4906
            bytes4(0x01ffc9a7) // ERC-165
        ];
        for (uint256 i = 0; i < ids.length; i++) {
            assertTrue(proven.supportsInterface(ids[i]), vm.toString(bytes32(ids[i])));
        }
        assertFalse(proven.supportsInterface(0xffffffff));
        assertFalse(proven.supportsInterface(0x7e52e423), "the draft");
    }

    function test_Terms() external view {
        assertEq(proven.modelId(), MODEL);
        assertEq(address(proven.verifier()), address(signed));
        assertEq(proven.revenueToken(), revenue);
        assertEq(proven.mintFee(), FEE);
        (address receiver, uint256 amount) = proven.royaltyInfo(_id, 10_000);
        assertEq(receiver, revenue);
        assertEq(amount, 250);
    }

    function test_RevertWhen_TheTermsAreWrong() external {
        AigcTerms memory terms = termsWith(IContentVerifier(makeAddr("nobody")));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNoVerifier.selector, address(terms.verifier)));
        new AigcToken(terms);

        terms = termsWith(signed);
        terms.revenueToken = makeAddr("nobody");
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcRevenueTokenOfOtherModel.selector, terms.revenueToken, MODEL));
        new AigcToken(terms);

        terms.revenueToken = revenueOf(~MODEL);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcRevenueTokenOfOtherModel.selector, terms.revenueToken, MODEL));
        new AigcToken(terms);

        terms = termsWith(signed);
        terms.royaltyBps = 10_001;
        vm.expectRevert(abi.encodeWithSelector(ERC2981.ERC2981InvalidDefaultRoyalty.selector, 10_001, 10_000));
        new AigcToken(terms);
    }

    function test_Mint_ClaimsThePromptAndPaysTheFee() external {
        commitTo(proven, minter, _prompt, 0);
        vm.expectEmit(address(proven));
        emit IAigcToken.MintFeePaid(_id, minter, revenue, FEE);
        vm.prank(minter);
        assertEq(proven.mint{value: FEE}(_prompt, SALT), _id);
        assertEq(revenue.balance, FEE);
        assertEq(address(proven).balance, 0);
        assertEq(proven.ownerOf(_id), minter);
        assertEq(proven.minterOf(_id), minter);
        assertEq(proven.tokenId(_prompt), _id);
        assertEq(proven.prompt(_id), string(_prompt));
        assertEq(proven.pendingRecord(), "");
        (bytes32 contentHash, uint256 blockNumber) = proven.contentOf(_id);
        assertEq(contentHash, 0);
        assertEq(blockNumber, 0);
    }

    function test_Mint_WithoutFee() external {
        AigcTerms memory terms = termsWith(signed);
        terms.mintFee = 0;
        AigcToken free = new AigcToken(terms);
        commitTo(free, minter, _prompt, 0);
        vm.recordLogs();
        vm.prank(minter);
        free.mint(_prompt, SALT);
        assertEq(vm.getRecordedLogs().length, 1, "only Transfer");
    }

    function testFuzz_Mint_KeepsEveryPrompt(bytes calldata prompt) external {
        uint256 id = mintTo(proven, minter, prompt);
        assertEq(bytes(proven.prompt(id)), prompt);
        assertEq(proven.tokenId(prompt), uint256(keccak256(prompt)));
        assertEq(proven.minterOf(id), minter);
    }

    function test_RevertWhen_ThePaymentIsNotTheFee() external {
        commitTo(proven, minter, _prompt, 0);
        vm.startPrank(minter);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcWrongFee.selector, FEE - 1, FEE));
        proven.mint{value: FEE - 1}(_prompt, SALT);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcWrongFee.selector, FEE + 1, FEE));
        proven.mint{value: FEE + 1}(_prompt, SALT);
    }

    function test_Mint_TheLongestPrompt() external {
        uint256 most = proven.MAX_PROMPT();
        assertEq(most, 24_518);
        bytes memory longest = contentOfLength(most);
        assertEq(bytes(proven.prompt(mintTo(proven, minter, longest))), longest);
        assertGt(bytes(proven.tokenURI(uint256(keccak256(longest)))).length, most);
    }

    function test_RevertWhen_ThePromptIsTooLong() external {
        uint256 most = proven.MAX_PROMPT();
        bytes memory longer = contentOfLength(most + 1);
        commitTo(proven, minter, longer, 0);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcPromptTooLong.selector, most + 1, most));
        vm.prank(minter);
        proven.mint{value: FEE}(longer, SALT);
    }

    function test_MintWithAigcData_LogsAsTheFinalText() external {
        commitTo(proven, minter, _prompt, keccak256(CONTENT));
        bytes memory proof = prove(_prompt, CONTENT, minter);
        vm.recordLogs();
        vm.prank(minter);
        proven.mintWithAigcData{value: FEE}(_prompt, CONTENT, proof, SALT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _assertAigcData(logs[1], proof);
        assertEq(logs[2].topics[0], IAigcToken.AigcContent.selector);
        assertEq(logs[2].topics[2], keccak256(CONTENT));
        assertEq(abi.decode(logs[2].data, (bytes)), CONTENT, "the bytes can be read");
        (bytes32 contentHash, uint256 blockNumber) = proven.contentOf(_id);
        assertEq(contentHash, keccak256(CONTENT));
        assertEq(blockNumber, vm.getBlockNumber());
        assertTrue(proven.verify(_prompt, CONTENT, proof));
    }

    function test_RevertWhen_TheMintedContentIsNotAccepted() external {
        commitTo(proven, minter, _prompt, keccak256(CONTENT));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, _id, keccak256(CONTENT)));
        vm.prank(minter);
        proven.mintWithAigcData{value: FEE}(_prompt, CONTENT, "unreadable", SALT);
    }

    function test_AddAigcData_Once() external {
        mintTo(proven, minter, _prompt);
        bytes memory proof = prove(_prompt, CONTENT, minter);
        assertFalse(proven.verify(_prompt, CONTENT, proof), "no content yet");
        vm.roll(5000);
        vm.recordLogs();
        vm.prank(minter);
        proven.addAigcData(_id, _prompt, CONTENT, proof);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        _assertAigcData(logs[0], proof);
        assertEq(abi.decode(logs[1].data, (bytes)), CONTENT);
        assertEq(logs[2].topics[0], bytes32(0xf8e1a15aba9398e019f0b49df1a4fde98ee17ae345cb5f6b5e2c27f5033e8ce7), "ERC-4906");
        assertTrue(proven.verify(_prompt, CONTENT, proof));
        (bytes32 contentHash, uint256 blockNumber) = proven.contentOf(_id);
        assertEq(contentHash, keccak256(CONTENT));
        assertEq(blockNumber, 5000);

        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcDataAlreadyAdded.selector, _id));
        vm.prank(minter);
        proven.addAigcData(_id, _prompt, CONTENT, proof);
    }

    function test_RevertWhen_DataAreAddedAfterAMintWithData() external {
        mintProven(_prompt, CONTENT);
        bytes memory proof = prove(_prompt, CONTENT, minter);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcDataAlreadyAdded.selector, _id));
        vm.prank(minter);
        proven.addAigcData(_id, _prompt, CONTENT, proof);
    }

    function test_RevertWhen_DataAreAddedWrongly() external {
        mintTo(proven, minter, _prompt);
        bytes memory proof = prove(_prompt, CONTENT, minter);

        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, copier, _id));
        vm.prank(copier);
        proven.addAigcData(_id, _prompt, CONTENT, proof);

        vm.startPrank(minter);
        bytes memory other = request("An ode.");
        bytes32 otherHash = keccak256(other);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcPromptOfOtherToken.selector, _id, otherHash));
        proven.addAigcData(_id, other, CONTENT, proof);

        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, _id, keccak256("Other")));
        proven.addAigcData(_id, _prompt, "Other", proof);

        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, uint256(otherHash)));
        proven.addAigcData(uint256(otherHash), other, CONTENT, proof);
    }

    /// @dev The proof stays bound to who claimed the prompt, also after a sale, and the new owner may use it.
    function test_AddAigcData_ByANewOwnerWithTheMintersProof() external {
        mintTo(proven, minter, _prompt);
        vm.prank(minter);
        proven.transferFrom(minter, copier, _id);
        bytes memory own = prove(_prompt, CONTENT, copier);
        vm.startPrank(copier);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, _id, keccak256(CONTENT)));
        proven.addAigcData(_id, _prompt, CONTENT, own);
        proven.addAigcData(_id, _prompt, CONTENT, prove(_prompt, CONTENT, minter));
        assertTrue(proven.verify(_prompt, CONTENT, prove(_prompt, CONTENT, minter)));
        assertFalse(proven.verify(_prompt, CONTENT, own));
    }

    function test_Verify_IsFalseForAllElse() external {
        mintProven(_prompt, CONTENT);
        bytes memory proof = prove(_prompt, CONTENT, minter);
        assertTrue(proven.verify(_prompt, CONTENT, proof));
        assertFalse(proven.verify(_prompt, "Other", prove(_prompt, "Other", minter)), "another content, though proved");
        bytes memory unminted = request("An ode.");
        assertFalse(proven.verify(unminted, CONTENT, prove(unminted, CONTENT, minter)), "unminted, though proved");
        assertFalse(proven.verify(_prompt, CONTENT, ""), "no proof");
        assertFalse(proven.verify("", "", ""));
    }

    function testFuzz_Verify_NoBorderMoves(bytes memory prompt, bytes memory content, uint256 cut) external {
        mintProven(prompt, content);
        bytes memory proof = prove(prompt, content, minter);
        bytes memory joined = bytes.concat(prompt, content);
        cut = bound(cut, 0, joined.length);
        (bytes memory left, bytes memory right) = (new bytes(cut), new bytes(joined.length - cut));
        for (uint256 i = 0; i < joined.length; i++) {
            if (i < cut) left[i] = joined[i];
            else right[i - cut] = joined[i];
        }
        assertEq(proven.verify(left, right, proof), cut == prompt.length);
    }

    function test_Update_ReachesTheMetadata() external {
        mintOptimistic(_prompt, CONTENT);
        string memory before = optimistic.tokenURI(_id);
        vm.roll(9000);
        vm.expectEmit(address(optimistic));
        emit IERC7007Updatable.Update(_id, _prompt, "Right");
        vm.expectEmit(address(optimistic));
        emit IAigcToken.AigcContent(_id, keccak256("Right"), "Right");
        vm.expectEmit(address(optimistic));
        emit IERC4906.MetadataUpdate(_id);
        vm.prank(address(bonded));
        optimistic.update(_prompt, "Right");
        (bytes32 contentHash, uint256 blockNumber) = optimistic.contentOf(_id);
        assertEq(contentHash, keccak256("Right"));
        assertEq(blockNumber, 9000);
        assertNotEq(optimistic.tokenURI(_id), before);
    }

    function test_Update_OfContentThatCameWithTheMint() external {
        bytes memory proof = prove(_prompt, CONTENT, minter);
        mintProven(_prompt, CONTENT);
        vm.prank(address(signed));
        proven.update(_prompt, "Right");
        assertFalse(proven.verify(_prompt, CONTENT, proof));
        assertTrue(proven.verify(_prompt, "Right", prove(_prompt, "Right", minter)));
    }

    function test_RevertWhen_UpdatedWrongly() external {
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcOnlyVerifier.selector, minter));
        vm.prank(minter);
        optimistic.update(_prompt, CONTENT);

        vm.startPrank(address(bonded));
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcUnmintedPrompt.selector, keccak256(_prompt)));
        optimistic.update(_prompt, CONTENT);
        vm.stopPrank();

        mintTo(optimistic, minter, _prompt);
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNoData.selector, _id));
        vm.prank(address(bonded));
        optimistic.update(_prompt, CONTENT);

        assertAs(minter, _prompt, CONTENT);
        vm.prank(minter);
        optimistic.addAigcData(_id, _prompt, CONTENT, "");
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcSameData.selector, _id));
        vm.prank(address(bonded));
        optimistic.update(_prompt, CONTENT);
    }

    function test_RevertWhen_TheTokenIsUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcUnmintedPrompt.selector, keccak256(_prompt)));
        proven.tokenId(_prompt);
        bytes memory unknown = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, _id);
        vm.expectRevert(unknown);
        proven.prompt(_id);
        vm.expectRevert(unknown);
        proven.minterOf(_id);
        vm.expectRevert(unknown);
        proven.contentOf(_id);
        vm.expectRevert(unknown);
        proven.tokenURI(_id);
    }

    function _assertAigcData(Vm.Log memory log, bytes memory proof) private view {
        assertEq(log.topics.length, 4);
        assertEq(log.topics[0], IERC7007.AigcData.selector);
        assertEq(log.topics[1], bytes32(_id));
        assertEq(log.topics[2], keccak256(_prompt));
        assertEq(log.topics[3], keccak256(CONTENT));
        assertEq(abi.decode(log.data, (bytes)), proof);
    }
}
