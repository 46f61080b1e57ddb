/** Keys and values of records as people are shown them. Pure. */
import { fromUtf8 } from './record.ts';

/** `text` where they are UTF-8, else `base64`; either may be only the beginning of all the bytes. */
export type ShownBytes = { readonly bytes: number } & ({ readonly text: string } | { readonly base64: string });

/** The bytes as text of at most so many UTF-16 units, or as base64 of at most so many characters; `bytes` says how many there are. */
export function shownBytes(data: Uint8Array, most: number): ShownBytes {
  const { length: bytes } = data;
  const text = fromUtf8(data);
  if (text !== undefined) return { bytes, text: startOf(text, most) };
  const start = data.subarray(0, 3 * Math.floor(most / 4));
  // Without Buffer: the web app is compiled with this type.
  return { bytes, base64: btoa(Array.from(start, (byte) => String.fromCharCode(byte)).join('')) };
}

/** No pair of surrogates is cut in two. */
function startOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const start = text.slice(0, most);
  return start.isWellFormed() ? start : start.slice(0, -1);
}
