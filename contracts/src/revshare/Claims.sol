// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC7641} from "../interfaces/IERC7641.sol";
import {IERC7641AltRevToken} from "../interfaces/IERC7641AltRevToken.sol";
import {IRevShareToken} from "../interfaces/IRevShareToken.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {RevShareMath} from "./RevShareMath.sol";
import {Snapshots} from "./Snapshots.sol";

/// @title Claims: each account has its share of each snapshot once, whenever it likes
/// @dev One word of an account and asset serves 128 snapshots: a bit for each in the upper half, and in the lower half the remainder that
/// the shares so far left over, in 2^-128 of the smallest unit. So a further share costs no further word, and an account that has claimed
/// all of a group has lost less than one unit in all.
abstract contract Claims is Snapshots {
    using SafeCast for uint256;

    uint256 private constant FIRST_FLAG = 2 ** 128;

    mapping(address account => mapping(address asset => mapping(uint256 group => uint256 word))) private _claims;

    /// @inheritdoc IERC7641
    /// @dev Pays ETH and every revenue token. A token that refuses is kept for the caller, see `collect`; ETH that is refused reverts. An
    /// id with nothing to claim does nothing.
    function claim(uint256 snapshotId) external nonReentrant {
        uint256[] memory ids = new uint256[](1);
        ids[0] = snapshotId;
        _claim(msg.sender, ids, _assets(), msg.sender);
    }

    /// @inheritdoc IRevShareToken
    function claimTo(uint256[] calldata snapshotIds, address[] calldata assets, address to) external nonReentrant {
        _checkRecipient(to);
        _claim(msg.sender, snapshotIds, assets, to);
    }

    /// @inheritdoc IRevShareToken
    function claimFor(address account, uint256[] calldata snapshotIds, address[] calldata assets) external nonReentrant {
        _claim(account, snapshotIds, assets, account);
    }

    /// @inheritdoc IERC7641
    function claimableRevenue(address account, uint256 snapshotId) external view returns (uint256 amount) {
        (amount,) = _settle(account, ETH, snapshotId, _claims[account][ETH][snapshotId / 128]);
    }

    /// @inheritdoc IERC7641AltRevToken
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256 amount) {
        // The zero address is ETH, which is no token.
        if (token != ETH) (amount,) = _settle(account, token, snapshotId, _claims[account][token][snapshotId / 128]);
    }

    /// @inheritdoc IRevShareToken
    function isClaimed(address account, uint256 snapshotId, address asset) external view returns (bool) {
        return _claims[account][asset][snapshotId / 128] & _flag(snapshotId) != 0;
    }

    /// @inheritdoc IRevShareToken
    function previewClaim(address account, uint256 firstId, uint256 lastId, address[] calldata assets)
        external
        view
        returns (uint256[][] memory amounts)
    {
        if (lastId > lastSnapshotId) lastId = lastSnapshotId;
        uint256 count = firstId > lastId ? 0 : lastId - firstId + 1;
        amounts = new uint256[][](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            amounts[i] = new uint256[](count);
            uint256 word;
            for (uint256 k = 0; k < count; ++k) {
                uint256 id = firstId + k;
                if (k == 0 || id % 128 == 0) word = _claims[account][assets[i]][id / 128];
                (amounts[i][k], word) = _settle(account, assets[i], id, word);
            }
        }
    }

    function _claim(address account, uint256[] memory ids, address[] memory assets, address to) private {
        uint256[] memory amounts = new uint256[](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            amounts[i] = _settleAll(account, assets[i], ids);
        }
        for (uint256 i = 0; i < assets.length; ++i) {
            if (amounts[i] == 0) continue;
            emit Claimed(account, assets[i], to, amounts[i]);
            _pay(account, assets[i], to, amounts[i]);
        }
    }

    /// @dev Marks the snapshots of an asset as claimed and takes the shares out of the ledger.
    function _settleAll(address account, address asset, uint256[] memory ids) private returns (uint256 total) {
        for (uint256 k = 0; k < ids.length;) {
            // Ids of one group, one after the other, read and write their word once.
            uint256 group = ids[k] / 128;
            uint256 before = _claims[account][asset][group];
            uint256 word = before;
            for (; k < ids.length && ids[k] / 128 == group; ++k) {
                uint256 amount;
                (amount, word) = _settle(account, asset, ids[k], word);
                total += amount;
            }
            if (word != before) _claims[account][asset][group] = word;
        }
        // All shares, with the remainders and the carry, are exactly what snapshots added.
        if (total > 0) _ledgers[asset].owed -= total.toUint128();
    }

    /// @dev The share of one snapshot, and the group's word after it. Nothing for a snapshot that is unknown, claimed or without a share.
    function _settle(address account, address asset, uint256 id, uint256 word) private view returns (uint256 amount, uint256) {
        uint256 flag = _flag(id);
        if (word & flag != 0) return (0, word);
        Allotment memory allotment = _allotments[asset][id];
        if (allotment.perShare == 0) return (0, word);
        uint256 balance = _balanceAt(account, allotment.blockNumber);
        if (balance == 0) return (0, word);
        uint256 left;
        (amount, left) = RevShareMath.share(allotment.perShare, balance, word & type(uint128).max);
        return (amount, (word >> 128 << 128) | flag | left);
    }

    function _flag(uint256 id) private pure returns (uint256) {
        return FIRST_FLAG << (id % 128);
    }
}
