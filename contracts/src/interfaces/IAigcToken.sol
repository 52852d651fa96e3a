// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {IContentVerifier} from "./IContentVerifier.sol";
import {IModelBound} from "./IModelBound.sol";

/// @notice What is fixed when a collection is created.
/// @param name The collection's name.
/// @param symbol The collection's symbol.
/// @param aigcType The ERC's kind of content: "text", "image", "audio".
/// @param modelId The model.
/// @param verifier The judge of content.
/// @param revenueToken The model's revenue token: it is paid the mint fee and named by royalties.
/// @param mintFee Wei paid for a mint.
/// @param royaltyBps Royalty in hundredths of a per cent.
/// @param minCommitAge Blocks between commit and mint, at least 1.
/// @param maxCommitAge Blocks after which a commitment has expired.
struct AigcTerms {
    string name;
    string symbol;
    string aigcType;
    bytes32 modelId;
    IContentVerifier verifier;
    address revenueToken;
    uint256 mintFee;
    uint96 royaltyBps;
    uint48 minCommitAge;
    uint48 maxCommitAge;
}

/// @title Collection of one model's content
/// @notice An ERC-7007 collection, bound to one model. A prompt is a canonical request (RFC 8785 JSON); a token's id is
/// `uint256(keccak256(prompt))`. A prompt is claimed by commit and mint. Nobody owns the collection and no term changes.
/// @dev Rules and formulas for other implementations: docs/contracts/aigc.md.
interface IAigcToken is IModelBound {
    /// @notice The content of a token, in full. Every content that a token ever had is in such an event.
    event AigcContent(uint256 indexed tokenId, bytes32 indexed contentHash, bytes aigcData);
    /// @notice The fee of a mint went to the revenue token.
    event MintFeePaid(uint256 indexed tokenId, address indexed minter, address indexed revenueToken, uint256 amount);

    /// @notice The revenue token has no code or belongs to another model.
    error AigcRevenueTokenOfOtherModel(address revenueToken, bytes32 modelId);
    /// @notice The verifier has no code.
    error AigcNoVerifier(address verifier);
    /// @notice A mint is paid with exactly the fee.
    error AigcWrongFee(uint256 paid, uint256 fee);
    /// @notice The prompt was minted before.
    error AigcPromptTaken(uint256 tokenId);
    /// @notice The prompt is longer than can be stored.
    error AigcPromptTooLong(uint256 length, uint256 most);
    /// @notice The prompt has no token.
    error AigcUnmintedPrompt(bytes32 requestHash);
    /// @notice The token's id is not the hash of the prompt.
    error AigcPromptOfOtherToken(uint256 tokenId, bytes32 requestHash);
    /// @notice The token has content already.
    error AigcDataAlreadyAdded(uint256 tokenId);
    /// @notice The token has no content that could be replaced.
    error AigcNoData(uint256 tokenId);
    /// @notice The token has this very content.
    error AigcSameData(uint256 tokenId);
    /// @notice The verifier does not accept this content.
    error AigcNotAccepted(uint256 tokenId, bytes32 contentHash);
    /// @notice Only the verifier replaces content.
    error AigcOnlyVerifier(address caller);

    /// @notice Claims a prompt that the caller has committed to without content.
    /// @dev The receiver is called last; `prompt` and `salt` are of no use to anybody else, since the commitment names the minter.
    /// @param prompt The canonical request.
    /// @param salt The commitment's salt.
    /// @return tokenId keccak256 of the prompt.
    function mint(bytes calldata prompt, bytes32 salt) external payable returns (uint256 tokenId);

    /// @notice Claims a prompt and adds its content in one transaction.
    /// @param prompt The canonical request.
    /// @param aigcData The content, whose hash the commitment has.
    /// @param proof What the verifier asks for.
    /// @param salt The commitment's salt.
    /// @return tokenId keccak256 of the prompt.
    function mintWithAigcData(bytes calldata prompt, bytes calldata aigcData, bytes calldata proof, bytes32 salt)
        external
        payable
        returns (uint256 tokenId);

    /// @notice The judge of content.
    function verifier() external view returns (IContentVerifier);

    /// @notice The token that is paid fees and named by royalties.
    function revenueToken() external view returns (address);

    /// @notice Wei paid for a mint.
    function mintFee() external view returns (uint256);

    /// @notice Who claimed the prompt of a token; it stays when the token is sold.
    /// @param tokenId The token.
    /// @return The account.
    function minterOf(uint256 tokenId) external view returns (address);

    /// @notice The content of a token.
    /// @param tokenId The token.
    /// @return contentHash keccak256 of the content; zero while there is none.
    /// @return blockNumber The block that has it in an `AigcContent` event; zero while there is none.
    function contentOf(uint256 tokenId) external view returns (bytes32 contentHash, uint256 blockNumber);
}
