//! `openimo mint`: a token of what a model generated, from the bundle that `openimo generate` wrote. The prompt is reserved first, so that
//! nobody can copy it; the salt of the reservation is in the run's record, so that a run that was killed can go on.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use clap::Args as ClapArgs;
use openimo_core::bundle::Bundle;
use openimo_core::chain::action::Action;
use openimo_core::chain::plan::{Plan, Step, plan};
use openimo_core::chain::read::{CollectionView, View};
use openimo_core::verify::{Verdict, check_bundle};
use rand::RngCore;
use rand::rngs::OsRng;
use serde_json::{Value, json};

use crate::chain::journal::{Run, StepState};
use crate::chain::run::Task;
use crate::chain::session::{SendArgs, Session};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::verify::{self, Checked};

/// Mint what a model generated as a token of the model's collection.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The collection.
    #[arg(long, value_name = "ADDRESS")]
    collection: Address,
    /// What `openimo generate` wrote.
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Mint without running the model again first.
    #[arg(long, conflicts_with_all = ["model", "threads", "backend", "device"])]
    no_verify: bool,
    /// The model file [default: OPENIMO_MODEL, else the bundle's model in the cache]
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Assert the content with a bond at this verifier, the collection's, if it does not take the content yet.
    #[arg(long, value_name = "VERIFIER")]
    assert: Option<Address>,
    /// Mint although the collection's code is not the audited one.
    #[arg(long)]
    accept_risks: bool,
    #[command(flatten)]
    engine: Engine,
    #[command(flatten)]
    send: SendArgs,
}

/// Run the verb.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let bytes = verify::read(&args.bundle)?;
    let bundle = Bundle::parse(&bytes)?;
    args.verify(&bytes)?;
    let content = Bytes::from(bundle.output.content()?);
    let model_id = B256::from(bundle.statement.model_id.0);
    let mint = Mint { args, model_id, prompt: bundle.request, content };
    let session = Session::open(&args.send)?;
    let Some(finished) = session.run(&mint)? else { return Ok(ExitCode::SUCCESS) };
    let token_id = mint.request_hash();
    if args.send.json {
        let mut json = finished.to_json();
        (json["collection"], json["tokenId"]) = (json!(args.collection), json!(token_id));
        println!("{json:#}");
    } else {
        println!("minted token {token_id} of {}", args.collection);
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// Run the model again, or, where that is not wanted, see at least that the bundle does not contradict itself.
    fn verify(&self, bytes: &[u8]) -> Result<(), Failure> {
        let checked = if self.no_verify {
            Checked { report: check_bundle(bytes), missing: None }
        } else {
            verify::check(bytes, self.model.as_deref(), self.engine)?
        };
        match checked.report.verdict {
            Verdict::Verified => return Ok(()),
            Verdict::CouldNotCheck if self.no_verify => return Ok(()),
            _ => {}
        }
        eprint!("{}", checked.report.render());
        let failure = Failure::new("the bundle is not verified, so it is not minted; nothing was signed");
        Err(match checked.missing {
            Some(model) => {
                failure.next(format!("give the file of model {model} with --model FILE, or leave the check out with --no-verify"))
            }
            None => failure,
        })
    }
}

struct Mint<'a> {
    args: &'a Args,
    model_id: B256,
    prompt: String,
    content: Bytes,
}

impl Mint<'_> {
    fn request_hash(&self) -> B256 {
        keccak256(&self.prompt)
    }

    fn view(&self, session: &Session) -> Result<CollectionView, Failure> {
        let view = View::Collection {
            collection: self.args.collection,
            request_hash: self.request_hash(),
            content_hash: keccak256(&self.content),
            minter: session.account(),
        };
        Ok(session.node.view(&view)?.0)
    }

    /// The bond's step, where the verifier does not take the content yet.
    fn assertion(&self, session: &Session, view: &CollectionView) -> Result<Option<Step>, Failure> {
        if view.accepted {
            return Ok(None);
        }
        let refused = Failure::new("the collection's verifier does not take this content");
        match (self.args.assert, &view.assertion) {
            (None, Some(_)) => Err(refused.next(format!("assert it with a bond: --assert {}", view.verifier))),
            (_, None) => Err(refused.next("its verifier is none that content can be asserted at with a bond")),
            (Some(verifier), _) if verifier != view.verifier => {
                Err(refused.next(format!("--assert names another verifier than the collection's, {}", view.verifier)))
            }
            (Some(_), Some(assertion)) if assertion.taken => {
                Err(refused.next("another content is asserted for this request, or this one is disputed: challenge it, or wait"))
            }
            (Some(verifier), Some(assertion)) => {
                if assertion.stand_in {
                    eprintln!("note: this verifier is a stand-in; a named account decides disputes about the bond");
                }
                let action = Action::AssertContent {
                    verifier,
                    model_id: self.model_id,
                    prompt: self.prompt.clone(),
                    content: self.content.clone(),
                    bond: assertion.bond,
                };
                Ok(plan(&action, &session.book(view.entries.clone()))?.steps.pop())
            }
        }
    }
}

impl Task for Mint<'_> {
    fn intent(&self, _: &Session) -> Value {
        let content = keccak256(&self.content);
        json!({ "verb": "mint", "collection": self.args.collection, "request": self.request_hash(), "content": content })
    }

    fn plan(&self, session: &Session) -> Result<Plan, Failure> {
        let view = self.view(session)?;
        if view.model_id != self.model_id {
            let message = format!("the collection is of model {}, the bundle of model {}", view.model_id, self.model_id);
            return Err(Failure::new(message).next("name the collection of the bundle's model"));
        }
        if let Some(owner) = view.owner {
            return Err(Failure::new(format!("this request was minted before, and its token belongs to {owner}")));
        }
        if !view.known && !self.args.accept_risks {
            let message = format!("the code at {} is not that of the audited collection; nothing was signed", view.collection);
            return Err(Failure::new(message).next("check the address and the chain; use it all the same with --accept-risks"));
        }
        let assertion = self.assertion(session, &view)?;
        let mut salt = B256::ZERO;
        OsRng.fill_bytes(&mut salt.0);
        let action = Action::Mint {
            collection: self.args.collection,
            prompt: self.prompt.clone(),
            content: Some(self.content.clone()),
            proof: Bytes::new(),
            salt,
            fee: view.mint_fee,
            min_commit_age: view.min_commit_age,
        };
        let mut plan = plan(&action, &session.book(view.entries))?;
        if let Some(assert) = assertion {
            // An assertion shows the prompt to everybody, so it waits until the mint can follow at once.
            let wait_blocks = std::mem::take(&mut plan.steps[1].wait_blocks);
            plan.steps.insert(1, Step { wait_blocks, ..assert });
        }
        Ok(plan)
    }

    fn expired(&self, session: &Session, run: &Run) -> Result<Option<String>, Failure> {
        // A mint that was signed, and that the node does not know, cannot succeed any more once its reservation has expired.
        let (Some(StepState::Done { block, .. }), Some(StepState::Open | StepState::Sent { .. })) =
            (run.steps.first(), run.steps.last())
        else {
            return Ok(None);
        };
        let view = self.view(session)?;
        if view.owner.is_some() {
            return Ok(Some("the request was minted meanwhile".into()));
        }
        let last = block.saturating_add(view.max_commit_age);
        let newest = session.node.newest()?.number;
        Ok((newest >= last).then(|| format!("the reservation of the earlier run could be used up to block {last}")))
    }
}
