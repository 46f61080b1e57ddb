/** What a request's headers say. Pure; a header that is wrong throws KmodelError HEADER_INVALID. */
import type { IncomingHttpHeaders } from 'node:http';
import { KmodelError } from '../errors.ts';
import { type DemandedPosition, parsePosition } from '../position.ts';

/** How long a read waits for a demanded position where the request doesn't say. Seconds. */
export const DEFAULT_WAIT_SECONDS = 5;
/** The longest wait; a longer one is cut to it. Seconds. */
export const MAX_WAIT_SECONDS = 30;
/** Greatest length of an idempotency key, in characters. */
export const MAX_KEY_LENGTH = 255;

const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since', 'if-modified-since'];

/** The position the request demands; undefined where it demands none. */
export function demandedPosition(headers: IncomingHttpHeaders, partitions: number): DemandedPosition | undefined {
  const text = headers['kmodel-position'];
  if (text === undefined) return undefined;
  const parsed = parsePosition(String(text), partitions);
  if (parsed.kind === 'malformed') throw wrong('Kmodel-Position', parsed.detail);
  return parsed.demanded;
}

/** The seconds of `Prefer: wait=N`, cut to MAX_WAIT_SECONDS; undefined where there is none. The first one counts. */
export function preferredWait(headers: IncomingHttpHeaders): number | undefined {
  const text = headers.prefer;
  if (text === undefined) return undefined;
  for (const preference of splitList(String(text))) {
    const [token = ''] = preference.split(';', 1);
    const equals = token.indexOf('=');
    const name = (equals === -1 ? token : token.slice(0, equals)).trim().toLowerCase();
    if (name !== 'wait') continue;
    const digits = /^("?)([0-9]+)\1$/.exec(equals === -1 ? '' : token.slice(equals + 1).trim())?.[2];
    if (digits === undefined) throw wrong('Prefer', `expected wait=<whole seconds>, found ${shown(preference)}`);
    return Math.min(Number(digits), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** Whether If-None-Match names the ETag (weak comparison, RFC 9110); false where there is no such header. */
export function noneMatchNames(headers: IncomingHttpHeaders, etag: string): boolean {
  const text = headers['if-none-match'];
  if (text === undefined) return false;
  if (text.trim() === '*') return true;
  return splitList(text).some((tag) => {
    if (!/^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) {
      throw wrong('If-None-Match', `expected ETags in quotes or *, found ${shown(tag)}`);
    }
    return tag.replace(/^W\//, '') === etag;
  });
}

/** The idempotency key; undefined where there is none. */
export function idempotencyKey(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  const text = String(key);
  if (!/^[\x21-\x7e]+$/.test(text) || text.length > MAX_KEY_LENGTH) {
    throw wrong('Idempotency-Key', `expected 1 to ${MAX_KEY_LENGTH} visible ASCII characters, found ${shown(text)}`);
  }
  return text;
}

/** Refuses conditions on a write: to ignore one would lose the very update that it is to protect. */
export function refuseConditions(headers: IncomingHttpHeaders): void {
  const found = CONDITIONS.find((name) => headers[name] !== undefined);
  if (found !== undefined) throw wrong(found, 'conditional writes are not offered yet; send the request without it');
}

function wrong(name: string, why: string): KmodelError {
  return new KmodelError('HEADER_INVALID', `Header ${name}: ${why}.`);
}

/** The elements of a comma-separated header; commas in quotes don't part them. */
function splitList(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"?|[^",])+/g)]
    .map(([element]) => element.trim())
    .filter((element) => element !== '');
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
