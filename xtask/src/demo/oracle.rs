//! The demo's oracle: it is deployed, the model is made known and listed, and a request is answered with a bond, becomes final, and is handed
//! over.

use std::path::Path;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use anyhow::{Result, ensure};
use openimo_core::chain::units;
use openimo_core::dispute::abi;
use openimo_core::picture::Picture;

use super::say;
use crate::chain::{Asked, Chain, ETHER, Oracle, Person, Running, Sent, Terms};

/// Wei for the model, of each request.
pub const MODEL_FEE: u128 = ETHER / 20;
/// Gas of the receiver, which stores a text, or a picture of 7 kB: all that the oracle gives to a call.
const GAS: u64 = 5_000_000;
/// Gas that is paid for a call besides: the contract's `CALL_OVERHEAD`.
const OVERHEAD: u64 = 100_000;
/// What node and watcher begin with.
const FUNDS: u128 = 10 * ETHER;
/// Longest that money may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the scene is set with.
pub struct Setting<'a> {
    /// The command line.
    pub openimo: &'a Path,
    /// Where node and watcher have their things.
    pub folder: &'a Path,
    /// The model's file, and its id.
    pub imo: &'a Path,
    pub model_id: B256,
    /// Where the model is registered.
    pub registry: Address,
    /// Who registered it, and deploys.
    pub maker: Address,
    /// Who asks.
    pub user: Address,
}

/// Somebody with a program that runs.
pub struct Actor {
    /// The account.
    pub address: Address,
    /// The program.
    pub program: Running,
}

/// An oracle that somebody answers, and that somebody watches.
pub struct Scene<'a> {
    pub chain: &'a Chain,
    pub oracle: Oracle,
    pub node: Actor,
    pub watcher: Actor,
    user: Address,
    receiver: Address,
    /// The model's number with the oracle.
    model: U256,
    /// The block before node and watcher began.
    began: u64,
}

impl<'a> Scene<'a> {
    /// Deploy, and start the programs.
    ///
    /// # Errors
    /// If something is missing, or refused.
    pub fn open(chain: &'a Chain, setting: &Setting<'_>, file: &[u8]) -> Result<Self> {
        let Setting { openimo, folder, imo, model_id, registry, maker, user } = *setting;
        say("An oracle for the model, whose answers are bonded and can be disputed");
        let oracle = Oracle::deploy(chain, maker, registry, &Terms::LOCAL)?;
        oracle.learn(chain, maker, file)?;
        let model = oracle.list(chain, maker, model_id, maker)?;
        let address = oracle.address.to_string();
        let receiver = chain.script(maker, "Demo", "receiver()", &[("ORACLE", &address)])?.address("deployed")?;
        let began = chain.newest()?;
        let start = |name: &'static str, args: &[&str]| -> Result<Actor> {
            let person = Person::new(openimo, folder.join(name))?;
            chain.pay(maker, person.address, U256::from(FUNDS))?;
            Ok(Actor { address: person.address, program: person.start(chain, name, args, imo)? })
        };
        let node = start("node", &["node", "--oracle", &address])?;
        let watcher = start("watcher", &["watch", "--verifier", &oracle.verifier.to_string()])?;
        Ok(Self { chain, oracle, node, watcher, user, receiver, model, began })
    }

    /// Who judges answers.
    pub const fn verifier(&self) -> Address {
        self.oracle.verifier
    }

    /// A request is answered, nobody objects, and the result is handed over: `expected`.
    ///
    /// # Errors
    /// If it comes out otherwise, to the wei.
    pub fn served(&mut self, request: &str, expected: &[u8], revenue: Address) -> Result<()> {
        say("The question is asked on the chain");
        let (before, earned) = (self.chain.balance(self.user)?, self.chain.balance(revenue)?);
        let block = self.chain.newest()?;
        let asked = self.ask(request)?;
        let paid = self.spent(block, self.user)?;
        check("what the user paid", self.chain.balance(self.user)?, before - asked.fee - paid)?;
        self.node.program.says(&format!("answered request {}", asked.id))?;
        let answer = self.chain.read(self.oracle.address, &abi::answerOfCall { requestId: asked.id, index: U256::ZERO })?;
        self.watcher.program.says(&format!("right {answer}"))?;
        let handed = self.handed(&asked)?;
        ensure!(*handed == *expected, "the receiver was given something else: {}", shown(&handed));
        println!("The receiver was called with what was generated above, byte for byte:\n\n{}\n", shown(&handed));

        self.oracle.pay_revenue(self.chain, self.user, self.model)?;
        check("the model's revenue", self.chain.balance(revenue)?, earned + U256::from(MODEL_FEE))?;
        let wages = asked.fee - U256::from(MODEL_FEE);
        let spent = self.spent(self.began, self.node.address)?;
        check("what the node has", self.chain.balance(self.node.address)?, U256::from(FUNDS) + wages - spent)?;
        for contract in [self.oracle.address, self.verifier()] {
            check("what is left in a contract", self.chain.balance(contract)?, U256::ZERO)?;
        }
        println!("the node has its bond of {} back, and was paid {}; gas cost it {}", eth(self.bond()), eth(wages), eth(spent));
        println!("the model's token has {} more, for those who hold it", eth(U256::from(MODEL_FEE)));
        Ok(())
    }

    /// Ask the model through the receiver, for what that costs.
    ///
    /// # Errors
    /// If it is refused, or costs something else.
    pub fn ask(&self, request: &str) -> Result<Asked> {
        let asked = self.oracle.ask(self.chain, self.user, self.receiver, self.model, request, GAS)?;
        let call = U256::from(Terms::LOCAL.gas_price) * U256::from(GAS + OVERHEAD);
        let [model, answer] = [MODEL_FEE, Terms::LOCAL.answer_fee].map(U256::from);
        check("the fee", asked.fee, model + answer + call)?;
        println!(
            "request {} costs {}: {} for the model, {} for the answer, {} for calling the receiver",
            asked.id,
            eth(asked.fee),
            eth(model),
            eth(answer),
            eth(call)
        );
        Ok(asked)
    }

    /// Let the window pass, until the node has handed its answer over and has its money; what the receiver has.
    ///
    /// # Errors
    /// If that does not happen.
    pub fn handed(&mut self, asked: &Asked) -> Result<Bytes> {
        println!("(an hour passes, in which anybody could challenge it)");
        self.chain.pass(Terms::LOCAL.window)?;
        self.node.program.says(&format!("final request {}", asked.id))?;
        ensure!(self.chain.read(self.oracle.address, &abi::isFinalizedCall { requestId: asked.id })?, "the result is not final");
        let until = Instant::now() + PATIENCE;
        for contract in [self.oracle.address, self.verifier()] {
            while !self.credit(contract, self.node.address)?.is_zero() {
                ensure!(Instant::now() < until, "the node does not fetch its money");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Oracle::result(self.chain, self.receiver, asked.id)
    }

    /// What an account can withdraw from a contract.
    ///
    /// # Errors
    /// As [`Chain::read`].
    pub fn credit(&self, contract: Address, account: Address) -> Result<U256> {
        self.chain.read(contract, &abi::balanceOfCall { account })
    }

    /// What the watcher would have if it had gained nothing and lost nothing.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn watcher_began_with(&self) -> Result<U256> {
        Ok(U256::from(FUNDS) - self.spent(self.began, self.watcher.address)?)
    }

    /// What an account paid for gas after a block.
    ///
    /// # Errors
    /// As [`Chain::ask`].
    pub fn spent(&self, after: u64, account: Address) -> Result<U256> {
        let sent = self.chain.sent(after, &[account])?;
        Ok(sent.iter().filter(|sent| sent.from == account).map(|Sent { fee, .. }| fee).sum())
    }

    /// The bond of an assertion.
    pub fn bond(&self) -> U256 {
        U256::from(Terms::LOCAL.bond)
    }
}

/// Content in words: a text, or what a picture is.
pub fn shown(content: &[u8]) -> String {
    match Picture::read(content) {
        Ok(Picture { width, height, .. }) => format!("a picture of {width} by {height} pixels, {} bytes", content.len()),
        Err(_) => String::from_utf8_lossy(content).trim().to_owned(),
    }
}

/// An amount in words.
pub fn eth(wei: U256) -> String {
    units::format(wei, 18) + " ETH"
}

/// Money is right to the wei.
///
/// # Errors
/// If it is not.
pub fn check(what: &str, is: U256, expected: U256) -> Result<()> {
    ensure!(is == expected, "{what}: {} is expected, {} is there", eth(expected), eth(is));
    Ok(())
}
