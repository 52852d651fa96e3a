// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Test} from "forge-std/Test.sol";

import {AIOracle} from "../../src/oracle/AIOracle.sol";
import {OracleHandler} from "./OracleHandler.sol";

/// forge-config: default.invariant.runs = 20
/// forge-config: default.invariant.depth = 400
contract AIOracleInvariantTest is Test {
    OracleHandler private _handler;
    AIOracle private _oracle;

    function setUp() public {
        _handler = new OracleHandler();
        _oracle = _handler.theOracle();
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = OracleHandler.asks.selector;
        selectors[1] = OracleHandler.raises.selector;
        selectors[2] = OracleHandler.answers.selector;
        selectors[3] = OracleHandler.refutes.selector;
        selectors[4] = OracleHandler.finalizes.selector;
        selectors[5] = OracleHandler.refunded.selector;
        selectors[6] = OracleHandler.withdraws.selector;
        selectors[7] = OracleHandler.pays.selector;
        selectors[8] = OracleHandler.passes.selector;
        targetSelector(FuzzSelector(address(_handler), selectors));
        targetContract(address(_handler));
    }

    /// @notice Every wei is in an open request, somebody's credit, or a model's.
    function invariant_MoneyIsConserved() public view {
        uint256 owed = _handler.held() + _oracle.revenueOf(_handler.theNumber());
        address[6] memory accounts = _handler.accounts();
        for (uint256 i = 0; i < accounts.length; i++) {
            owed += _oracle.balanceOf(accounts[i]);
        }
        assertEq(address(_oracle).balance, owed);
    }

    /// @notice Bonds go through: the oracle keeps none, and the verifier has those of what is not decided.
    function invariant_BondsAreTheVerifiers() public view {
        uint256 credited;
        address[6] memory accounts = _handler.accounts();
        for (uint256 i = 0; i < accounts.length; i++) {
            credited += _handler.theVerifier().balanceOf(accounts[i]);
        }
        assertEq((address(_handler.theVerifier()).balance - credited) % 1 ether, 0);
    }

    /// @notice The handler comes to every end.
    function test_TheHandlerReachesEveryEnd() public {
        _handler.asks(1, true, 0);
        _handler.asks(2, false, 7);
        _handler.answers(0, true, 3);
        _handler.refutes(0);
        _handler.answers(0, false, 0);
        for (uint256 i = 0; i < 4; i++) {
            _handler.passes(29_999);
        }
        _handler.refunded(1);
        _handler.finalizes(1);
        _handler.pays();
        _handler.withdraws(0);
        assertEq(_handler.lies(), 1);
        assertEq(_handler.finals(), 1);
        assertEq(_handler.refunds(), 1);
        invariant_MoneyIsConserved();
        invariant_BondsAreTheVerifiers();
    }
}
