// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ContentClaim, IContentVerifier} from "../interfaces/IContentVerifier.sol";
import {IERC7007Updatable} from "../interfaces/IERC7007Updatable.sol";
import {IModelBound} from "../interfaces/IModelBound.sol";

/// @title Optimistic verifier with a named arbiter: a stand-in
/// @notice STAND-IN, not for production: disputes are decided by one named account, where a referee is to run the disputed step. The
/// arbiter can decide wrongly, though it can neither take nor hold a bond. `IS_STAND_IN` says so to the deploy script, which refuses it.
/// @dev A model gives one content for a request, so there is at most one live assertion for both. Anybody asserts a content with a bond;
/// before `window` seconds have passed anybody may assert another with an equal bond; then the arbiter has `arbitrationTime` seconds to
/// name the right one, whose asserter has both bonds. If it does not, or neither is right, both have their own back and the assertion
/// is void. Assertions publish prompt and content in full, since nobody could check, hence challenge, a hash.
/// Every wei of bonds belongs to a live assertion or to somebody's `balanceOf`.
contract BondedAssertionVerifier is IContentVerifier, ReentrancyGuardTransient {
    /// @notice Where an assertion stands. One past its window is final also before `settle` says so.
    enum Status {
        None,
        Asserted,
        Challenged,
        Final
    }

    /// @notice What is asserted about one request to one model.
    /// @param asserter Who asserted.
    /// @param deadline The first second without challenge, or, of a challenged one, without ruling.
    /// @param status Where it stands.
    /// @param contentHash The asserted content.
    /// @param challenger Who asserted another content.
    /// @param otherHash That other content.
    struct Assertion {
        address asserter;
        uint64 deadline;
        Status status;
        bytes32 contentHash;
        address challenger;
        bytes32 otherHash;
    }

    /// @notice A content was asserted with a bond.
    event Asserted(
        bytes32 indexed modelId,
        bytes32 indexed requestHash,
        bytes32 indexed contentHash,
        address asserter,
        uint256 bond,
        bytes prompt,
        bytes content
    );
    /// @notice Another content was asserted against it with an equal bond.
    event Challenged(
        bytes32 indexed modelId,
        bytes32 indexed requestHash,
        bytes32 indexed otherHash,
        address challenger,
        uint256 bond,
        bytes content
    );
    /// @notice A content is final, and `amount` of bonds is credited to who asserted it.
    event Settled(
        bytes32 indexed modelId, bytes32 indexed requestHash, bytes32 indexed contentHash, address winner, uint256 amount
    );
    /// @notice The arbiter did not rule in time; both have their bond back.
    event Voided(bytes32 indexed modelId, bytes32 indexed requestHash, address asserter, address challenger, uint256 bond);
    /// @notice A balance was paid out.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice A parameter is zero.
    error BondedZeroParameter();
    /// @notice The payment is not the bond.
    error BondedWrongBond(uint256 paid, uint256 bond);
    /// @notice The assertion is not in the state that the call is for.
    error BondedWrongStatus(Status status);
    /// @notice The time for this call is over.
    error BondedTooLate(uint256 deadline);
    /// @notice The time for this call has not come.
    error BondedTooEarly(uint256 deadline);
    /// @notice A challenge must assert another content.
    error BondedSameContent(bytes32 contentHash);
    /// @notice Only the arbiter rules.
    error BondedOnlyArbiter(address caller);
    /// @notice The content is not final.
    error BondedNotFinal(bytes32 contentHash);
    /// @notice The caller has no balance.
    error BondedNothingToWithdraw(address account);

    /// @notice Marks this contract as not for production.
    bool public constant IS_STAND_IN = true;

    /// @notice Wei that an assertion or a challenge is bonded with.
    uint256 public immutable bond;
    /// @notice Seconds in which an assertion can be challenged.
    uint64 public immutable window;
    /// @notice Seconds in which the arbiter can rule.
    uint64 public immutable arbitrationTime;
    /// @notice Who rules.
    address public immutable arbiter;

    /// @notice What an account can withdraw.
    mapping(address account => uint256 amount) public balanceOf;

    mapping(bytes32 modelId => mapping(bytes32 requestHash => Assertion)) private _assertions;

    constructor(uint256 bond_, uint64 window_, uint64 arbitrationTime_, address arbiter_) {
        if (bond_ == 0 || window_ == 0 || arbitrationTime_ == 0 || arbiter_ == address(0)) revert BondedZeroParameter();
        bond = bond_;
        window = window_;
        arbitrationTime = arbitrationTime_;
        arbiter = arbiter_;
    }

    /// @notice Asserts with a bond that `content` is what the model gives for `prompt`.
    /// @param modelId The model.
    /// @param prompt The canonical request.
    /// @param content The content.
    function assertContent(bytes32 modelId, bytes calldata prompt, bytes calldata content) external payable {
        if (msg.value != bond) revert BondedWrongBond(msg.value, bond);
        (bytes32 requestHash, bytes32 contentHash) = (keccak256(prompt), keccak256(content));
        Assertion storage a = _inStatus(modelId, requestHash, Status.None);
        a.asserter = msg.sender;
        a.deadline = uint64(block.timestamp) + window;
        a.status = Status.Asserted;
        a.contentHash = contentHash;
        emit Asserted(modelId, requestHash, contentHash, msg.sender, bond, prompt, content);
    }

    /// @notice Asserts with an equal bond that another content is the right one.
    /// @param modelId The model.
    /// @param requestHash keccak256 of the canonical request.
    /// @param content The right content.
    function challenge(bytes32 modelId, bytes32 requestHash, bytes calldata content) external payable {
        if (msg.value != bond) revert BondedWrongBond(msg.value, bond);
        Assertion storage a = _inStatus(modelId, requestHash, Status.Asserted);
        if (block.timestamp >= a.deadline) revert BondedTooLate(a.deadline);
        bytes32 otherHash = keccak256(content);
        if (otherHash == a.contentHash) revert BondedSameContent(otherHash);
        a.challenger = msg.sender;
        a.deadline = uint64(block.timestamp) + arbitrationTime;
        a.status = Status.Challenged;
        a.otherHash = otherHash;
        emit Challenged(modelId, requestHash, otherHash, msg.sender, bond, content);
    }

    /// @notice The arbiter names the right one of two contents. If neither is, it lets the time pass.
    /// @param modelId The model.
    /// @param requestHash keccak256 of the canonical request.
    /// @param challengerIsRight Whether it is the challenger's.
    function rule(bytes32 modelId, bytes32 requestHash, bool challengerIsRight) external {
        if (msg.sender != arbiter) revert BondedOnlyArbiter(msg.sender);
        Assertion storage a = _inStatus(modelId, requestHash, Status.Challenged);
        if (block.timestamp >= a.deadline) revert BondedTooLate(a.deadline);
        if (challengerIsRight) a.contentHash = a.otherHash;
        _settle(modelId, requestHash, a, challengerIsRight ? a.challenger : a.asserter, 2 * bond);
    }

    /// @notice Gives the bond of an unchallenged assertion back after the window. For anybody.
    /// @param modelId The model.
    /// @param requestHash keccak256 of the canonical request.
    function settle(bytes32 modelId, bytes32 requestHash) external {
        Assertion storage a = _inStatus(modelId, requestHash, Status.Asserted);
        if (block.timestamp < a.deadline) revert BondedTooEarly(a.deadline);
        _settle(modelId, requestHash, a, a.asserter, bond);
    }

    /// @notice Gives both bonds back when the arbiter's time is over; the request can be asserted again. For anybody.
    /// @param modelId The model.
    /// @param requestHash keccak256 of the canonical request.
    function voidAssertion(bytes32 modelId, bytes32 requestHash) external {
        Assertion storage a = _inStatus(modelId, requestHash, Status.Challenged);
        if (block.timestamp < a.deadline) revert BondedTooEarly(a.deadline);
        (address asserter, address challenger) = (a.asserter, a.challenger);
        delete _assertions[modelId][requestHash];
        balanceOf[asserter] += bond;
        balanceOf[challenger] += bond;
        emit Voided(modelId, requestHash, asserter, challenger, bond);
    }

    /// @notice Replaces the content of a collection's token by the final one. For anybody.
    /// @param collection The collection, whose verifier this contract is.
    /// @param prompt The prompt of the token.
    /// @param content The final content.
    function correct(address collection, bytes calldata prompt, bytes calldata content) external {
        bytes32 contentHash = keccak256(content);
        if (!_isFinal(IModelBound(collection).modelId(), keccak256(prompt), contentHash)) revert BondedNotFinal(contentHash);
        IERC7007Updatable(collection).update(prompt, content);
    }

    /// @notice Pays the caller's balance out.
    /// @param to Who is paid: an account that cannot take ETH names another.
    function withdraw(address payable to) external nonReentrant {
        uint256 amount = balanceOf[msg.sender];
        if (amount == 0) revert BondedNothingToWithdraw(msg.sender);
        balanceOf[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        Address.sendValue(to, amount);
    }

    /// @notice What is asserted about a request.
    /// @param modelId The model.
    /// @param requestHash keccak256 of the canonical request.
    /// @return The assertion; its status is `None` if there is none.
    function assertionOf(bytes32 modelId, bytes32 requestHash) external view returns (Assertion memory) {
        return _assertions[modelId][requestHash];
    }

    /// @inheritdoc IContentVerifier
    function proofType() external pure returns (string memory) {
        return "fraud";
    }

    /// @inheritdoc IContentVerifier
    /// @dev What is asserted and not disputed.
    function accepts(ContentClaim calldata claim, bytes calldata) external view returns (bool) {
        Assertion storage a = _assertions[claim.modelId][claim.requestHash];
        return (a.status == Status.Asserted || a.status == Status.Final) && a.contentHash == claim.contentHash;
    }

    /// @inheritdoc IContentVerifier
    function isFinal(ContentClaim calldata claim, bytes calldata) external view returns (bool) {
        return _isFinal(claim.modelId, claim.requestHash, claim.contentHash);
    }

    function _isFinal(bytes32 modelId, bytes32 requestHash, bytes32 contentHash) private view returns (bool) {
        Assertion storage a = _assertions[modelId][requestHash];
        bool past = a.status == Status.Final || (a.status == Status.Asserted && block.timestamp >= a.deadline);
        return past && a.contentHash == contentHash;
    }

    function _settle(bytes32 modelId, bytes32 requestHash, Assertion storage a, address winner, uint256 amount) private {
        a.status = Status.Final;
        balanceOf[winner] += amount;
        emit Settled(modelId, requestHash, a.contentHash, winner, amount);
    }

    function _inStatus(bytes32 modelId, bytes32 requestHash, Status status) private view returns (Assertion storage a) {
        a = _assertions[modelId][requestHash];
        if (a.status != status) revert BondedWrongStatus(a.status);
    }
}
