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

/**
 * A run of records of one partition. `nextOffset` is where reading goes on; it can pass the last record's offset + 1,
 * and a batch can hold no record at all, since compaction and control records leave gaps.
 */
export interface Batch {
  readonly partition: Partition;
  readonly fromOffset: Offset;
  readonly nextOffset: Offset;
  /** The list belongs to whoever takes the batch, to be emptied when it is done with, say. */
  readonly records: LogRecord[];
}

/** What a partition holds: startOffset is the first kept, endOffset one past the last readable. */
export interface PartitionBounds {
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  /** One past the last record that no open transaction holds back; equals endOffset where there are no transactions. */
  readonly stableEndOffset: Offset;
}

export interface LogDescription {
  /** The log's identity: another one where the log was deleted and made anew. Letters, digits, `-` and `_`. */
  readonly id: string;
  readonly partitions: number;
  /** A record younger than this is never compacted. Milliseconds. */
  readonly minCompactionLagMs: number;
  /** A tombstone stays at least this long after it was first cleaned. Milliseconds. */
  readonly deleteRetentionMs: number;
  /** What an operator may want to see of the log's settings, by the names its own tools use. */
  readonly settings: Readonly<Record<string, string>>;
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
   * The partition's records from `fromOffset` on, in order, without end; waits at the end for more; ends when `signal`
   * aborts. From 0 it begins with whatever is kept first (its batch still has `fromOffset` 0); it rejects where another
   * `fromOffset` is below the startOffset or above the endOffset, and where the log is not `logId` (undefined: whatever
   * log there is), or was replaced meanwhile. Records of aborted transactions are never among them, and records that an
   * open transaction holds back not yet. Pulled: little is read ahead of what the caller takes (back-pressure). A batch
   * holds at most 1,000 records, and at most 512 KiB of keys and values unless it is a single record. Every batch moves on
   * (`nextOffset > fromOffset`); the last one before the wait has `nextOffset` = stableEndOffset, whatever gaps compaction
   * left. The bytes of keys and values may be overwritten as soon as the next batch is asked for: whoever needs them
   * longer copies them.
   */
  read(partition: Partition, fromOffset: Offset, signal: AbortSignal, logId?: string): AsyncIterable<Batch>;

  /**
   * Tells the log how far the group's view has come, for the log's own tools; nothing else reads it, so failures matter to
   * nobody but the caller. Embedded: does nothing.
   */
  commit(group: string, position: ReadonlyMap<Partition, Offset>): Promise<void>;

  /** Which worker of the group keeps which partition now, by a name for people; a partition nobody keeps is absent. */
  owners(group: string): Promise<ReadonlyMap<Partition, string>>;

  /** Rejects where the log can't be reached, is not what the model needs, or will take no append any more until the process is started again. */
  describe(): Promise<LogDescription>;

  /** Rejects as `describe` does, and after `close`. */
  bounds(): Promise<ReadonlyMap<Partition, PartitionBounds>>;

  /** Finishes appends under way, refuses later ones with `unavailable`, ends all reads, frees files and threads. */
  close(): Promise<void>;
}
