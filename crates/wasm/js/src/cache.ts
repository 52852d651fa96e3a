import type { Source } from './source.js';

/**
 * Where the chunks of a model file are kept between visits. Nothing here is trusted: whatever is read back is checked against the
 * model id like a download, so a missing, short or wrong chunk is simply fetched again.
 */
export interface ChunkStore {
  /** The `len` bytes at `offset`, or undefined where they were never written. */
  read(offset: number, len: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keep `bytes`; false where there is no room for them. */
  write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * The store for a source: a file in the origin private file system where this thread may open one (a worker), else entries of Cache
 * storage; undefined where there is neither, as in Node, or where the source has no name.
 */
export async function openStore(source: Source): Promise<ChunkStore | undefined> {
  if (source.cacheKey === undefined || !globalThis.crypto?.subtle) return undefined;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source.cacheKey));
  const name = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
  return (await OpfsStore.open(name)) ?? (await CacheStore.open(name));
}

/** What a worker may open of the origin private file system; the DOM library lists it for workers alone. */
interface SyncHandle {
  read(into: Uint8Array, at: { at: number }): number;
  write(from: Uint8Array, at: { at: number }): number;
  getSize(): number;
  flush(): void;
  close(): void;
}

/** One file a model, laid out like the model file itself. */
class OpfsStore implements ChunkStore {
  private constructor(private readonly file: SyncHandle) {}

  static async open(name: string): Promise<OpfsStore | undefined> {
    try {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle(FOLDER, { create: true });
      const handle = (await folder.getFileHandle(`${name}.imo`, { create: true })) as unknown as {
        createSyncAccessHandle?: () => Promise<SyncHandle>;
      };
      const file = await handle.createSyncAccessHandle?.();
      return file && new OpfsStore(file);
    } catch {
      // Not a worker, storage is blocked, or another tab has the file open.
      return undefined;
    }
  }

  async read(offset: number, len: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (offset + len > this.file.getSize()) return undefined;
    const bytes = new Uint8Array(len);
    return this.file.read(bytes, { at: offset }) === len ? bytes : undefined;
  }

  async write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      return this.file.write(bytes, { at: offset }) === bytes.length;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.file.flush();
    this.file.close();
  }
}

/** One entry a chunk. */
class CacheStore implements ChunkStore {
  private constructor(
    private readonly cache: Cache,
    private readonly name: string,
  ) {}

  static async open(name: string): Promise<CacheStore | undefined> {
    try {
      return new CacheStore(await caches.open(FOLDER), name);
    } catch {
      return undefined;
    }
  }

  async read(offset: number, len: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const found = await this.cache.match(this.#key(offset));
    const bytes = found && new Uint8Array(await found.arrayBuffer());
    return bytes?.length === len ? bytes : undefined;
  }

  async write(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.cache.put(this.#key(offset), new Response(bytes));
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {}

  /** Entries are found by URL; nothing is ever requested from this one. */
  #key(offset: number): string {
    return `https://openimo.invalid/${this.name}/${offset}`;
  }
}

/** Remove every cached model of this origin. */
export async function clearCache(): Promise<void> {
  await globalThis.caches?.delete(FOLDER);
  try {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true });
  } catch {
    // There is none.
  }
}

const FOLDER = 'openimo-models';
