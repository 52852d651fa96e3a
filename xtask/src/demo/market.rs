//! The chain's part of the demo: a model is offered, bought and earns, and what it generated is a token.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use openimo_core::bundle::Bundle;
use openimo_core::chain::date;
use serde_json::Value;

use super::chain::{CHAIN_ID, Chain};
use crate::contracts;
use crate::sh::{Cmd, cmd};

/// The chain's own currency, in its smallest unit.
const ETHER: u128 = 1_000_000_000_000_000_000;
/// Seconds from the creation of an offering to its start.
const NOTICE: u64 = 300;
/// Seconds for which an offering takes deposits.
const OPEN: u64 = 7 * 86_400;
/// Longer than a bonded assertion can be challenged.
const WINDOW: u64 = 2 * 3_600;
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
    pub collection: String,
    /// The text.
    pub token_id: String,
}

/// An offering and its token.
pub struct Offering {
    /// The offering.
    pub address: String,
    /// What it sells.
    pub token: String,
}

/// Who does what, by the number of the account.
const MAKER: usize = 0;
const ANN: usize = 1;
const BOB: usize = 2;
const USER: usize = 3;
const LIQUIDITY: usize = 4;

impl Market {
    /// Do all of it, on a chain at `port`.
    ///
    /// # Errors
    /// If something is missing, or a step fails.
    pub fn open(openimo: &Path, folder: &Path, input: &Input<'_>, port: u16) -> Result<Self> {
        super::say("A local chain");
        contracts::forge()?.args(["build", "--skip", "test"]).run()?;
        // A chain that is gone leaves nothing to go on with.
        let state = folder.join("state");
        if state.exists() {
            std::fs::remove_dir_all(&state)?;
        }
        let stage = Stage { openimo: openimo.to_owned(), folder: folder.to_owned(), chain: Chain::start(port)? };
        stage.run(input)
    }

    /// Where the pages show it.
    pub fn pages(&self, origin: &str, model: &str) -> [(&'static str, String); 3] {
        let rpc = &self.chain.url;
        let offering = |offering: &Offering| format!("{origin}/offering/?rpc={rpc}#{CHAIN_ID}/{}", offering.address);
        let Self { collection, token_id, .. } = self;
        [
            (
                "the text as a token, read from the chain and run again",
                format!("{origin}/verify/?collection={collection}&token={token_id}&rpc={rpc}&chain={CHAIN_ID}&model={model}"),
            ),
            ("the model's offering, with revenue to claim", offering(&self.earning)),
            ("another offering, open for deposits", offering(&self.open)),
        ]
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
        let model_id = format!("0x{}", hex::encode(bundle.statement.model_id.0));
        super::say("The contracts that a chain needs once");
        let deployed = self.script("Deploy", "run()", &[])?;
        let (factory, registry) = (value(&deployed, "factory")?, value(&deployed, "registry")?);

        super::say("The model is offered, and asked for more than there is");
        let earning = self.offer(&factory, &model_id, "EARN")?;
        self.chain.pass(NOTICE)?;
        for (who, amount) in [(ANN, "14"), (BOB, "11")] {
            self.act(who, &["offer", "buy", &earning.address, "--amount", amount])?;
        }
        self.chain.pass(OPEN)?;
        self.act(BOB, &["offer", "finalize", &earning.address])?;
        for who in [ANN, BOB] {
            self.act(who, &["offer", "claim", &earning.address])?;
        }
        let record = [("REGISTRY", &*registry), ("REVENUE_TOKEN", &*earning.token), ("MODEL_FEE", "0"), ("MODEL_URI", input.url)];
        self.script("Deploy", "register()", &record)?;

        super::say("The text becomes a token");
        let verifier = value(&self.script("Demo", "verifier()", &[])?, "deployed")?;
        let terms = [
            ("REVENUE_TOKEN", &*earning.token),
            ("CONTENT_VERIFIER", &*verifier),
            ("COLLECTION_NAME", "Texts of a model"),
            ("COLLECTION_SYMBOL", "TXT"),
            ("AIGC_TYPE", "text"),
            ("MINT_FEE", "50000000000000000"),
            ("ROYALTY_BPS", "500"),
            ("MIN_COMMIT_AGE", "1"),
            ("MAX_COMMIT_AGE", "7200"),
        ];
        let collection = value(&self.script("Demo", "collection()", &terms)?, "deployed")?;
        let mint = ["mint", "--collection", &collection, "--assert", &verifier, "--json"];
        let minted = self.signed(ANN, &mint).arg("--bundle").arg(input.bundle).arg("--model").arg(input.imo).json()?;
        let token_id = minted["tokenId"].as_str().context("no token id")?.to_owned();
        self.chain.pass(WINDOW)?;

        super::say("The model earns");
        for wei in [3 * ETHER, ETHER / 2, 2 * ETHER] {
            self.chain.pay(&self.chain.accounts[BOB], &earning.token, wei)?;
            self.chain.mine(SNAPSHOT_INTERVAL)?;
            self.act(MAKER, &["offer", "snapshot", &earning.address])?;
        }
        self.act(BOB, &["offer", "claim", &earning.address])?;
        self.chain.pay(&self.chain.accounts[BOB], &earning.token, ETHER)?;

        super::say("Another offering, open for deposits");
        let open = self.offer(&factory, &model_id, "OPEN")?;
        self.chain.pass(NOTICE)?;
        self.act(ANN, &["offer", "buy", &open.address, "--amount", "6"])?;

        super::say("What an inspection finds");
        let rpc = &self.chain.url;
        let inspect = ["offer", "inspect", &earning.address, "--rpc", rpc, "--registry", &registry, "--registrant"];
        // It fails if there is a danger.
        cmd(&self.openimo).args(inspect).arg(&self.chain.accounts[MAKER]).run()?;
        Ok(Market { chain: self.chain, earning, open, collection, token_id })
    }

    /// An offering by the maker.
    fn offer(&self, factory: &str, model_id: &str, symbol: &str) -> Result<Offering> {
        let start = self.chain.now()? + NOTICE - 60;
        let [start, end] = [start, start + OPEN].map(|at| date::utc(at).replacen(' ', "T", 1).replace(" UTC", "Z"));
        let [maker, user, liquidity] = [MAKER, USER, LIQUIDITY].map(|who| &self.chain.accounts[who]);
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
        let create = self.signed(MAKER, &["offer", "create", "--factory", factory, "--json"]).arg("--terms").arg(&path).json()?;
        let part = |name: &str| create[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
        Ok(Offering { address: part("offering")?, token: part("token")? })
    }

    /// The program, signed for by an account of the chain.
    fn signed(&self, who: usize, args: &[&str]) -> Cmd {
        let Chain { url, accounts, .. } = &self.chain;
        // Its record of runs is the demo's own.
        let openimo = cmd(&self.openimo).env("XDG_STATE_HOME", self.folder.join("state"));
        openimo.args(args).args(["--yes", "--rpc", url, "--signer", url, "--from", &accounts[who]])
    }

    fn act(&self, who: usize, args: &[&str]) -> Result<()> {
        self.signed(who, args).run()
    }

    /// Run a function of a script, by the maker; what it returns.
    fn script(&self, name: &str, signature: &str, variables: &[(&str, &str)]) -> Result<Value> {
        let Chain { url, accounts, .. } = &self.chain;
        let target = format!("script/{name}.s.sol:{name}");
        let args = ["script", &target, "--sig", signature, "--json", "--broadcast", "--unlocked", "--rpc-url", url, "--sender"];
        let forge = contracts::forge()?.args(args).arg(&accounts[MAKER]);
        let text = variables.iter().fold(forge, |forge, (name, value)| forge.env(name, value)).text()?;
        let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let returned = lines.find_map(|mut line| line.get_mut("returns").map(Value::take));
        returned.with_context(|| format!("{name} {signature} returned nothing: {text}"))
    }
}

fn value(returned: &Value, name: &str) -> Result<String> {
    let value = returned[name]["value"].as_str();
    let value = value.with_context(|| format!("the script has no {name}: {returned}"))?;
    ensure!(value.starts_with("0x"), "{value} is no address");
    Ok(value.to_owned())
}
