// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Script} from "forge-std/Script.sol";

import {AigcToken} from "../src/aigc/AigcToken.sol";
import {Bonds} from "../src/dispute/Bonds.sol";
import {OptimisticVerifier} from "../src/dispute/OptimisticVerifier.sol";
import {RunReader} from "../src/dispute/RunReader.sol";
import {AigcTerms} from "../src/interfaces/IAigcToken.sol";
import {IContentVerifier} from "../src/interfaces/IContentVerifier.sol";
import {IModelBound} from "../src/interfaces/IModelBound.sol";
import {ModelRegistry} from "../src/model/ModelRegistry.sol";
import {ModelOfferingFactory} from "../src/offering/ModelOfferingFactory.sol";
import {AIOracle} from "../src/oracle/AIOracle.sol";
import {ModelPrograms} from "../src/referee/ModelPrograms.sol";
import {Referee} from "../src/referee/Referee.sol";

/// @title Deploys what a chain needs once, and what a model needs after its offering was created
/// @notice For production: a verifier that says it is a stand-in is refused.
contract Deploy is Script {
    /// @notice The verifier is a stand-in.
    error DeployRefusesStandIn(address verifier);

    /// @notice Deploys the factory of offerings and the registry of models, which all models share.
    function run() external returns (ModelOfferingFactory factory, ModelRegistry registry) {
        vm.startBroadcast();
        factory = new ModelOfferingFactory();
        registry = new ModelRegistry();
        vm.stopBroadcast();
    }

    /// @notice Deploys what disputes of runs need, and an oracle that is judged by them, which all models share. Reads BOND, CHALLENGE_BOND,
    /// QUESTION_FEE (wei), WINDOW, CLOCK (seconds), ORACLE_REGISTRY, ANSWER_FEE and CALLBACK_GAS_PRICE (wei).
    function disputes() external returns (OptimisticVerifier verifier, AIOracle oracle) {
        Bonds.DisputeTerms memory terms = Bonds.DisputeTerms({
            bond: SafeCast.toUint128(vm.envUint("BOND")),
            challengeBond: SafeCast.toUint128(vm.envUint("CHALLENGE_BOND")),
            questionFee: SafeCast.toUint128(vm.envUint("QUESTION_FEE")),
            window: SafeCast.toUint48(vm.envUint("WINDOW")),
            clock: SafeCast.toUint48(vm.envUint("CLOCK"))
        });
        ModelRegistry registry = ModelRegistry(vm.envAddress("ORACLE_REGISTRY"));
        (uint256 answerFee, uint256 gasPrice) = (vm.envUint("ANSWER_FEE"), vm.envUint("CALLBACK_GAS_PRICE"));
        vm.startBroadcast();
        verifier = new OptimisticVerifier(new ModelPrograms(), new Referee(), new RunReader(), terms);
        oracle = new AIOracle(verifier, registry, answerFee, gasPrice);
        vm.stopBroadcast();
    }

    /// @notice Registers the model of a revenue token. Reads REGISTRY, REVENUE_TOKEN, MODEL_FEE (wei for a use) and MODEL_URI.
    function register() external {
        address revenueToken = vm.envAddress("REVENUE_TOKEN");
        bytes32 modelId = IModelBound(revenueToken).modelId();
        uint208 fee = SafeCast.toUint208(vm.envUint("MODEL_FEE"));
        ModelRegistry registry = ModelRegistry(vm.envAddress("REGISTRY"));
        vm.broadcast();
        registry.register(modelId, revenueToken, fee, vm.envString("MODEL_URI"));
    }

    /// @notice Deploys the collection of a revenue token's model, by the terms in the environment.
    function collection() external returns (AigcToken deployed) {
        address revenueToken = vm.envAddress("REVENUE_TOKEN");
        AigcTerms memory terms = AigcTerms({
            name: vm.envString("COLLECTION_NAME"),
            symbol: vm.envString("COLLECTION_SYMBOL"),
            aigcType: vm.envString("AIGC_TYPE"),
            modelId: IModelBound(revenueToken).modelId(),
            verifier: IContentVerifier(vm.envAddress("CONTENT_VERIFIER")),
            revenueToken: revenueToken,
            mintFee: vm.envUint("MINT_FEE"),
            royaltyBps: SafeCast.toUint96(vm.envUint("ROYALTY_BPS")),
            minCommitAge: SafeCast.toUint48(vm.envUint("MIN_COMMIT_AGE")),
            maxCommitAge: SafeCast.toUint48(vm.envUint("MAX_COMMIT_AGE"))
        });
        refuseStandIn(address(terms.verifier));
        vm.broadcast();
        deployed = new AigcToken(terms);
    }

    /// @notice Reverts if the verifier answers true to `IS_STAND_IN()`. One that has no such function is not a stand-in.
    /// @param verifier The verifier.
    function refuseStandIn(address verifier) public view virtual {
        (bool answered, bytes memory answer) = verifier.staticcall(abi.encodeWithSignature("IS_STAND_IN()"));
        if (answered && answer.length == 32 && abi.decode(answer, (uint256)) != 0) revert DeployRefusesStandIn(verifier);
    }
}
