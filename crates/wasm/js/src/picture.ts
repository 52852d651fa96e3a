/** The file of a bundle's picture. */
import type { Bundle } from './types.js';

/**
 * The PNG file of a bundle's picture; undefined where the bundle has text. It is what the bundle claims: whether a model drew it,
 * `verify` says. For a page: `new Blob([bytes], { type: 'image/png' })`.
 */
export function pictureOf(bundle: Pick<Bundle, 'output'>): Uint8Array<ArrayBuffer> | undefined {
  const { picture } = bundle.output;
  return picture === undefined ? undefined : fromBase64(picture);
}

/** The bytes of text in base 64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
