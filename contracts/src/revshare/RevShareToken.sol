// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IERC7641} from "../interfaces/IERC7641.sol";
import {IERC7641AltRevToken} from "../interfaces/IERC7641AltRevToken.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {PastBalances} from "./PastBalances.sol";
import {Redemptions} from "./Redemptions.sol";
import {Snapshots} from "./Snapshots.sol";

/// @title The token of a model: its holders share what the model earns
/// @notice ERC-7641 with its extension for ERC-20 revenue. The rules of money are in the README of the contracts.
contract RevShareToken is Redemptions, ERC20Permit, ERC165 {
    /// @inheritdoc IRevShareToken
    bytes32 public immutable modelId;

    constructor(Terms memory terms)
        ERC20(terms.name, terms.symbol)
        ERC20Permit(terms.name)
        Snapshots(terms.percentClaimable, terms.snapshotInterval, terms.revenueTokens)
    {
        if (terms.supply == 0 || terms.supply > type(uint128).max) revert InvalidSupply(terms.supply);
        if (terms.modelId == 0) revert InvalidModel();
        modelId = terms.modelId;
        _mint(terms.holder, terms.supply);
    }

    /// @notice Revenue in ETH. Cheap enough for senders that give 2300 gas.
    receive() external payable {
        emit RevenueReceived(msg.sender, msg.value);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Metadata).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || interfaceId == type(IERC6372).interfaceId
            || interfaceId == type(IERC7641).interfaceId || interfaceId == type(IERC7641AltRevToken).interfaceId
            || interfaceId == type(IRevShareToken).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev The balances of past blocks are kept with the balances.
    function _update(address from, address to, uint256 value) internal override(ERC20, PastBalances) {
        super._update(from, to, value);
    }
}
