// An offering made by the factory has no dangers; the same one with something wrong on the chain is found out.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseEther } from 'viem';

import { ChainReader, RISKS, Wallet, bookOf, execute, inspectOffering, planAction } from '../../pkg/chain/node.js';
import { DAY, MODEL, ZERO, account, artifact, startChain, startOffering } from './chain.mjs';
import { TestWallet } from './wallet.mjs';

const MAKER = account(4).address.toLowerCase();
const FILE = 'https://models.example/a.imo';

/** Terms without a risk, in the form of an action. */
async function creation(chain, change = {}) {
  const start = Number(await chain.now()) + 100;
  const part = (index, tokens, proceedsBps, days) => (
    { beneficiary: account(index).address, tokens: parseEther(tokens), proceedsBps, cliff: 0, duration: days * Number(DAY) });
  return {
    token: { name: 'A model', symbol: 'AMO', percentClaimable: 80, snapshotInterval: 5, revenueTokens: [] },
    terms: {
      modelId: MODEL, currency: ZERO, forSale: parseEther('600'), target: parseEther('10'), cap: parseEther('20'),
      accountCap: parseEther('15'), start, end: start + 7 * Number(DAY),
      team: part(1, '100', 1000, 365), treasury: part(2, '300', 9000, 365), liquidity: part(3, '0', 0, 0), ...change,
    },
  };
}

async function run(chain, action, ...entries) {
  const provider = new TestWallet(chain.url, account(4));
  const wallet = await Wallet.connect(provider);
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const plan = await planAction(action, bookOf(31337, MAKER, { entries }));
  const { transactions } = await execute(plan, wallet, { reader, pollMs: 20, timeoutMs: 20_000 });
  return { plan, reader, receipt: await chain.client.getTransactionReceipt({ hash: transactions[0] }) };
}

/** An offering created by a plan. */
async function created(chain, factory, change) {
  const action = { action: 'createOffering', factory, creation: await creation(chain, change) };
  const { plan, reader, receipt } = await run(chain, action, { address: factory, kind: 'factory' });
  const logs = await chain.client.getContractEvents({
    address: factory, abi: artifact('ModelOfferingFactory').abi, eventName: 'OfferingCreated', blockHash: receipt.blockHash });
  const { offering, token, supply } = logs[0].args;
  return { plan, reader, offering, token, supply };
}

test('an offering that a plan creates has the terms that were shown, and no risk once its model is registered', async (t) => {
  const chain = await startChain(t);
  const [factory, registry] = [await chain.deploy('ModelOfferingFactory'), await chain.deploy('ModelRegistry')];
  const { plan, reader, offering, token, supply } = await created(chain, factory);
  assert.match(plan.steps[0].preview.sentence, /^Create the token “A model” with the symbol “AMO”.* offer 600 tokens of it.* From 10 ETH on/);
  const { value } = await reader.offering(offering, MAKER);
  assert.deepEqual([BigInt(value.terms.forSale), BigInt(value.terms.cap), supply], [parseEther('600'), parseEther('20'), parseEther('1000')]);

  const options = { registry: { address: registry, owner: MAKER }, modelAt: async (url) => (url === FILE ? MODEL : undefined) };
  const codes = async (more = {}) => (await inspectOffering(reader, offering, { ...options, ...more })).flags.map((flag) => flag.code).sort();
  assert.deepEqual(await codes(), ['fee.not_bound', 'model.unretrievable']);
  const record = { action: 'registerModel', registry, modelId: MODEL, revenueToken: token, fee: 5n, uri: FILE };
  const { plan: registration } = await run(chain, record, { address: registry, kind: 'registry' });
  assert.match(registration.steps[0].preview.sentence, /its file is at “https:\/\/models\.example\/a\.imo”/);
  assert.deepEqual(await codes(), []);
  assert.deepEqual(await codes({ modelAt: async () => undefined }), ['model.unretrievable']);
  assert.deepEqual(await codes({ modelAt: async () => `0x${'11'.repeat(32)}` }), ['model.other_file']);
});

test('terms that the contract refuses are not created', async (t) => {
  const chain = await startChain(t);
  const factory = await chain.deploy('ModelOfferingFactory');
  const target = parseEther('30');
  await assert.rejects(created(chain, factory, { target }), (error) => /TermsInvalidTarget/.test(`${error.message} ${JSON.stringify(error.details)}`));
});

test('risks that are on the chain', async (t) => {
  const chain = await startChain(t);
  const { offering, token, terms } = await startOffering(chain);
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const codes = async (of = offering, options = {}) => (await inspectOffering(reader, of, options)).flags.map((flag) => flag.code);
  const raises = async (code, change, of = offering) => {
    const before = await chain.test.snapshot();
    await change();
    const found = await codes(of);
    assert.ok(found.includes(code), `${code}, but found ${found}`);
    assert.ok(RISKS[code].explanation.length > 20);
    await chain.test.revert({ id: before });
  };
  assert.deepEqual((await codes()).filter((code) => RISKS[code].severity === 'danger'), []);

  const { wallets } = await chain.client.readContract({ address: offering, abi: artifact('ModelOffering').abi, functionName: 'terms' })
    .then(([, , wallets]) => ({ wallets }));
  const code = async (address) => chain.client.getCode({ address });
  const patched = async (address, change) => chain.test.setCode({ address, bytecode: change(await code(address)) });
  const longer = (bytes) => `${bytes}00`;
  await raises('offering.code', () => patched(offering, longer));
  await raises('token.code', () => patched(token, longer));
  await raises('vesting.other_wallet', () => patched(wallets[0], longer));
  const minimal = (target) => `0x363d3d373d3d3d363d73${target.slice(2).toLowerCase()}5af43d82803e903d91602b57fd5bf3`;
  const soon = await chain.now();
  const copy = await chain.deploy('ModelOffering', [token, { ...terms, start: soon + 100n, end: soon + 8n * DAY }]);
  assert.ok((await codes(copy)).includes('offering.unfunded'), 'the token has no second supply to offer');
  const proxied = `0x${'77'.repeat(20)}`;
  await raises('offering.upgradeable', () => chain.test.setCode({ address: proxied, bytecode: minimal(offering) }), proxied);
  const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
  await raises('token.upgradeable', () => chain.test.setStorageAt({ address: token, index: slot, value: `0x${'00'.repeat(31)}01` }));
  await raises('offering.insolvent', async () => {
    await chain.write('ModelOffering', offering, 'deposit', [parseEther('2')], parseEther('2'));
    await chain.test.setBalance({ address: offering, value: parseEther('1') });
  });
  await raises('vesting.other_owner', async () => {
    await chain.test.impersonateAccount({ address: account(1).address });
    const request = { from: account(1).address, to: wallets[0], data: `0xf2fde38b${'00'.repeat(12)}${'99'.repeat(20)}` };
    await chain.test.request({ method: 'eth_sendTransaction', params: [request] });
  });
});
