// A wallet: an EIP-1193 provider that signs with a real key, and does what a test tells it to do otherwise.
import { EventEmitter } from 'node:events';

import { createPublicClient, createWalletClient, http } from 'viem';
import { foundry } from 'viem/chains';

/** An error as wallets throw them. */
export const refuse = (code, message = 'refused') => Object.assign(new Error(message), { code });

export class TestWallet extends EventEmitter {
  /** Every request, in order. */
  asked = [];
  /** Called before a request; what it returns, unless undefined, is the answer. */
  before = () => undefined;
  /** Whether and how it takes batches: how many calls succeed. */
  batches = undefined;
  chainId = foundry.id;
  #batches = new Map();

  constructor(url, account) {
    super();
    this.account = account;
    const transport = http(url, { retryCount: 0 });
    this.client = createPublicClient({ chain: foundry, transport });
    this.signer = createWalletClient({ account, chain: foundry, transport });
  }

  async request({ method, params = [] }) {
    this.asked.push(method);
    const early = await this.before(method, params);
    if (early !== undefined) return early;
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [this.account.address];
      case 'eth_chainId':
        return `0x${this.chainId.toString(16)}`;
      case 'wallet_switchEthereumChain':
        this.chainId = Number(params[0].chainId);
        this.emit('chainChanged', params[0].chainId);
        return null;
      case 'eth_sendTransaction':
        return this.send(params[0]);
      case 'eth_signTypedData_v4': {
        const { domain, types, primaryType, message } = JSON.parse(params[1]);
        delete types.EIP712Domain;
        return this.account.signTypedData({ domain, types, primaryType, message });
      }
      case 'wallet_getCapabilities':
        if (!this.batches) throw refuse(4200);
        return { [params[1][0]]: { atomic: { status: this.batches.status ?? 'unsupported' } } };
      case 'wallet_sendCalls':
        return this.sendCalls(params[0]);
      case 'wallet_getCallsStatus':
        return this.#batches.get(params[0]) ?? (() => { throw refuse(5730); })();
      default:
        throw refuse(4200, `${method} is not known`);
    }
  }

  async send({ to, value, data, ...rest }) {
    return this.signer.sendTransaction({ to, value: BigInt(value ?? 0), data, ...rest, from: undefined, gas: 12_000_000n });
  }

  async sendCalls({ calls }) {
    if (!this.batches) throw refuse(4200);
    const receipts = [];
    for (const call of calls.slice(0, this.batches.succeed ?? calls.length)) {
      const receipt = await this.client.waitForTransactionReceipt({ hash: await this.send(call), pollingInterval: 20 });
      receipts.push({ transactionHash: receipt.transactionHash, status: receipt.status === 'success' ? '0x1' : '0x0' });
    }
    const id = `0xb${this.#batches.size}`;
    const status = receipts.length === calls.length ? 200 : receipts.length === 0 ? 400 : 600;
    this.#batches.set(id, { version: '2.0.0', id, status, atomic: false, receipts });
    return { id };
  }
}
