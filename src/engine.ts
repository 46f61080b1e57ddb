/** One model's parts, wired to the ports they work on: writer → log → worker → view → reader. */
import type { Logger } from 'pino';
import type { Log } from './log/log.ts';
import type { Model } from './model/model.ts';
import { openReader, type Reader } from './reader/reader.ts';
import type { AskStatus } from './status/status.ts';
import type { View } from './view/view.ts';
import { startWorker, type Worker } from './worker/worker.ts';
import { openWriter, type Writer } from './writer/writer.ts';

export interface Engine {
  readonly model: Model;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly status: AskStatus;
  /** Stops the worker and ends waiting reads; log and view stay open, for answers under way. */
  stop(): Promise<void>;
}

/** Starts the engine; it answers at once, `status` tells when the view has caught up. */
export async function startEngine(model: Model, log: Log, view: View, logger: Logger): Promise<Engine> {
  const writer = await openWriter(model, log);
  const reader = openReader(view);
  const worker = startWorker({ model, log, view, group: model.name, logger });
  return {
    model,
    writer,
    reader,
    status: askStatus(log, view, worker),
    async stop() {
      await Promise.all([reader.close(), worker.stop()]);
    },
  };
}

function askStatus(log: Log, view: View, worker: Worker): AskStatus {
  return async () => {
    const partitions = worker.statuses();
    try {
      const [{ partitions: count }, { quarantined }] = await Promise.all([log.describe(), view.describe()]);
      const ready = partitions.length === count && partitions.every(({ phase }) => phase === 'live');
      return { ready, quarantined, partitions, problem: undefined };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ready: false, quarantined: 0, partitions, problem };
    }
  };
}
