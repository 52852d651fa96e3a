// Reloads, other accounts and chains, replaced and dropped transactions.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseEther, parseGwei } from 'viem';

import { ChainReader, Journal, Wallet, bookOf, execute, planAction } from '../../pkg/chain/node.js';
import { account, startChain, startOffering } from './chain.mjs';
import { TestWallet } from './wallet.mjs';

const ANN = account(4).address.toLowerCase();

async function setUp(t) {
  const chain = await startChain(t);
  const { offering } = await startOffering(chain);
  const provider = new TestWallet(chain.url, account(4));
  const wallet = await Wallet.connect(provider);
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const items = new Map();
  const storage = { getItem: (k) => items.get(k) ?? null, setItem: (k, v) => void items.set(k, v), removeItem: (k) => void items.delete(k) };
  const { value } = await reader.offering(offering, ANN);
  const book = bookOf(31337, ANN, value);
  const plan = await planAction({ action: 'deposit', offering, amount: parseEther('1') }, book);
  const run = (more = {}) => execute(plan, wallet, { reader, journal: new Journal(storage), pollMs: 20, timeoutMs: 20_000, ...more });
  const deposited = async () => BigInt((await reader.offering(offering, ANN)).value.deposited);
  const sends = () => provider.asked.filter((m) => m === 'eth_sendTransaction').length;
  return { chain, offering, provider, wallet, reader, items, storage, book, plan, run, deposited, sends };
}

test('a page that was closed after the wallet sent finds the transaction by its hash', async (t) => {
  const { chain, run, deposited, sends, storage } = await setUp(t);
  await chain.test.setAutomine(false);
  await assert.rejects(run({ timeoutMs: 100 }), { code: 'transaction.timeout' });
  assert.equal(new Journal(storage).unfinished().length, 1);
  await chain.test.mine({ blocks: 1 });
  await run();
  assert.deepEqual([sends(), await deposited()], [1, parseEther('1')]);
});

test('a page that was closed while the wallet was open finds what the wallet sent, and does not send again', async (t) => {
  const { provider, chain, run, deposited, sends } = await setUp(t);
  // The wallet sends; its answer never reaches the page.
  provider.before = async (method, [transaction] = []) => {
    if (method !== 'eth_sendTransaction') return undefined;
    await provider.send(transaction);
    throw new Error('the page was closed');
  };
  await assert.rejects(run(), { code: 'wallet.failed' });
  provider.before = () => undefined;
  await run();
  assert.deepEqual([sends(), await deposited()], [1, parseEther('1')]);

  // It sent, and it waits still: asking again could pay twice.
  await chain.test.setAutomine(false);
  provider.before = async (method, [transaction] = []) => {
    if (method !== 'eth_sendTransaction') return undefined;
    await provider.send(transaction);
    throw new Error('the page was closed');
  };
  await assert.rejects(run(), { code: 'wallet.failed' });
  provider.before = () => undefined;
  await assert.rejects(run(), { code: 'wallet.pending' });
  await chain.test.mine({ blocks: 1 });
  await run();
  assert.deepEqual([sends(), await deposited()], [2, parseEther('2')]);
});

test('a page that was closed before the user answered asks again', async (t) => {
  const { provider, run, deposited, sends } = await setUp(t);
  provider.before = (method) => {
    if (method === 'eth_sendTransaction') throw new Error('the page was closed');
  };
  await assert.rejects(run(), { code: 'wallet.failed' });
  provider.before = () => undefined;
  await run();
  assert.deepEqual([sends(), await deposited()], [2, parseEther('1')]);
});

test('another account or chain stops a plan before the wallet is asked to sign', async (t) => {
  const { provider, run, sends, deposited } = await setUp(t);
  provider.chainId = 1;
  await assert.rejects(run(), { code: 'wallet.chain_changed' });
  provider.chainId = 31337;
  provider.account = account(5);
  await assert.rejects(run(), { code: 'wallet.account_changed' });
  provider.account = account(4);
  // Midway: it was right at the start, and is not when the wallet is to sign.
  let looks = 0;
  provider.before = (method) => (method === 'eth_chainId' && looks++ > 0 ? '0x1' : undefined);
  await assert.rejects(run(), { code: 'wallet.chain_changed' });
  provider.before = (method) => (method === 'eth_accounts' ? [] : undefined);
  await assert.rejects(run(), { code: 'wallet.account_changed' });
  assert.equal(sends(), 0);
  provider.before = () => undefined;
  await run();
  assert.equal(await deposited(), parseEther('1'));
});

test('a transaction that was sent again with another fee is followed; another one in its place is told', async (t) => {
  const { chain, provider, run, deposited } = await setUp(t);
  await chain.test.setAutomine(false);
  for (const [same, code] of [[true, undefined], [false, 'transaction.replaced']]) {
    provider.before = async (method, [transaction] = []) => {
      if (method !== 'eth_sendTransaction') return undefined;
      const nonce = await chain.client.getTransactionCount({ address: ANN });
      const first = await provider.send({ ...transaction, nonce, maxFeePerGas: parseGwei('3'), maxPriorityFeePerGas: parseGwei('1') });
      setTimeout(async () => {
        const fees = { nonce, maxFeePerGas: parseGwei('30'), maxPriorityFeePerGas: parseGwei('20') };
        await provider.send(same ? { ...transaction, ...fees } : { to: ANN, value: 0n, ...fees });
        await chain.test.mine({ blocks: 1 });
      }, 200);
      return first;
    };
    if (code) await assert.rejects(run(), { code });
    else await run();
  }
  assert.equal(await deposited(), parseEther('1'));
});

test('a transaction that the chain has forgotten is told, and asked for anew', async (t) => {
  const { chain, provider, run, deposited, sends } = await setUp(t);
  await chain.test.setAutomine(false);
  provider.before = async (method, [transaction] = []) => {
    if (method !== 'eth_sendTransaction') return undefined;
    const hash = await provider.send(transaction);
    setTimeout(() => chain.test.dropTransaction({ hash }), 100);
    return hash;
  };
  await assert.rejects(run(), { code: 'transaction.dropped' });
  provider.before = () => undefined;
  await chain.test.setAutomine(true);
  await run();
  assert.deepEqual([sends(), await deposited()], [2, parseEther('1')]);
});

test('a transaction that the contract refuses says why, and stays open', async (t) => {
  const { offering, wallet, reader, storage, book } = await setUp(t);
  const plan = await planAction({ action: 'deposit', offering, amount: parseEther('16') }, book);
  const run = () => execute(plan, wallet, { reader, journal: new Journal(storage), pollMs: 20 });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(run(), (e) => e.code === 'transaction.reverted' && e.message.includes('OfferingAccountCapExceeded'));
  }
});

test('a journal that cannot be read stops before anything is sent', async (t) => {
  const { provider, run, items, sends } = await setUp(t);
  provider.before = (method) => {
    if (method === 'eth_sendTransaction') throw new Error('closed');
  };
  await assert.rejects(run());
  for (const key of items.keys()) items.set(key, '{"version":2}');
  await assert.rejects(run(), { code: 'journal.unreadable' });
  assert.equal(sends(), 1);
});
