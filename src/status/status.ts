/** What a process can say of a model now: GET /health/ready answers it. */

/**
 * `claiming`: asking the view for the partition. `replaying`: reading towards `target`. `live`: the checkpoint has passed
 * the target, and the view holds the mark that says so. `failing`: the last step failed, it will be tried again; `problem` says why.
 */
export type PartitionPhase = 'claiming' | 'replaying' | 'live' | 'failing';

export interface PartitionStatus {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** The view's checkpoint, as this process knows it. */
  readonly checkpoint: number;
  /** The endOffset captured when the partition was assigned; in a process that keeps none, the end now. */
  readonly target: number;
  readonly problem: string | undefined;
}

/**
 * `ready`: all is well. `degraded`: answers are given, but not all of them, or old ones; `problems` says why. `starting`: it was
 * never ready yet. `unavailable`: it was ready once, and is not now.
 */
export type Readiness = 'ready' | 'degraded' | 'starting' | 'unavailable';

export interface ModelStatus {
  /** Of a process that only keeps partitions: whether it does; then `writes` is the same. */
  readonly reads: Readiness;
  readonly writes: Readiness;
  /** Records in quarantine, as far as is known. */
  readonly quarantined: number;
  /** Those that the process keeps; where it keeps none, where the view stands. */
  readonly partitions: readonly PartitionStatus[];
  /** Whether it is there to keep partitions. */
  readonly keeps: boolean;
  /** What needs a person, one line each: those of GET /status. */
  readonly problems: readonly string[];
}

/** Asks for the status now. Never rejects. */
export type AskStatus = () => Promise<ModelStatus>;
