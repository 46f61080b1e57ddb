/** One model's parts, wired to the ports they work on: writer → log → worker → view → reader. */
import type { Logger } from 'pino';
import type { Log, LogDescription } from './log/log.ts';
import type { Model } from './model/model.ts';
import { openReader, type Reader } from './reader/reader.ts';
import type { AskStatus } from './status/status.ts';
import type { View, ViewDescription } from './view/view.ts';
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
    status: askStatus(model, log, view, worker),
    async stop() {
      await Promise.all([reader.close(), worker.stop()]);
    },
  };
}

function askStatus(model: Model, log: Log, view: View, worker: Worker): AskStatus {
  return async () => {
    const partitions = worker.statuses();
    try {
      const [logNow, viewNow] = await Promise.all([log.describe(), view.describe()]);
      const problem = worker.problem();
      const kept = partitions.length === logNow.partitions && partitions.every(({ phase }) => phase === 'live');
      const ready = problem === undefined && kept && isReadable(model, logNow, viewNow);
      return { ready, quarantined: viewNow.quarantined, partitions, problem };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ready: false, quarantined: 0, partitions, problem };
    }
  };
}

/** Whether reads are answered: the view itself says so, whatever the worker believes. */
function isReadable(model: Model, log: LogDescription, { generation, partitions }: ViewDescription): boolean {
  if (generation === undefined || generation.logId !== log.id || generation.fingerprint !== model.fingerprint)
    return false;
  return partitions.size === log.partitions && [...partitions.values()].every(({ live }) => live);
}
