/** What every role of the program is made of: its models checked, its logger, and its parts with their closers. */
import { pino, type Logger } from 'pino';
import { closeAll, type Closer } from './closers.ts';
import { KmodelError } from './errors.ts';
import type { Model } from './model/model.ts';

export interface Kmodel {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Resolves with the reason where a part of it has died that is not started again (a thread that writes the log or the view).
   * It has closed itself by then.
   */
  readonly gone: Promise<Error>;
  /** Stops taking requests, ends what is under way, and frees files and threads. */
  close(): Promise<void>;
}

/** Takes the `gone` of a log or a view that was opened. */
export type WatchPart = (gone: Promise<Error>) => void;

/**
 * Opens the parts of a process, each with its closer; answers its URL. What was opened before a failure is closed again.
 * A server is closed before what it answers from, so that no request loses it half-way.
 */
export async function opened(
  logger: Logger,
  open: (closers: Closer[], watch: WatchPart) => Promise<string>,
): Promise<Kmodel> {
  const closers: Closer[] = [];
  const death = Promise.withResolvers<Error>();
  try {
    const url = await open(closers, (gone) => void gone.then(death.resolve));
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= closeAll(closers));
    const gone = death.promise.then(async (error) => {
      logger.fatal({ problem: error.message }, 'a part of this process has died: it stops');
      await close().catch((also: unknown) => logger.error({ err: also }, 'did not stop cleanly'));
      return error;
    });
    return { url, gone, close };
  } catch (error) {
    await closeAll(closers).catch((also: unknown) => logger.error({ err: also }, 'did not stop cleanly'));
    throw error;
  }
}

/** Throws MODEL_INVALID where there is no model, or two have one name or one topic. */
export function checkModels(models: readonly Model[]): void {
  const names = models.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new KmodelError('MODEL_INVALID', `two models are named "${twice}": give one another name`);
  const topics = models.map(({ topic }) => topic);
  const shared = topics.find((topic, at) => topics.indexOf(topic) !== at);
  if (shared !== undefined)
    throw new KmodelError('MODEL_INVALID', `two models have the topic "${shared}": give one another topic`);
  if (models.length === 0)
    throw new KmodelError('MODEL_INVALID', 'there is no model: pass at least one to startKmodel({ models: […] })');
}

/** A logger that writes to stderr, unless one is given. */
export function makeLogger(logger: Logger | string | false): Logger {
  if (typeof logger === 'object') return logger;
  return pino({ level: logger === false ? 'silent' : logger }, pino.destination(2));
}
