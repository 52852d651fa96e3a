// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {AigcTerms} from "../../src/interfaces/IAigcToken.sol";
import {IModelBound} from "../../src/interfaces/IModelBound.sol";
import {AigcFixture} from "./AigcFixture.sol";

/// @notice A minter that is a contract and does what it is told when it receives a token.
contract Receiver is IERC721Receiver {
    enum Way {
        Takes,
        AnswersWrongly,
        Refuses,
        MintsAgain,
        SellsAtOnce,
        LooksAround
    }

    error Refused();

    Way private immutable _way;
    AigcToken private immutable _token;
    bytes private _nextPrompt;
    bytes32 private _salt;
    uint256 public feeSeen;
    bytes32 public contentSeen;
    string public promptSeen;

    constructor(Way way, AigcToken token) payable {
        _way = way;
        _token = token;
    }

    function commit(bytes32 commitment) external {
        _token.commit(commitment);
    }

    function mint(bytes calldata prompt, bytes32 salt, bytes calldata next) external {
        (_nextPrompt, _salt) = (next, salt);
        _token.mint{value: _token.mintFee()}(prompt, salt);
    }

    function mintWithAigcData(bytes calldata prompt, bytes calldata content, bytes calldata proof, bytes32 salt) external {
        _token.mintWithAigcData{value: _token.mintFee()}(prompt, content, proof, salt);
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (_way == Way.AnswersWrongly) return 0xdeadbeef;
        if (_way == Way.Refuses) revert Refused();
        if (_way == Way.MintsAgain) _token.mint{value: _token.mintFee()}(_nextPrompt, _salt);
        if (_way == Way.SellsAtOnce) _token.transferFrom(address(this), address(0xbeef), id);
        if (_way == Way.LooksAround) {
            feeSeen = _token.revenueToken().balance;
            (contentSeen,) = _token.contentOf(id);
            promptSeen = _token.prompt(id);
        }
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice A revenue token that takes no ETH.
contract RefusingRevenue is IModelBound {
    bytes32 public immutable modelId;

    constructor(bytes32 model) {
        modelId = model;
    }
}

contract AigcTokenReceiverTest is AigcFixture {
    bytes private _prompt;

    function setUp() public override {
        super.setUp();
        _prompt = request("A sonnet.");
    }

    function test_Mint_ToAContract() external {
        Receiver receiver = _receiver(Receiver.Way.Takes);
        receiver.mint(_prompt, SALT, "");
        assertEq(proven.ownerOf(uint256(keccak256(_prompt))), address(receiver));
    }

    function test_RevertWhen_TheReceiverRefuses() external {
        Receiver receiver = _receiver(Receiver.Way.Refuses);
        vm.expectRevert(Receiver.Refused.selector);
        receiver.mint(_prompt, SALT, "");
        receiver = _receiver(Receiver.Way.AnswersWrongly);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(receiver)));
        receiver.mint(_prompt, SALT, "");
    }

    function test_RevertWhen_TheReceiverMintsAgain() external {
        Receiver receiver = _receiver(Receiver.Way.MintsAgain);
        bytes memory next = request("An ode.");
        receiver.commit(proven.commitmentOf(address(receiver), keccak256(next), 0, SALT));
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        receiver.mint(_prompt, SALT, next);
    }

    function test_TheReceiverMaySellAtOnce() external {
        Receiver receiver = _receiver(Receiver.Way.SellsAtOnce);
        receiver.mint(_prompt, SALT, "");
        assertEq(proven.ownerOf(uint256(keccak256(_prompt))), address(0xbeef));
        assertEq(proven.minterOf(uint256(keccak256(_prompt))), address(receiver));
    }

    function test_TheReceiverSeesAFinishedToken() external {
        Receiver receiver = _receiver(Receiver.Way.LooksAround);
        bytes memory content = "Shall I";
        receiver.commit(proven.commitmentOf(address(receiver), keccak256(_prompt), keccak256(content), SALT));
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
        receiver.mintWithAigcData(_prompt, content, prove(_prompt, content, address(receiver)), SALT);
        assertEq(receiver.feeSeen(), FEE);
        assertEq(receiver.contentSeen(), keccak256(content));
        assertEq(receiver.promptSeen(), string(_prompt));
    }

    function test_RevertWhen_TheRevenueTokenTakesNoEther() external {
        AigcTerms memory terms = termsWith(signed);
        terms.revenueToken = address(new RefusingRevenue(MODEL));
        AigcToken token = new AigcToken(terms);
        commitTo(token, minter, _prompt, 0);
        vm.expectRevert(Errors.FailedCall.selector);
        vm.prank(minter);
        token.mint{value: FEE}(_prompt, SALT);
    }

    function _receiver(Receiver.Way way) private returns (Receiver receiver) {
        receiver = new Receiver{value: 1 ether}(way, proven);
        receiver.commit(proven.commitmentOf(address(receiver), keccak256(_prompt), 0, SALT));
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
    }
}
