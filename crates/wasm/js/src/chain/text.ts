// What cannot be seen, or moves what can.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** A stranger's name for something, as a page may show it: at most 64 characters, all of which can be seen and stay in their place. */
export function inert(text: string): string {
  return text.slice(0, 64).replace(INVISIBLE, '\ufffd');
}
