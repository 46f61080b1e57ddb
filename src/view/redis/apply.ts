/** Applies updates: one after the other in each partition, each in one script call. */
import { randomBytes } from 'node:crypto';
import type { ApplyOutcome, ViewUpdate } from '../view.ts';
import { applyCall, type Indexed, orderUpdate, type OrderedUpdate } from './apply-call.ts';
import { APPLY } from './apply-script.ts';
import { changesOf, type Stored } from './diff.ts';
import { HEAD_DIGITS, partitionKeys, type ViewNames } from './layout.ts';
import { Packing } from './packing.ts';
import { type Argument, defineScript, type Script } from './script.ts';

/** How long an apply may take. Milliseconds. */
const APPLY_LIMIT_MS = 30_000;

/** Memory that is kept for later calls: so many of them, each at most that large. */
const MOST_SPARE = 16;
const MOST_SPARE_BYTES = 1024 * 1024;

/**
 * KEYS: bookkeeping, entities, entries. ARGV: ids. Answers the seal, then the places of ids of which anything is stored,
 * from 1, each with the head of its row and what is packed beside it.
 */
const READ_STORED = defineScript(`
local answer = {redis.call('HGET', KEYS[1], 'seal') or ''}
local packs = redis.call('EXISTS', KEYS[3]) == 1
for from = 1, #ARGV, 4000 do
  local to = math.min(from + 3999, #ARGV)
  local rows = redis.call('HMGET', KEYS[2], unpack(ARGV, from, to))
  local packed = packs and redis.call('HMGET', KEYS[3], unpack(ARGV, from, to)) or {}
  for i = 1, #rows do
    if rows[i] or packed[i] then
      local head = ''
      if rows[i] then
        head = string.sub(rows[i], ${HEAD_DIGITS + 1}, ${HEAD_DIGITS} + tonumber(string.sub(rows[i], 1, ${HEAD_DIGITS})))
      end
      answer[#answer + 1] = from + i - 1
      answer[#answer + 1] = head
      answer[#answer + 1] = packed[i] or ''
    end
  end
end
return answer
`);

type Run = (script: Script, keys: readonly string[], args: readonly Argument[], limitMs: number) => Promise<unknown>;

/**
 * What was stored of a batch's ids is read before the script that changes it. That is right because the script compares
 * the seal that was read with them, which every apply replaces by a text never used before: equal seals mean that no
 * apply came in between, and nothing but an apply changes entries. (Epoch and checkpoint would say the same as long as
 * the server never forgets its last second; after it did, a later claim can come by the same epoch again.) Another seal
 * answers `again`: what is stored is read once more. The queue below only makes that rare.
 *
 * An apply that is given up after APPLY_LIMIT_MS may still be done later. That is harmless: it is done at most once, and
 * only while the checkpoint is still where it began, so what it does is what the log says; whoever tries again is told
 * `moved`.
 */
export class Applier {
  readonly #run: Run;
  readonly #names: ViewNames;
  readonly #sorts: readonly string[];
  readonly #hasEntries: boolean;
  readonly #nextSeal = sealMaker();
  /** Memory of calls that were answered, for the next ones. */
  readonly #spare: Packing[] = [];
  /** By partition, what its next apply waits for. */
  readonly #last = new Map<number, Promise<unknown>>();

  /** `hasEntries`: the model has filters or search. */
  constructor(run: Run, names: ViewNames, sorts: readonly string[], hasEntries: boolean) {
    this.#run = run;
    this.#names = names;
    this.#sorts = sorts;
    this.#hasEntries = hasEntries;
  }

  /** View.apply. */
  async apply(update: ViewUpdate): Promise<ApplyOutcome> {
    if (update.nextOffset < update.fromOffset) throw new RangeError('nextOffset is less than fromOffset');
    const former = this.#last.get(update.partition);
    const mine = former === undefined ? this.#applyNow(update) : former.then(async () => this.#applyNow(update));
    const settled = mine.catch(() => undefined);
    this.#last.set(update.partition, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(update.partition) === settled) this.#last.delete(update.partition);
    }
  }

  async #applyNow(update: ViewUpdate): Promise<ApplyOutcome> {
    const ordered = orderUpdate(update);
    const isIndexed = this.#hasEntries && update.operations.length > 0;
    const packing = this.#spare.pop() ?? new Packing();
    for (;;) {
      const indexed = isIndexed ? await this.#readIndexed(ordered) : undefined;
      const { keys, args } = applyCall(this.#names, this.#sorts, ordered, indexed, this.#nextSeal(), packing);
      const outcome = outcomeOf((await this.#run(APPLY, keys, args, APPLY_LIMIT_MS)) as string[]);
      if (outcome === 'again') continue;
      // Once it was answered, nothing is left to send. A call that failed may still be on its way out of this memory.
      if (packing.size <= MOST_SPARE_BYTES && this.#spare.length < MOST_SPARE) this.#spare.push(packing);
      return outcome;
    }
  }

  async #readIndexed({ update, puts, deletes }: OrderedUpdate): Promise<Indexed> {
    const { bookkeeping, entities, entries } = partitionKeys(this.#names, update.generation, update.partition);
    const operations = [...puts, ...deletes];
    const ids = operations.map(({ id }) => id);
    const reply = await this.#run(READ_STORED, [bookkeeping, entities, entries], ids, APPLY_LIMIT_MS);
    const [seal, ...found] = reply as [string, ...(string | number)[]];
    const stored = new Map<number, Stored>();
    for (let at = 0; at < found.length; at += 3) {
      stored.set(Number(found[at]) - 1, { head: String(found[at + 1]), packed: String(found[at + 2]) });
    }
    return { seal, changes: changesOf(operations, stored) };
  }
}

function outcomeOf([kind, detail]: readonly string[]): ApplyOutcome | 'again' {
  if (kind === 'applied' || kind === 'again') return kind === 'again' ? kind : { kind };
  if (kind === 'moved') return { kind, checkpoint: Number(detail) };
  return kind === 'fenced' ? { kind, epoch: Number(detail) } : { kind: 'gone' };
}

/** Texts that no other process and no other call makes. */
function sealMaker(): () => string {
  const own = randomBytes(9).toString('base64url');
  let made = 0;
  return () => `${own}.${(made += 1)}`;
}
