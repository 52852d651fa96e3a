// What snapshots shared out, and what burning pays, as the contract has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encodeFunctionResult, toFunctionSelector } from 'viem';

import { ChainReader, redeemable } from '../../pkg/chain/node.js';
import { ZERO, account, artifact, startChain, startOffering } from './chain.mjs';
import { parseEther, startMarket } from './offering.mjs';

const ANN = account(4).address;
const { abi } = artifact('RevShareToken');

test('shares are those that a claim pays, and are told apart from those that were claimed', async (t) => {
  const market = await startMarket(t);
  const coin = await market.coin(account(9).address, 'PAY');
  const { offering, token } = await market.offer({ revenueTokens: [coin] });
  await market.depositBy(account(4), offering, parseEther('15'));
  await market.passTime(7n * 86_400n);
  await market.write('ModelOffering', offering, 'claim', [ANN]);
  await market.write('RevShareToken', coin, 'transfer', [token, parseEther('7')]);
  for (const amount of ['1', '2.5', '0.000000000000000003']) {
    await market.earn(token, parseEther(amount));
    await market.write('RevShareToken', token, 'snapshot');
  }
  await market.write('RevShareToken', token, 'claimFor', [ANN, [2n], [ZERO]]);
  const reader = new ChainReader(market.url, { chainId: 31337 });
  const { value } = await reader.history(token, ANN);
  assert.deepEqual([value.assets, value.snapshots.map(({ id }) => id)], [[ZERO, coin], [1, 2, 3]]);
  const claimed = [];
  for (const { id, block, shares } of value.snapshots) {
    const supply = await market.read('RevShareToken', token, 'getPastTotalSupply', [BigInt(block)]);
    for (const [i, asset] of value.assets.entries()) {
      const perShare = await market.read('RevShareToken', token, 'perShare', [BigInt(id), asset]);
      assert.equal(BigInt(shares[i].holders), (perShare * supply) >> 128n);
      const due = await market.read('RevShareToken', token, 'claimableERC20', [ANN, BigInt(id), asset]);
      if (asset !== ZERO) assert.ok(due - BigInt(shares[i].account) <= 1n && due >= BigInt(shares[i].account));
      if (shares[i].claimed) claimed.push([id, asset]);
    }
  }
  assert.deepEqual(claimed, [[2, ZERO]]);
  const { value: view } = await reader.token(token, ANN);
  for (const amount of [1n, parseEther('123.456'), BigInt(view.totalSupply)]) {
    const [eth, pay] = await redeemable(view, amount);
    assert.equal(eth, await market.read('RevShareToken', token, 'redeemableOnBurn', [amount]));
    assert.equal(pay, await market.read('RevShareToken', token, 'redeemableERC20OnBurn', [amount, coin]));
  }
  await assert.rejects(redeemable(view, BigInt(view.totalSupply) + 1n), { code: 'amount.invalid' });
});

test('a node that lies about past shares is caught', async (t) => {
  const chain = await startChain(t);
  const { token } = await startOffering(chain);
  for (let i = 0; i < 2; i++) {
    await chain.test.mine({ blocks: 5 });
    await chain.write('RevShareToken', token, 'snapshot');
  }
  const reading = (functionName, result) => {
    const selector = toFunctionSelector(abi.find((item) => item.name === functionName));
    const node = {
      async request({ method, params }) {
        if (method === 'eth_call' && params[0].data.startsWith(selector)) return encodeFunctionResult({ abi, functionName, result });
        return chain.client.request({ method, params });
      },
    };
    return new ChainReader(node, { chainId: 31337 }).history(token, ANN);
  };
  await reading('isClaimed', true);
  const lies = [['getPastBalance', 2n ** 127n], ['getPastBalance', 2n ** 200n], ['getPastTotalSupply', 2n ** 200n], ['snapshotBlock', 7n], ['snapshotBlock', 2n ** 70n], ['perShare', 2n ** 255n], ['lastSnapshotId', 2n ** 200n], ['revenueTokens', Array(20).fill(ANN)]];
  for (const [name, result] of lies) await assert.rejects(reading(name, result), { code: 'rpc.inconsistent' }, `${name} ${result}`);
});
