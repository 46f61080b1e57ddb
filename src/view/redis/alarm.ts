/**
 * What the connections of one view tell each other. An address can come to lead to another server while the connections to the
 * old one live on: what one of them learns, all must follow.
 */

/** One of the connections, or several of a kind. */
export interface Line {
  /** The server at the other end is no longer the one to use: it is left, and the address connected to anew. */
  leave(reason: Error): void;
  /** Another connection to the same server was silent: this one is asked whether it is alive, or made anew where that costs little. */
  prove(): void;
}

export class Alarm {
  readonly #lines = new Set<Line>();

  join(line: Line): void {
    this.#lines.add(line);
  }

  /** Looks at what a command or an update was answered with: a server that was demoted says so. */
  hear(error: unknown): void {
    if (isDemoted(error)) this.demoted(error);
  }

  demoted(reason: Error): void {
    for (const line of this.#lines) line.leave(reason);
  }

  silent(): void {
    for (const line of this.#lines) line.prove();
  }
}

/** READONLY: it is a replica now. MASTERDOWN: one that has lost its master. A script of 6.2 wraps them in an error of its own. */
function isDemoted(error: unknown): error is Error {
  return error instanceof Error && /(?:^|[\s-])(?:READONLY|MASTERDOWN) /.test(error.message);
}

/** The other end did not answer in time: it may be gone without a word. */
export class Silent extends Error {
  override readonly name = 'Silent';

  constructor(withinMs: number) {
    super(`it did not answer within ${withinMs / 1000} s`);
  }
}
