/**
 * The View port: entities by id, their index entries, and the checkpoint they are true for. Adapters: embedded (SQLite)
 * and Redis. Every adapter passes view.conformance.ts. A View belongs to one model.
 *
 * Words: a *generation* is one complete build of the view. A partition of a generation is *live* once its checkpoint has
 * passed the endOffset captured when its first build began; the mark is stored and stays. Reads answer only where every
 * partition is live (invariants I7 and I8).
 */

import type { QuarantinedRecord, QuarantineNote, QuarantinePage, QuarantinePlace } from './quarantine.ts';
import type { Owner, Rebuild, Seam, StandingBy, StoredDoubt } from './trust.ts';

export type { QuarantinedRecord, QuarantineNote, QuarantinePage, QuarantinePlace } from './quarantine.ts';
export { QUARANTINE_PAGE_BYTES } from './quarantine.ts';
export type { Owner, Rebuild, Seam, StandingBy, StoredDoubt } from './trust.ts';
export { OWNER_LIVES_MS } from './trust.ts';

/** Per partition the nextOffset that has been applied (a checkpoint), or that a reader demands (a position). */
export type Position = ReadonlyMap<number, number>;

/** An entity as the view holds it. */
export interface StoredEntity {
  readonly id: string;
  /** The entity's own fields: the text of one JSON object. */
  readonly value: string;
  /** Milliseconds since the epoch, 0 … 2^42 - 1. */
  readonly createdAt: number;
  /** Milliseconds since the epoch: the record's timestamp. */
  readonly updatedAt: number;
  /** Where its newest applied record stands in the log. */
  readonly partition: number;
  readonly offset: number;
  /** Hash of the body that an Idempotency-Key was first used with. */
  readonly request: string | undefined;
}

/** One entity put, with the index entries it is to have: the adapter replaces all former ones. */
export interface PutOperation extends Omit<StoredEntity, 'value'> {
  readonly kind: 'put';
  /** The text of one JSON object, or that text in UTF-8: an adapter that stores UTF-8 needn't encode it anew. */
  readonly value: string | Uint8Array;
  /** Search terms, each once, as src/model/terms.ts makes them. */
  readonly terms: readonly string[];
  /** Filter index → the entity's values in it, each once. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  /** Sort index → the entity's value in it; an index that is absent counts as less than every number. */
  readonly sorts: Readonly<Record<string, number>>;
}

/** One entity deleted; deleting what isn't there is no error. */
export interface DeleteOperation {
  readonly kind: 'delete';
  readonly id: string;
}

export type Operation = PutOperation | DeleteOperation;

/**
 * What one batch of one partition does to the view. `apply` accepts it only where log, generation, fingerprint, epoch and
 * fromOffset match what is stored (I4).
 */
export interface ViewUpdate {
  readonly logId: string;
  readonly generation: string;
  readonly fingerprint: string;
  readonly partition: number;
  readonly epoch: number;
  readonly fromOffset: number;
  /** The new checkpoint; ≥ fromOffset. Equal only where the update merely sets a mark below. */
  readonly nextOffset: number;
  /** At most one for each id. What the quarantine holds of the id's key (its UTF-8) in this partition is removed. */
  readonly operations: readonly Operation[];
  /** At most one for each key, newer than the operations. Each replaces what the quarantine holds of its key. */
  readonly quarantined: readonly QuarantinedRecord[];
  /** Further keys of which the quarantine of this partition is to hold nothing any more, none of them in `quarantined`; absent: none. */
  readonly released?: readonly Uint8Array[];
  /** True: set the partition's live mark. */
  readonly live: boolean;
  /** Set where the checkpoint reaches the log's end: when that was so. Milliseconds. */
  readonly caughtUpAt: number | undefined;
  /** What the log said of the record before nextOffset; absent: what is stored of it stays where nextOffset is fromOffset, else goes. */
  readonly seam?: Seam;
}

/**
 * `applied`: all of it is in, in one atomic step. Otherwise nothing is: `moved`, the checkpoint isn't fromOffset (go on
 * from `checkpoint`); `fenced`, another claim has a higher epoch; `gone`, there is no such generation, log or fingerprint
 * (flushed, dropped or begun anew).
 */
export type ApplyOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'moved'; readonly checkpoint: number }
  | { readonly kind: 'fenced'; readonly epoch: number }
  | { readonly kind: 'gone' };

export interface PartitionState {
  readonly checkpoint: number;
  readonly epoch: number;
  readonly live: boolean;
  /** When the checkpoint was last known to be at the log's end; undefined: never. Milliseconds. */
  readonly caughtUpAt: number | undefined;
  /** Absent: nothing is known of what was read last. */
  readonly seam?: Seam;
  /** Who has claimed it and was seen since; absent: not known. */
  readonly owner?: Owner;
}

/** `gone`: the view has no generation; begin one. */
export type Claim =
  | ({ readonly kind: 'claimed'; readonly generation: string } & PartitionState)
  | { readonly kind: 'gone' };

export interface GenerationIdentity {
  readonly logId: string;
  readonly fingerprint: string;
  /** The version of the model that the fingerprint belongs to. */
  readonly modelVersion: number;
  readonly partitions: number;
  /** Raised each time the log had lost records and goes on under the same id. Absent: 0. */
  readonly incarnation?: number;
  /** The automatic rebuilds before this generation, oldest first, at most 20. Absent: not known. */
  readonly rebuilds?: readonly Rebuild[];
  /** Partition → the log's startOffset when the generation was begun, where it was above 0. Absent: not known. */
  readonly starts?: Readonly<Record<string, number>>;
}

export interface ViewDescription {
  /** Undefined where none was begun yet. */
  readonly generation: (GenerationIdentity & { readonly id: string }) | undefined;
  readonly partitions: ReadonlyMap<number, PartitionState>;
  /** How many records are in quarantine. */
  readonly quarantined: number;
  /** How many entities the generation holds; absent: not counted. */
  readonly entities?: number;
  /** What makes the generation doubtful, the worst of it; absent: nothing that is known. */
  readonly doubt?: StoredDoubt;
  /** All that makes it doubtful, whether it counts yet or not; absent: nothing. */
  readonly doubts?: readonly StoredDoubt[];
  /** Workers that noted within STANDING_BY_MS that they stand by (trust.ts), by name. Absent: none. */
  readonly standingBy?: readonly StandingBy[];
}

/**
 * A read and what it is true for: `position` (every partition of the view) and data are of one atomic step; `logId` is the
 * incarnation of the log, `<logId>` or `<logId>.<n>` (src/incarnation.ts). `not-ready`: no generation, or one of its partitions was never live.
 * `doubtful`: the generation has a doubt that counts and may not serve; nothing is told of what it holds, absence neither.
 */
export type Read<T> =
  | {
      readonly kind: 'read';
      readonly logId: string;
      readonly position: Position;
      readonly value: T;
      /** Of a get that found no entity: its newest record, where that is in quarantine. */
      readonly quarantined?: QuarantineNote;
    }
  | { readonly kind: 'doubtful'; readonly doubt: StoredDoubt }
  | { readonly kind: 'not-ready' };

/** A term of a search: with `prefix`, every indexed term that starts with `text` matches, else only `text` itself. */
export interface SearchTerm {
  readonly text: string;
  readonly prefix: boolean;
}

/** Where a page ended: the last entity's sort value (null: it has none) and id. */
export interface ListPlace {
  readonly value: number | null;
  readonly id: string;
}

export interface ListQuery {
  /** All must match; none: no search. */
  readonly terms: readonly SearchTerm[];
  /** Filter index → the value the entity must have in it. All must match. */
  readonly filters: Readonly<Record<string, string>>;
  /** `createdAt`, or the name of a sort index. */
  readonly sort: string;
  /**
   * `desc`: greatest value first, entities without a value last, equal values by id ascending (its UTF-8 bytes).
   * `asc` is the exact reverse.
   */
  readonly order: 'asc' | 'desc';
  /** Go on strictly behind this place. */
  readonly after: ListPlace | undefined;
  /** 1 … 1000. */
  readonly limit: number;
}

export interface Page {
  readonly entities: readonly StoredEntity[];
  /** The place of the last entity where more follow, else undefined. */
  readonly next: ListPlace | undefined;
}

export interface View {
  /**
   * An update should not hold many more index entries (terms and filter values) than this, so that others need not wait
   * long while it is applied. A single operation may.
   */
  readonly entriesPerUpdate: number;

  /**
   * Drops whatever the view holds and begins a generation with a new random id: every partition at checkpoint 0, epoch 0
   * and not live, no entity. One atomic step. Does nothing where the view has a generation other than
   * `replaced` (undefined: it had none): another worker was first. Answers the id of the generation that is there afterwards.
   */
  begin(identity: GenerationIdentity, replaced: string | undefined): Promise<string>;

  /**
   * Raises the partition's epoch by one and answers its state, in one atomic step. Earlier claims are fenced by it. `owner`
   * is noted as seen now; its state answers the owner before.
   */
  claim(partition: number, owner?: string): Promise<Claim>;

  /**
   * Notes that the owner of these claims (partition → epoch) was seen now, and what it says is wrong with them: one line, absent
   * where nothing is. Claims that were lost meanwhile are passed over.
   */
  keepSeen(generation: string, claims: ReadonlyMap<number, number>, owner: string, problem?: string): Promise<void>;

  /** The claims (partition → epoch) are given up: until the next claim these partitions have no owner. */
  leave(generation: string, claims: ReadonlyMap<number, number>): Promise<void>;

  /**
   * Notes that a worker of this name stands by now, and why, in one line: so those who keep the view, and people, learn of it.
   * It belongs to no generation, and changes none.
   */
  standBy(name: string, why: string): Promise<void>;

  /**
   * One more sighting of a reason to doubt the generation (src/doubts.ts). Answers the worst doubt that is stored then;
   * undefined where there is no such generation any more.
   */
  latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined>;

  /** The cause of the doubt is gone: forgets what is stored of the reason. */
  release(generation: string, reason: string): Promise<void>;

  /** All or nothing. Rejects where the storage fails (nothing was applied, or it was and the next answer is `moved`). */
  apply(update: ViewUpdate): Promise<ApplyOutcome>;

  /** `undefined` as value: there is no such entity at `position`; then it says whether the id's newest record is in quarantine. */
  get(id: string): Promise<Read<StoredEntity | undefined>>;

  list(query: ListQuery): Promise<Read<Page>>;

  /** Tells that a checkpoint moved; it wakes waiters and proves nothing. Ends when `signal` aborts or the view closes. */
  moved(signal: AbortSignal): AsyncIterable<Position>;

  describe(): Promise<ViewDescription>;

  /**
   * Records in quarantine by partition and offset, strictly behind `after` (undefined: from the first), at most `limit`, and
   * fewer where they are large (QUARANTINE_PAGE_BYTES). A page is of several moments: others' records may come and go meanwhile.
   */
  quarantine(after: QuarantinePlace | undefined, limit: number): Promise<QuarantinePage>;

  /**
   * The partition's entities as they are stored, whatever the view is doubted for: for operators, who save what only the view
   * has. Not of one moment; an entity may come twice. One whose row is damaged comes with its id and an empty value.
   */
  everything(partition: number): AsyncIterable<readonly StoredEntity[]>;

  /**
   * A hash over all entities and all index entries, the same for the same content whatever the adapter's history: two
   * views of one log agree exactly if their checksums do. Reads everything: for tests and operators.
   */
  checksum(): Promise<string>;

  /** Resolves when this view can't be used any more in this process (a thread of it died), with the reason. */
  readonly gone: Promise<Error>;

  /** Finishes applies under way, rejects later ones, ends `moved`, frees files and threads. */
  close(): Promise<void>;
}
