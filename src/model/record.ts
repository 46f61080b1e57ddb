/** The record format (docs/spec.md): what the writer puts into a record and the worker reads out of it. */

/** When the entity was first put, in milliseconds since the epoch; copied by every later put of it. */
export const HEADER_CREATED = 'kmodel-created';
/** The version of the model that the value was written with. */
export const HEADER_VERSION = 'kmodel-version';
/** Hash of the body that an Idempotency-Key was first used with; copied by every later put. */
export const HEADER_REQUEST = 'kmodel-request';

/** One past the greatest time a record can carry, in milliseconds since the epoch (the year 2109). */
export const TIME_LIMIT = 2 ** 42;

/** Fields that the API adds to an entity's own. A model can't declare them; PUT bodies may carry them, unread. */
export const RESERVED_FIELDS = ['id', 'createdAt', 'updatedAt', 'version'] as const;

const [ID, CREATED_AT, UPDATED_AT, VERSION] = RESERVED_FIELDS;

/** A replay asks for each field of each record, and to compare costs less than to look up. */
export function isReserved(field: string): boolean {
  return field === ID || field === CREATED_AT || field === UPDATED_AT || field === VERSION;
}

/** The entity's own fields alone, in their order. */
export function withoutReserved(entity: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entity).filter(([name]) => !isReserved(name)));
}

const encoder = new TextEncoder();

/** Text as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8; undefined for bytes that are none. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** An entity's version: where its newest record stands, and in which log (the digest of its incarnation). Quoted, it is the ETag. */
export function versionOf(entity: { readonly partition: number; readonly offset: number }, logDigest: string): string {
  return `${entity.partition}-${entity.offset}-${logDigest}`;
}
