/**
 * The Log port: a keyed, partitioned, compacted, append-only log; the only source of truth. Adapters: embedded (SQLite) and
 * Kafka. Every adapter passes log.conformance.ts. A Log belongs to one model.
 */

/** A partition's number, 0-based. */
export type Partition = number;
/** A place in a partition: a safe integer ≥ 0. Offsets grow and are never used twice, but compaction leaves gaps. */
export type Offset = number;

/** A record to append. The caller chooses the partition (partitioner.ts); `value: null` is a tombstone. */
export interface NewRecord {
  readonly partition: Partition;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, set by the writer. */
  readonly timestamp: number;
}

/** A record as the log holds it. A key may be any bytes: other producers write to a topic too. */
export interface LogRecord extends NewRecord {
  readonly offset: Offset;
}

/** Where one appended record landed. */
export interface Appended {
  readonly partition: Partition;
  readonly offset: Offset;
  /** The time that the log gave it, in milliseconds since the epoch; absent: it kept its own. */
  readonly timestamp?: number;
}

/**
 * Why a log refuses a record, and will refuse it again. `too-large`: larger than the log takes. `time`: its timestamp is too
 * far from the log's clock. `forbidden`: this process has no right to write there. `policy`: a rule of the log's operators.
 * `unfit`: the log isn't what the model needs. All but `too-large` are a matter for an operator.
 */
export type RefusalReason = 'too-large' | 'time' | 'forbidden' | 'policy' | 'unfit';

/**
 * `appended`: every record is durable, in the order given per partition, in the log `logId`. `unavailable`: the log took
 * none of them, and none will appear later. `refused`: the same, and sending them again does not help. `uncertain`: nobody can
 * tell whether some are durable, or will be later. `until`, in milliseconds since the epoch: after it none of them lands any
 * more; absent: no such bound is known, and only `settled` tells. `reason` is one line for the operator.
 */
export type AppendOutcome =
  | { readonly kind: 'appended'; readonly logId: string; readonly records: readonly Appended[] }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly why: RefusalReason; readonly reason: string }
  | { readonly kind: 'uncertain'; readonly reason: string; readonly until?: number };

/** The end of one partition of the log `logId`. */
export interface PartitionEnd {
  readonly logId: string;
  readonly endOffset: Offset;
}

/** Where a reader stands, and what it knows of the log up to there. An absent part is not known, and nothing is compared. */
export interface ReadFrom {
  readonly offset: Offset;
  /** The leader epoch of the last record batch before `offset`, as a Batch tells it. */
  readonly leaderEpoch?: number | undefined;
  /** The last record that was read before `offset`, as a Batch tells it (tail.ts). */
  readonly tail?: string | undefined;
  /** The log that is meant. */
  readonly logId?: string | undefined;
}

/** An epoch of the log's history, and the offset one past the last record of it. */
export interface EpochEnd {
  readonly leaderEpoch: number;
  readonly endOffset: Offset;
}

/**
 * Whether a reader that stands at `offset`, and whose last record batch was of `leaderEpoch`, has read what the log does not
 * hold, by what the log answered about that epoch (KIP-320).
 */
export function hasDiverged(end: EpochEnd, { offset, leaderEpoch }: { offset: Offset; leaderEpoch: number }): boolean {
  return end.leaderEpoch < leaderEpoch || end.endOffset < offset;
}

/**
 * A run of records of one partition. `nextOffset` is where reading goes on; it can pass the last record's offset + 1,
 * and a batch can hold no record at all, since compaction and control records leave gaps.
 */
export interface Batch {
  readonly partition: Partition;
  readonly fromOffset: Offset;
  readonly nextOffset: Offset;
  /** The leader epoch of the last record batch below nextOffset; undefined: the log has no epochs, or it is not known. */
  readonly leaderEpoch?: number | undefined;
  /** Of the batch's last record: what a reader that comes back later can tell this log by. Undefined: it has no record. */
  readonly tail?: string | undefined;
  /** The list belongs to whoever takes the batch, to be emptied when it is done with, say. */
  readonly records: LogRecord[];
}

/** What a partition holds: startOffset is the first kept, endOffset one past the last readable. */
export interface PartitionBounds {
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** One past the last record that no open transaction holds back; equals endOffset where there are no transactions. */
  readonly stableEndOffset: Offset;
  /** The epoch of the leader that answered; undefined: the log has no epochs. */
  readonly leaderEpoch?: number | undefined;
}

/** Why nothing can be said of a partition now, in one line. */
export interface PartitionProblem {
  readonly problem: string;
}

/** Of every partition what it holds, or why that can't be told: one without an answer never takes the others with it. */
export type Bounds = ReadonlyMap<Partition, PartitionBounds | PartitionProblem>;

/** The bounds of those partitions that answered. */
export function answeredBounds(bounds: Bounds): ReadonlyMap<Partition, PartitionBounds> {
  const answered = new Map<Partition, PartitionBounds>();
  for (const [partition, each] of bounds) if (!('problem' in each)) answered.set(partition, each);
  return answered;
}

/**
 * Partitions whose first records were removed by other means than compaction, which never moves the startOffset: by hand, or
 * while the log was of a kind that deletes. What was removed may be nowhere else but in a view.
 */
export function removedPartitions(bounds: Bounds): readonly Partition[] {
  return Object.keys(laterStarts(bounds)).map(Number);
}

/** Partition → startOffset, of the partitions that answered and begin above 0. */
export function laterStarts(bounds: Bounds): Readonly<Record<string, Offset>> {
  const later = [...answeredBounds(bounds)].filter(([, { startOffset }]) => startOffset > 0);
  return Object.fromEntries(later.map(([partition, { startOffset }]) => [partition, startOffset]));
}

/** The partition's bounds. Throws, in one line, where the partition didn't answer. */
export function boundsOf(bounds: Bounds, partition: Partition): PartitionBounds {
  const found = bounds.get(partition);
  if (found === undefined) throw new Error(`the log has no partition ${partition}`);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

/**
 * The log no longer holds what its reader has read: they part at `offset`, or before it. Nothing that the reader made of this
 * partition may be trusted. `message` is one line.
 */
export class LogDiverged extends Error {
  override readonly name = 'LogDiverged';
  readonly partition: Partition;
  /** Here log and reader surely differ. By epochs it is where they part; a tail alone says no more than that they do. */
  readonly offset: Offset;
  /** The last epoch that both have in common; undefined: not known. */
  readonly leaderEpoch: number | undefined;

  constructor(message: string, partition: Partition, offset: Offset, leaderEpoch?: number) {
    super(message);
    this.partition = partition;
    this.offset = offset;
    this.leaderEpoch = leaderEpoch;
  }
}

/** Records that the reader has not seen were removed by other means than compaction. `message` is one line. */
export class RecordsRemoved extends Error {
  override readonly name = 'RecordsRemoved';
  readonly partition: Partition;
  /** The first offset that the log still holds. */
  readonly startOffset: Offset;

  constructor(message: string, partition: Partition, startOffset: Offset) {
    super(message);
    this.partition = partition;
    this.startOffset = startOffset;
  }
}

export interface LogDescription {
  /** The log's identity: another one where the log was deleted and made anew. Letters, digits, `-` and `_`. */
  readonly id: string;
  readonly partitions: number;
  /** A record younger than this is never compacted. Milliseconds. */
  readonly minCompactionLagMs: number;
  /** A tombstone stays at least this long after it was first cleaned. Milliseconds; undefined: the log doesn't say. */
  readonly deleteRetentionMs: number | undefined;
  /** What an operator may want to see of the log's settings, by the names its own tools use. */
  readonly settings: Readonly<Record<string, string>>;
  /**
   * Why the log isn't what the model needs, one line with the command that mends it: it takes no append, and no view is begun
   * from it. Absent: it fits.
   */
  readonly unfit?: string;
  /** What makes the log weaker than it should be, one line each: what was found, and the command that mends it. */
  readonly warnings: readonly string[];
}

export interface Log {
  /**
   * Resolves when the records are durable, when it is sure that none is, or when the time for finding out is over.
   * Concurrent calls share a durable step.
   */
  append(records: readonly NewRecord[]): Promise<AppendOutcome>;

  /**
   * Resolves when the outcome of every append of this process that was answered `uncertain` before the call is decided in this
   * partition: its record is in the log, before the end that `endOf` tells from then on, or it will never be. Waits as long
   * as that takes; rejects when the log is closed first. Embedded: resolves at once.
   */
  settled(partition: Partition): Promise<void>;

  /**
   * The partition's end, asked of the log after the call came: a read at it sees everything that any process was told to be
   * `appended` before the call. Records that an open transaction holds back count: among them, and behind them, can be such
   * records too. Those who ask at the same time share a question. Rejects where the log doesn't answer.
   */
  endOf(partition: Partition): Promise<PartitionEnd>;

  /**
   * Why the log refuses every append, one line: the last refusal that isn't about one record alone, until an append succeeds.
   * Undefined where none is known.
   */
  appendProblem(): string | undefined;

  /** The partitions this worker is to keep, first at once, then whenever they change; ends when `signal` aborts. */
  membership(group: string, signal: AbortSignal): AsyncIterable<ReadonlySet<Partition>>;

  /**
   * The partition's records from `from.offset` on, in order, without end; waits at the end for more; ends when `signal`
   * aborts. From 0 it begins with the first record that is kept (its batch still has `fromOffset` 0). It rejects with
   * LogDiverged where the log no longer holds what was read before the offset, at the start and at any time later: where
   * the offset is above the endOffset, where the history of leader epochs says so, and where another record stands at the
   * tail's offset. A tail that compaction has removed says nothing. It rejects with RecordsRemoved
   * where another offset than 0 is below the startOffset, and with another error where the log is not `from.logId`, or was
   * replaced meanwhile. Records of aborted transactions are never among them, and records that an open transaction holds
   * back not yet. Pulled: little is read ahead of what the caller takes (back-pressure). A batch holds at most 1,000
   * records, and at most 512 KiB of keys and values unless it is a single record. Every batch moves on
   * (`nextOffset > fromOffset`); the last one before the wait has `nextOffset` = stableEndOffset, whatever gaps compaction
   * left. The bytes of keys and values may be overwritten as soon as the next batch is asked for: a caller that needs them
   * longer copies them.
   */
  read(partition: Partition, from: ReadFrom, signal: AbortSignal): AsyncIterable<Batch>;

  /**
   * The largest epoch of the partition's history that is not above `leaderEpoch`, and where it ends (KIP-320); `hasDiverged`
   * judges it. Undefined: the log has no epochs. Rejects where the partition doesn't answer.
   */
  epochEnd(partition: Partition, leaderEpoch: number): Promise<EpochEnd | undefined>;

  /**
   * The record at exactly this offset; undefined: there is none (any more). Its bytes are the caller's. Rejects where the
   * partition doesn't answer.
   */
  recordAt(partition: Partition, offset: Offset): Promise<LogRecord | undefined>;

  /**
   * Tells the log how far the group's view has come, for the log's own tools; nothing else reads it, so failures matter to
   * nobody but the caller. Embedded: does nothing.
   */
  commit(group: string, position: ReadonlyMap<Partition, Offset>): Promise<void>;

  /** Rejects where the log can't be reached, or will take no append any more until the process is started again. */
  describe(): Promise<LogDescription>;

  /**
   * Answers for every partition the log has, also where some of them have no leader or don't answer. Rejects where there is
   * no log at all, and after `close`.
   */
  bounds(): Promise<Bounds>;

  /** Resolves when this log can't be used any more in this process (a thread of it died), with the reason. */
  readonly gone: Promise<Error>;

  /** Finishes appends under way, refuses later ones with `unavailable`, ends all reads, frees files and threads. */
  close(): Promise<void>;
}
