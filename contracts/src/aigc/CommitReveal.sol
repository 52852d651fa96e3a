// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Claims of prompts that nobody can copy
/// @notice First commit to a prompt, then, after at least `minCommitAge` blocks and at most `maxCommitAge`, mint it. A commitment names
/// chain, collection and minter, and is kept under the account that sent it. So a copied mint finds no commitment of the copier, a
/// copied commitment names somebody else, and to make a fitting one the prompt must be known before its owner mints.
/// @dev What is left is a mint that waits in the open longer than `minCommitAge`: whoever reads the prompt there can commit and mint
/// first. Where blocks are short or transactions wait long, `minCommitAge` is to be larger.
abstract contract CommitReveal {
    /// @notice An account has committed.
    event Committed(address indexed minter, bytes32 indexed commitment);

    /// @notice The ages are not 1 <= least < most.
    error CommitAges(uint48 least, uint48 most);
    /// @notice The caller has not made this commitment, or has used it.
    error CommitUnknown(bytes32 commitment);
    /// @notice The commitment cannot be used before `fromBlock`.
    error CommitTooYoung(bytes32 commitment, uint256 fromBlock);
    /// @notice The commitment could be used up to `lastBlock`.
    error CommitExpired(bytes32 commitment, uint256 lastBlock);

    /// @notice Domain of commitments.
    bytes32 public constant COMMITMENT_DOMAIN = keccak256("openimo/commitment/1");

    /// @notice Blocks between commit and mint.
    uint48 public immutable minCommitAge;
    /// @notice Blocks after which a commitment has expired.
    uint48 public immutable maxCommitAge;

    mapping(address minter => mapping(bytes32 commitment => uint256 blockNumber)) private _committed;

    constructor(uint48 least, uint48 most) {
        if (least == 0 || least >= most) revert CommitAges(least, most);
        minCommitAge = least;
        maxCommitAge = most;
    }

    /// @notice Commits the caller. Committing again starts the age anew.
    /// @param commitment The digest that `commitmentOf` gives; to be computed off chain, not by calling a node of somebody else.
    function commit(bytes32 commitment) external {
        _committed[msg.sender][commitment] = block.number;
        emit Committed(msg.sender, commitment);
    }

    /// @notice The block of a commitment.
    /// @param minter Who committed.
    /// @param commitment The digest.
    /// @return The block; zero if there is none or it was used.
    function committedAt(address minter, bytes32 commitment) external view returns (uint256) {
        return _committed[minter][commitment];
    }

    /// @notice The commitment of `minter` to a prompt and, unless it is zero, its content. Seven words, so no border can move.
    /// @param minter The account that will mint.
    /// @param requestHash keccak256 of the prompt.
    /// @param contentHash keccak256 of the content; zero to claim the prompt without content.
    /// @param salt 32 random bytes, without which a guessed prompt could be recognised.
    /// @return The digest.
    function commitmentOf(address minter, bytes32 requestHash, bytes32 contentHash, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(COMMITMENT_DOMAIN, block.chainid, address(this), minter, requestHash, contentHash, salt));
    }

    /// @dev Uses up a commitment of the caller.
    function _reveal(bytes32 requestHash, bytes32 contentHash, bytes32 salt) internal {
        bytes32 commitment = commitmentOf(msg.sender, requestHash, contentHash, salt);
        uint256 from = _committed[msg.sender][commitment];
        if (from == 0) revert CommitUnknown(commitment);
        if (block.number < from + minCommitAge) revert CommitTooYoung(commitment, from + minCommitAge);
        if (block.number > from + maxCommitAge) revert CommitExpired(commitment, from + maxCommitAge);
        delete _committed[msg.sender][commitment];
    }
}
