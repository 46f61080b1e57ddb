/** Applies updates: one after the other in each partition, each in one step. */
import type { DoubtReason } from '../../doubts.ts';
import { KmodelError } from '../../errors.ts';
import type { ApplyOutcome, Operation, ViewUpdate } from '../view.ts';
import {
  type Found,
  type OrderedUpdate,
  orderUpdate,
  type Target,
  targetOf,
  writeLook,
  writeTransaction,
} from './apply-transaction.ts';
import { lonePut, writeLookOrApply } from './apply-at-once.ts';
import { tornIn } from './apply-torn.ts';
import { Contradiction } from './contradiction.ts';
import { changesOf, type Stored } from './diff.ts';
import type { ViewNames } from './layout.ts';
import { accepted, type Reply } from './pipe.ts';
import type { Lent, Pipes } from './pipes.ts';

export interface ApplierOptions {
  readonly names: ViewNames;
  readonly sorts: readonly string[];
  /** The model has filters or search. */
  readonly hasSets: boolean;
  /** How long a step of an apply may take. Milliseconds. */
  readonly limitMs: number;
  /** Takes one line for the operator. */
  readonly warn: (line: string) => void;
  /** Notes a sighting of a reason to doubt the generation; never rejects. */
  readonly doubt: (generation: string, reason: DoubtReason, evidence: string) => Promise<unknown>;
}

/** Others may touch a partition's bookkeeping meanwhile, by a claim, say; so many times in a row mean that something is wrong. */
const MOST_TRIES = 100;

/**
 * An update is a look and a transaction. The look watches the partition's bookkeeping, compares what is in it with what
 * the update says (I4), and reads what is stored of the update's entities, from which it is decided here what changes in
 * the sets. The transaction then changes everything at once (I2), or nothing where the bookkeeping was touched since it
 * was watched: every claim, every apply and every beginning of a generation touches it, and nothing but an apply changes
 * what was read. Then the look is done again. What Redis refuses when it is sent, for want of memory or because it is a
 * replica, it refuses with the whole transaction.
 *
 * An update of one put needs no transaction where nothing is stored of its entity: then its look is a script that applies
 * it at once (apply-at-once.ts). Where something is, that script is a look like any other.
 *
 * Where what is stored contradicts itself the update is refused, since what it changes in the sets would be guessed; that is a
 * sighting. What shows only in the replies of the transaction is in, and can't be seen again: that is a doubt by itself.
 *
 * An apply that is given up after its limit may still be done later. That is harmless: it is done at most once, and
 * only while the bookkeeping is as it was, so what it does is what the log says; whoever tries again is told `moved`.
 */
export class Applier {
  readonly #pipes: Pipes;
  readonly #options: ApplierOptions;
  /** By partition, what its next apply waits for. */
  readonly #last = new Map<number, Promise<unknown>>();

  constructor(pipes: Pipes, options: ApplierOptions) {
    this.#pipes = pipes;
    this.#options = options;
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
    const target = targetOf(this.#options.names, this.#options.sorts, update);
    const ordered = orderUpdate(update);
    return this.#pipes.use(async (lent) => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const looked = await this.#look(lent, target, ordered).catch((error: unknown) =>
          this.#contradicted(update, error),
        );
        if ('outcome' in looked) return looked.outcome;
        const outcome = await this.#transact(lent, target, ordered, looked.found);
        if (outcome !== 'again') return outcome;
      }
      const { partition } = update;
      throw new Error(`the bookkeeping of partition ${partition} was touched in each of ${MOST_TRIES} tries to apply`);
    });
  }

  async #look({ pipe, text }: Lent, target: Target, { update, puts, deletes }: OrderedUpdate) {
    const operations: readonly Operation[] = this.#options.hasSets ? [...puts, ...deletes] : [];
    text.restart();
    const lone = lonePut(update);
    if (lone === undefined) writeLook(text, target, update, operations);
    else writeLookOrApply(text, target, update, lone);
    const replies = accepted(await pipe.send(text.bytes(), text.count, this.#options.limitMs));
    const [kind, detail, ...stored] = replies.at(-1) as [string, string | number, ...(string | number)[]];
    if (kind === 'applied' && detail === 1) await this.#overwritten(update, 'an order held a new entity');
    if (kind === 'applied' || kind === 'gone') return { outcome: { kind } as const };
    if (kind === 'fenced') return { outcome: { kind, epoch: Number(detail) } as const };
    if (kind === 'moved') return { outcome: { kind, checkpoint: Number(detail) } as const };
    if (kind === 'spoiled') return { outcome: this.#spoiled(String(detail)) };
    const changes = this.#options.hasSets ? changesOf(operations, storedOf(stored)) : undefined;
    return { found: { quarantine: Number(detail) > 0, changes } };
  }

  async #transact(
    { pipe, text }: Lent,
    target: Target,
    ordered: OrderedUpdate,
    found: Found,
  ): Promise<ApplyOutcome | 'again'> {
    text.restart();
    const firstOfOrders = writeTransaction(text, target, ordered, found);
    const replies = accepted(await pipe.send(text.bytes(), text.count, this.#options.limitMs));
    const done = replies.at(-1) as readonly Reply[] | null;
    if (done === null) return 'again';
    const [finished] = accepted(done.slice(-1)) as [readonly [string, string | undefined]];
    const [kind, why] = finished;
    if (kind !== 'applied') return this.#spoiled(String(why));
    const torn = tornIn(done, ordered, target.sorts.length, firstOfOrders);
    if (torn !== undefined) await this.#overwritten(ordered.update, torn);
    return { kind };
  }

  async #contradicted({ generation, partition }: ViewUpdate, error: unknown): Promise<never> {
    if (!(error instanceof Contradiction)) throw error;
    const evidence = `partition ${partition}: ${error.message}`;
    await this.#options.doubt(generation, 'CONTRADICTION', evidence);
    throw new KmodelError('VIEW_UNAVAILABLE', `the view contradicts itself (${evidence}): it is looked at again`);
  }

  async #overwritten({ generation, partition }: ViewUpdate, torn: string): Promise<void> {
    await this.#options.doubt(generation, 'OVERWRITTEN', `partition ${partition}: ${torn}`);
  }

  #spoiled(why: string): ApplyOutcome {
    this.#options.warn(`${why}: somebody else wrote it. The view is built anew`);
    return { kind: 'gone' };
  }
}

/** Place, head and packed terms, in turns. Throws Contradiction. */
function storedOf(found: readonly (string | number)[]): ReadonlyMap<number, Stored> {
  const stored = new Map<number, Stored>();
  for (let at = 0; at < found.length; at += 3) {
    const head = String(found[at + 1]);
    if (head === '') throw new Contradiction('an entity has terms, and no row');
    stored.set(Number(found[at]), { head, packed: String(found[at + 2]) });
  }
  return stored;
}
