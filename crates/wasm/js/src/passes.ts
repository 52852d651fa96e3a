/**
 * Which devices passed their self-test, so that it is not run on every visit: a file a device in the origin private file system, named
 * by a digest of what is known of the device and of the build that tested it. Without storage the test just runs again.
 */

/** The number of cases that the device of this name passed not long ago. */
export async function knownPass(name: string): Promise<number | undefined> {
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER);
    const file = await (await folder.getFileHandle(await fileName(name))).getFile();
    // A driver may change without anything that a page is told.
    if (Date.now() - file.lastModified > LONGEST_MS) return undefined;
    const cases: unknown = JSON.parse(await file.text());
    return Number.isInteger(cases) && (cases as number) > 0 ? (cases as number) : undefined;
  } catch {
    return undefined;
  }
}

/** Keep that it passed. */
export async function rememberPass(name: string, cases: number): Promise<void> {
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
    const handle = await folder.getFileHandle(await fileName(name), { create: true });
    const file = await handle.createWritable();
    await file.write(String(cases));
    await file.close();
  } catch {
    // No storage, or a browser that writes there only in other ways: the test runs again next time.
  }
}

/** Forget that it passed. */
export async function forgetPass(name: string): Promise<void> {
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER);
    await folder.removeEntry(await fileName(name));
  } catch {
    // It was not kept.
  }
}

async function fileName(name: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name));
  return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, '0')).join('');
}

const FOLDER = 'openimo-devices';
/** A month. */
const LONGEST_MS = 30 * 24 * 3_600_000;
