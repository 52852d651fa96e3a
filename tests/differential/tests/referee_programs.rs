//! `ModelPrograms` against the core: what the contract finds in a manifest is what the core makes of the model.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::{SolCall, SolError};
use openimo_core::commit::{Hash, keccak256, merkle};
use openimo_core::model::file::{Header, MODEL_ID_DOMAIN, Manifest, Parsed};
use openimo_core::model::testing::Tiny;
use openimo_core::model::testing::runs::case;
use openimo_core::random::Random;
use openimo_core::trace::step::program::program;
use openimo_differential::evm::{DEPLOYER, Evm};
use openimo_differential::model_file;

alloy_sol_types::sol! {
    function register(bytes32 modelId, bytes manifest, bytes32[] siblings) external returns (bytes program);
    function programOf(bytes manifest) public pure returns (bytes);
    function programHashOf(bytes32 modelId) external view returns (bytes32);
    error ManifestUnexpected(uint256 at);
    error ManifestOfOtherModel(bytes32 modelId);
    error ModelTooWide(uint256 columns, uint256 most);
}

fn deployed() -> (Evm, Address) {
    let mut evm = Evm::default();
    let programs = evm.deploy("ModelPrograms", &[]).expect("it takes nothing");
    (evm, programs)
}

fn header(file: &[u8]) -> Header {
    let Ok(Parsed::Header(header)) = Header::parse(file) else { panic!("a model file has a head") };
    *header
}

fn registration(header: &Header) -> registerCall {
    let manifest = header.manifest.canonical();
    let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
    let parts: Vec<Hash> = [merkle::leaf(&manifest)].into_iter().chain(sections).collect();
    let siblings = merkle::open_range(&parts, 0..1).iter().map(|hash| B256::from(hash.0)).collect();
    registerCall { modelId: B256::from(header.model_id().0), manifest: manifest.into(), siblings }
}

fn registers(evm: &mut Evm, programs: Address, header: &Header) -> u64 {
    let call = registration(header);
    let (_, gas) = evm.call(programs, call.abi_encode());
    let found = evm.send(DEPLOYER, programs, Default::default(), call.abi_encode()).expect("the manifest is the model's");
    let found = registerCall::abi_decode_returns(&found).expect("bytes");
    assert_eq!(found, Bytes::from(program(&header.manifest)));
    let kept = evm.ask(programs, &programHashOfCall { modelId: call.modelId });
    assert_eq!(kept.0, keccak256(&found).0);
    gas
}

#[test]
fn programs_are_those_of_the_core() {
    let (mut evm, programs) = deployed();
    for seed in 0..80 {
        registers(&mut evm, programs, &header(&case(seed).0.imo()));
    }
    for seed in 0..12 {
        registers(&mut evm, programs, &header(&Tiny::drawing(seed).imo()));
    }
    let gas = registers(&mut evm, programs, &header(&model_file()));
    println!("registration of SmolLM2: {gas} gas");
}

#[test]
fn only_the_models_own_manifest_is_taken() {
    let (mut evm, programs) = deployed();
    let header = header(&case(3).0.imo());
    let right = registration(&header);
    let refused = |evm: &mut Evm, call: &registerCall| {
        let data = evm.outcome(DEPLOYER, programs, Default::default(), call.abi_encode()).expect_err("it is another");
        assert!(data.starts_with(&ManifestOfOtherModel::SELECTOR), "{}", Bytes::from(data));
    };
    let mut other = right.clone();
    other.modelId.0[5] ^= 1;
    refused(&mut evm, &other);
    for i in 0..right.siblings.len() {
        let mut other = right.clone();
        other.siblings[i].0[31] ^= 1;
        refused(&mut evm, &other);
    }
    refused(&mut evm, &registerCall { siblings: right.siblings[1..].to_vec(), ..right.clone() });
    let longer = [right.siblings.clone(), vec![B256::ZERO]].concat();
    refused(&mut evm, &registerCall { siblings: longer, ..right.clone() });
    let mut manifest = header.manifest.clone();
    manifest.name.push('!');
    refused(&mut evm, &registerCall { manifest: manifest.canonical().into(), ..right.clone() });
    let domain = keccak256(&[MODEL_ID_DOMAIN, &[0; 32]].concat());
    refused(&mut evm, &registerCall { modelId: B256::from(domain.0), ..right });
}

/// Whatever both read, they read alike; and what the core reads, the contract does, unless its rows are too long.
#[test]
fn changed_manifests_are_read_as_the_core_reads_them() {
    let (mut evm, programs) = deployed();
    let (mut alike, mut refused, mut wide) = (0, 0, 0);
    for seed in 0..9 {
        let tiny = if seed < 6 { case(seed).0 } else { Tiny::drawing(seed) };
        let manifest = header(&tiny.imo()).manifest.canonical();
        let mut rng = Random::new(seed);
        for round in 0..1_500 {
            let mut text = manifest.clone();
            let at = rng.below(text.len() as u64) as usize;
            match round % 4 {
                0 => text[at] = b"0123456789,:{}[]\"\\nulltruefalse"[rng.below(31) as usize],
                1 => drop(text.remove(at)),
                2 => text.insert(at, b"0123456789,\"\\}"[rng.below(14) as usize]),
                _ => text.truncate(at),
            }
            let (found, _) = evm.call(programs, programOfCall { manifest: text.clone().into() }.abi_encode());
            match (found, Manifest::parse(&text)) {
                (Ok(found), Ok(manifest)) => {
                    let found = programOfCall::abi_decode_returns(&found).expect("bytes");
                    assert_eq!(found, Bytes::from(program(&manifest)), "{}", String::from_utf8_lossy(&text));
                    alike += 1;
                }
                (Err(data), Ok(_)) => {
                    assert!(data.starts_with(&ModelTooWide::SELECTOR), "{data}: {}", String::from_utf8_lossy(&text));
                    wide += 1;
                }
                (Err(data), Err(_)) => {
                    let known = [ManifestUnexpected::SELECTOR, ModelTooWide::SELECTOR];
                    assert!(known.iter().any(|selector| data.starts_with(selector)), "{data}");
                    refused += 1;
                }
                // Shapes are checked by the loader, and what comes after the sections is not read.
                (Ok(_), Err(_)) => {}
            }
        }
    }
    println!("manifests: {alike} alike, {refused} refused by both, {wide} too wide");
    assert!(alike > 100 && refused > 1_000);
}
