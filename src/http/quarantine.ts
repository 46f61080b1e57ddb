/** GET /status/<model>/quarantine: the records that could not be applied, for people and tools. */
import type { FastifyInstance } from 'fastify';
import { KmodelError } from '../errors.ts';
import { shownBytes } from '../model/shown-bytes.ts';
import type { QuarantinedRecord, QuarantinePlace, View } from '../view/view.ts';
import { queryText } from './paths.ts';
import { limitOf, parameters } from './query.ts';
import { JSON_TYPE } from './reads.ts';
import type { WireQuarantine, WireQuarantinedRecord } from './wire.ts';

/** The quarantine of one model. */
export interface ServedQuarantine {
  readonly model: string;
  readonly page: View['quarantine'];
}

/** The most records on a page, and how many where the request doesn't say. */
export const MAX_RECORDS = 100;
/** A page is no larger, unless its only record is. Bytes. */
export const MAX_PAGE_BYTES = 256 * 1024;
/** How much is shown of a key or a value. Characters. */
export const MAX_SHOWN = 1000;

/** The address of a model's quarantine. */
export function quarantinePath(model: string): string {
  return `/status/${model}/quarantine`;
}

/** Adds the route of each model. */
export function addQuarantine(app: FastifyInstance, quarantines: readonly ServedQuarantine[]): void {
  for (const { model, page } of quarantines) {
    app.get(quarantinePath(model), async (request, reply) => {
      const given = parameters(queryText(request), ['after', 'limit']);
      const limit = limitOf(given.get('limit'), MAX_RECORDS, MAX_RECORDS);
      const found = await pageOrFail(page, placeOf(given.get('after')), limit);
      return reply.header('cache-control', 'no-store').type(JSON_TYPE).send(renderQuarantine(found));
    });
  }
}

async function pageOrFail(page: View['quarantine'], after: QuarantinePlace | undefined, limit: number) {
  try {
    return await page(after, limit);
  } catch (error) {
    throw new KmodelError('VIEW_UNAVAILABLE', 'The view does not answer.', { cause: error });
  }
}

/** The answer as JSON text; what doesn't fit comes with the next page. */
export function renderQuarantine({ records, next }: Awaited<ReturnType<View['quarantine']>>): string {
  const items: string[] = [];
  let bytes = 0;
  for (const record of records) {
    const item = JSON.stringify(wireRecord(record));
    bytes += Buffer.byteLength(item) + 1;
    if (items.length > 0 && bytes > MAX_PAGE_BYTES) break;
    items.push(item);
  }
  const last = records[items.length - 1];
  const after: WireQuarantine['next'] =
    last === undefined || (items.length === records.length && next === undefined)
      ? null
      : `${last.partition}-${last.offset}`;
  return `{"items":[${items.join(',')}],"next":${JSON.stringify(after)}}`;
}

function wireRecord(record: QuarantinedRecord): WireQuarantinedRecord {
  const { partition, offset, timestamp, reason, detail, key, value } = record;
  return {
    key: shownBytes(key, MAX_SHOWN),
    partition,
    offset,
    timestamp,
    reason,
    detail,
    value: value === null ? null : shownBytes(value, MAX_SHOWN),
  };
}

/** Where a page ended: `<partition>-<offset>`. */
export const PLACE_PATTERN = '^([0-9]{1,4})-([0-9]{1,16})$';
const PLACE = new RegExp(PLACE_PATTERN);

function placeOf(text: string | undefined): QuarantinePlace | undefined {
  if (text === undefined) return undefined;
  const found = PLACE.exec(text);
  if (found !== null) return { partition: Number(found[1]), offset: Number(found[2]) };
  throw new KmodelError(
    'CURSOR_INVALID',
    'Parameter "after": expected the "next" of an earlier page, found something else.',
  );
}
