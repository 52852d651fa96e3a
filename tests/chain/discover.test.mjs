import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chooseWallet, discoverWallets } from '../../pkg/chain/node.js';

const provider = (name) => ({ name, request: async () => name });

/** A window whose extensions announce what they are given. */
function page(announced, ethereum) {
  const window = new EventTarget();
  window.ethereum = ethereum;
  window.addEventListener('eip6963:requestProvider', () => {
    for (const detail of announced) window.dispatchEvent(Object.assign(new Event('eip6963:announceProvider'), { detail }));
  });
  return window;
}

const info = (rdns, more = {}) => ({ uuid: crypto.randomUUID(), name: rdns, icon: 'data:image/png;base64,AA==', rdns, ...more });
const find = (window) => discoverWallets({ window, waitMs: 5 });

test('two wallets that announce themselves are both found, each once', async () => {
  const [a, b] = [provider('a'), provider('b')];
  const announced = [{ info: info('org.a'), provider: a }, { info: info('org.b'), provider: b }, { info: info('org.a'), provider: b }];
  const found = await find(page([...announced, ...announced], provider('legacy')));
  assert.deepEqual(found.map((w) => [w.info.rdns, w.provider.name, w.legacy]), [['org.a', 'a', false], ['org.b', 'b', false]]);
  assert.equal(chooseWallet(found), undefined);
  assert.equal(chooseWallet(found, 'org.b').provider, b);
});

test('a wallet that is only at window.ethereum is found, and several that share the place', async () => {
  const [a, b] = [provider('a'), provider('b')];
  assert.deepEqual((await find(page([], a))).map((w) => [w.provider, w.legacy]), [[a, true]]);
  assert.deepEqual((await find(page([], { ...a, providers: [a, b, a] }))).map((w) => w.provider), [a, b]);
});

test('no wallet is an error with a code', async () => {
  const found = await find(page([], undefined));
  assert.deepEqual(found, []);
  assert.throws(() => chooseWallet(found), { code: 'wallet.none' });
});

test('hostile announcements are inert or ignored', async () => {
  const p = provider('p');
  const bad = [undefined, null, 7, {}, { info: info('x') }, { info: null, provider: p }, { info: info(''), provider: p }, { info: info('y'), provider: {} }];
  assert.deepEqual(await find(page(bad, undefined)), []);
  const nasty = info('org.nasty', { name: `<img onerror=x>\u202egnp${'A'.repeat(999)}`, icon: 'javascript:alert(1)' });
  const [found] = await find(page([{ info: nasty, provider: p }], undefined));
  assert.equal(found.info.icon, '');
  assert.equal(found.info.name.length, 64);
  assert.ok(!found.info.name.includes('\u202e'));
  const many = Array.from({ length: 999 }, (_, i) => ({ info: info(`org.w${i}`), provider: p }));
  assert.equal((await find(page(many, undefined))).length, 64);
});

test('a wallet that is slow is told of later', async () => {
  const window = page([], undefined);
  const [late, stop] = [[], new AbortController()];
  await discoverWallets({ window, waitMs: 5, onFound: (w) => late.push(w.info.rdns), signal: stop.signal });
  const announce = (rdns) =>
    window.dispatchEvent(Object.assign(new Event('eip6963:announceProvider'), { detail: { info: info(rdns), provider: provider(rdns) } }));
  announce('org.slow');
  stop.abort();
  announce('org.slower');
  assert.deepEqual(late, ['org.slow']);
});
