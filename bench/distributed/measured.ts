/** One run of this bench: the one of bench.ts, beside the servers and the size of the long topic. */
import { makeRun, type Run } from '../bench.ts';
import type { Measurement } from '../measure.ts';
import type { Stage } from './stage.ts';

export interface DistributedRun extends Run {
  readonly stage: Stage;
  /** How many records the long topic holds. */
  readonly records: number;
}

/** The size that counts is `scale` 1. */
export function makeDistributedRun(stage: Stage, options: Parameters<typeof makeRun>[0]): DistributedRun {
  return { ...makeRun(options), stage, records: Math.max(5000, Math.round(1_000_000 * options.scale)) };
}

/** The run for a part of the other bench: its measurements get names and bounds of their own here. */
export function reportingAs(
  run: DistributedRun,
  name: (bench: string) => string,
  bounds: Pick<Measurement, 'target' | 'aim'>,
  more: Measurement['figures'] = {},
): Run {
  return {
    ...run,
    report: ({ bench, figures }) => run.report({ bench: name(bench), figures: { ...figures, ...more }, ...bounds }),
  };
}
