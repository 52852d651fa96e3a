// Where a page keeps what it must not forget: the browser's storage, or memory where a browser has none for it.

/** @param {() => Storage} memoryStorage of the package */
export function storage(memoryStorage) {
  try {
    localStorage.getItem("openimo-runs");
    return localStorage;
  } catch {
    return memoryStorage();
  }
}
