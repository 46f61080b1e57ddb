/**
 * Cursors: where a page ended, as text. A cursor belongs to the query that made it (all but the limit) and to the
 * log that the page was true for, and carries digests of both and of the place, so that any other use and any slip of the
 * keyboard is seen. It is no secret.
 */
import { createHash } from 'node:crypto';
import { KmodelError } from '../errors.ts';
import { digestOf as logDigestOf } from '../incarnation-digest.ts';
import { idProblem } from '../model/id.ts';
import type { ListPlace } from '../view/view.ts';
import type { ListRequest } from './query.ts';

/** 1 had no digest of the log. */
const CURSOR_VERSION = 2;

/** The query a cursor belongs to. */
export type CursorScope = Pick<ListRequest, 'terms' | 'filters' | 'sort' | 'order'> & { readonly model: string };

/** What a cursor says: where its page ended, and a digest of the log that it was true for. */
export interface DecodedCursor {
  readonly place: ListPlace;
  readonly logDigest: string;
}

/** The cursor for what follows `place` in the query; `log` is the incarnation of the log that the page is true for. */
export function encodeCursor(scope: CursorScope, place: ListPlace, log: string): string {
  const logDigest = logDigestOf(log);
  const digest = digestOf(scope, place, logDigest);
  return Buffer.from(JSON.stringify([CURSOR_VERSION, digest, logDigest, place.value, place.id])).toString('base64url');
}

/**
 * What a cursor stands for. Throws KmodelError CURSOR_INVALID unless `encodeCursor` made it for the same query; whether it was
 * made for the same log, `checkCursorLog` tells once a read has shown which one that is.
 */
export function decodeCursor(scope: CursorScope, cursor: string): DecodedCursor {
  const [version, digest, logDigest, value, id, ...rest] = partsOf(cursor);
  const valueFits = value === null || (typeof value === 'number' && Number.isFinite(value));
  if (
    version !== CURSOR_VERSION ||
    rest.length > 0 ||
    !valueFits ||
    typeof logDigest !== 'string' ||
    typeof id !== 'string' ||
    idProblem(id) !== undefined
  ) {
    throw new KmodelError(
      'CURSOR_INVALID',
      'Parameter "after": expected the "next" of an earlier page, found something else.',
    );
  }
  const place = { value, id };
  if (digest !== digestOf(scope, place, logDigest)) {
    throw new KmodelError('CURSOR_INVALID', 'Parameter "after": the cursor was made for a list with other parameters.');
  }
  return { place, logDigest };
}

/** Throws CURSOR_INVALID where the cursor was made for another log than the page's, or before that one had lost records. */
export function checkCursorLog({ logDigest }: DecodedCursor, log: string): void {
  if (logDigest === logDigestOf(log)) return;
  throw new KmodelError(
    'CURSOR_INVALID',
    'Parameter "after": the cursor was made for another log, which has been replaced: start again without one.',
  );
}

function partsOf(cursor: string): readonly unknown[] {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return [];
  try {
    const parts: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function digestOf(
  { model, terms, filters, sort, order }: CursorScope,
  { value, id }: ListPlace,
  logDigest: string,
): string {
  const asked = terms?.map(({ text, prefix }) => [text, prefix]) ?? null;
  const chosen = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([model, asked, chosen, sort, order, value, id, logDigest]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
