/** A board on real adapters and a real server whose view takes no update while a test holds it. */
import { mkdirSync } from 'node:fs';
import { pino } from 'pino';
import { startEngine } from '../../src/engine.ts';
import { SILENT } from '../../src/status/recorder.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import type { Log } from '../../src/log/log.ts';
import { indexNames } from '../../src/model/indexes.ts';
import type { Model } from '../../src/model/model.ts';
import { openEmbeddedView } from '../../src/view/embedded/embedded-view.ts';
import type { View } from '../../src/view/view.ts';
import { withMethods } from '../properties/faults.ts';

/** Lets updates through, holds them, or fails those that it holds, as a crash would. */
export interface Gate {
  open(): void;
  /** Holds updates; `after`: only once so many with records have passed. Default 0. */
  shut(after?: number): void;
  /** Resolves once an update is held. */
  held(): Promise<void>;
  /** Fails every update that is held, and those to come. */
  breakDown(): void;
  /** Resolves when an update may pass. */
  through(withRecords: boolean): Promise<void>;
}

export function makeGate(): Gate {
  let opened = Promise.withResolvers<void>();
  let held = Promise.withResolvers<void>();
  let left = 0;
  opened.resolve();
  return {
    open: () => opened.resolve(),
    shut(after = 0) {
      left = after;
      opened = Promise.withResolvers<void>();
      held = Promise.withResolvers<void>();
      opened.promise.catch(() => undefined);
    },
    held: () => held.promise,
    breakDown: () => opened.reject(new Error('the view broke down')),
    async through(withRecords) {
      if (left > 0) {
        if (withRecords) left -= 1;
        return;
      }
      held.resolve();
      await opened.promise;
    },
  };
}

/** The view behind the gate. */
export function behindGate(view: View, gate: Gate): View {
  const apply: View['apply'] = async (update) => {
    await gate.through(update.operations.length > 0);
    return view.apply(update);
  };
  return withMethods(view, { apply });
}

export interface Held {
  readonly url: string;
  readonly log: Log;
  /** The view itself, for looking at it. */
  readonly view: View;
  readonly gate: Gate;
  close(): Promise<void>;
}

/** Starts the model on the folder of its log and view; the gate is as it is given. */
export async function startHeld(model: Model, directory: string, gate: Gate): Promise<Held> {
  mkdirSync(directory, { recursive: true });
  const log = await openEmbeddedLog({ directory, partitions: model.partitions });
  const indexes = { filters: indexNames(model, 'filter'), sorts: indexNames(model, 'sort') };
  const view = await openEmbeddedView({ directory, ...indexes, partitionOf: () => 0 });
  const engine = await startEngine({
    model,
    log,
    view: behindGate(view, gate),
    group: model.name,
    logger: pino({ level: 'silent' }),
    recorder: SILENT,
  });
  const server = await createHttpServer({ models: [engine], version: '0', cors: [], logger: false });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    log,
    view,
    gate,
    async close() {
      await server.close();
      const stopped = engine.stop();
      gate.open();
      await stopped;
      await Promise.all([log.close(), view.close()]);
    },
  };
}
