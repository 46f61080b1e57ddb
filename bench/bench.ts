/** What the benches of one run share: its size, its folder, and the processes it has started. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Running, startProcess } from '../test/system/process.ts';

/** What is published is what is measured: the compiled program, which bench/run.ts has built. */
const BUILT = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
import type { Measurement } from './measure.ts';

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
}

/** The number that Linux gives a file system in memory. */
const TMPFS = 0x01021994;

export interface RunOptions {
  readonly scale: number;
  readonly directory: string;
  readonly report: (measurement: Measurement) => void;
}

/** A run of the given size, 1 being the one whose figures count. Its folders and processes end with this process. */
export function makeRun({ scale, directory, report }: RunOptions): Run {
  const root = mkdtempSync(join(directory, 'kmodel-bench-'));
  const running = new Set<Running>();
  process.once('exit', () => {
    for (const { process: child } of running) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
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
      const started = await startProcess(dataDir, {}, BUILT);
      running.add(started);
      started.process.once('exit', () => running.delete(started));
      return started;
    },
    report,
    say,
  };
}
