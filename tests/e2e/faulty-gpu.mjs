// GPUs with a fault: what is done to the browser's own WebGPU objects, as source that a page or a worker runs before anything else.

/** The text of a shader is changed before it is compiled. */
const shaders = (from, to) => `{
  const real = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    if (descriptor.code.includes(${JSON.stringify(from)})) globalThis.changed = true;
    return real.call(this, { ...descriptor, code: descriptor.code.replaceAll(${JSON.stringify(from)}, ${JSON.stringify(to)}) });
  };
}`;

/** The last store of the linear kernel. */
const STORE = "y[place] = v;";

/** Every product is wrong: the self-test sees it. */
export const WRONG = shaders(STORE, STORE.replace("= v;", "= v + 1;"));

/** The last row of every matrix is wrong, but for those of 37 rows, which the self-test has: only a check during a run sees it. */
export const WRONG_LATER = shaders(STORE, `v = select(v, v + 1, row + 1u == params.rows && params.stride != 37u); ${STORE}`);

/** A program that passes for a GPU. */
export const DISGUISED = `
  Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });
  Object.defineProperty(GPUAdapterInfo.prototype, "architecture", { get: () => "disguised" });
`;

/** One that gives no device. */
export const CLOSED = 'GPUAdapter.prototype.requestDevice = async () => { throw new DOMException("no", "OperationError"); };';

/** Every buffer is said to be limited to this many bytes. */
export const limited = (bytes) => `
  for (const name of ["maxStorageBufferBindingSize", "maxBufferSize"]) {
    Object.defineProperty(GPUSupportedLimits.prototype, name, { get: () => ${bytes} });
  }
`;

/** `globalThis.gpu` is the device that was opened last, so that it can be destroyed; and is after `submits` submissions, where given. */
export const lost = (submits = Infinity) => `{
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...how) {
    globalThis.gpu = await request.apply(this, how);
    return globalThis.gpu;
  };
  let left = ${submits === Infinity ? "Infinity" : submits};
  const submit = GPUQueue.prototype.submit;
  GPUQueue.prototype.submit = function (...what) {
    submit.apply(this, what);
    if (--left === 0) globalThis.gpu.destroy();
  };
}`;
