//! An EVM with the contracts as forge has built them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::handler::{MainnetContext, MainnetEvm};
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, Bytecode};
use revm::{ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext};

type Db = CacheDB<EmptyDB>;

/// Who deploys.
pub const DEPLOYER: Address = Address::repeat_byte(0xd0);
const GAS: u64 = 30_000_000;

/// A chain of one machine.
pub struct Evm(MainnetEvm<MainnetContext<Db>>);

/// Where it can go back to.
#[derive(Clone)]
pub struct State(Db, BlockEnv);

impl Default for Evm {
    fn default() -> Self {
        let block = BlockEnv {
            number: U256::from(1_000),
            timestamp: U256::from(1_800_000_000u64),
            basefee: 0,
            gas_limit: u64::MAX,
            ..Default::default()
        };
        let cfg = CfgEnv::new_with_spec(SpecId::PRAGUE);
        let mut evm = Context::mainnet().with_db(Db::default()).with_block(block).with_cfg(cfg).build_mainnet();
        evm.ctx.cfg.disable_nonce_check = true;
        // Contracts act as accounts here.
        evm.ctx.cfg.disable_eip3607 = true;
        Self(evm)
    }
}

impl Evm {
    /// Everything as it is now.
    pub fn state(&self) -> State {
        State(self.0.ctx.journaled_state.database.clone(), self.0.ctx.block.clone())
    }

    /// Everything as it was then.
    pub fn go_back(&mut self, state: &State) {
        self.0.ctx.journaled_state.database = state.0.clone();
        self.0.ctx.block = state.1.clone();
    }

    /// The number of the block.
    pub fn block(&self) -> u64 {
        self.0.ctx.block.number.to()
    }

    /// Seconds since 1970.
    pub fn now(&self) -> u64 {
        self.0.ctx.block.timestamp.to()
    }

    /// Be so many blocks and seconds later.
    pub fn pass(&mut self, blocks: u64, seconds: u64) {
        self.0.ctx.block.number += U256::from(blocks);
        self.0.ctx.block.timestamp += U256::from(seconds);
    }

    /// Put code at an address.
    pub fn set_code(&mut self, address: Address, code: &[u8]) {
        let info = AccountInfo::from_bytecode(Bytecode::new_raw(Bytes::copy_from_slice(code)));
        self.0.ctx.journaled_state.database.insert_account_info(address, info);
    }

    /// Write a word of storage.
    pub fn set_storage(&mut self, address: Address, slot: u64, word: U256) {
        let database = &mut self.0.ctx.journaled_state.database;
        database.insert_account_storage(address, U256::from(slot), word).expect("the database is in memory");
    }

    /// Give an account ETH, from nowhere.
    pub fn set_balance(&mut self, address: Address, balance: U256) {
        let database = &mut self.0.ctx.journaled_state.database;
        database.load_account(address).expect("the database is in memory").info.balance = balance;
        let info = database.load_account(address).expect("the database is in memory").info.clone();
        database.insert_account_info(address, info);
    }

    /// The ETH of an account.
    pub fn balance(&mut self, address: Address) -> U256 {
        self.0.ctx.journaled_state.database.load_account(address).expect("the database is in memory").info.balance
    }

    /// Deploy a contract; its address, or what its constructor refuses with.
    ///
    /// # Errors
    /// The data of the revert.
    pub fn deploy(&mut self, name: &str, arguments: &[u8]) -> Result<Address, Bytes> {
        let data = [creation_code(name), arguments.to_vec()].concat();
        match self.run(DEPLOYER, TxKind::Create, U256::ZERO, data.into()) {
            Ok(Output::Create(_, Some(address))) => Ok(address),
            Ok(output) => panic!("{name} was not created: {output:?}"),
            Err(data) => Err(data),
        }
    }

    /// A transaction with data; what it returns.
    ///
    /// # Errors
    /// The data of the revert.
    pub fn send(&mut self, from: Address, to: Address, value: U256, data: Vec<u8>) -> Result<Bytes, Bytes> {
        self.run(from, TxKind::Call(to), value, data.into()).map(Output::into_data)
    }

    /// A transaction with data; what it returns, and its gas.
    ///
    /// # Errors
    /// The data of the revert.
    pub fn send_metered(&mut self, from: Address, to: Address, value: U256, data: Vec<u8>) -> Result<(Bytes, u64), Bytes> {
        let outcome = self.0.transact_commit(transaction(from, TxKind::Call(to), value, data.into()));
        let result = outcome.expect("the transaction is valid");
        let gas = result.tx_gas_used();
        output(result).map(|output| (output.into_data(), gas))
    }

    /// Whether a transaction succeeds.
    ///
    /// # Errors
    /// The data of the revert.
    pub fn outcome(&mut self, from: Address, to: Address, value: U256, data: Vec<u8>) -> Result<(), Vec<u8>> {
        self.send(from, to, value, data).map(drop).map_err(|data| data.to_vec())
    }

    /// What a call answers, without a transaction.
    ///
    /// # Panics
    /// If it reverts.
    pub fn ask<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let outcome = self.0.transact(transaction(DEPLOYER, TxKind::Call(to), U256::ZERO, call.abi_encode().into()));
        let result = outcome.expect("the transaction is valid").result;
        let data = output(result).unwrap_or_else(|data| panic!("{} reverted with {data}", C::SIGNATURE)).into_data();
        C::abi_decode_returns(&data).expect("the answer has the type of the ABI")
    }

    /// What a call answers or reverts with, and the gas of it as a transaction; nothing of it stays.
    pub fn call(&mut self, to: Address, data: Vec<u8>) -> (Result<Bytes, Bytes>, u64) {
        let outcome = self.0.transact(transaction(DEPLOYER, TxKind::Call(to), U256::ZERO, data.into()));
        let result = outcome.expect("the transaction is valid").result;
        let gas = result.tx_gas_used();
        (output(result).map(Output::into_data), gas)
    }

    fn run(&mut self, from: Address, to: TxKind, value: U256, data: Bytes) -> Result<Output, Bytes> {
        output(self.0.transact_commit(transaction(from, to, value, data)).expect("the transaction is valid"))
    }
}

fn transaction(caller: Address, kind: TxKind, value: U256, data: Bytes) -> TxEnv {
    TxEnv { caller, kind, value, data, gas_limit: GAS, gas_price: 0, ..Default::default() }
}

fn output(result: ExecutionResult) -> Result<Output, Bytes> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output),
        ExecutionResult::Revert { output, .. } => Err(output),
        ExecutionResult::Halt { reason, .. } => panic!("the call ended with {reason:?}"),
    }
}

/// What forge has built, read once.
fn creation_code(name: &str) -> Vec<u8> {
    static CODES: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut codes = CODES.lock().expect("nobody panicked with it");
    codes.entry(name.to_owned()).or_insert_with(|| read_code(name)).clone()
}

fn read_code(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../contracts/out/{name}.sol/{name}.json"));
    let text =
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; run `cargo xtask contracts build`", path.display()));
    let artifact: serde_json::Value = serde_json::from_str(&text).expect("forge writes JSON");
    let code = artifact["bytecode"]["object"].as_str().expect("an artifact has bytecode");
    hex::decode(code.trim_start_matches("0x")).expect("bytecode is hex")
}
