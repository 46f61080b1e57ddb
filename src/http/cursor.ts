/**
 * Cursors: where a page ended, as text. A cursor belongs to the query that made it (all but the limit) and carries a
 * digest of that query and of the place, so that any other use and any slip of the keyboard is seen. It is no secret.
 */
import { createHash } from 'node:crypto';
import { KmodelError } from '../errors.ts';
import { idProblem } from '../model/id.ts';
import type { ListPlace } from '../view/view.ts';
import type { ListRequest } from './query.ts';

const CURSOR_VERSION = 1;

/** The query a cursor belongs to. */
export type CursorScope = Pick<ListRequest, 'terms' | 'filters' | 'sort' | 'order'> & { readonly model: string };

/** The cursor for what follows `place` in the query. */
export function encodeCursor(scope: CursorScope, place: ListPlace): string {
  const digest = digestOf(scope, place);
  return Buffer.from(JSON.stringify([CURSOR_VERSION, digest, place.value, place.id])).toString('base64url');
}

/** The place a cursor stands for. Throws KmodelError CURSOR_INVALID unless `encodeCursor` made it for the same query. */
export function decodeCursor(scope: CursorScope, cursor: string): ListPlace {
  const [version, digest, value, id, ...rest] = partsOf(cursor);
  const valueFits = value === null || (typeof value === 'number' && Number.isFinite(value));
  if (
    version !== CURSOR_VERSION ||
    rest.length > 0 ||
    !valueFits ||
    typeof id !== 'string' ||
    idProblem(id) !== undefined
  ) {
    throw new KmodelError(
      'CURSOR_INVALID',
      'Parameter "after": expected the "next" of an earlier page, found something else.',
    );
  }
  const place = { value, id };
  if (digest !== digestOf(scope, place)) {
    throw new KmodelError('CURSOR_INVALID', 'Parameter "after": the cursor was made for a list with other parameters.');
  }
  return place;
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

function digestOf({ model, terms, filters, sort, order }: CursorScope, { value, id }: ListPlace): string {
  const asked = terms?.map(({ text, prefix }) => [text, prefix]) ?? null;
  const chosen = Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([model, asked, chosen, sort, order, value, id]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
