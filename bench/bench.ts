/** What the benches of one run share: its size, its folder, and the processes it has started. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, startProcess } from '../test/system/process.ts';
import type { Measurement } from './measure.ts';
import { programOf, type Tree } from './tree.ts';

export interface Run {
  /** How many jobs the large board holds. */
  readonly jobs: number;
  /** How long each load lasts. */
  readonly seconds: number;
  /** How many times a write is followed until it is visible. */
  readonly followed: number;
  /** How many requests a kind of list is asked with, at most. */
  readonly asked: number;
  /** A new empty folder, removed at the end. */
  folder(): string;
  /** Starts `kmodel start` on the folder; it is ended with the run at the latest. */
  start(dataDir: string): Promise<Running>;
  /** Prints the measurement and keeps it for the table. */
  report(measurement: Measurement): void;
  /** One line on stderr on what goes on. */
  say(line: string): void;
  /** Ends what is left of the run's processes and removes its folders. */
  end(): void;
}

/** The number that Linux gives a file system in memory. */
const TMPFS = 0x01021994;

/** A Ctrl-C ends a bench by its `exit` handlers, as everything else does. */
export function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

export interface RunOptions {
  /** Whose program is measured. */
  readonly tree: Tree;
  readonly scale: number;
  readonly directory: string;
  readonly report: (measurement: Measurement) => void;
}

/** A run of the given size, 1 being the one whose figures count. Its folders and processes end with this process at the latest. */
export function makeRun({ tree, scale, directory, report }: RunOptions): Run {
  const root = mkdtempSync(join(directory, 'kmodel-bench-'));
  const running = new Set<Running>();
  const end = (): void => {
    process.off('exit', end);
    for (const { process: child } of running) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', end);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (statfsSync(root).type === TMPFS) {
    say(`${root} is in memory: durable writes cost nothing there. Name a folder on a disk with --dir.`);
  }
  const least = (count: number, minimum: number): number => Math.max(minimum, Math.round(count * scale));
  return {
    jobs: least(200_000, 1000),
    seconds: Math.max(1, 10 * Math.min(1, scale)),
    followed: least(2000, 50),
    asked: least(500, 50),
    folder: () => mkdtempSync(join(root, 'data-')),
    async start(dataDir) {
      const started = await startProcess(dataDir, {}, programOf(tree));
      running.add(started);
      started.process.once('exit', () => running.delete(started));
      return started;
    },
    report,
    say,
    end,
  };
}
