// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {AigcTerms, IAigcToken} from "../interfaces/IAigcToken.sol";
import {ContentClaim, IContentVerifier} from "../interfaces/IContentVerifier.sol";
import {IERC7007} from "../interfaces/IERC7007.sol";
import {IERC7007Enumerable} from "../interfaces/IERC7007Enumerable.sol";
import {IERC7007Updatable} from "../interfaces/IERC7007Updatable.sol";
import {IModelBound} from "../interfaces/IModelBound.sol";
import {AigcMetadata} from "./AigcMetadata.sol";
import {CommitReveal} from "./CommitReveal.sol";
import {PictureStore} from "./PictureStore.sol";
import {PromptStore} from "./PromptStore.sol";

/// @title Collection of one model's content
/// @dev State keeps content by hash; its bytes are in events, at 8 gas a byte and not 200. Small pictures of a collection of pictures are
/// in state too, so that wallets can show them. Tokens are never burnt, so a prompt is taken for good. No function has a loop over
/// anything that grows.
contract AigcToken is
    IAigcToken,
    IERC7007Updatable,
    IERC7007Enumerable,
    IERC4906,
    ERC721,
    ERC2981,
    CommitReveal,
    PromptStore,
    PictureStore,
    ReentrancyGuardTransient
{
    /// @dev Content that came after the mint, by `addAigcData` or `update`; while there is none, the one of the record counts.
    struct Content {
        bytes32 contentHash;
        uint256 blockNumber;
    }

    /// @inheritdoc IModelBound
    bytes32 public immutable modelId;
    /// @inheritdoc IAigcToken
    IContentVerifier public immutable verifier;
    /// @inheritdoc IAigcToken
    address public immutable revenueToken;
    /// @inheritdoc IAigcToken
    uint256 public immutable mintFee;

    bool private immutable _isOfPictures;
    string private _aigcType;
    mapping(uint256 id => Content) private _laterContent;

    constructor(AigcTerms memory terms) ERC721(terms.name, terms.symbol) CommitReveal(terms.minCommitAge, terms.maxCommitAge) {
        if (address(terms.verifier).code.length == 0) revert AigcNoVerifier(address(terms.verifier));
        address token = terms.revenueToken;
        if (token.code.length == 0 || IModelBound(token).modelId() != terms.modelId) {
            revert AigcRevenueTokenOfOtherModel(token, terms.modelId);
        }
        modelId = terms.modelId;
        verifier = terms.verifier;
        revenueToken = token;
        mintFee = terms.mintFee;
        _aigcType = terms.aigcType;
        _isOfPictures = Strings.equal(terms.aigcType, AigcMetadata.IMAGE);
        _setDefaultRoyalty(token, terms.royaltyBps);
    }

    /// @inheritdoc IAigcToken
    function mint(bytes calldata prompt_, bytes32 salt) external payable nonReentrant returns (uint256 id) {
        id = _claim(prompt_, 0, salt);
        _payFee(id);
        _notifyReceiver(id);
    }

    /// @inheritdoc IAigcToken
    function mintWithAigcData(bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof, bytes32 salt)
        external
        payable
        nonReentrant
        returns (uint256 id)
    {
        bytes32 contentHash = keccak256(aigcData);
        id = _claim(prompt_, contentHash, salt);
        _requireAccepted(id, contentHash, msg.sender, proof);
        emit AigcData(id, prompt_, aigcData, proof);
        _publish(id, contentHash, aigcData);
        _payFee(id);
        _notifyReceiver(id);
    }

    /// @inheritdoc IERC7007
    /// @dev For the owner and whom it approved: an optimistic verifier accepts before finality, and nobody else may decide which
    /// undisputed content a token shows meanwhile.
    function addAigcData(uint256 id, bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) external {
        _checkAuthorized(_requireOwned(id), msg.sender, id);
        if (uint256(keccak256(prompt_)) != id) revert AigcPromptOfOtherToken(id, keccak256(prompt_));
        Record memory record = _load(id);
        (bytes32 before,) = _contentOf(id, record);
        if (before != 0) revert AigcDataAlreadyAdded(id);
        bytes32 contentHash = keccak256(aigcData);
        _requireAccepted(id, contentHash, record.minter, proof);
        emit AigcData(id, prompt_, aigcData, proof);
        _replaceContent(id, contentHash, aigcData);
    }

    /// @inheritdoc IERC7007Updatable
    /// @dev Called by the verifier, where a dispute has shown that the token's content is not the model's.
    function update(bytes calldata prompt_, bytes calldata aigcData) external {
        if (msg.sender != address(verifier)) revert AigcOnlyVerifier(msg.sender);
        uint256 id = tokenId(prompt_);
        (bytes32 before,) = contentOf(id);
        bytes32 contentHash = keccak256(aigcData);
        if (before == 0) revert AigcNoData(id);
        if (before == contentHash) revert AigcSameData(id);
        emit Update(id, prompt_, aigcData);
        _replaceContent(id, contentHash, aigcData);
    }

    /// @inheritdoc IERC7007
    function verify(bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) external view returns (bool success) {
        uint256 id = uint256(keccak256(prompt_));
        if (_ownerOf(id) == address(0)) return false;
        Record memory record = _load(id);
        (bytes32 contentHash,) = _contentOf(id, record);
        // No bytes hash to zero, so a token without content equals none.
        if (contentHash != keccak256(aigcData)) return false;
        return verifier.isFinal(ContentClaim(modelId, bytes32(id), contentHash, record.minter), proof);
    }

    /// @inheritdoc IERC7007Enumerable
    /// @dev Reverts for a prompt that has no token: any number would be the id of a possible one.
    function tokenId(bytes calldata prompt_) public view returns (uint256) {
        bytes32 requestHash = keccak256(prompt_);
        if (_ownerOf(uint256(requestHash)) == address(0)) revert AigcUnmintedPrompt(requestHash);
        return uint256(requestHash);
    }

    /// @inheritdoc IERC7007Enumerable
    /// @dev Reverts for an unknown id: the empty string would be a possible prompt.
    function prompt(uint256 id) external view returns (string memory) {
        return string(_read(id).prompt);
    }

    /// @inheritdoc IAigcToken
    function minterOf(uint256 id) public view returns (address) {
        return _read(id).minter;
    }

    /// @inheritdoc IAigcToken
    function contentOf(uint256 id) public view returns (bytes32 contentHash, uint256 blockNumber) {
        return _contentOf(id, _read(id));
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 id) public view override returns (string memory) {
        Record memory record = _read(id);
        (bytes32 contentHash,) = _contentOf(id, record);
        return AigcMetadata.uri(
            AigcMetadata.Parts(
                name(), _aigcType, verifier.proofType(), modelId, bytes32(id), contentHash, record.prompt, _picture(contentHash)
            )
        );
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(IERC165, ERC721, ERC2981) returns (bool) {
        return interfaceId == type(IERC7007).interfaceId || interfaceId == type(IERC7007Updatable).interfaceId
            || interfaceId == type(IERC7007Enumerable).interfaceId
            // ERC-4906 has events only, and fixes this identifier.
            || interfaceId == 0x49064906 || super.supportsInterface(interfaceId);
    }

    function _claim(bytes calldata prompt_, bytes32 contentHash, bytes32 salt) private returns (uint256 id) {
        if (msg.value != mintFee) revert AigcWrongFee(msg.value, mintFee);
        if (prompt_.length > MAX_PROMPT) revert AigcPromptTooLong(prompt_.length, MAX_PROMPT);
        bytes32 requestHash = keccak256(prompt_);
        id = uint256(requestHash);
        _reveal(requestHash, contentHash, salt);
        if (_ownerOf(id) != address(0)) revert AigcPromptTaken(id);
        _mint(msg.sender, id);
        _store(id, msg.sender, contentHash, prompt_);
    }

    function _requireAccepted(uint256 id, bytes32 contentHash, address minter, bytes calldata proof) private view {
        ContentClaim memory claim = ContentClaim(modelId, bytes32(id), contentHash, minter);
        if (!verifier.accepts(claim, proof)) revert AigcNotAccepted(id, contentHash);
    }

    function _replaceContent(uint256 id, bytes32 contentHash, bytes calldata aigcData) private {
        _laterContent[id] = Content(contentHash, block.number);
        _publish(id, contentHash, aigcData);
        emit MetadataUpdate(id);
    }

    /// @dev Of content that was accepted. Nobody else's code runs in here: a record's constructor asks this contract alone.
    function _publish(uint256 id, bytes32 contentHash, bytes calldata aigcData) private {
        if (_isOfPictures) _keepPicture(contentHash, aigcData);
        emit AigcContent(id, contentHash, aigcData);
    }

    /// @dev The whole payment, in the transaction of the mint.
    function _payFee(uint256 id) private {
        if (mintFee == 0) return;
        emit MintFeePaid(id, msg.sender, revenueToken, mintFee);
        Address.sendValue(payable(revenueToken), mintFee);
    }

    /// @dev Last of all: what the receiver sees and calls is a finished token.
    function _notifyReceiver(uint256 id) private {
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, id, "");
    }

    function _contentOf(uint256 id, Record memory record) private view returns (bytes32 contentHash, uint256 blockNumber) {
        Content memory later = _laterContent[id];
        if (later.contentHash != 0) return (later.contentHash, later.blockNumber);
        return (record.contentHash, record.contentHash == 0 ? 0 : record.blockNumber);
    }

    function _read(uint256 id) private view returns (Record memory) {
        _requireOwned(id);
        return _load(id);
    }
}
