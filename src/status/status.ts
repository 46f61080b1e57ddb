/** What a model's worker, log and view are doing now: /health/ready answers it. */

/**
 * `claiming`: asking the view for the partition. `replaying`: reading towards `target`. `live`: the checkpoint has passed
 * the target, and the view holds the mark that says so. `failing`: the last step failed, it will be tried again; `problem` says why.
 */
export type PartitionPhase = 'claiming' | 'replaying' | 'live' | 'failing';

export interface PartitionStatus {
  readonly partition: number;
  readonly phase: PartitionPhase;
  /** The view's checkpoint, as this worker knows it. */
  readonly checkpoint: number;
  /** The endOffset captured when the partition was assigned. */
  readonly target: number;
  readonly problem: string | undefined;
}

export interface ModelStatus {
  /** Every partition is live, the log and the view answer, and the view answers reads. */
  readonly ready: boolean;
  /** Records in quarantine. */
  readonly quarantined: number;
  readonly partitions: readonly PartitionStatus[];
  /** One line where the log or the view doesn't answer, or the log doesn't tell which partitions are the worker's. */
  readonly problem: string | undefined;
}

/** Asks for the status now. Never rejects. */
export type AskStatus = () => Promise<ModelStatus>;
