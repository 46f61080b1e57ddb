/** What a judgement of a model is made of: the answers of log and view, and what the process knows of itself. */
import type { Bounds, LogDescription } from '../log/log.ts';
import type { ViewDescription } from '../view/view.ts';
import type { PartitionStatus } from './status.ts';

/** What a port answered, or one line about why it did not. */
export type Answer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly problem: string };

/** What log and view answered, asked at about the same moment, and what this process itself knows. */
export interface Evidence {
  readonly log: Answer<{ readonly description: LogDescription; readonly bounds: Bounds }>;
  readonly view: Answer<ViewDescription>;
  /** When they were asked. Milliseconds since the epoch. */
  readonly at: number;
  /** Undefined: whoever asks is no part of the system, as `kmodel status`. */
  readonly own: OwnPart | undefined;
}

/** What a process of the system knows of itself. */
export interface OwnPart {
  /** The API's half; undefined in a process that only keeps partitions. */
  readonly api: OwnApi | undefined;
  /** The worker's half; undefined in a client. */
  readonly worker: OwnWorker | undefined;
  /** Whether it was ever ready. */
  readonly wasReady: { readonly reads: boolean; readonly writes: boolean };
}

export interface OwnApi {
  /** The id of the log that writes go to, as it was last seen. */
  readonly logId: string;
  /** Why the log takes no write of this process; undefined: no reason is known. */
  readonly appendProblem: string | undefined;
}

export interface OwnWorker {
  /** Whether it was told which partitions are its own; it may be none. */
  readonly assigned: boolean;
  readonly partitions: readonly PartitionStatus[];
  /** Why it isn't told; or what it stands by for. */
  readonly problem: string | undefined;
}
