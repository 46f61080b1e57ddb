/** One line on a terminal that is written over; where stderr is no terminal, only what is printed. */
import type { Writable } from 'node:stream';

export interface Progress {
  /** Shows the counts, at most five times a second. */
  readonly show: (imported: number, failed: number) => void;
  /** Prints a line that stays. */
  readonly print: (line: string) => void;
  /** Removes the counts. */
  readonly end: () => void;
}

const PAUSE_MS = 200;
const CLEAR = '\r\u001b[K';

export function openProgress(stream: Writable & { readonly isTTY?: boolean }): Progress {
  if (stream.isTTY !== true) {
    return { show: () => undefined, print: (line) => void stream.write(`${line}\n`), end: () => undefined };
  }
  let last = 0;
  return {
    show(imported, failed) {
      const now = performance.now();
      if (now - last < PAUSE_MS) return;
      last = now;
      stream.write(`${CLEAR}${imported} imported, ${failed} failed …`);
    },
    print: (line) => void stream.write(`${CLEAR}${line}\n`),
    end: () => void stream.write(CLEAR),
  };
}
