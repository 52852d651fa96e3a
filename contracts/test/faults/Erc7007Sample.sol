// SPDX-License-Identifier: CC0-1.0
pragma solidity ^0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice How the ERC's sample implementation behaves, written anew and small, to show its faults. Not for use.
abstract contract SampleBase is ERC721URIStorage {
    event AigcData(uint256 indexed tokenId, bytes indexed prompt, bytes aigcData, bytes proof);

    mapping(uint256 id => bytes prompt) private _prompts;
    mapping(bytes prompt => uint256 id) public tokenId;

    constructor() ERC721("Sample", "S") {}

    /// @dev `fields` are the minter's own metadata, without braces.
    function mint(bytes calldata prompt_, bytes calldata aigcData, string calldata fields, bytes calldata proof)
        external
        returns (uint256 id)
    {
        id = uint256(keccak256(prompt_));
        _safeMint(msg.sender, id);
        addAigcData(id, prompt_, aigcData, proof);
        _setTokenURI(
            id, string.concat("{", fields, ",\"prompt\":\"", string(prompt_), "\",\"aigc_data\":\"", string(aigcData), "\"}")
        );
        _prompts[id] = prompt_;
        tokenId[prompt_] = id;
    }

    function prompt(uint256 id) external view returns (string memory) {
        return string(_prompts[id]);
    }

    function addAigcData(uint256 id, bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) public virtual;

    function verify(bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) public view virtual returns (bool);
}

/// @notice The sample for validity proofs. A proof is a prover's signature of the public input, which is prompt and data joined.
contract SampleZkml is SampleBase {
    address private immutable _prover;

    constructor(address prover) {
        _prover = prover;
    }

    function addAigcData(uint256 id, bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) public override {
        require(ownerOf(id) != address(0), "nonexistent token");
        require(verify(prompt_, aigcData, proof), "invalid proof");
        emit AigcData(id, prompt_, aigcData, proof);
    }

    function verify(bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) public view override returns (bool) {
        (address signer,,) = ECDSA.tryRecover(keccak256(abi.encodePacked(prompt_, aigcData)), proof);
        return signer == _prover;
    }
}

/// @notice The result store of the sample for fraud proofs: ids from 0, results from anybody, final after a time.
contract SampleOpmlLib {
    struct Request {
        bytes output;
        uint256 uploadedAt;
    }

    uint256 private constant WINDOW = 1 days;
    Request[] private _requests;

    function initOpmlRequest(bytes calldata) external returns (uint256 requestId) {
        requestId = _requests.length;
        _requests.push();
    }

    function uploadResult(uint256 requestId, bytes calldata output) external {
        _requests[requestId] = Request(output, block.timestamp);
    }

    function isFinalized(uint256 requestId) external view returns (bool) {
        uint256 at = _requests[requestId].uploadedAt;
        return at != 0 && block.timestamp >= at + WINDOW;
    }

    function getOutput(uint256 requestId) external view returns (bytes memory) {
        return _requests[requestId].output;
    }
}

/// @notice The sample for fraud proofs.
contract SampleOpml is SampleBase {
    event Update(uint256 indexed tokenId, bytes indexed prompt, bytes indexed aigcData);

    SampleOpmlLib public immutable lib = new SampleOpmlLib();
    mapping(uint256 id => uint256 requestId) public requestIdOf;

    function addAigcData(uint256 id, bytes calldata prompt_, bytes calldata aigcData, bytes calldata proof) public override {
        require(ownerOf(id) != address(0), "nonexistent token");
        require(requestIdOf[id] == 0, "data already added");
        requestIdOf[id] = lib.initOpmlRequest(prompt_);
        lib.uploadResult(requestIdOf[id], aigcData);
        emit AigcData(id, prompt_, aigcData, proof);
    }

    function update(bytes calldata prompt_, bytes calldata aigcData) external {
        require(verify(prompt_, aigcData, msg.data[:0]), "not final");
        emit Update(uint256(keccak256(prompt_)), prompt_, aigcData);
    }

    function verify(bytes calldata prompt_, bytes calldata aigcData, bytes calldata) public view override returns (bool) {
        uint256 requestId = requestIdOf[uint256(keccak256(prompt_))];
        return lib.isFinalized(requestId) && keccak256(lib.getOutput(requestId)) == keccak256(aigcData);
    }
}
