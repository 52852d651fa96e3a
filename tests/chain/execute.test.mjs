import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseEther } from 'viem';

import { ChainReader, Journal, Wallet, bookOf, execute, planAction, randomSalt } from '../../pkg/chain/node.js';
import { DAY, MODEL, ZERO, account, artifact, startChain, startOffering } from './chain.mjs';
import { TestWallet, refuse } from './wallet.mjs';

const quick = { pollMs: 20, timeoutMs: 20_000 };

/** A Storage that outlives pages. */
function storage() {
  const items = new Map();
  return { getItem: (k) => items.get(k) ?? null, setItem: (k, v) => void items.set(k, v), removeItem: (k) => void items.delete(k), items };
}

async function user(chain, index) {
  const provider = new TestWallet(chain.url, account(index));
  const wallet = await Wallet.connect(provider);
  const reader = new ChainReader(chain.url, { chainId: chain.client.chain.id });
  const run = (plan, more = {}) => execute(plan, wallet, { reader, ...quick, ...more });
  return { provider, wallet, reader, run, address: wallet.account };
}

test('buy, claim, earn, claim revenue and burn, as the previews say', async (t) => {
  const chain = await startChain(t);
  const { token, offering, terms } = await startOffering(chain);
  const [ann, bob] = [await user(chain, 4), await user(chain, 5)];
  for (const [who, amount] of [[ann, '15'], [bob, '10']]) {
    const { value } = await who.reader.offering(offering, who.address);
    assert.equal(value.phase, 'open');
    const plan = await planAction({ action: 'deposit', offering, amount: parseEther(amount) }, bookOf(31337, who.address, value));
    assert.match(plan.steps[0].preview.sentence, new RegExp(`^Deposit ${amount} ETH into this offering`));
    await who.run(plan);
  }
  let { value } = await ann.reader.offering(offering, ann.address);
  assert.equal(BigInt(value.raised), parseEther('25'));
  assert.equal(BigInt(value.allocation), parseEther('360'));
  assert.equal(BigInt(value.refund), parseEther('3'));

  await chain.passTime(terms.end - (await chain.now()) + 1n);
  await chain.write('ModelOffering', offering, 'finalize');
  for (const who of [ann, bob]) {
    const { value } = await who.reader.offering(offering, who.address);
    assert.equal(value.phase, 'succeeded');
    await who.run(await planAction({ action: 'claimAllocation', offering }, bookOf(31337, who.address, value)));
  }
  await chain.deployer.sendTransaction({ to: token, value: parseEther('10') });
  await chain.test.mine({ blocks: 6 });
  let held = (await ann.reader.token(token, ann.address)).value;
  assert.equal(BigInt(held.balance), parseEther('360'));
  assert.equal(BigInt(held.assets[0].pending), parseEther('10'));
  const book = () => bookOf(31337, ann.address, held);
  await ann.run(await planAction({ action: 'snapshot', token }, book()));

  held = (await ann.reader.token(token, ann.address)).value;
  const due = BigInt(held.assets[0].claimableSum);
  // 36 % of 80 % of ten, down to the unit that rounding costs.
  assert.ok(due <= parseEther('2.88') && due > parseEther('2.88') - 10n, String(due));
  const claim = await planAction({ action: 'claimRevenue', token, snapshotIds: [1n], assets: [ZERO], to: ann.address }, book());
  const before = await chain.client.getBalance({ address: ann.address });
  const { transactions } = await ann.run(claim);
  const receipt = await chain.client.getTransactionReceipt({ hash: transactions[0] });
  assert.equal(await chain.client.getBalance({ address: ann.address }), before + due - receipt.gasUsed * receipt.effectiveGasPrice);

  const burn = await planAction({ action: 'burn', token, amount: parseEther('360'), assets: [ZERO], to: ann.address }, book());
  assert.match(burn.steps[0].preview.sentence, /^Destroy 360 AMO for good\. Their share of the pools of ETH is paid to you/);
  await ann.run(burn);
  held = (await ann.reader.token(token, ann.address)).value;
  assert.deepEqual([BigInt(held.balance), BigInt(held.totalSupply)], [0n, parseEther('640')]);
});

test('a failed offering pays everything back', async (t) => {
  const chain = await startChain(t);
  const { offering, terms } = await startOffering(chain);
  const ann = await user(chain, 4);
  const at = async () => (await ann.reader.offering(offering, ann.address)).value;
  await ann.run(await planAction({ action: 'deposit', offering, amount: parseEther('2') }, bookOf(31337, ann.address, await at())));
  await chain.passTime(terms.end - (await chain.now()) + 1n);
  assert.equal((await at()).phase, 'failed');
  const before = await chain.client.getBalance({ address: offering });
  await ann.run(await planAction({ action: 'refund', offering }, bookOf(31337, ann.address, await at())));
  assert.deepEqual([before, await chain.client.getBalance({ address: offering })], [parseEther('2'), 0n]);
  assert.equal((await at()).settled, true);
});

test('commit and mint wait for blocks and survive a reload between them', async (t) => {
  const chain = await startChain(t);
  const { token } = await startOffering(chain);
  const verifier = await chain.deploy('BondedAssertionVerifier', [parseEther('1'), 3600n, 3600n, account(8).address]);
  const collection = await chain.deploy('AigcToken', [{
    name: 'Texts', symbol: 'TXT', aigcType: 'text', modelId: MODEL, verifier, revenueToken: token, mintFee: parseEther('0.1'), royaltyBps: 500,
    minCommitAge: 2, maxCommitAge: 100,
  }]);
  const ann = await user(chain, 4);
  const book = { chainId: 31337, account: ann.address, entries: [{ address: collection, kind: 'collection' }] };
  const prompt = '{"messages":[{"content":"{Mint fee} <b>\\u202e","role":"user"}],"v":1}';
  const plan = await planAction(
    { action: 'mint', collection, prompt, salt: randomSalt(), fee: parseEther('0.1'), minCommitAge: 2 },
    book,
  );
  // What a stranger wrote is shown as it is, and stands for nothing.
  assert.ok(plan.steps[1].preview.sentence.includes(`“${prompt}”`));
  const kept = storage();
  let sent = 0;
  ann.provider.before = (method) => {
    if (method === 'eth_sendTransaction' && ++sent === 2) throw refuse(4001);
  };
  await chain.mining(() => assert.rejects(ann.run(plan, { journal: new Journal(kept) }), { code: 'wallet.rejected' }));
  ann.provider.before = () => undefined;
  const [again] = new Journal(kept).unfinished();
  assert.deepEqual(again, plan);
  const { transactions } = await chain.mining(() => ann.run(again, { journal: new Journal(kept) }));
  assert.equal(transactions.length, 2);
  assert.deepEqual(new Journal(kept).unfinished(), []);
  assert.equal(ann.provider.asked.filter((m) => m === 'eth_sendTransaction').length, 3);
  const id = await chain.client.readContract({ address: collection, abi: artifact('AigcToken').abi, functionName: 'tokenId', args: [`0x${Buffer.from(prompt).toString('hex')}`] });
  const { value } = await ann.reader.content(collection, id);
  assert.deepEqual([value.prompt, value.minter, value.contentHash, value.revenueTokenBound, value.standIn], [prompt, ann.address, null, true, true]);
});

test('a rejection at any step leaves what was done, and the next attempt asks for the rest alone', async (t) => {
  const chain = await startChain(t);
  const currency = await chain.deploy('RevShareToken', [{
    name: 'USD X', symbol: 'USDX', supply: parseEther('1000'), holder: account(4).address, percentClaimable: 0n, snapshotInterval: 5, modelId: MODEL, revenueTokens: [],
  }]);
  const { offering } = await startOffering(chain, { currency });
  const ann = await user(chain, 4);
  for (const permit of [false, true]) {
    const [at, money] = await Promise.all([ann.reader.offering(offering, ann.address), ann.reader.erc20(currency, ann.address, offering)]);
    assert.ok(money.value.permit);
    const deadline = (await chain.now()) + DAY;
    const plan = await planAction(
      { action: 'deposit', offering, amount: parseEther('1'), ...(permit && { permit: { domain: money.value.permit, deadline } }) },
      bookOf(31337, ann.address, at.value),
    );
    assert.deepEqual(plan.steps.map((step) => step.id), [permit ? 'permit' : 'approve', 'deposit']);
    const journal = new Journal(storage());
    for (let refused = 0; refused < 2; refused++) {
      let seen = 0;
      ann.provider.before = (method) => {
        if (!/^eth_(send|sign)/.test(method)) return;
        if (seen++ === refused) throw refuse(4001);
      };
      await assert.rejects(ann.run(plan, { journal }), { code: 'wallet.rejected' });
      assert.equal(seen, refused + 1);
    }
    ann.provider.before = () => undefined;
    ann.provider.asked.length = 0;
    await ann.run(plan, { journal });
    assert.deepEqual(ann.provider.asked.filter((m) => /^eth_(send|sign)/.test(m)), ['eth_sendTransaction']);
  }
  assert.equal(BigInt((await ann.reader.offering(offering, ann.address)).value.deposited), parseEther('2'));
  assert.equal(BigInt((await ann.reader.erc20(currency, ann.address, offering)).value.allowance), 0n);
});
