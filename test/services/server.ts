/** What Kafka and Redis have in common here: launched, waited for, stopped, started again, removed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EndSignal, Program } from './program.ts';

export interface Lifecycle {
  /** Again on the same port, with what was stored; resolves when it answers. */
  start(): Promise<void>;
  /** Resolves when it is gone; SIGTERM by default. What it stored stays until `remove`. */
  stop(signal?: EndSignal): Promise<void>;
  /** It goes on running and keeps its connections, but does nothing until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops it and deletes everything that it stored. */
  remove(): Promise<void>;
  running(): Promise<boolean>;
}

/** The server ended before it answered; `printed` is everything it said. */
export class DidNotStart extends Error {
  readonly printed: string;

  constructor(name: string, why: string, printed: string) {
    super(`${name} ${why}. It printed last:\n${printed.slice(-SHOWN_CHARACTERS)}`);
    this.printed = printed;
  }
}

const SHOWN_CHARACTERS = 3000;
const READY_WITHIN_MS = 90_000;
const ASK_AGAIN_MS = 50;

/** `answers` says whether the server does its work yet; it may throw for "no". */
export function lifecycle(name: string, program: Program, answers: () => Promise<boolean>): Lifecycle {
  const answersNow = async (): Promise<boolean> => await answers().catch(() => false);
  return {
    async start() {
      await program.launch();
      const deadline = Date.now() + READY_WITHIN_MS;
      while (!(await answersNow())) {
        if (!(await program.running())) throw new DidNotStart(name, 'ended at its start', await program.printed());
        if (Date.now() > deadline) {
          throw new DidNotStart(name, `did not answer in ${READY_WITHIN_MS / 1000} s`, await program.printed());
        }
        await sleep(ASK_AGAIN_MS);
      }
    },
    async stop(signal = 'SIGTERM') {
      await program.end(signal);
    },
    pause: async () => await program.pause(),
    resume: async () => await program.resume(),
    async remove() {
      await program.end('SIGKILL');
      await program.remove();
    },
    running: async () => await program.running(),
  };
}

const TRIES = 3;
const PORT_TAKEN = /address already in use|EADDRINUSE|Address in use|port is already allocated/i;

/**
 * Starts a server, again on other ports when somebody took them between our look and its start. `make` picks them.
 */
export async function startedOnFreePorts<T extends Lifecycle>(make: () => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left--) {
    const server = await make();
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      const taken = error instanceof DidNotStart ? PORT_TAKEN.test(error.printed) : PORT_TAKEN.test(String(error));
      if (!taken || left === 0) throw error;
    }
  }
}
