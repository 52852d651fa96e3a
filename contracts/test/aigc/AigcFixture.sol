// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Test} from "forge-std/Test.sol";

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {BondedAssertionVerifier} from "../../src/aigc/BondedAssertionVerifier.sol";
import {AigcTerms} from "../../src/interfaces/IAigcToken.sol";
import {ContentClaim, IContentVerifier} from "../../src/interfaces/IContentVerifier.sol";
import {revenueOf} from "./RevenueOf.sol";
import {SignedProofVerifier} from "./SignedProofVerifier.sol";

/// @notice A model with a collection for each kind of proof.
abstract contract AigcFixture is Test {
    bytes32 internal constant MODEL = 0xbf33c4d5f24bb54e1813653b00f2636f282a510ad4400a75c3308764f9fdf23e;
    bytes32 internal constant SEED = 0x0707070707070707070707070707070707070707070707070707070707070707;
    bytes32 internal constant SALT = keccak256("salt");
    uint256 internal constant FEE = 0.001 ether;
    uint256 internal constant BOND = 0.1 ether;
    uint64 internal constant WINDOW = 1 days;
    uint64 internal constant ARBITRATION = 7 days;
    uint48 internal constant LEAST_AGE = 1;
    uint48 internal constant MOST_AGE = 7200;

    address internal minter = makeAddr("minter");
    address internal copier = makeAddr("copier");
    address internal arbiter = makeAddr("arbiter");
    uint256 internal proverKey;

    address internal revenue;
    SignedProofVerifier internal signed;
    BondedAssertionVerifier internal bonded;
    /// @notice Validity proofs.
    AigcToken internal proven;
    /// @notice Fraud proofs.
    AigcToken internal optimistic;

    function setUp() public virtual {
        vm.roll(1000);
        vm.warp(1_800_000_000);
        address prover;
        (prover, proverKey) = makeAddrAndKey("prover");
        revenue = revenueOf(MODEL);
        signed = new SignedProofVerifier(prover);
        bonded = new BondedAssertionVerifier(BOND, WINDOW, ARBITRATION, arbiter);
        proven = new AigcToken(termsWith(signed));
        optimistic = new AigcToken(termsWith(bonded));
        vm.deal(minter, 100 ether);
        vm.deal(copier, 100 ether);
    }

    function termsWith(IContentVerifier verifier) internal view returns (AigcTerms memory) {
        return AigcTerms({
            name: "Tiny",
            symbol: "TINY",
            aigcType: "text",
            modelId: MODEL,
            verifier: verifier,
            revenueToken: revenue,
            mintFee: FEE,
            royaltyBps: 250,
            minCommitAge: LEAST_AGE,
            maxCommitAge: MOST_AGE
        });
    }

    /// @notice A canonical request whose prompt text is `text`, which must need no escape.
    function request(string memory text) internal pure returns (bytes memory) {
        return bytes(
            string.concat(
                "{\"max_tokens\":256,\"prompt\":\"",
                text,
                "\",\"prompt_hash\":\"0x1a1083b2719f5f934a60a9ee8b12934cc5db12a2cf7c06fbbb0e145c38376b4a\"",
                tail()
            )
        );
    }

    function tail() internal pure returns (string memory) {
        return string.concat(",\"sampler\":", sampler(), ",\"seed\":\"", Strings.toHexString(uint256(SEED), 32), "\",\"v\":1}");
    }

    function sampler() internal pure returns (string memory) {
        return "{\"beta\":94548,\"top_k\":40,\"top_p\":58982}";
    }

    /// @notice `length` bytes none of which is zero, so that calldata are as dear as they can be.
    function contentOfLength(uint256 length) internal pure returns (bytes memory content) {
        content = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            content[i] = bytes1(uint8(97 + i % 26));
        }
    }

    /// @notice `length` bytes that begin as a PNG does.
    function pictureOfLength(uint256 length) internal pure returns (bytes memory picture) {
        picture = contentOfLength(length);
        bytes8 signature = 0x89504e470d0a1a0a;
        for (uint256 i = 0; i < 8 && i < length; i++) {
            picture[i] = signature[i];
        }
    }

    /// @notice A collection of pictures.
    function imagesWith(IContentVerifier verifier) internal returns (AigcToken) {
        AigcTerms memory terms = termsWith(verifier);
        terms.aigcType = "image";
        return new AigcToken(terms);
    }

    function prove(bytes memory prompt, bytes memory content, address who) internal view returns (bytes memory) {
        ContentClaim memory claim = ContentClaim(MODEL, keccak256(prompt), keccak256(content), who);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(proverKey, keccak256(abi.encode(claim)));
        return abi.encodePacked(r, s, v);
    }

    function commitTo(AigcToken token, address who, bytes memory prompt, bytes32 contentHash) internal {
        bytes32 commitment = token.commitmentOf(who, keccak256(prompt), contentHash, SALT);
        vm.prank(who);
        token.commit(commitment);
        vm.roll(vm.getBlockNumber() + LEAST_AGE);
    }

    function mintTo(AigcToken token, address who, bytes memory prompt) internal returns (uint256 id) {
        commitTo(token, who, prompt, 0);
        vm.prank(who);
        id = token.mint{value: FEE}(prompt, SALT);
    }

    /// @notice A token of `proven` with its content.
    function mintProven(bytes memory prompt, bytes memory content) internal returns (uint256 id) {
        commitTo(proven, minter, prompt, keccak256(content));
        bytes memory proof = prove(prompt, content, minter);
        vm.prank(minter);
        id = proven.mintWithAigcData{value: FEE}(prompt, content, proof, SALT);
    }

    function assertAs(address who, bytes memory prompt, bytes memory content) internal {
        vm.prank(who);
        bonded.assertContent{value: BOND}(MODEL, prompt, content);
    }

    /// @notice A token of `optimistic` with content that is asserted and within its window.
    function mintOptimistic(bytes memory prompt, bytes memory content) internal returns (uint256 id) {
        id = mintTo(optimistic, minter, prompt);
        assertAs(minter, prompt, content);
        vm.prank(minter);
        optimistic.addAigcData(id, prompt, content, "");
    }
}
