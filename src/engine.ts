/** One model's parts, wired to the ports they work on: writer → log → worker → view → reader. */
import type { Logger } from 'pino';
import { watchLog } from './api/served-log.ts';
import type { ServedModel } from './http/served.ts';
import type { Log } from './log/log.ts';
import type { Model } from './model/model.ts';
import { openReader } from './reader/reader.ts';
import type { OwnWorker } from './status/evidence.ts';
import { type Inspector, type InspectorParts, startInspector } from './status/inspect.ts';
import type { Recorder } from './status/recorder.ts';
import { awaitVisible } from './status/visible.ts';
import type { View } from './view/view.ts';
import { startWorker, type Worker } from './worker/worker.ts';
import { openWriter } from './writer/writer.ts';

/** What an engine is made of. */
export interface EngineParts {
  readonly model: Model;
  readonly log: Log;
  readonly view: View;
  /** Workers of one group share the partitions. */
  readonly group: string;
  readonly logger: Logger;
  readonly recorder: Recorder;
}

/** The API's half: what the HTTP server is given. */
export interface Api extends ServedModel {
  readonly inspector: Inspector;
  /** Ends waiting reads; log and view stay open, for answers under way. */
  stop(): Promise<void>;
}

/** The worker's half. */
export interface Keeping {
  readonly inspector: Inspector;
  stop(): Promise<void>;
}

/** Both halves in one process. It answers at once; `status` tells when the view has caught up. */
export async function startEngine(parts: EngineParts): Promise<Api> {
  const worker = { started: undefined as Worker | undefined };
  const api = await openHalf(parts, () => worker.started);
  worker.started = startWorker(parts);
  const { started } = worker;
  return {
    ...api,
    async stop() {
      await Promise.all([api.stop(), started.stop()]);
    },
  };
}

/** The API alone. */
export function openApi(parts: EngineParts): Promise<Api> {
  return openHalf(parts, () => undefined);
}

/** `worker` answers the process's own one, where it has one. */
async function openHalf(parts: EngineParts, worker: () => Worker | undefined): Promise<Api> {
  const { model, log, view, recorder } = parts;
  const visible = awaitVisible((seconds) => recorder.visible(model.name, seconds));
  const writer = await openWriter(model, log, { recorder, acknowledged: visible.acknowledged });
  const served = await watchLog(writer, view);
  const reader = openReader(view, {
    isThisLog: (incarnation) => served.isThisLog(incarnation),
    answeredFrom: (incarnation) => served.see(incarnation),
    moved: visible.moved,
    behind: () => recorder.behind(model.name),
  });
  const own: InspectorParts['own'] = () => {
    const started = worker();
    const api = { logId: writer.logId, appendProblem: log.appendProblem() };
    return { api, worker: started && ownWorker(started) };
  };
  const inspector = startInspector({ ...parts, own });
  return {
    model,
    writer,
    reader,
    log: served,
    inspector,
    status: () => inspector.status(),
    stop() {
      inspector.stop();
      served.stop();
      return reader.close();
    },
  };
}

/** The worker alone: ready when each partition that it keeps has caught up, and so is one that keeps none. */
export function startKeeping(parts: EngineParts): Keeping {
  const worker = startWorker(parts);
  const inspector = startInspector({ ...parts, own: () => ({ api: undefined, worker: ownWorker(worker) }) });
  return {
    inspector,
    stop() {
      inspector.stop();
      return worker.stop();
    },
  };
}

/** What the worker's half knows of itself. */
function ownWorker(worker: Worker): OwnWorker {
  return { assigned: worker.assigned(), partitions: worker.statuses(), problem: worker.problem() };
}
