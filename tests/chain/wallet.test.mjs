import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';

import { CHAIN_CODES, PROVIDER_CODES, Wallet } from '../../pkg/chain/node.js';

const [A, B] = ['0x' + 'aa'.repeat(20), '0x' + 'bB'.repeat(20)];

class Provider extends EventEmitter {
  answers = { eth_requestAccounts: [A], eth_accounts: [A], eth_chainId: '0x1' };
  async request({ method }) {
    const answer = this.answers[method];
    if (answer instanceof Error) throw answer;
    return answer;
  }
}

const failing = (method, error) => {
  const provider = new Provider();
  provider.answers[method] = Object.assign(new Error('said by the wallet'), error);
  return provider;
};

test('every number of a wallet has its code, however libraries wrap it', async () => {
  for (const [number, code] of Object.entries(PROVIDER_CODES)) {
    for (const error of [{ code: +number }, { cause: { code: +number } }, { info: { error: { code: +number } } }, { code: -32603, data: { originalError: { code: +number } } }]) {
      await assert.rejects(Wallet.connect(failing('eth_requestAccounts', error)), { code, message: CHAIN_CODES[code] });
    }
  }
  await assert.rejects(Wallet.connect(failing('eth_requestAccounts', {})), { code: 'wallet.failed' });
});

test('malformed answers are no accounts and no chains', async () => {
  for (const accounts of [undefined, null, [], ['0x12'], [7], 'x', { 0: A }]) {
    const provider = new Provider();
    provider.answers.eth_requestAccounts = accounts;
    await assert.rejects(Wallet.connect(provider), { code: 'wallet.unauthorized' });
  }
  for (const chain of [undefined, 1, '1', '0x', '0x' + 'f'.repeat(60), '0xg']) {
    const provider = new Provider();
    provider.answers.eth_chainId = chain;
    await assert.rejects(Wallet.connect(provider), { code: 'wallet.malformed' });
  }
});

test('changes of account and chain are told once, until the wallet is closed', async () => {
  const provider = new Provider();
  const wallet = await Wallet.connect(provider);
  const told = [];
  wallet.on('account', (account) => told.push(account));
  wallet.on('chain', (chain) => told.push(chain));
  wallet.on('disconnect', (error) => told.push(error.code));
  provider.emit('accountsChanged', [A]);
  provider.emit('accountsChanged', [B]);
  provider.emit('accountsChanged', []);
  provider.emit('chainChanged', '0x1');
  provider.emit('chainChanged', '0xa');
  provider.emit('chainChanged', 'nonsense');
  provider.emit('disconnect', { code: 4900, message: 'gone' });
  wallet.close();
  provider.emit('chainChanged', '0xb');
  assert.deepEqual(told, [B.toLowerCase(), undefined, 10, 'wallet.disconnected']);
  assert.equal(provider.listenerCount('chainChanged'), 0);
});

test('a chain that the wallet does not know is added, and only then', async () => {
  const provider = new Provider();
  const wallet = await Wallet.connect(provider);
  const add = { chainName: 'X', rpcUrls: ['https://x'], nativeCurrency: { name: 'X', symbol: 'X', decimals: 18 } };
  let known = false;
  provider.request = async ({ method, params }) => {
    if (method === 'wallet_switchEthereumChain' && !known) throw Object.assign(new Error('unknown'), { code: 4902 });
    if (method === 'wallet_switchEthereumChain') provider.answers.eth_chainId = params[0].chainId;
    if (method === 'wallet_addEthereumChain') known = params[0].chainId === '0xa';
    return provider.answers[method] ?? null;
  };
  await assert.rejects(wallet.switchChain(10), { code: 'wallet.chain_missing' });
  await wallet.switchChain(10, add);
  assert.equal(wallet.chainId, 10);
  // One that says yes and does nothing.
  provider.request = async ({ method }) => provider.answers[method] ?? null;
  await assert.rejects(wallet.switchChain(1), { code: 'wallet.chain_changed' });
});
