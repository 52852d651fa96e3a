// What can be said of a token: from the chain, and by running the model again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChainReader, trustReport } from '../../pkg/chain/node.js';
import { MODEL, account, startChain } from './chain.mjs';
import { mint } from './mint.mjs';

const ANN = account(4).address.toLowerCase();
const PROMPT = '{"max_tokens":4,"messages":[{"content":"Hi <script>alert(1)</script>","role":"user"}],"v":1}';
const CONTENT = 'Hello <img src=x onerror=alert(1)>';

/** A token, on a chain of its own. */
async function minted(t, content = CONTENT) {
  const chain = await startChain(t);
  return { chain, ...(await mint(chain, { modelId: MODEL, prompt: PROMPT, content })), reader: new ChainReader(chain.url, { chainId: 31337 }) };
}

const runner = (text, modelId = MODEL) => ({ modelId, generate: async (request) => (assert.equal(request, PROMPT), { bundle: { output: { text } } }) });
const byCode = ({ checks }) => Object.fromEntries(checks.map(({ code, status }) => [code, status]));

test('content that the model gives again is recomputed, other content is not verified', async (t) => {
  const { chain, collection, id, reader } = await minted(t);
  const onChain = await trustReport(reader, collection, id);
  assert.equal(onChain.verdict, 'on_chain');
  assert.equal(Buffer.from(onChain.content).toString(), CONTENT);
  assert.deepEqual(byCode(onChain), {
    'chain.code': 'passed', 'chain.request': 'passed', 'chain.content': 'passed', 'chain.final': 'skipped', 'chain.verifier': 'warning',
    'chain.revenue': 'passed', 'engine.content': 'skipped',
  });
  const report = async (given, of = reader) => trustReport(of, collection, id, { runner: given });
  assert.equal((await report(runner(CONTENT))).verdict, 'recomputed');
  const other = await report(runner(`${CONTENT}.`));
  assert.deepEqual([other.verdict, byCode(other)['engine.content']], ['not_verified', 'failed']);
  const wrong = await report(runner(CONTENT, `0x${'11'.repeat(32)}`));
  assert.deepEqual([wrong.verdict, byCode(wrong)['engine.model']], ['not_verified', 'failed']);
  const refuses = { modelId: MODEL, generate: async () => { throw new Error('no request'); } };
  assert.equal((await report(refuses)).verdict, 'not_verified');

  await chain.passTime(3601n);
  assert.equal(byCode(await report(runner(CONTENT)))['chain.final'], 'passed');

  // A node that gives other content, or none, for the same hash.
  const { client } = chain;
  const tampering = (change) => ({
    async request({ method, params }) {
      const answer = await client.request({ method, params });
      return method === 'eth_getLogs' ? change(answer) : answer;
    },
  });
  const tampered = (change) => report(runner(CONTENT), new ChainReader(tampering(change), { chainId: 31337 }));
  const byte = (logs) => [{ ...logs[0], data: `${logs[0].data.slice(0, 140)}ff${logs[0].data.slice(142)}` }];
  await assert.rejects(tampered(byte), { code: 'rpc.inconsistent' });
  await assert.rejects(tampered(() => []), { code: 'rpc.inconsistent' });
  await assert.rejects(tampered(() => [{ data: '0x12' }]), { code: 'rpc.malformed' });
});

test('a token without content, one that does not exist, and a collection of somebody else', async (t) => {
  const { chain, collection, id, reader } = await minted(t, null);
  const report = await trustReport(reader, collection, id, { runner: runner(CONTENT) });
  assert.deepEqual([report.verdict, report.content, byCode(report)['chain.content']], ['on_chain', null, 'skipped']);
  await assert.rejects(trustReport(reader, collection, id + 1n), { code: 'rpc.reverted' });
  await assert.rejects(trustReport(reader, ANN, id), { code: 'rpc.no_contract' });
  const bytecode = `${await chain.client.getCode({ address: collection })}00`;
  await chain.test.setCode({ address: collection, bytecode });
  const foreign = await trustReport(reader, collection, id);
  assert.deepEqual([foreign.verdict, byCode(foreign)['chain.code']], ['on_chain', 'warning']);
});
