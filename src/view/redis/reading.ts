/**
 * Reads of one atomic step: the data, and what it is true for (I8). A read's script begins with READ_HEAD, which looks at
 * generation, live marks and checkpoints; Redis runs nothing else between that and what follows.
 */
import { hash } from 'node:crypto';
import { incarnationText } from '../../incarnation.ts';
import type { Position, Read } from '../view.ts';
import { Contradiction } from './contradiction.ts';
import { doubtsOf } from './described.ts';
import type { DoubtStore } from './doubt-store.ts';
import { LAYOUT_VERSION, partitionKey, rootKey, type ViewNames } from './layout.ts';
import { defineScript, type Script, type Scripts } from './script.ts';

/**
 * KEYS: the root, then the partitions' bookkeeping; ARGV: generation, indexes, number of partitions. What the read needs
 * follows in both (`nextKey` and `nextArg` are the first of these). It answers early, `{0}` not ready, `{-1}` another
 * generation, `{-2, doubts, releases}` one that a doubt keeps from being served; else `answer` is begun as `{1, checkpoints…}` for
 * the read to add to. A read that meets a contradiction answers `{-3, evidence}` instead.
 */
export const READ_HEAD = `
local partitions = tonumber(ARGV[3])
local nextKey, nextArg = partitions + 2, 4
local root = redis.call('HMGET', KEYS[1], 'generation', 'indexes', 'refuses')
if not root[1] or root[2] ~= ARGV[2] then return {0} end
if root[1] ~= ARGV[1] then return {-1} end
if root[3] == '1' then
  local kept = redis.call('HMGET', KEYS[1], 'doubts', 'releases')
  return {-2, kept[1], kept[2]}
end
local answer = {1}
for p = 1, partitions do
  local kept = redis.call('HMGET', KEYS[p + 1], 'generation', 'live', 'checkpoint')
  if kept[1] ~= ARGV[1] or kept[2] ~= '1' then return {0} end
  answer[p + 1] = kept[3]
end
`;

const ROOT = defineScript(
  `return redis.call('HMGET', KEYS[1], 'generation', 'logId', 'indexes', 'partitions', 'incarnation', 'doubts', 'releases')`,
);

/** The generation that the last read found. */
export interface ServedGeneration {
  readonly id: string;
  /** The name of the log's incarnation. */
  readonly logId: string;
  readonly partitions: number;
}

/** A read's script with what it needs beside the head's. */
export interface ReadCall {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** What a view is opened for. */
export interface ReadingOptions {
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
  readonly search: boolean;
  readonly partitionOf: (id: string) => number;
}

/** So many ids tell one way of spreading ids over partitions from another. */
const SAMPLES = 32;

/**
 * What a view is opened for, as one text in the root: a generation begun for anything else doesn't answer reads. It would
 * lack indexes, or have entities in other partitions than those where they are looked for.
 */
export function indexesText({ filters, sorts, search, partitionOf }: ReadingOptions): string {
  const places = Array.from({ length: SAMPLES }, (_, at) => partitionOf(`sample-${at}`)).join(' ');
  return JSON.stringify([LAYOUT_VERSION, filters, sorts, search, hash('sha1', places, 'base64url')]);
}

/** A generation that is replaced again and again while it is read: after so many tries the view counts as not ready. */
const MOST_TRIES = 5;

export class Reading {
  readonly #scripts: Scripts;
  readonly #names: ViewNames;
  readonly #indexes: string;
  readonly #doubts: DoubtStore;
  #served: ServedGeneration | undefined;

  constructor(scripts: Scripts, names: ViewNames, indexes: string, doubts: DoubtStore) {
    this.#scripts = scripts;
    this.#doubts = doubts;
    this.#names = names;
    this.#indexes = indexes;
  }

  /**
   * Runs a read; `call` says what to run for the generation that is there, `value` makes the answer of what the script
   * added behind the checkpoints. Where it throws Contradiction, that is one sighting of one.
   */
  async read<T>(
    call: (generation: ServedGeneration) => ReadCall,
    value: (added: readonly unknown[], generation: ServedGeneration) => T,
  ): Promise<Read<T>> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const served = this.#served ?? (await this.#look());
      if (served === undefined) return { kind: 'not-ready' };
      const refusal = this.#doubts.refusal(served.id);
      if (refusal !== undefined) {
        // Another generation may be there by now, or the doubt was released: that is looked up once more.
        const isSame = (await this.#look())?.id === served.id;
        if (isSame && this.#doubts.refusal(served.id) !== undefined) return { kind: 'doubtful', doubt: refusal };
        continue;
      }
      const read = await this.#readOnce(served, call(served), value).catch((error: unknown) => {
        if (!isContradiction(error)) throw error;
        return this.#contradicted(served.id, error.message);
      });
      if (read !== undefined) return read;
      this.#served = undefined;
    }
    return { kind: 'not-ready' };
  }

  /** Undefined where another generation is there. Throws Contradiction. */
  async #readOnce<T>(
    served: ServedGeneration,
    { script, keys, args }: ReadCall,
    value: (added: readonly unknown[], generation: ServedGeneration) => T,
  ): Promise<Read<T> | undefined> {
    const reply = (await this.#scripts.run(
      script,
      [...this.#headKeys(served), ...keys],
      [served.id, this.#indexes, String(served.partitions), ...args],
    )) as unknown[];
    const [kind, detail, more] = reply;
    if (kind === 1) {
      const added = reply.slice(1 + served.partitions);
      return { kind: 'read', logId: served.logId, position: positionOf(reply, served), value: value(added, served) };
    }
    if (kind === 0) return { kind: 'not-ready' };
    if (kind === -3) throw new Contradiction(String(detail));
    if (kind !== -2) return undefined;
    this.#doubts.see(served.id, doubtsOf(detail as string), Number(more ?? 0));
    const doubt = this.#doubts.refusal(served.id);
    return doubt === undefined ? undefined : { kind: 'doubtful', doubt };
  }

  #headKeys({ partitions }: ServedGeneration): string[] {
    const keys = [rootKey(this.#names)];
    for (let partition = 0; partition < partitions; partition += 1) keys.push(partitionKey(this.#names, partition));
    return keys;
  }

  async #look(): Promise<ServedGeneration | undefined> {
    const found = (await this.#scripts.run(ROOT, [rootKey(this.#names)], [])) as (string | null)[];
    const [id, logId, indexes, partitions, incarnation, doubts, releases] = found;
    this.#served = undefined;
    if (typeof id !== 'string' || typeof logId !== 'string' || indexes !== this.#indexes) return undefined;
    this.#doubts.see(id, doubtsOf(doubts), Number(releases ?? 0));
    const name = incarnationText(logId, Number(incarnation ?? 0));
    this.#served = { id, logId: name, partitions: Number(partitions) };
    return this.#served;
  }

  /** What a read met in one atomic step is no answer, whether it counts yet or not. */
  async #contradicted(generation: string, evidence: string): Promise<Read<never>> {
    return { kind: 'doubtful', doubt: await this.#doubts.sight(generation, 'CONTRADICTION', evidence) };
  }
}

/** A key of the generation that has another type contradicts its name. */
function isContradiction(error: unknown): error is Error {
  return error instanceof Contradiction || (error instanceof Error && /\bWRONGTYPE\b/.test(error.message));
}

function positionOf(reply: readonly unknown[], { partitions }: ServedGeneration): Position {
  const position = new Map<number, number>();
  for (let partition = 0; partition < partitions; partition += 1) position.set(partition, Number(reply[partition + 1]));
  return position;
}
