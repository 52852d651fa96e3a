import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseEther } from 'viem';

import { ChainReader, Journal, Wallet, bookOf, execute, planAction } from '../../pkg/chain/node.js';
import { MODEL, account, startChain, startOffering } from './chain.mjs';
import { TestWallet, refuse } from './wallet.mjs';

async function setUp(t) {
  const chain = await startChain(t);
  const ann = account(4);
  const currency = await chain.deploy('RevShareToken', [{
    name: 'USD X', symbol: 'USDX', supply: parseEther('1000'), holder: ann.address, percentClaimable: 0n, snapshotInterval: 5, modelId: MODEL, revenueTokens: [],
  }]);
  const { offering } = await startOffering(chain, { currency });
  const provider = new TestWallet(chain.url, ann);
  const wallet = await Wallet.connect(provider);
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const { value } = await reader.offering(offering, wallet.account);
  const plan = await planAction({ action: 'deposit', offering, amount: parseEther('1') }, bookOf(31337, wallet.account, value));
  const items = new Map();
  const journal = new Journal({ getItem: (k) => items.get(k) ?? null, setItem: (k, v) => void items.set(k, v), removeItem: (k) => void items.delete(k) });
  const run = () => execute(plan, wallet, { reader, journal, pollMs: 20, timeoutMs: 20_000 });
  const deposited = async () => BigInt((await reader.offering(offering, wallet.account)).value.deposited);
  const count = (method) => provider.asked.filter((m) => m === method).length;
  return { provider, run, journal, deposited, count };
}

test('a wallet that takes batches is asked once', async (t) => {
  const { provider, run, journal, deposited, count } = await setUp(t);
  provider.batches = { status: 'ready' };
  const { transactions } = await run();
  assert.equal(transactions.filter(Boolean).length, 2);
  assert.deepEqual([count('wallet_sendCalls'), provider.asked.includes('eth_sendTransaction')], [1, false]);
  assert.equal(await deposited(), parseEther('1'));
  assert.deepEqual(journal.unfinished(), []);
});

test('a batch of which a part had an effect is told, and the rest is sent one by one', async (t) => {
  const { provider, run, deposited, count } = await setUp(t);
  provider.batches = { status: 'supported', succeed: 1 };
  await assert.rejects(run(), (e) => e.code === 'batch.partial' && e.details.open.join() === 'deposit');
  assert.equal(await deposited(), 0n);
  const { transactions } = await run();
  assert.deepEqual([count('wallet_sendCalls'), count('eth_sendTransaction'), transactions.length], [1, 1, 2]);
  assert.equal(await deposited(), parseEther('1'));
});

test('a batch that failed as a whole is asked for anew', async (t) => {
  const { provider, run, deposited, count } = await setUp(t);
  provider.batches = { status: 'supported', succeed: 0 };
  await assert.rejects(run(), { code: 'batch.failed' });
  provider.before = (method) => (method === 'wallet_getCallsStatus' ? { status: 500, receipts: [] } : undefined);
  await assert.rejects(run(), { code: 'batch.failed' });
  provider.before = () => undefined;
  provider.batches = { status: 'supported' };
  await run();
  assert.equal(count('wallet_sendCalls'), 3);
  assert.equal(await deposited(), parseEther('1'));
});

test('a page that was closed while a batch waited asks what became of it', async (t) => {
  const { provider, run, deposited, count } = await setUp(t);
  provider.batches = { status: 'supported' };
  let pending = 0;
  provider.before = (method) => {
    if (method !== 'wallet_getCallsStatus') return undefined;
    if (pending++ < 2) return { status: 100 };
    if (pending === 3) throw refuse(4900);
    return undefined;
  };
  await assert.rejects(run(), { code: 'wallet.disconnected' });
  await run();
  assert.equal(count('wallet_sendCalls'), 1);
  assert.equal(await deposited(), parseEther('1'));
});

test('a wallet without batches, or that refuses this one, is asked for each call', async (t) => {
  const { provider, run, deposited, count } = await setUp(t);
  provider.batches = { status: 'supported' };
  provider.before = (method) => {
    if (method === 'wallet_sendCalls') throw refuse(5760);
  };
  await run();
  assert.deepEqual([count('wallet_sendCalls'), count('eth_sendTransaction')], [1, 2]);
  provider.batches = undefined;
  provider.before = () => undefined;
  await run();
  assert.deepEqual([count('wallet_sendCalls'), count('eth_sendTransaction')], [1, 3 + 1]);
  assert.equal(await deposited(), parseEther('2'));
});

test('a rejected batch sends nothing, and malformed answers are no success', async (t) => {
  const { provider, run, deposited, count } = await setUp(t);
  provider.batches = { status: 'supported' };
  provider.before = (method) => {
    if (method === 'wallet_sendCalls') throw refuse(4001);
  };
  await assert.rejects(run(), { code: 'wallet.rejected' });
  assert.equal(count('eth_sendTransaction'), 0);
  for (const id of [7, '', {}, { id: 'x'.repeat(9000) }]) {
    provider.before = (method) => (method === 'wallet_sendCalls' ? id : undefined);
    await assert.rejects(run(), { code: 'wallet.malformed' });
  }
  for (const status of [{}, { status: 200 }, { status: 200, receipts: [{ status: '0x0' }] }, { status: 'x' }]) {
    provider.before = (method) => ({ wallet_sendCalls: 'a-batch', wallet_getCallsStatus: status })[method];
    await assert.rejects(run(), { code: 'wallet.malformed' });
  }
  assert.equal(await deposited(), 0n);
});
