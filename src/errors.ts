/** Errors of the table (error-table.ts), and what comes with them. */
import type { ErrorCode } from './error-table.ts';

/** One broken rule of a body: `pointer` is an RFC 6901 JSON pointer into it ('' is the whole body). */
export interface BrokenRule {
  readonly pointer: string;
  readonly message: string;
}

/** Where a write would land if it did. */
export interface UncertainWrite {
  readonly id: string;
  readonly partition: number;
  /** It can't land after this moment: RFC 3339, UTC. Absent: no such bound is known. */
  readonly until?: string;
}

export interface ErrorDetails {
  readonly rules?: readonly BrokenRule[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly write?: UncertainWrite;
  readonly cause?: unknown;
}

/**
 * An error with a code of the table. `message` says what was expected and what was found, for people; it never holds a
 * stack trace or a path of the implementation.
 */
export class KmodelError extends Error {
  readonly code: ErrorCode;
  readonly rules: readonly BrokenRule[];
  readonly headers: Readonly<Record<string, string>>;
  /** The write that nobody knows the outcome of, with WRITE_UNCERTAIN. */
  readonly write: UncertainWrite | undefined;

  constructor(code: ErrorCode, message: string, more: ErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'KmodelError';
    this.code = code;
    this.rules = more.rules ?? [];
    this.headers = more.headers ?? {};
    this.write = more.write;
  }
}
