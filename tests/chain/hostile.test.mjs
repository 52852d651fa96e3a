// A node that lies, stalls, sends too much, or changes its mind.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { encodeFunctionResult, getAbiItem, toFunctionSelector } from 'viem';

import { ChainReader, Wallet, bookOf, execute, planAction } from '../../pkg/chain/node.js';
import { account, artifact, startChain, startOffering } from './chain.mjs';
import { TestWallet } from './wallet.mjs';

const ANN = account(4).address.toLowerCase();

/** A node that passes everything on but what `tamper` answers. */
function node(url, tamper) {
  return {
    async request({ method, params }) {
      const early = await tamper(method, params);
      if (early !== undefined) return early;
      const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) });
      const { result, error } = await response.json();
      if (error) throw Object.assign(new Error(error.message), error);
      return result;
    },
  };
}

/** The state that an offering would answer. */
async function stateOf(chain, offering, change) {
  const { abi } = artifact('ModelOffering');
  const state = await chain.client.readContract({ address: offering, abi, functionName: 'state', args: [ANN] });
  return encodeFunctionResult({ abi, functionName: 'state', result: change(state) });
}

test('what a node says about an offering is checked', async (t) => {
  const chain = await startChain(t);
  const { offering, token } = await startOffering(chain);
  const reading = (tamper, options = {}) => new ChainReader(node(chain.url, tamper), { chainId: 31337, timeoutMs: 300, ...options }).offering(offering, ANN);
  const call = (answer) => (method) => (method === 'eth_call' ? answer : undefined);
  const one = 10n ** 18n;

  const cases = {
    'rpc.malformed': [call('0x1234'), call('nonsense'), call(7), call(null), call({}), call(`0x${'ff'.repeat(2000)}`), call('0x0'), (m) => (m === 'eth_getBalance' ? '1000' : undefined)],
    'rpc.too_long': [call(`0x${'00'.repeat(3 << 20)}`), call(`0x${'00'.repeat(100 << 10)}`)],
    'rpc.no_contract': [call('0x')],
    'rpc.timeout': [(m) => (m === 'eth_call' ? new Promise(() => {}) : undefined)],
    'rpc.refused': [() => { throw Object.assign(new Error('limit exceeded'), { code: -32005 }); }],
    'rpc.reverted': [(m) => { if (m === 'eth_call') throw Object.assign(new Error('execution reverted'), { code: 3, data: '0x' }); }],
    'rpc.other_chain': [(m) => (m === 'eth_chainId' ? '0x1' : undefined)],
  };
  for (const [code, tampers] of Object.entries(cases)) {
    for (const tamper of tampers) await assert.rejects(reading(tamper), { code }, String(tamper));
  }
  const lies = [
    (s) => ({ ...s, deposited: one }),
    (s) => ({ ...s, refund: one }),
    (s) => ({ ...s, allocation: 10n ** 30n }),
    (s) => ({ ...s, phase: 3, raised: 100n * one }),
    (s) => ({ ...s, phase: 2 }),
    (s) => ({ ...s, deposited: 16n * one, raised: 16n * one }),
  ];
  for (const lie of lies) {
    const answer = await stateOf(chain, offering, lie);
    const tamper = (m, p) => (m === 'eth_call' && p[0].to === offering && p[0].data.length > 10 ? answer : undefined);
    await assert.rejects(reading(tamper), { code: 'rpc.inconsistent' }, String(lie));
  }
  // A lie that contradicts nothing is found by a second node.
  const plausible = await stateOf(chain, offering, (s) => ({ ...s, raised: 5n * one }));
  const liar = (m, p) => (m === 'eth_call' && p[0].to === offering && p[0].data.length > 10 ? plausible : undefined);
  assert.equal(BigInt((await reading(liar)).value.raised), 5n * one);
  await assert.rejects(reading(liar, { crossCheck: chain.url }), { code: 'rpc.disagree' });
  await assert.rejects(reading(() => undefined, { crossCheck: node(chain.url, liar) }), { code: 'rpc.disagree' });
  assert.ok(await reading(() => undefined, { crossCheck: chain.url }));

  // Balances above the supply, claims above what is owed.
  const { abi } = artifact('RevShareToken');
  const tokenReading = (functionName, result) => {
    const answer = encodeFunctionResult({ abi, functionName, result });
    const tamper = (m, p) => (m === 'eth_call' && p[0].data.startsWith(toFunctionSelector(getAbiItem({ abi, name: functionName }))) ? answer : undefined);
    return new ChainReader(node(chain.url, tamper), { chainId: 31337 }).token(token, ANN);
  };
  await assert.rejects(tokenReading('balanceOf', 10n ** 30n), { code: 'rpc.inconsistent' });
  await assert.rejects(tokenReading('previewClaim', [[10n ** 18n], []]), { code: 'rpc.inconsistent' });
});

test('a chain that changes while it is read is read again, once', async (t) => {
  const chain = await startChain(t);
  const { offering } = await startOffering(chain);
  let looks = 0;
  const other = `0x${'ab'.repeat(32)}`;
  const flips = (times) => async (method, params) => {
    if (method !== 'eth_getBlockByNumber' || params[0] === 'latest') return undefined;
    return looks++ < times ? { number: params[0], hash: other, timestamp: '0x1' } : undefined;
  };
  const reading = (times) => {
    looks = 0;
    return new ChainReader(node(chain.url, flips(times)), { chainId: 31337 }).offering(offering, ANN);
  };
  assert.equal((await reading(1)).value.phase, 'open');
  await assert.rejects(reading(2), { code: 'rpc.reorganised' });
  await assert.rejects(new ChainReader(node(chain.url, (m) => (m === 'eth_getBlockByNumber' ? null : undefined)), { chainId: 31337 }).block(), { code: 'rpc.reorganised' });
  const old = (m) => (m === 'eth_getBlockByNumber' ? { number: '0x1', hash: other, timestamp: '0x10' } : undefined);
  await assert.rejects(new ChainReader(node(chain.url, old), { chainId: 31337, maxAgeSeconds: 60 }).block(), { code: 'rpc.stale' });
});

test('a server that is no node', async (t) => {
  let respond;
  const server = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => respond(response, JSON.parse(Buffer.concat(parts).toString())));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const reader = () => new ChainReader(url, { chainId: 31337, timeoutMs: 300, maxBytes: 1 << 16 }).block();
  const cases = [
    ['rpc.malformed', (r) => r.end('<html>')],
    ['rpc.malformed', (r) => r.end('[]')],
    ['rpc.malformed', (r, q) => r.end(JSON.stringify({ jsonrpc: '2.0', id: q.id }))],
    ['rpc.malformed', (r, q) => r.end(JSON.stringify({ jsonrpc: '2.0', id: q.id + 1, result: '0x7a69' }))],
    ['rpc.malformed', (r, q) => r.end(JSON.stringify({ jsonrpc: '2.0', id: q.id, result: 31337 }))],
    ['rpc.refused', (r, q) => r.end(JSON.stringify({ jsonrpc: '2.0', id: q.id, error: { code: -32005, message: 'x'.repeat(5000) } }))],
    ['rpc.too_long', (r) => r.end('x'.repeat(1 << 17))],
    ['rpc.timeout', () => {}],
    ['rpc.timeout', (r) => r.write('{')],
    ['rpc.unreachable', (r) => r.destroy()],
    ['rpc.unreachable', (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ];
  for (const [code, answer] of cases) {
    respond = answer;
    await assert.rejects(reader(), (e) => e.code === code && e.message.length < 600, String(answer));
  }
  // Without an end, and slower than the limit of time but not of size.
  respond = (r) => {
    const timer = setInterval(() => r.write(' '.repeat(1000)), 1);
    r.on('close', () => clearInterval(timer));
  };
  await assert.rejects(reader(), (e) => ['rpc.too_long', 'rpc.timeout'].includes(e.code));
});

test('nothing is signed that the preview did not show', async (t) => {
  const chain = await startChain(t);
  const { offering } = await startOffering(chain);
  const provider = new TestWallet(chain.url, account(4));
  const wallet = await Wallet.connect(provider);
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const { value } = await reader.offering(offering, ANN);
  const plan = await planAction({ action: 'deposit', offering, amount: 5n }, bookOf(31337, ANN, value));
  const run = (changed) => execute(changed, wallet, { reader, pollMs: 20, timeoutMs: 2000 });
  const with_ = (change) => {
    const copy = structuredClone(plan);
    change(copy, copy.steps[0]);
    return copy;
  };
  const evil = `0x${'ee'.repeat(20)}`;
  const cases = [
    ['plan.unknown_call', (p, s) => (s.request.to = evil)],
    ['plan.unknown_call', (p, s) => (s.request.data += '00'.repeat(32))],
    ['plan.unknown_call', (p, s) => (s.request.data = '0x')],
    ['plan.invalid', (p, s) => (s.request.value = '0x6')],
    ['plan.changed', (p, s) => (s.preview.sentence = 'Claim your prize.')],
    ['plan.changed', (p, s) => (s.preview.facts[0].text = '0.1 ETH')],
    ['plan.changed', (p, s) => ((s.request.value = '0x6'), (s.request.data = s.request.data.replace(/5$/, '6')))],
    ['plan.changed', (p) => (p.account = evil)],
    ['plan.changed', (p) => (p.book.entries[0].kind = 'token')],
    ['plan.invalid', (p, s) => delete s.preview],
  ];
  for (const [code, change] of cases) {
    const codes = code === 'plan.changed' ? ['plan.changed', 'plan.unknown_call'] : [code];
    await assert.rejects(run(with_(change)), (e) => codes.includes(e.code), String(change));
  }
  assert.ok(!provider.asked.includes('eth_sendTransaction'));

  // A wallet that sends something else is found out by what the chain has.
  provider.before = (method, [transaction] = []) =>
    method === 'eth_sendTransaction' ? provider.send({ ...transaction, to: account(8).address, data: '0x' }) : undefined;
  await assert.rejects(run(plan), { code: 'plan.changed' });
  for (const answer of ['0x12', null, {}, 7]) {
    provider.before = (method) => (method === 'eth_sendTransaction' ? answer ?? {} : undefined);
    await assert.rejects(run(plan), { code: 'wallet.malformed' });
  }
});
