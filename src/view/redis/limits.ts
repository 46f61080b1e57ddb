/** How long things with Redis may take. Milliseconds. */
export interface Limits {
  /** Connecting and signing in. */
  readonly connectMs: number;
  /** A command. */
  readonly commandMs: number;
  /** A step of an update. */
  readonly applyMs: number;
  /** A peer that is silent for so long while it is asked every `pingMs` is given up, and connected to again. */
  readonly silenceMs: number;
  readonly pingMs: number;
  /** A firewall may have forgotten a connection that rested for so long: it is asked PING before it is used. */
  readonly restMs: number;
  /** The answer to PING of a connection that is in question. */
  readonly proofMs: number;
  /** Whether the server is still one to be used is asked so often, while the view is looked at. */
  readonly lookMs: number;
}

export const LIMITS: Limits = {
  connectMs: 5_000,
  commandMs: 5_000,
  applyMs: 30_000,
  silenceMs: 15_000,
  pingMs: 5_000,
  restMs: 30_000,
  proofMs: 1_000,
  lookMs: 10_000,
};

/** So often the system asks a peer that is idle (TCP keep-alive): what lies between keeps the connection in mind. Milliseconds. */
export const KEEP_ALIVE_MS = 10_000;
