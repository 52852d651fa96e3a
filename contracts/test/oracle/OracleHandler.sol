// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {Assertions} from "../../src/dispute/Assertions.sol";
import {OptimisticVerifier} from "../../src/dispute/OptimisticVerifier.sol";
import {Run} from "../../src/dispute/Runs.sol";
import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleRequests} from "../../src/oracle/OracleRequests.sol";
import {OracleFixture} from "./OracleFixture.sol";

/// @notice Random requests, answers, lies, refutations and withdrawals; what cannot be done now is left.
contract OracleHandler is OracleFixture {
    struct Answer {
        uint256 id;
        uint256 index;
        address who;
        bytes content;
        bool isLie;
    }

    uint256[] public ids;
    mapping(uint256 id => OracleRequests.Request) public requests;
    mapping(uint256 id => bytes) public inputs;
    mapping(uint256 id => uint256) public rewards;
    Answer[] private _answers;
    uint256 public finals;
    uint256 public refunds;
    uint256 public lies;

    constructor() {
        setUp();
    }

    function theOracle() external view returns (AIOracle) {
        return oracle;
    }

    function theVerifier() external view returns (OptimisticVerifier) {
        return verifier;
    }

    function accounts() public view returns (address[6] memory) {
        return [node, liar, watcher, user, address(this), address(0)];
    }

    function theNumber() external view returns (uint256) {
        return number;
    }

    function asks(uint256 seed, bool isEarly, uint96 more) external {
        if (ids.length >= 12) return;
        // Few words, so that some are asked twice.
        bytes memory input = request(string(abi.encodePacked(seed % 5)));
        uint256 cost = oracle.estimateFee(number, GAS_LIMIT);
        vm.deal(user, 2 * cost + more + 1 ether);
        vm.recordLogs();
        vm.startPrank(user);
        uint256 id = isEarly
            ? oracle.requestEarlyCallback{value: 2 * cost + more}(number, input, address(0), GAS_LIMIT, "")
            : oracle.requestCallback{value: cost + more}(number, input, address(0), GAS_LIMIT, "");
        vm.stopPrank();
        requests[id] = requested();
        inputs[id] = input;
        rewards[id] = ANSWER_FEE;
        ids.push(id);
    }

    function raises(uint256 pick, uint96 amount) external {
        (bool found, uint256 id) = _open(pick);
        if (!found) return;
        vm.deal(address(this), amount);
        oracle.addReward{value: amount}(id);
        rewards[id] += amount;
    }

    function answers(uint256 pick, bool isLie, uint8 word) external {
        (bool found, uint256 id) = _open(pick);
        OracleRequests.Request memory r = requests[id];
        if (!found || block.timestamp >= r.expiry) return;
        (address who, bytes memory content) = (isLie ? liar : node, isLie ? abi.encodePacked("lie", word) : bytes("right"));
        Run memory run = _run(id, content, isLie);
        Assertions.Status status = verifier.stakeOf(verifier.numberOf(who, run)).status;
        (,, uint8 count,,) = oracle.kept(id);
        if (status == Assertions.Status.Refuted || count >= 12) return;
        commitTo(who, id, run);
        vm.roll(block.number + 1);
        vm.deal(who, BOND);
        vm.recordLogs();
        vm.prank(who);
        oracle.answer{value: status == Assertions.Status.None ? BOND : 0}(id, r, run, "", SALT);
        _answers.push(Answer(id, _indexIn(vm.getRecordedLogs()), who, content, isLie));
    }

    function refutes(uint256 pick) external {
        if (_answers.length == 0) return;
        Answer memory a = _answers[pick % _answers.length];
        Run memory run = _run(a.id, a.content, a.isLie);
        bytes32 assertion = verifier.numberOf(a.who, run);
        if (!a.isLie || verifier.stakeOf(assertion).status != Assertions.Status.Asserted || verifier.isAssertionFinal(assertion)) {
            return;
        }
        vm.prank(watcher);
        verifier.refuteForm(a.who, run, program);
        lies += 1;
    }

    function finalizes(uint256 pick) external {
        if (_answers.length == 0) return;
        Answer memory a = _answers[pick % _answers.length];
        Run memory run = _run(a.id, a.content, a.isLie);
        vm.prank(watcher);
        try oracle.finalize(a.id, requests[a.id], a.index, claimed(a.who, run), run.content, "") {
            finals += 1;
        } catch {}
    }

    function refunded(uint256 pick) external {
        (bool found, uint256 id) = _open(pick);
        if (!found) return;
        try oracle.refund(id, requests[id]) {
            refunds += 1;
        } catch {}
    }

    function withdraws(uint256 pick) external {
        address who = accounts()[pick % 4];
        if (oracle.balanceOf(who) == 0) return;
        vm.prank(who);
        oracle.withdraw(payable(user));
    }

    function pays() external {
        oracle.claimModelRevenue(number);
    }

    function passes(uint32 time) external {
        vm.warp(block.timestamp + time % 30_000);
    }

    /// @notice What open requests hold.
    function held() external view returns (uint256 sum) {
        for (uint256 i = 0; i < ids.length; i++) {
            OracleRequests.Request memory r = requests[ids[i]];
            (, uint128 reward,, bool isCalled, OracleRequests.Status status) = oracle.kept(ids[i]);
            if (status != OracleRequests.Status.Open) continue;
            require(reward == rewards[ids[i]], "a reward is kept");
            sum += uint256(reward) + r.modelFee + r.gasFee;
            if (r.callback == OracleRequests.Callback.AtOnceAndWhenChanged && !isCalled) sum += r.gasFee;
        }
    }

    function _run(uint256 id, bytes memory content, bool isLie) private view returns (Run memory) {
        return isLie ? malformed(inputs[id], content) : runOf(inputs[id], content);
    }

    function _open(uint256 pick) private view returns (bool found, uint256 id) {
        if (ids.length == 0) return (false, 0);
        id = ids[pick % ids.length];
        (,,,, OracleRequests.Status status) = oracle.kept(id);
        found = status == OracleRequests.Status.Open;
    }

    function _indexIn(Vm.Log[] memory logs) private pure returns (uint256) {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == AIOracle.Answered.selector) return uint256(logs[i].topics[2]);
        }
        revert("no answer");
    }

    receive() external payable {}
}
