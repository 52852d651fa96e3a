// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IRevShareToken} from "../../src/interfaces/IRevShareToken.sol";
import {Coin} from "./RevShareBase.sol";

/// @dev What a token does with a transfer.
enum Mood {
    Good,
    Silent,
    False,
    Two,
    Short,
    Reverts,
    RevertsHuge,
    ReturnsHuge,
    BurnsGas,
    Reenters,
    TakesFee,
    TakesExtra
}

/// @dev A revenue token of any mood, with a blacklist, a balance that can be rebased, and balances that can fail to be read.
contract MoodyCoin is Coin {
    Mood public mood;
    Mood public readMood;
    mapping(address => bool) public blocked;
    bytes public reentry;
    bool public reentered;

    function set(Mood mood_) external {
        mood = mood_;
    }

    function setRead(Mood mood_) external {
        readMood = mood_;
    }

    function setReentry(bytes calldata call) external {
        (mood, reentry) = (Mood.Reenters, call);
    }

    function setBlocked(address account, bool is_) external {
        blocked[account] = is_;
    }

    function rebase(address account, uint256 amount) external {
        _burn(account, balanceOf(account));
        _mint(account, amount);
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (readMood == Mood.Reverts) revert("no");
        if (readMood == Mood.BurnsGas) while (true) {}
        if (readMood == Mood.Short) _answer(1, 16);
        if (readMood == Mood.ReturnsHuge) _answer(5, 100_000);
        if (readMood == Mood.TakesExtra) return type(uint256).max;
        return super.balanceOf(account);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        require(!blocked[to], "blocked");
        if (mood == Mood.Reverts) revert("no");
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.RevertsHuge) {
            assembly {
                revert(0, 100000)
            }
        }
        if (mood == Mood.False) return false;
        if (mood == Mood.Reenters) {
            (bool done, bytes memory answer) = msg.sender.call(reentry);
            require(!done && bytes4(answer) == bytes4(keccak256("ReentrancyGuardReentrantCall()")), "let in");
            reentered = true;
        }
        super.transfer(to, amount);
        if (mood == Mood.TakesFee) _burn(to, amount / 10);
        if (mood == Mood.TakesExtra) _burn(msg.sender, amount / 10);
        if (mood == Mood.Silent) _answer(0, 0);
        if (mood == Mood.Two) _answer(2, 32);
        if (mood == Mood.Short) _answer(1, 16);
        if (mood == Mood.ReturnsHuge) _answer(1, 100_000);
        return true;
    }

    function _answer(uint256 word, uint256 size) private pure {
        assembly {
            mstore(0, word)
            return(0, size)
        }
    }
}
