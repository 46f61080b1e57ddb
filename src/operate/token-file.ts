/**
 * How an operator is known to a running embedded process: who can read the data directory may ask. The file holds its address
 * and a token of this run; only the owner of the directory can read it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'operate.json';
const OWNER_ONLY = 0o600;
const TOKEN_BYTES = 32;

/** Where the process listens, and what it knows its operators by. */
export interface OperatorAccess {
  readonly url: string;
  readonly token: string;
}

/** A new token: 256 random bits. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Writes the file, for its owner alone; answers how to remove it. */
export function writeAccess(dataDir: string, access: OperatorAccess): () => void {
  const file = join(dataDir, NAME);
  // A file that is there already would keep its rights.
  rmSync(file, { force: true });
  writeFileSync(file, `${JSON.stringify(access)}\n`, { mode: OWNER_ONLY, flag: 'wx' });
  return () => rmSync(file, { force: true });
}

/** What the file says; undefined: no process of this data directory can be asked. */
export function readAccess(dataDir: string): OperatorAccess | undefined {
  try {
    const { url, token } = JSON.parse(readFileSync(join(dataDir, NAME), 'utf8')) as Record<string, unknown>;
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the header `Authorization: Bearer <token>` carries the token; takes the same time whatever it carries. */
export function isOperator(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
