// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @dev A currency that anyone can mint, with permit.
contract PermitCoin is ERC20Permit {
    constructor() ERC20("Coin", "COIN") ERC20Permit("Coin") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev A hundredth of each transfer is lost.
contract FeeCoin is PermitCoin {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(0), value / 100);
    }
}

/// @dev More units than 128 bits can count.
contract VastCoin is PermitCoin {
    constructor() {
        _mint(msg.sender, uint256(type(uint128).max) + 1);
    }
}

/// @dev Refuses ETH until it is told otherwise, then calls back into the offering.
contract Refuser {
    bool public accepts;
    address public calls;
    bytes public data;

    function set(bool accepts_, address calls_, bytes calldata data_) external {
        (accepts, calls, data) = (accepts_, calls_, data_);
    }

    function run(address target, uint256 value, bytes calldata call) external {
        (bool done, bytes memory why) = target.call{value: value}(call);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(why, 32), mload(why))
            }
        }
    }

    receive() external payable {
        require(accepts, "refused");
        if (calls != address(0)) {
            (bool done,) = calls.call(data);
            require(done, "inner call failed");
        }
    }
}
