/** One model's parts, wired to the ports they work on: writer → log → worker → view → reader. */
import type { Logger } from 'pino';
import { watchLog } from './api/served-log.ts';
import type { ServedModel } from './http/served.ts';
import type { Log, LogDescription } from './log/log.ts';
import type { Model } from './model/model.ts';
import { openReader } from './reader/reader.ts';
import type { Recorder } from './status/recorder.ts';
import type { AskStatus, ModelStatus, PartitionStatus } from './status/status.ts';
import { awaitVisible } from './status/visible.ts';
import type { View, ViewDescription } from './view/view.ts';
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
  /** Ends waiting reads; log and view stay open, for answers under way. */
  stop(): Promise<void>;
}

/** The worker's half. */
export interface Keeping {
  readonly status: AskStatus;
  stop(): Promise<void>;
}

/** Both halves in one process. It answers at once; `status` tells when the view has caught up. */
export async function startEngine(parts: EngineParts): Promise<Api> {
  const api = await openApi(parts);
  const worker = startWorker(parts);
  return {
    ...api,
    status: askStatus(parts, () => judgeWhole(parts.model, worker)),
    async stop() {
      await Promise.all([api.stop(), worker.stop()]);
    },
  };
}

/** The API alone: ready when log and view answer. */
export async function openApi({ model, log, view, recorder }: EngineParts): Promise<Api> {
  const visible = awaitVisible((seconds) => recorder.visible(model.name, seconds));
  const writer = await openWriter(model, log, { recorder, acknowledged: visible.acknowledged });
  const served = await watchLog(writer, view);
  const reader = openReader(view, {
    isThisLog: (incarnation) => served.isThisLog(incarnation),
    answeredFrom: (incarnation) => served.see(incarnation),
    moved: visible.moved,
    behind: () => recorder.behind(model.name),
  });
  return {
    model,
    writer,
    reader,
    log: served,
    status: () => askClient(log, view),
    stop() {
      served.stop();
      return reader.close();
    },
  };
}

/** The worker alone: ready when each partition that it keeps has caught up, and so is one that keeps none. */
export function startKeeping(parts: EngineParts): Keeping {
  const worker = startWorker(parts);
  return { status: askStatus(parts, () => judgeWorker(worker)), stop: () => worker.stop() };
}

/** A client keeps no partition: it shows where the view stands, and is ready when log and view answer. */
async function askClient(log: Log, view: View): Promise<ModelStatus> {
  try {
    const [bounds, { partitions: stored, quarantined }] = await Promise.all([log.bounds(), view.describe()]);
    const partitions = [...bounds].map(([partition, found]): PartitionStatus => {
      const { checkpoint = 0, live = false } = stored.get(partition) ?? {};
      if ('problem' in found) return { partition, phase: 'failing', checkpoint, target: 0, problem: found.problem };
      return { partition, phase: live ? 'live' : 'replaying', checkpoint, target: found.endOffset, problem: undefined };
    });
    return { ready: true, quarantined, partitions, problem: undefined };
  } catch (error) {
    return unready([], error);
  }
}

/** The status where log or view doesn't answer. */
function unready(partitions: readonly PartitionStatus[], error: unknown): ModelStatus {
  const problem = error instanceof Error ? error.message : String(error);
  return { ready: false, quarantined: 0, partitions, problem };
}

/** What a process says of its own part; `ready` is judged with what log and view say. */
interface Judgement {
  readonly partitions: readonly PartitionStatus[];
  readonly problem: string | undefined;
  readonly ready: (log: LogDescription, view: ViewDescription) => boolean;
}

/** Asks log and view, then judges. What the worker says is taken first, so that it is never newer than the view's word. */
function askStatus({ log, view }: Pick<EngineParts, 'log' | 'view'>, judging: () => Judgement): AskStatus {
  return async () => {
    const { partitions, problem, ready } = judging();
    try {
      const [logNow, viewNow] = await Promise.all([log.describe(), view.describe()]);
      const isReady = problem === undefined && ready(logNow, viewNow);
      return { ready: isReady, quarantined: viewNow.quarantined, partitions, problem };
    } catch (error) {
      return unready(partitions, error);
    }
  };
}

function judgeWorker(worker: Worker): Judgement {
  const partitions = worker.statuses();
  const assigned = worker.assigned();
  const ready = (): boolean => assigned && partitions.every(({ phase }) => phase === 'live');
  return { partitions, problem: worker.problem(), ready };
}

function judgeWhole(model: Model, worker: Worker): Judgement {
  const partitions = worker.statuses();
  const live = partitions.every(({ phase }) => phase === 'live');
  const ready: Judgement['ready'] = (log, view) =>
    live && partitions.length === log.partitions && isReadable(model, log, view);
  return { partitions, problem: worker.problem(), ready };
}

/** Whether reads are answered: the view itself says so, whatever the worker believes. */
function isReadable(model: Model, log: LogDescription, { generation, partitions }: ViewDescription): boolean {
  if (generation === undefined || generation.logId !== log.id || generation.fingerprint !== model.fingerprint)
    return false;
  return partitions.size === log.partitions && [...partitions.values()].every(({ live }) => live);
}
