//! The chain's part of the demo: a model is offered, bought and earns, an oracle serves it, and what it generated is a token.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context, Result, ensure};
use openimo_core::bundle::Bundle;
use openimo_core::chain::abi::aigc::AigcToken::verifyCall;
use openimo_core::chain::date;
use openimo_core::request::Request;

use super::oracle::{MODEL_FEE, Scene, Setting};
use crate::chain::{CHAIN_ID, Chain, ETHER, Liar, Lie};
use crate::contracts;
use crate::sh::{Cmd, cmd};

/// Seconds from the creation of an offering to its start.
const NOTICE: u64 = 300;
/// Seconds for which an offering takes deposits.
const OPEN: u64 = 7 * 86_400;
/// Blocks between two snapshots.
const SNAPSHOT_INTERVAL: u64 = 5;

/// What is offered and minted.
pub struct Input<'a> {
    /// What the model generated.
    pub bundle: &'a Path,
    /// The model's file.
    pub imo: &'a Path,
    /// Where the pages have it.
    pub url: &'a str,
}

/// What is on the chain, for the pages.
pub struct Market {
    /// The chain.
    pub chain: Chain,
    /// An offering that has ended, whose token earns.
    pub earning: Offering,
    /// An offering that takes deposits.
    pub open: Offering,
    /// The collection of the model's texts.
    pub collection: Address,
    /// The text.
    pub token_id: String,
    /// The verifier that judges it.
    verifier: Address,
    model_id: B256,
    /// Who has asserted what the model does not give, which nobody has refuted yet.
    liar: Liar,
    lie: Lie,
}

/// An offering and its token.
pub struct Offering {
    /// The offering.
    pub address: Address,
    /// What it sells.
    pub token: Address,
}

/// Who does what, by the number of the account.
const MAKER: usize = 0;
const ANN: usize = 1;
const BOB: usize = 2;
const USER: usize = 3;
const LIQUIDITY: usize = 4;
const LIAR: usize = 5;

impl Market {
    /// Do all of it, on a chain at `port`.
    ///
    /// # Errors
    /// If something is missing, or a step fails.
    pub fn open(openimo: &Path, folder: &Path, input: &Input<'_>, port: u16) -> Result<Self> {
        super::say("A local chain");
        contracts::forge()?.args(["build", "--skip", "test"]).run()?;
        // A chain that is gone leaves nothing to go on with.
        for gone in ["state", "node", "watcher"].map(|name| folder.join(name)).iter().filter(|gone| gone.exists()) {
            std::fs::remove_dir_all(gone)?;
        }
        let stage = Stage { openimo: openimo.to_owned(), folder: folder.to_owned(), chain: Chain::start(port)? };
        stage.chain.every(1)?;
        stage.run(input)
    }

    /// Where the pages show it.
    pub fn pages(&self, origin: &str, model: &str) -> [(&'static str, String); 4] {
        let rpc = &self.chain.url;
        let offering = |offering: &Offering| format!("{origin}/offering/?rpc={rpc}#{CHAIN_ID}/{}", offering.address);
        let Self { collection, token_id, verifier, model_id, lie, .. } = self;
        let number = lie.number;
        [
            (
                "the output as a token, read from the chain and run again",
                format!("{origin}/verify/?collection={collection}&token={token_id}&rpc={rpc}&chain={CHAIN_ID}&model={model}"),
            ),
            ("the model's offering, with revenue to claim", offering(&self.earning)),
            ("another offering, open for deposits", offering(&self.open)),
            (
                "a run that the model does not give, for you to refute against somebody who answers",
                format!(
                    "{origin}/verify/?verifier={verifier}&modelId={model_id}&assertion={number}&rpc={rpc}&chain={CHAIN_ID}&model={model}"
                ),
            ),
        ]
    }

    /// The liar answers whoever challenges him on the page, until he is refuted.
    pub fn lie_on(&mut self) {
        let Self { chain, liar, lie, verifier, .. } = self;
        // It ends in an error only because nobody has refuted him for a while.
        while liar.defend(chain, *verifier, lie).is_err() {}
    }
}

struct Stage {
    openimo: PathBuf,
    folder: PathBuf,
    chain: Chain,
}

impl Stage {
    fn run(self, input: &Input<'_>) -> Result<Market> {
        let bundle = Bundle::parse(&std::fs::read(input.bundle)?)?;
        let [maker, user] = [MAKER, USER].map(|who| self.chain.accounts[who]);
        let model_id = B256::from(bundle.statement.model_id.0);
        super::say("The contracts that a chain needs once");
        let deployed = self.chain.script(maker, "Deploy", "run()", &[])?;
        let (factory, registry) = (deployed.address("factory")?, deployed.address("registry")?);

        super::say("The model is offered, and asked for more than there is");
        let earning = self.offer(factory, model_id, "EARN")?;
        let [offering, revenue] = [earning.address, earning.token].map(|address| address.to_string());
        self.chain.pass(NOTICE)?;
        for (who, amount) in [(ANN, "14"), (BOB, "11")] {
            self.act(who, &["offer", "buy", &offering, "--amount", amount])?;
        }
        self.chain.pass(OPEN)?;
        self.act(BOB, &["offer", "finalize", &offering])?;
        for who in [ANN, BOB] {
            self.act(who, &["offer", "claim", &offering])?;
        }
        let (registry_text, fee) = (registry.to_string(), MODEL_FEE.to_string());
        let record =
            [("REGISTRY", &*registry_text), ("REVENUE_TOKEN", &*revenue), ("MODEL_FEE", &*fee), ("MODEL_URI", input.url)];
        self.chain.script(maker, "Deploy", "register()", &record)?;

        let setting = Setting { openimo: &self.openimo, folder: &self.folder, imo: input.imo, model_id, registry, maker, user };
        let (verifier, mut liar) = self.oracle(&setting, earning.token, &bundle)?;

        super::say("The output becomes a token: that its run was asserted, and nobody refuted it, is the proof");
        let collection = self.collection(&revenue, verifier, bundle.output.picture.is_some())?;
        let mint = ["mint", "--collection", &collection.to_string(), "--json"];
        let minted = self.signed(ANN, &mint).arg("--bundle").arg(input.bundle).arg("--model").arg(input.imo).json()?;
        let token_id = minted["tokenId"].as_str().context("no token id")?.to_owned();
        let (prompt, content) = (bundle.request.clone().into_bytes().into(), bundle.output.content()?.into());
        let verify = verifyCall { prompt_: prompt, aigcData: content, proof: Vec::new().into() };
        ensure!(self.chain.read(collection, &verify)?, "the token's content is not final");

        super::say("The model earns");
        for wei in [3 * ETHER, ETHER / 2, 2 * ETHER] {
            self.chain.pay(self.chain.accounts[BOB], earning.token, U256::from(wei))?;
            self.chain.mine(SNAPSHOT_INTERVAL)?;
            self.act(MAKER, &["offer", "snapshot", &offering])?;
        }
        self.act(BOB, &["offer", "claim", &offering])?;
        self.chain.pay(self.chain.accounts[BOB], earning.token, U256::from(ETHER))?;

        super::say("Another offering, open for deposits");
        let open = self.offer(factory, model_id, "OPEN")?;
        self.chain.pass(NOTICE)?;
        self.act(ANN, &["offer", "buy", &open.address.to_string(), "--amount", "6"])?;

        super::say("A lie that is left for whoever opens the page");
        let mut request = Request::parse(&bundle.request)?;
        request.seed.0[31] ^= 4;
        let lie = liar.lie(&request)?;
        liar.assert(&self.chain, verifier, &lie)?;

        super::say("What an inspection finds");
        let rpc = &self.chain.url;
        let inspect = ["offer", "inspect", &offering, "--rpc", rpc, "--registry", &registry_text, "--registrant"];
        // It fails if there is a danger.
        cmd(&self.openimo).args(inspect).arg(maker.to_string()).run()?;
        Ok(Market { chain: self.chain, earning, open, collection, token_id, verifier, model_id, liar, lie })
    }

    /// The oracle's part; the verifier that judges answers, and content of tokens, and the liar.
    fn oracle(&self, setting: &Setting<'_>, revenue: Address, bundle: &Bundle) -> Result<(Address, Liar)> {
        let file = std::fs::read(setting.imo)?;
        let mut scene = Scene::open(&self.chain, setting, &file)?;
        scene.served(&bundle.request, &bundle.output.content()?, revenue)?;
        let mut request = Request::parse(&bundle.request)?;
        request.seed.0[31] ^= 2;
        let mut liar = Liar::new(file, self.chain.accounts[LIAR])?;
        scene.lied_to(&mut liar, &request)?;
        Ok((scene.verifier(), liar))
    }

    /// A collection of the model's texts or pictures.
    fn collection(&self, revenue: &str, verifier: Address, draws: bool) -> Result<Address> {
        let verifier = verifier.to_string();
        let [name, symbol, kind] =
            if draws { ["Pictures of a model", "PIC", "image"] } else { ["Texts of a model", "TXT", "text"] };
        let terms = [
            ("REVENUE_TOKEN", revenue),
            ("CONTENT_VERIFIER", &*verifier),
            ("COLLECTION_NAME", name),
            ("COLLECTION_SYMBOL", symbol),
            ("AIGC_TYPE", kind),
            ("MINT_FEE", "50000000000000000"),
            ("ROYALTY_BPS", "500"),
            ("MIN_COMMIT_AGE", "1"),
            ("MAX_COMMIT_AGE", "7200"),
        ];
        self.chain.script(self.chain.accounts[MAKER], "Deploy", "collection()", &terms)?.address("deployed")
    }

    /// An offering by the maker.
    fn offer(&self, factory: Address, model_id: B256, symbol: &str) -> Result<Offering> {
        let start = self.chain.now()? + NOTICE - 60;
        let [start, end] = [start, start + OPEN].map(|at| date::utc(at).replacen(' ', "T", 1).replace(" UTC", "Z"));
        let [maker, user, liquidity] = [MAKER, USER, LIQUIDITY].map(|who| self.chain.accounts[who]);
        let terms = format!(
            r#"model = "{model_id}"

[token]
name = "Shares of a model"
symbol = "{symbol}"
percent_claimable = 80
snapshot_interval = {SNAPSHOT_INTERVAL}

[offering]
currency = "ETH"
for_sale = 600000
target = 10
cap = 20
account_cap = 15
start = {start}
end = {end}

[team]
beneficiary = "{maker}"
tokens = 100000
proceeds = "10 %"
cliff = "90 days"
vesting = "730 days"

[treasury]
beneficiary = "{user}"
tokens = 200000
proceeds = "80 %"
cliff = "none"
vesting = "365 days"

[liquidity]
beneficiary = "{liquidity}"
tokens = 100000
proceeds = "10 %"
"#
        );
        let path = self.folder.join(format!("terms-{}.toml", symbol.to_lowercase()));
        std::fs::write(&path, terms)?;
        let create = ["offer", "create", "--factory", &factory.to_string(), "--json"];
        let created = self.signed(MAKER, &create).arg("--terms").arg(&path).json()?;
        let part = |name: &str| serde_json::from_value(created[name].clone()).with_context(|| format!("no {name}"));
        Ok(Offering { address: part("offering")?, token: part("token")? })
    }

    /// The program, signed for by an account of the chain.
    fn signed(&self, who: usize, args: &[&str]) -> Cmd {
        let Chain { url, accounts, .. } = &self.chain;
        // Its record of runs is the demo's own.
        let openimo = cmd(&self.openimo).env("XDG_STATE_HOME", self.folder.join("state"));
        openimo.args(args).args(["--yes", "--rpc", url, "--signer", url, "--from"]).arg(accounts[who].to_string())
    }

    fn act(&self, who: usize, args: &[&str]) -> Result<()> {
        self.signed(who, args).run()
    }
}
