/**
 * Keys of records that kmodel itself writes between the entities' records, such as fences: no entity has one, and the fold
 * passes over them. What follows the prefix is the producer id that the record is about.
 */

/** No id begins so. */
export const OWN_KEY_PREFIX = 'kmodel-pen-';

const PREFIX = Buffer.from(OWN_KEY_PREFIX);

/** Is the record kmodel's own, and no entity's? */
export function isOwnKey(key: Uint8Array): boolean {
  // The first byte settles it for nearly every key of a replay.
  if (key[0] !== PREFIX[0] || key.length < PREFIX.length) return false;
  for (let at = 1; at < PREFIX.length; at += 1) if (key[at] !== PREFIX[at]) return false;
  return true;
}

/** The key of a record about this producer id. */
export function ownKey(producerId: bigint): Uint8Array {
  return Buffer.from(`${OWN_KEY_PREFIX}${producerId}`);
}
