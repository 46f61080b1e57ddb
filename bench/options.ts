/** The options that both benches take. */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** What is measured; empty: everything. */
  readonly only: readonly string[];
  readonly scale: number;
  readonly directory: string;
  /** A commit to compare with. */
  readonly against: string | undefined;
  readonly pairs: number;
}

const MOST_PAIRS = 100;

/** Reads the command line; `names` are what --only takes. Throws with what is wrong. */
export function readOptions(names: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scale: { type: 'string', default: '1' },
      dir: { type: 'string', default: tmpdir() },
      against: { type: 'string' },
      pairs: { type: 'string', default: '5' },
    },
  });
  const stranger = values.only.find((name) => !names.includes(name));
  if (stranger !== undefined) throw new Error(`--only takes ${names.join(', ')}, not ${stranger}`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 10)) throw new Error(`--scale takes a number up to 10, not ${values.scale}`);
  const pairs = Number(values.pairs);
  if (!(Number.isInteger(pairs) && pairs >= 1 && pairs <= MOST_PAIRS)) {
    throw new Error(`--pairs takes a number from 1 to ${MOST_PAIRS}, not ${values.pairs}`);
  }
  return { only: values.only, scale, directory: values.dir, against: values.against, pairs };
}
