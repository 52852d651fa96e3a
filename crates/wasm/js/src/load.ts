import type { ChunkStore } from './cache.js';
import { OpenimoError, toError } from './errors.js';
import type { Source } from './source.js';
import type { Mate } from './team.js';
import type { LoadProgress } from './types.js';
import type { Chunk, Engine, Header, Loader } from './wasm/openimo.js';

/** How far a load is, and what arrived damaged. */
type Report = (loaded: number, chunk: number, from: LoadProgress['from'], refetched?: LoadProgress['refetched']) => void;

/** What a load needs besides the loader. */
export interface LoadContext {
  readonly source: Source;
  readonly store: ChunkStore | undefined;
  /** Refuse any other model. */
  readonly modelId: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  /** A second worker that gets the same bytes. */
  readonly mate: Mate | undefined;
}

/**
 * Stream a model file into wasm: head first, then each chunk, checked as it arrives and dropped once its rows are packed. At no time
 * is more of the file held than the head and one chunk.
 */
export async function load(loader: Loader, context: LoadContext): Promise<{ engine: Engine; header: Header }> {
  const { source, signal, onProgress } = context;
  let { store } = context;
  const { header, bytes: head, fromStore } = await readHead(loader, context);
  if (context.modelId !== undefined && header.modelId !== context.modelId) {
    const message = `the file holds model ${header.modelId}, expected ${context.modelId}`;
    throw new OpenimoError('model.other', message, { expected: context.modelId, got: header.modelId });
  }
  // What does not fit the device is not downloaded for it.
  await loader.room();
  if (store && !fromStore && !(await store.write(0, head))) store = undefined;
  const progress: Report = (loaded, chunk, from, refetched) => {
    const total = header.fileLength;
    onProgress({ loaded, total, chunk, chunks: header.chunks.length, from, ...(refetched && { refetched }) });
  };
  context.mate?.head(head);
  progress(header.headLength, 0, fromStore ? 'cache' : 'source');
  for (const chunk of header.chunks) {
    signal.throwIfAborted();
    const cached = await store?.read(chunk.offset, chunk.length);
    let from: LoadProgress['from'] = 'cache';
    let bytes = cached;
    if (bytes && accepts(loader, bytes)) {
      // Nothing needs the rest of the answer that the head came in, unless a later chunk does, which asks anew.
      await source.close();
    } else {
      from = 'source';
      bytes = await fetchChunk(loader, chunk, context, progress);
      // No room left is no reason to stop: the rest is just not kept.
      if (store && !(await store.write(chunk.offset, bytes))) store = undefined;
    }
    // Last of all: the bytes are gone after it.
    context.mate?.chunk(bytes);
    progress(chunk.offset + chunk.length, chunk.index + 1, from);
  }
  await context.mate?.finish();
  return { engine: loader.finish(), header };
}

/**
 * The head determines the model id, so the source's own is asked for first; the cached one serves when the source cannot be reached.
 * A cached file of another model is passed over chunk by chunk, since none of its chunks fit.
 */
async function readHead(loader: Loader, context: LoadContext): Promise<{ header: Header; bytes: Uint8Array<ArrayBuffer>; fromStore: boolean }> {
  const { source, store, signal } = context;
  try {
    return { ...(await parseHead(loader, (offset, len) => source.read(offset, len, signal))), fromStore: false };
  } catch (e) {
    signal.throwIfAborted();
    const error = toError(e);
    if (!store || !error.code.startsWith('network.')) throw error;
    const read = async (offset: number, len: number): Promise<Uint8Array<ArrayBuffer>> => {
      const bytes = await store.read(offset, len);
      if (!bytes) throw error;
      return bytes;
    };
    return { ...(await parseHead(loader, read)), fromStore: true };
  }
}

async function parseHead(
  loader: Loader,
  read: (offset: number, len: number) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<{ header: Header; bytes: Uint8Array<ArrayBuffer> }> {
  let bytes = new Uint8Array(0);
  let needs = FIRST_READ;
  for (;;) {
    // Only what is missing, so that one request serves the head and the chunks after it.
    const more = await read(bytes.length, needs - bytes.length);
    const longer = new Uint8Array(needs);
    longer.set(bytes);
    longer.set(more, bytes.length);
    bytes = longer;
    const parsed = loader.head(bytes);
    if ('modelId' in parsed) return { header: parsed, bytes };
    needs = parsed.needs;
  }
}

/** Fetch and push one chunk; a corrupt one is fetched again, past all caches, and named if it stays corrupt. */
async function fetchChunk(loader: Loader, chunk: Chunk, context: LoadContext, progress: Report): Promise<Uint8Array<ArrayBuffer>> {
  const { source, signal } = context;
  for (let attempt = 1; ; attempt++) {
    const bytes = await source.read(chunk.offset, chunk.length, signal, attempt > 1);
    try {
      loader.push(bytes);
      return bytes;
    } catch (e) {
      const error = toError(e);
      if (error.code !== 'file.corrupt_chunk') throw error;
      if (attempt === ATTEMPTS || source.cacheKey === undefined) {
        throw new OpenimoError(error.code, error.message, { ...error.details, attempts: attempt });
      }
      progress(chunk.offset, chunk.index, 'source', { chunk: chunk.index, attempt: attempt + 1 });
    }
  }
}

/** Whether a cached chunk is the right one; it is then loaded. */
function accepts(loader: Loader, bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    loader.push(bytes);
    return true;
  } catch (e) {
    if (toError(e).code === 'file.corrupt_chunk') return false;
    throw e;
  }
}

/** Magic and length of the manifest; the parser then says how much more it needs. */
const FIRST_READ = 12;
/** Downloads of one chunk before it is called corrupt. */
const ATTEMPTS = 3;
