/**
 * Every loop that has no end of its own has a name and a pace: docs/spec.md lists them, and a test holds the list against
 * the calls of `defineLoop`. Endless loops exist only here: lint and a test refuse `for (;;)`, `while (true)`, loops until a
 * signal aborts, and bare intervals elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A loop's pace. Milliseconds. */
export interface Pace {
  /** The pause after a turn that got nowhere; at fixed intervals, the interval. */
  readonly everyMs: number;
  /** The pause doubles up to this while turns get nowhere. Default: everyMs, so it stays the same. */
  readonly mostMs?: number;
}

/** A named loop, as `defineLoop` makes it. */
export interface Loop extends Pace {
  readonly name: string;
}

/** All loops of this process by name, with how many turns each has taken: what a test counts. */
export const LOOPS = new Map<string, { readonly loop: Loop; turns: number }>();

/** Names a loop and its pace. A name is `<part>.<what it does>`; the same name twice is a mistake and throws. */
export function defineLoop(name: string, pace: Pace): Loop {
  if (LOOPS.has(name)) throw new Error(`two loops are named ${name}`);
  const loop = { name, ...pace };
  LOOPS.set(name, { loop, turns: 0 });
  return loop;
}

/** `go-on`: the turn got further, and waited by itself for what it needs; `pause`: it got nowhere; `done`: no turn follows. */
export type Turn = 'go-on' | 'pause' | 'done';

/** So many turns may follow each other without a pause within one pace; a loop that takes more is slowed to its pace. */
const MOST_TURNS = 10_000;

/**
 * Takes turns until one answers `done` or `signal` aborts. A pause ends early when it aborts. What a turn throws ends the
 * loop. A turn that answers `go-on` has waited for something outside (bytes, a notice) or done a bounded piece of work.
 */
export async function repeat(loop: Loop, signal: AbortSignal, turn: () => Promise<Turn>): Promise<void> {
  for await (const step of turnsOf(loop, signal)) {
    const result = await turn();
    if (result === 'done') return;
    if (result === 'pause') step.pause();
  }
}

/** One turn of a loop, as `turnsOf` gives it. */
export interface Step {
  /** This turn got nowhere: the next one comes after the pause. */
  pause(): void;
}

/** A loop for generators, and for what answers something: a turn for each step of the iteration, as `repeat` takes them. */
export async function* turnsOf(loop: Loop, signal: AbortSignal): AsyncGenerator<Step, void, undefined> {
  let pause = loop.everyMs;
  let inARow = 0;
  let since = performance.now();
  let isPausing = false;
  const step: Step = {
    pause() {
      isPausing = true;
    },
  };
  while (!signal.aborted) {
    countTurn(loop);
    yield step;
    const isRunaway = ++inARow > MOST_TURNS && performance.now() - since < loop.everyMs;
    if (!isPausing && !isRunaway) {
      pause = loop.everyMs;
      if (inARow > MOST_TURNS) [inARow, since] = [0, performance.now()];
      continue;
    }
    isPausing = false;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, loop.mostMs ?? loop.everyMs);
    [inARow, since] = [0, performance.now()];
  }
}

/**
 * Takes a turn at each interval, one at a time: an interval that comes while a turn is under way is skipped. Doesn't keep
 * the process alive. A turn must not reject; one that throws is the caller's mistake, and is not caught here.
 */
export function every(loop: Loop, turn: () => void | Promise<void>): { stop(): void } {
  let underWay = false;
  const take = async (): Promise<void> => {
    if (underWay) return;
    underWay = true;
    countTurn(loop);
    try {
      await turn();
    } finally {
      underWay = false;
    }
  };
  const timer = setInterval(() => void take(), loop.everyMs).unref();
  return { stop: () => clearInterval(timer) };
}

/** For a loop that waits by timers of its own, such as one that tries again: counts one turn of it. */
export function countTurn({ name }: Loop): void {
  const known = LOOPS.get(name);
  if (known !== undefined) known.turns += 1;
}
