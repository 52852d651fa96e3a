//! The demo's dispute: a liar answers a request first, the watcher finds the number that is wrong, and the referee runs that one step again.

use std::time::Instant;

use alloy_primitives::{Address, U256};
use anyhow::{Context, Result, ensure};
use openimo_core::dispute::abi;
use openimo_core::request::Request;

use super::oracle::{MODEL_FEE, Scene, check, eth, shown};
use super::say;
use crate::chain::{Liar, Sent, Terms};

impl Scene<'_> {
    /// A request has a lie for an answer, which is refuted; and beside it the right one, which the receiver is given.
    ///
    /// # Errors
    /// If it comes out otherwise, to the wei.
    pub fn lied_to(&mut self, liar: &mut Liar, request: &Request) -> Result<()> {
        say("Somebody answers with a model that is another in one number, all hashes made to fit");
        let lie = liar.lie(request)?;
        let before = self.chain.balance(liar.account)?;
        let block = self.chain.newest()?;
        let asked = self.ask(&request.canonical())?;
        self.oracle.answer(self.chain, liar.account, &asked, &lie.run, lie.number)?;
        let answered = Instant::now();
        println!("the liar has bonded {} with this answer:\n\n{}\n", eth(self.bond()), shown(&lie.run.content));
        println!("(of his {} layers, one row of weights in layer {} counts twice)", liar.layers(), liar.layer);
        let refuted = liar.defend(self.chain, self.verifier(), &lie)?;
        let (found, _) = self.watcher.program.says(&format!("wrong {}: layer {} gives other numbers", lie.number, liar.layer))?;
        ensure!(!refuted.silent, "the liar had no answer, so the clock has decided");
        self.watcher.program.says(": a step does not hold")?;
        self.watcher.program.says(&format!("refuted {}", lie.number))?;

        let sent = self.chain.sent(block, &[self.verifier(), self.oracle.address])?;
        let moves: Vec<&Sent> = sent.iter().filter(|sent| sent.is_move()).collect();
        self.tell(&moves, liar.account)?;
        println!(
            "found {:.1} s after the answer was there; refuted {:.1} s after it was found, by {} transactions, {} gas in all",
            (found - answered).as_secs_f64(),
            refuted.at.saturating_duration_since(found).as_secs_f64(),
            moves.len(),
            moves.iter().map(|sent| sent.gas).sum::<u64>()
        );
        self.settled(&moves, liar.account, before - self.spent(block, liar.account)?)?;

        say("The right answer stands beside the lie");
        self.node.program.says(&format!("answered request {}", asked.id))?;
        let mut answers = Vec::new();
        for index in (0..2).map(U256::from) {
            answers.push(self.chain.read(self.oracle.address, &abi::answerOfCall { requestId: asked.id, index })?);
        }
        let right = answers.into_iter().find(|number| *number != lie.number).context("there is only the lie")?;
        self.watcher.program.says(&format!("right {right}"))?;
        let handed = self.handed(&asked)?;
        println!("The receiver was called with:\n\n{}\n", shown(&handed));
        check("what the oracle holds for the model", self.chain.balance(self.oracle.address)?, U256::from(MODEL_FEE))
    }

    /// The moves, each with its gas.
    fn tell(&self, moves: &[&Sent], liar: Address) -> Result<()> {
        println!("\n{:<12}{:<12}{:>12}", "move", "by", "gas");
        for sent in moves {
            let by = if sent.from == liar { "the liar" } else { "the watcher" };
            ensure!(sent.from == liar || sent.from == self.watcher.address, "somebody else moved: {}", sent.from);
            let witness = sent.witness().map_or(String::new(), |bytes| format!("   opens {bytes} bytes"));
            println!("{:<12}{by:<12}{:>12}{witness}", sent.name(), sent.gas);
        }
        println!();
        Ok(())
    }

    /// Who has what after the refutation; the liar would have `begun` if nothing had happened.
    fn settled(&self, moves: &[&Sent], liar: Address, begun: U256) -> Result<()> {
        let count = |names: &[&str]| U256::from(moves.iter().filter(|sent| names.contains(&sent.name())).count());
        let (verifier, bond, fee) = (self.verifier(), self.bond(), U256::from(Terms::LOCAL.question_fee));
        let (asked, answered) = (count(&["challenge", "relocate", "ask"]) * fee, count(&["reveal", "defend"]) * fee);
        let burned = bond / U256::from(2);
        check("the liar's account", self.chain.balance(liar)?, begun - bond)?;
        check("what the liar is owed", self.credit(verifier, liar)?, answered)?;
        check("what is burned", self.credit(verifier, Address::ZERO)?, burned)?;
        let watcher = self.chain.balance(self.watcher.address)?;
        check("what the watcher has", watcher, self.watcher_began_with()? + bond - burned - asked)?;
        println!("the liar lost {}, and has {} for his answers", eth(bond), eth(answered));
        println!("the watcher won {}, less {} for the answers; {} is burned", eth(bond - burned), eth(asked), eth(burned));
        Ok(())
    }
}
