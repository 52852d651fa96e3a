// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {AigcToken} from "../../src/aigc/AigcToken.sol";
import {IAigcToken} from "../../src/interfaces/IAigcToken.sol";
import {MetadataReader} from "./MetadataReader.sol";

/// @dev Each record is one creation, so the collection's nonce counts what it keeps.
contract PictureStoreTest is MetadataReader {
    /// @dev One red pixel.
    bytes private constant PIXEL = hex"89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de" // signature, IHDR
        hex"0000000c4944415478da63f8cfc0000003010100f7034143" // IDAT
        hex"0000000049454e44ae426082"; // IEND
    bytes private constant SIGNATURE = hex"89504e470d0a1a0a";

    AigcToken private _images;
    bytes private _prompt;

    function setUp() public override {
        super.setUp();
        _images = imagesWith(signed);
        _prompt = request("A rose.");
    }

    function test_AddAigcData_KeepsAndShowsThePicture() external {
        uint256 id = mintTo(_images, minter, _prompt);
        uint256 records = _records();
        _add(_images, id, _prompt, PIXEL);
        assertEq(_records(), records + 1);
        _assertShown(id, PIXEL);
        assertEq(_images.pendingRecord(), "");
        string memory json = metadataOf(_images, id);
        assertKeys(json, 12);
        assertEq(field(json, "content_hash"), vm.toString(keccak256(PIXEL)), "of the bytes that are shown");
        assertEq(field(json, "prompt"), string(_prompt));
    }

    function test_MintWithAigcData_KeepsAndShowsThePicture() external {
        proven = _images;
        uint256 records = _records();
        uint256 id = mintProven(_prompt, PIXEL);
        assertEq(_records(), records + 2, "prompt and picture");
        _assertShown(id, PIXEL);
        assertEq(_images.prompt(id), string(_prompt));
    }

    function test_AddAigcData_UpToTheLimit() external {
        assertEq(_images.MAX_PICTURE(), 8192);
        uint256 id = _mintAndAdd(_prompt, pictureOfLength(8192));
        _assertShown(id, pictureOfLength(8192));

        bytes memory other = request("A larger rose.");
        id = _mintAndAdd(other, pictureOfLength(8193));
        _assertNamed(id, pictureOfLength(8193));
    }

    function test_AddAigcData_WhatIsNoPngIsNamed() external {
        bytes[6] memory contents = [
            bytes(""),
            hex"89504e470d0a1a", // the signature without its last byte
            hex"ffd8ffe000104a46494600",
            "GIF89a",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            bytes.concat(hex"00", SIGNATURE)
        ];
        for (uint256 i = 0; i < contents.length; i++) {
            _assertNamed(_mintAndAdd(request(vm.toString(i)), contents[i]), contents[i]);
        }
        for (uint256 i = 0; i < SIGNATURE.length; i++) {
            bytes memory content = PIXEL;
            content[i] ^= 0x01;
            _assertNamed(_mintAndAdd(request(string.concat("Byte ", vm.toString(i))), content), content);
        }
    }

    function test_AddAigcData_TheSignatureAloneIsKept() external {
        _assertShown(_mintAndAdd(_prompt, SIGNATURE), SIGNATURE);
    }

    function test_ACollectionOfTextIsAsBefore() external {
        uint256 id = mintTo(proven, minter, _prompt);
        uint256 records = vm.getNonce(address(proven));
        _add(proven, id, _prompt, PIXEL);
        assertEq(vm.getNonce(address(proven)), records, "nothing kept");
        string memory json = metadataOf(proven, id);
        assertTrue(startsWith(field(json, "image"), SVG_URI));
        assertEq(field(json, "aigc_data"), ipfsUri(PIXEL));
    }

    function test_Update_Replaces() external {
        uint256 id = _mintAndAdd(_prompt, PIXEL);
        uint256 records = _records();
        _update(pictureOfLength(100));
        _assertShown(id, pictureOfLength(100));
        assertEq(_records(), records + 1);
        _update("no picture");
        _assertNamed(id, "no picture");
        _update(pictureOfLength(8193));
        _assertNamed(id, pictureOfLength(8193));
        _update(PIXEL);
        _assertShown(id, PIXEL);
        assertEq(_records(), records + 1, "it was kept already");
    }

    function test_Update_OfAPictureThatCameWithTheMint() external {
        proven = _images;
        uint256 id = mintProven(_prompt, PIXEL);
        _update(pictureOfLength(100));
        _assertShown(id, pictureOfLength(100));
    }

    function test_TwoTokensShareAPicture() external {
        uint256 first = _mintAndAdd(_prompt, PIXEL);
        bytes memory other = request("The same rose.");
        uint256 records = _records();
        uint256 second = _mintAndAdd(other, PIXEL);
        assertEq(_records(), records + 1, "the prompt alone");
        _assertShown(first, PIXEL);
        _assertShown(second, PIXEL);
    }

    /// @dev Under an optimistic verifier content is accepted once it is asserted, and the picture is not kept before.
    function test_NothingIsKeptBeforeItIsAccepted() external {
        _images = imagesWith(bonded);
        uint256 id = mintTo(_images, minter, _prompt);
        uint256 records = _records();
        vm.expectRevert(abi.encodeWithSelector(IAigcToken.AigcNotAccepted.selector, id, keccak256(PIXEL)));
        vm.prank(minter);
        _images.addAigcData(id, _prompt, PIXEL, "");
        assertEq(_records(), records);
        assertTrue(startsWith(field(metadataOf(_images, id), "image"), SVG_URI));

        assertAs(copier, _prompt, PIXEL);
        vm.prank(minter);
        _images.addAigcData(id, _prompt, PIXEL, "");
        assertEq(_records(), records + 1);
        _assertShown(id, PIXEL);
    }

    function test_RevertWhen_TheMintedPictureIsNotAccepted() external {
        commitTo(_images, minter, _prompt, keccak256(PIXEL));
        uint256 records = _records();
        vm.expectPartialRevert(IAigcToken.AigcNotAccepted.selector);
        vm.prank(minter);
        _images.mintWithAigcData{value: FEE}(_prompt, PIXEL, "unreadable", SALT);
        assertEq(_records(), records);
        assertEq(_images.pendingRecord(), "");
    }

    /// @dev The gas ends while the record is being created: there is no content that is not shown.
    function test_RevertWhen_TheGasIsNotEnoughToKeepIt() external {
        bytes memory picture = pictureOfLength(8192);
        uint256 id = mintTo(_images, minter, _prompt);
        uint256 records = _records();
        bytes memory call_ = abi.encodeCall(AigcToken.addAigcData, (id, _prompt, picture, prove(_prompt, picture, minter)));
        vm.prank(minter);
        (bool success,) = address(_images).call{gas: 1_000_000}(call_);
        assertFalse(success);
        (bytes32 contentHash,) = _images.contentOf(id);
        assertEq(contentHash, 0);
        assertEq(_records(), records);
        assertEq(_images.pendingRecord(), "");
        _add(_images, id, _prompt, picture);
        _assertShown(id, picture);
    }

    /// @dev A prompt is any bytes of a stranger, so it may be the picture, or what a salt could have been made of.
    function test_PromptsDoNotTakeThePlaceOfPictures() external {
        bytes32 contentHash = keccak256(PIXEL);
        mintTo(_images, copier, abi.encode(contentHash));
        mintTo(_images, copier, abi.encode(~contentHash));
        uint256 id = mintTo(_images, copier, PIXEL);
        assertEq(bytes32(id), contentHash);
        uint256 own = _mintAndAdd(_prompt, PIXEL);
        _assertShown(own, PIXEL);
        assertEq(bytes(_images.prompt(id)), PIXEL);
        assertEq(_images.minterOf(id), copier);
        assertEq(field(metadataOf(_images, id), "aigc_data"), "", "that token has no content");
    }

    function test_HostilePicturesStayInTheirBase64() external {
        string[5] memory tails = [
            "\",\"proof_type\":\"validity\",\"x\":\"",
            "\"},{\"name\":\"x",
            "\"/><script>alert(1)</script><svg onload=\"alert(1)\">",
            "\\\",\n\x00'",
            "data:image/svg+xml,<svg/>\""
        ];
        _images = imagesWith(bonded);
        for (uint256 i = 0; i < tails.length; i++) {
            bytes memory picture = bytes.concat(SIGNATURE, bytes(tails[i]));
            bytes memory prompt = request(vm.toString(i));
            uint256 id = mintTo(_images, minter, prompt);
            assertAs(minter, prompt, picture);
            vm.prank(minter);
            _images.addAigcData(id, prompt, picture, "");
            string memory json = metadataOf(_images, id);
            assertKeys(json, 12);
            assertEq(field(json, "proof_type"), "fraud", "not forged");
            assertFalse(vm.contains(json, tails[i]));
            _assertShown(id, picture);
        }
    }

    /// forge-config: default.fuzz.runs = 200
    function testFuzz_AnyPictureIsShown(bytes memory tail_) external {
        bytes memory picture = bytes.concat(SIGNATURE, tail_);
        uint256 id = _mintAndAdd(_prompt, picture);
        assertKeys(metadataOf(_images, id), 12);
        _assertShown(id, picture);
    }

    function _records() private view returns (uint256) {
        return vm.getNonce(address(_images));
    }

    function _mintAndAdd(bytes memory prompt, bytes memory content) private returns (uint256 id) {
        id = mintTo(_images, minter, prompt);
        _add(_images, id, prompt, content);
    }

    function _add(AigcToken token, uint256 id, bytes memory prompt, bytes memory content) private {
        bytes memory proof = prove(prompt, content, minter);
        vm.prank(minter);
        token.addAigcData(id, prompt, content, proof);
    }

    function _update(bytes memory content) private {
        vm.prank(address(signed));
        _images.update(_prompt, content);
    }

    function _assertShown(uint256 id, bytes memory picture) private view {
        string memory json = metadataOf(_images, id);
        assertEq(decode(field(json, "image"), PNG_URI), picture);
        assertEq(field(json, "aigc_data"), field(json, "image"));
    }

    function _assertNamed(uint256 id, bytes memory content) private view {
        string memory json = metadataOf(_images, id);
        assertEq(field(json, "image"), ipfsUri(content));
        assertEq(field(json, "aigc_data"), ipfsUri(content));
    }
}
