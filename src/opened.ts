/** What every role of the program is made of: its models checked, its logger, and its parts with their closers. */
import { pino, type Logger } from 'pino';
import { closeAll, type Closer } from './closers.ts';
import { KmodelError } from './errors.ts';
import type { Model } from './model/model.ts';

export interface Kmodel {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops taking requests, ends what is under way, and frees files and threads. */
  close(): Promise<void>;
}

/**
 * Opens the parts of a process, each with its closer; answers its URL. What was opened before a failure is closed again.
 * A server is closed before what it answers from, so that no request loses it half-way.
 */
export async function opened(logger: Logger, open: (closers: Closer[]) => Promise<string>): Promise<Kmodel> {
  const closers: Closer[] = [];
  try {
    const url = await open(closers);
    let closing: Promise<void> | undefined;
    return { url, close: () => (closing ??= closeAll(closers)) };
  } catch (error) {
    await closeAll(closers).catch((also: unknown) => logger.error({ err: also }, 'did not stop cleanly'));
    throw error;
  }
}

/** Throws MODEL_INVALID where there is no model, or two have one name. */
export function checkModels(models: readonly Model[]): void {
  const names = models.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new KmodelError('MODEL_INVALID', `two models are named "${twice}": give one another name`);
  if (models.length === 0)
    throw new KmodelError('MODEL_INVALID', 'there is no model: pass at least one to startKmodel({ models: […] })');
}

/** A logger that writes to stderr, unless one is given. */
export function makeLogger(logger: Logger | string | false): Logger {
  if (typeof logger === 'object') return logger;
  return pino({ level: logger === false ? 'silent' : logger }, pino.destination(2));
}
