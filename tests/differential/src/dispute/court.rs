//! A chain with everything that disputes need, and who takes part.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use openimo_core::commit::{Hash, merkle};
use openimo_core::model::file::Header;
use openimo_core::trace::step::Step;

use openimo_core::dispute::Revealed;
pub use openimo_core::dispute::claimed;

use super::asserted::{Asserted, steps};
use super::{
    Challenge, Claim, Place, Run, Stake, Terms, acceptsCall, assertRunCall, balanceOfCall, challengeCall, challengeOfCall,
    defendCall, error_name, isFinalCall, proveCall, registerCall, revealCall, settleCall, stakeOfCall,
};
use crate::evm::{DEPLOYER, Evm};
use crate::referee::Part;

/// Who asserts.
pub const ASSERTER: Address = Address::repeat_byte(0xa1);
/// Who challenges.
pub const CHALLENGER: Address = Address::repeat_byte(0xc1);
/// Another one who challenges.
pub const OTHER: Address = Address::repeat_byte(0xc2);

/// Wei of a bond.
pub const BOND: u128 = 1_000_000_000_000_000_000;
/// Wei of a challenge's bond.
pub const CHALLENGE_BOND: u128 = 200_000_000_000_000_000;
/// Wei of an answer.
pub const FEE: u128 = 5_000_000_000_000_000;
/// Seconds in which an assertion can be challenged.
pub const WINDOW: u64 = 86_400;
/// Seconds for a move.
pub const CLOCK: u64 = 3_600;
const FUNDS: u128 = 1_000 * BOND;

/// How a transaction ended: with its answer and its gas, or refused with an error of this name.
pub type Sent = Result<(Bytes, u64), &'static str>;

/// The chain.
pub struct Court {
    /// The machine.
    pub evm: Evm,
    /// The verifier.
    pub verifier: Address,
    /// Programs of models.
    pub programs: Address,
}

impl Default for Court {
    fn default() -> Self {
        let mut evm = Evm::default();
        let programs = evm.deploy("ModelPrograms", &[]).expect("it takes nothing");
        let referee = evm.deploy("Referee", &[]).expect("it takes nothing");
        let reader = evm.deploy("RunReader", &[]).expect("it takes nothing");
        let terms = Terms { bond: BOND, challengeBond: CHALLENGE_BOND, questionFee: FEE, window: window(), clock: clock() };
        let arguments = (programs, referee, reader, terms).abi_encode_params();
        let verifier = evm.deploy("OptimisticVerifier", &arguments).expect("the terms are valid");
        for account in [ASSERTER, CHALLENGER, OTHER] {
            evm.set_balance(account, U256::from(FUNDS));
        }
        Self { evm, verifier, programs }
    }
}

fn window() -> alloy_primitives::Uint<48, 1> {
    alloy_primitives::Uint::from(WINDOW)
}

fn clock() -> alloy_primitives::Uint<48, 1> {
    alloy_primitives::Uint::from(CLOCK)
}

impl Court {
    /// Register a model.
    ///
    /// # Panics
    /// If the contract does not take it.
    pub fn register(&mut self, header: &Header) -> B256 {
        let manifest = header.manifest.canonical();
        let sections = (0..header.manifest.sections.len()).map(|section| header.section_root(section));
        let parts: Vec<Hash> = [merkle::leaf(&manifest)].into_iter().chain(sections).collect();
        let siblings = merkle::open_range(&parts, 0..1).iter().map(|hash| B256::from(hash.0)).collect();
        let model_id = B256::from(header.model_id().0);
        let call = registerCall { modelId: model_id, manifest: manifest.into(), siblings };
        self.evm.send(DEPLOYER, self.programs, U256::ZERO, call.abi_encode()).expect("the manifest is the model's");
        model_id
    }

    /// A transaction to the verifier.
    pub fn send<C: SolCall>(&mut self, from: Address, value: u128, call: &C) -> Sent {
        let sent = self.evm.send_metered(from, self.verifier, U256::from(value), call.abi_encode());
        sent.map_err(|data| error_name(&data))
    }

    /// Assert a run; its number, and the gas.
    ///
    /// # Errors
    /// What refuses it.
    pub fn assert(&mut self, run: &Run) -> Result<(B256, u64), &'static str> {
        let (number, gas) = self.send(ASSERTER, BOND, &assertRunCall { asserter: ASSERTER, run: run.clone() })?;
        Ok((B256::from_slice(&number), gas))
    }

    /// Challenge a part; the challenge, and the gas.
    ///
    /// # Errors
    /// What refuses it.
    pub fn challenge(&mut self, from: Address, run: &Run, program: &[u8], place: &Place) -> Result<(U256, u64), &'static str> {
        let (run, place) = (run.clone(), Place { ..*place });
        let call = challengeCall { asserter: ASSERTER, run, program: program.to_vec().into(), place };
        let (id, gas) = self.send(from, CHALLENGE_BOND + FEE, &call)?;
        Ok((U256::from_be_slice(&id), gas))
    }

    /// Reveal a part.
    pub fn reveal(&mut self, id: U256, stage: u8, revealed: &Revealed) -> Sent {
        let Revealed { part, end, siblings, .. } = revealed;
        self.send(ASSERTER, 0, &revealCall { id, stage, part: part.clone(), end: *end, siblings: siblings.clone() })
    }

    /// Refute by a step.
    pub fn prove(&mut self, id: U256, program: &[u8], part: &Part, witness: Vec<u8>) -> Sent {
        let call = proveCall { id, program: program.to_vec().into(), part: part.clone(), witness: witness.into() };
        self.send(CHALLENGER, 0, &call)
    }

    /// Show that a step holds.
    pub fn defend(&mut self, id: U256, program: &[u8], part: &Part, witness: Vec<u8>) -> Sent {
        let call = defendCall { id, program: program.to_vec().into(), part: part.clone(), witness: witness.into() };
        self.send(ASSERTER, 0, &call)
    }

    /// Settle an assertion of a run.
    pub fn settle(&mut self, run: &Run) -> Sent {
        self.send(OTHER, 0, &settleCall { claimed: claimed(ASSERTER, run) })
    }

    /// What is kept of an assertion.
    pub fn stake(&mut self, assertion: B256) -> Stake {
        self.evm.ask(self.verifier, &stakeOfCall { assertion })
    }

    /// A challenge.
    pub fn challenge_of(&mut self, id: U256) -> Challenge {
        self.evm.ask(self.verifier, &challengeOfCall { id })
    }

    /// What an account can withdraw.
    pub fn credit(&mut self, account: Address) -> u128 {
        self.evm.ask(self.verifier, &balanceOfCall { account }).to()
    }

    /// Whether a run's content is accepted, and final: by its assertion, and by none that is named.
    pub fn judged(&mut self, run: &Run) -> [bool; 4] {
        let all = claimed(ASSERTER, run);
        let claim = || Claim { modelId: all.modelId, requestHash: all.requestHash, contentHash: all.contentHash, minter: OTHER };
        let proofs: [Bytes; 2] = [(all.asserter, all.traceHash).abi_encode().into(), Bytes::new()];
        let [named, none] = proofs;
        let accepts = |court: &mut Self, proof: &Bytes| {
            court.evm.ask(court.verifier, &acceptsCall { claim: claim(), proof: proof.clone() })
        };
        let is_final = |court: &mut Self, proof: &Bytes| {
            court.evm.ask(court.verifier, &isFinalCall { claim: claim(), proof: proof.clone() })
        };
        [accepts(self, &named), accepts(self, &none), is_final(self, &named), is_final(self, &none)]
    }

    /// Everything that the contract holds is somebody's credit, a live bond, or in an open challenge.
    ///
    /// # Panics
    /// If it is not.
    pub fn check_money(&mut self, assertions: &[B256]) {
        let mut owed: u128 = [ASSERTER, CHALLENGER, OTHER, Address::ZERO].into_iter().map(|account| self.credit(account)).sum();
        owed += assertions.iter().filter(|&&assertion| self.stake(assertion).status == 1).count() as u128 * BOND;
        for id in 1.. {
            let challenge = self.challenge_of(U256::from(id));
            match challenge.turn {
                _ if challenge.challenger.is_zero() => break,
                0 => {}
                2 => owed += CHALLENGE_BOND,
                _ => owed += CHALLENGE_BOND + FEE,
            }
        }
        assert_eq!(self.evm.balance(self.verifier), U256::from(owed), "the contract holds what it owes");
    }
}

/// A step that does not hold on what was revealed, with weights of the model that was to be run: its witness, found by asking the referee's
/// twin of every step.
pub fn broken_step(referee: &mut crate::referee::chain::Chain, revealed: &Revealed, model: &Asserted) -> Option<(Step, Vec<u8>)> {
    steps(revealed).into_iter().find_map(|step| {
        let witness = revealed.trace.witness(model.run.weights(), step)?;
        let (ruling, _) = referee.rule(&model.run.program, &revealed.part, &witness);
        (ruling == crate::referee::chain::Ruling::DoesNotHold).then_some((step, witness))
    })
}
