/** Scripts that run inside Redis: each is one atomic step, and named by the hash of its text. */
import { hash } from 'node:crypto';

export interface Script {
  readonly source: string;
  /** SHA-1 of the source, in hex: the name that EVALSHA knows it by. */
  readonly sha: string;
}

export function defineScript(source: string): Script {
  return { source, sha: hash('sha1', source, 'hex') };
}

/** Runs scripts in the one Redis of a view. */
export interface Scripts {
  /**
   * Runs a script (EVALSHA, or EVAL where the server hasn't it yet) and answers its reply: numbers, strings, null, arrays.
   * Rejects with a one-line Error where Redis can't be reached, doesn't answer in time or refuses.
   */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}
