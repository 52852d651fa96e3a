// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7641} from "../interfaces/IERC7641.sol";
import {IERC7641AltRevToken} from "../interfaces/IERC7641AltRevToken.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Claims} from "./Claims.sol";
import {RevShareMath} from "./RevShareMath.sol";

/// @title Burns: tokens against their share of the pools
/// @dev A pool holds what snapshots put there. Shares that holders have not claimed and revenue that no snapshot has seen are no part.
abstract contract Redemptions is Claims {
    using SafeCast for uint256;

    /// @inheritdoc IRevShareToken
    address public lastHolder;

    /// @inheritdoc IERC7641
    /// @dev Pays ETH and every revenue token. A token that refuses is kept for the caller, see `collect`; ETH that is refused reverts.
    function burn(uint256 amount) external nonReentrant {
        _redeem(amount, _assets(), msg.sender);
    }

    /// @inheritdoc IRevShareToken
    function burnTo(uint256 amount, address[] calldata assets, address to) external nonReentrant {
        _checkRecipient(to);
        _redeem(amount, assets, to);
    }

    /// @inheritdoc IERC7641
    function redeemableOnBurn(uint256 amount) external view returns (uint256) {
        return RevShareMath.redeem(_ledgers[ETH].pool, amount, totalSupply());
    }

    /// @inheritdoc IERC7641AltRevToken
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256) {
        return token == ETH ? 0 : RevShareMath.redeem(_ledgers[token].pool, amount, totalSupply());
    }

    /// @inheritdoc IRevShareToken
    function collect(address[] calldata assets, address to) external nonReentrant {
        _checkRecipient(to);
        for (uint256 i = 0; i < assets.length; ++i) {
            uint256 amount = _takeUnpaid(msg.sender, assets[i]);
            if (amount == 0) continue;
            emit Collected(msg.sender, assets[i], to, amount);
            _pay(msg.sender, assets[i], to, amount);
        }
    }

    /// @inheritdoc IRevShareToken
    function collectRemainder(address[] calldata assets, address to) external nonReentrant {
        _checkRecipient(to);
        if (msg.sender != lastHolder) revert NotLastHolder(msg.sender);
        for (uint256 i = 0; i < assets.length; ++i) {
            if (!_isAsset(assets[i])) continue;
            uint256 held = _held(assets[i]);
            uint256 owed = _ledgers[assets[i]].owed;
            _ledgers[assets[i]].pool = 0;
            if (held <= owed) continue;
            emit Collected(msg.sender, assets[i], to, held - owed);
            _pay(msg.sender, assets[i], to, held - owed);
        }
    }

    function _redeem(uint256 burnt, address[] memory assets, address to) private {
        if (_isSnapshotBlock()) revert BurnInSnapshotBlock();
        uint256 supply = totalSupply();
        _burn(msg.sender, burnt);
        if (burnt > 0 && burnt == supply) lastHolder = msg.sender;
        uint256[] memory amounts = new uint256[](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            if (_isListedBefore(assets, i)) continue;
            amounts[i] = RevShareMath.redeem(_ledgers[assets[i]].pool, burnt, supply);
            _ledgers[assets[i]].pool -= amounts[i].toUint128();
        }
        for (uint256 i = 0; i < assets.length; ++i) {
            if (amounts[i] == 0) continue;
            emit Redeemed(msg.sender, assets[i], to, burnt, amounts[i]);
            _pay(msg.sender, assets[i], to, amounts[i]);
        }
    }

    /// @dev An asset that is listed twice is paid once.
    function _isListedBefore(address[] memory assets, uint256 end) private pure returns (bool) {
        for (uint256 i = 0; i < end; ++i) {
            if (assets[i] == assets[end]) return true;
        }
        return false;
    }
}
