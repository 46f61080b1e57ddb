/** The short form of an incarnation. Apart from incarnation.ts: the web app's compiler knows no node:crypto. */
import { createHash } from 'node:crypto';

/** How many characters of the hash stand in a version: 48 bits, so two logs of one model don't meet by chance. */
const DIGEST_LENGTH = 8;

/** A process serves one incarnation of each model at a time, so a few are enough. */
const MOST_REMEMBERED = 100;
const digests = new Map<string, string>();

/** The incarnation in short, as versions and cursors carry it. */
export function digestOf(incarnation: string): string {
  const known = digests.get(incarnation);
  if (known !== undefined) return known;
  const digest = createHash('sha256').update(incarnation).digest('base64url').slice(0, DIGEST_LENGTH);
  if (digests.size >= MOST_REMEMBERED) digests.clear();
  digests.set(incarnation, digest);
  return digest;
}
