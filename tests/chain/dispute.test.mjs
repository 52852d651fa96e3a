// The package against what is asserted at an optimistic verifier: the model is run on it, and what is wrong is refuted, move by move.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { parseEther } from 'viem';

import { ChainReader, Wallet, execute, planDispute, reviewPlan } from '../../pkg/chain/node.js';
import { loadModel } from '../../pkg/node.js';
import { account, startChain } from './chain.mjs';
import { CLOCK, startVerifier } from './disputes.mjs';
import { TestWallet } from './wallet.mjs';

async function scene(t, options = {}) {
  const chain = await startChain(t);
  const file = join(mkdtempSync(join(tmpdir(), 'openimo-dispute-')), 'model.imo');
  const court = await startVerifier(chain, file);
  const engine = await loadModel(file, { inline: true, ...options });
  t.after(() => engine.dispose());
  const wallet = await Wallet.connect(new TestWallet(chain.url, account(4)));
  const reader = new ChainReader(chain.url, { chainId: 31337 });
  const read = async () => (await reader.assertions(court.verifier, engine.modelId, 0)).value;
  /** Go on until there is nothing left to do; what was signed. */
  const refute = async (terms, asserted) => {
    const signed = [];
    for (let after; ; ) {
      const step = await planDispute(reader, engine, { terms, asserted, account: wallet.account }, after === undefined ? {} : { after });
      if (step.plan) {
        signed.push(step.plan.steps[0].preview);
        [after] = (await execute(step.plan, wallet, { reader, pollMs: 20, timeoutMs: 20_000 })).blocks;
      } else if (step.next?.kind === 'wait') await sleep(50);
      else return { signed, step };
    }
  };
  return { chain, court, engine, reader, wallet, read, refute };
}

test('a right run is right, a text that the ids do not stand for is refuted at sight', async (t) => {
  const { court, engine, read, refute } = await scene(t);
  const [right, told] = [await court.assert('right'), await court.assert('told')];
  const { terms, assertions, hasMore } = await read();
  assert.deepEqual([terms.knownCode, hasMore, assertions.map(({ asserted }) => asserted.number)], [true, false, [told, right]]);
  assert.deepEqual(await engine.examine(assertions[1].asserted), { fault: null });
  const steps = [];
  const { fault } = await engine.examine(assertions[0].asserted, { onProgress: (step) => steps.push(step) });
  assert.deepEqual(fault.fault, { kind: 'piece', index: 2 });
  const { signed, step } = await refute(terms, assertions[0].asserted);
  assert.deepEqual([signed.map(({ intent }) => intent), step.next.kind], [['Refute a run', 'Withdraw'], 'refuted']);
  assert.equal((await court.view('stakeOf', [right])).status, 1, 'the right one stands');
});

test('a wrong number is refuted by one step, against somebody who answers', async (t) => {
  const { chain, court, engine, reader, wallet, read, refute } = await scene(t);
  const number = await court.assert('wrong');
  const { terms, assertions } = await read();
  const before = await chain.client.getBalance({ address: wallet.account });
  const [{ signed, step }] = await Promise.all([refute(terms, assertions[0].asserted), court.answers(number)]);
  assert.equal(step.next.kind, 'refuted');
  assert.deepEqual(signed.map(({ intent }) => intent), ['Challenge a run', 'Ask for a step', 'Show what is wrong', 'Withdraw']);
  assert.match(signed[0].sentence, /^Challenge, with 0\.205 ETH at stake, what 0x.* a layer at position 0 \(layer 1\)/);
  const won = (await chain.client.getBalance({ address: wallet.account })) - before;
  assert.ok(won > parseEther('0.48') && won < parseEther('0.5'), `half of the bond, less a fee: ${won}`);
  // What is decided is not moved in again.
  const again = await planDispute(reader, engine, { terms, asserted: assertions[0].asserted, account: wallet.account });
  assert.deepEqual([again.next.kind, again.plan], ['refuted', undefined]);
});

test('a silent asserter loses by the clock', async (t) => {
  const { chain, court, engine, reader, wallet, read, refute } = await scene(t);
  await court.assert('wrong');
  const { terms, assertions } = await read();
  const asserted = assertions[0].asserted;
  const next = () => planDispute(reader, engine, { terms, asserted, account: wallet.account });
  const { plan } = await next();
  await execute(plan, wallet, { reader, pollMs: 20 });
  assert.equal((await next()).next.kind, 'wait');
  await chain.passTime(CLOCK);
  const { signed } = await refute(terms, asserted);
  assert.deepEqual(signed.map(({ intent }) => intent), ['End a challenge', 'Withdraw']);
});

test('what is changed, stale, of another model or asked of nobody is refused', async (t) => {
  const { court, reader, engine, wallet, read } = await scene(t);
  await court.assert('wrong');
  const { terms, assertions } = await read();
  const asserted = assertions[0].asserted;
  const plan = (more = {}, after = {}) => planDispute(reader, engine, { terms, asserted, account: wallet.account, ...more }, after);
  await assert.rejects(plan({}, { after: 1_000_000 }), { code: 'rpc.stale' });
  await assert.rejects(engine.examine({ ...asserted, number: `0x${'11'.repeat(32)}` }), { code: 'assertion.malformed' });
  await assert.rejects(engine.examine({ ...asserted, run: '0x1234' }), { code: 'assertion.malformed' });
  await assert.rejects(plan({ terms: { ...terms, programHash: `0x${'00'.repeat(32)}` } }), { code: 'assertion.unknown_model' });
  // What would be signed says what it pays: more of it is another plan.
  const { plan: right } = await plan();
  const [step] = right.steps;
  const dearer = { ...right, steps: [{ ...step, request: { ...step.request, value: '0xde0b6b3a7640000' } }] };
  await assert.rejects(reviewPlan(dearer), { code: 'plan.changed' });
  await assert.rejects(reader.holds({ to: court.verifier, data: '0x' }), (e) => /^rpc\./.test(e.code));
});
