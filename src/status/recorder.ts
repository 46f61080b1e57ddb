/** What the engine tells whoever counts: metrics implement it, tests and embedders may leave it silent. No method throws. */
export interface Recorder {
  /** An apply was accepted. `seconds` is how long the view took. */
  applied(model: string, partition: number, records: number, quarantined: number, seconds: number): void;
  /** An apply was refused because another worker has claimed the partition. */
  fenced(model: string, partition: number): void;
  /** An apply was refused because the checkpoint isn't where this worker thought: it goes on from there. */
  moved(model: string, partition: number): void;
  /** This worker began a generation, for this reason. */
  generation(model: string, reason: string): void;
  /** The log told this worker another set of partitions. */
  rebalanced(model: string, partitions: number): void;
  /** A write was answered by the log. */
  written(model: string, outcome: 'appended' | 'unavailable' | 'refused' | 'uncertain', seconds: number): void;
  /** A write of this process was seen in the view so long after the log had acknowledged it. */
  visible(model: string, seconds: number): void;
  /** A read was answered 503 because the view had not reached its position in time. */
  behind(model: string): void;
}

const nothing = (): void => undefined;

/** Counts nothing. */
export const SILENT: Recorder = {
  applied: nothing,
  fenced: nothing,
  moved: nothing,
  generation: nothing,
  rebalanced: nothing,
  written: nothing,
  visible: nothing,
  behind: nothing,
};
