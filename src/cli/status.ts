/** `kmodel status`: what log and view look like, asked from them or from a running server. It only reads. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { inspect } from '../status/inspect.ts';
import type { ModelReport } from '../status/report.ts';
import type { Model } from '../model/model.ts';
import { type Api, describeReply, fieldsOf, noServer, send } from './api.ts';
import { CommandFailure } from './failure.ts';
import type { OpenedModel, Ports } from './ports.ts';
import { reportText } from './status-text.ts';

/** How long log and view may take from the start of opening them to their answer. Milliseconds. */
const INSPECT_WITHIN_MS = 10_000;
/** How long closing them may hold the command up. Milliseconds. */
const CLOSE_WITHIN_MS = 2_000;

/** The reports of the models, asked from the log and the view that the configuration names. */
export async function inspectModels(
  models: readonly Model[],
  config: Config,
  ports: Ports,
  withinMs = INSPECT_WITHIN_MS,
): Promise<readonly ModelReport[]> {
  const opened = await ports.openEach(models, config);
  try {
    return await Promise.all(opened.map((one) => inspectOpened(one, withinMs)));
  } finally {
    const closing = opened.flatMap(({ log, view }) => [closeOpened(log), closeOpened(view)]);
    await Promise.race([Promise.all(closing), pause(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }
}

/** A port that can't be opened is reported like one that doesn't answer. */
function inspectOpened({ model, log, view }: OpenedModel, withinMs: number): Promise<ModelReport> {
  return inspect(
    model,
    {
      describe: async () => (await log).describe(),
      bounds: async () => (await log).bounds(),
    },
    { describe: async () => (await view).describe() },
    Date.now,
    withinMs / 2,
  );
}

/** What could not be opened, or closed, has been told or matters to nobody: the process ends. */
async function closeOpened(opening: Promise<{ close(): Promise<void> }>): Promise<void> {
  await opening.then((port) => port.close()).catch(() => undefined);
}

/**
 * The reports of a running server's models.
 * @throws CommandFailure where no server answers, or it is none that answers GET /status
 */
export async function askServer(api: Api): Promise<readonly ModelReport[]> {
  const reply = await send(api, { method: 'GET', path: '/status' });
  if (reply.kind === 'unreachable') throw new CommandFailure(noServer(api, reply.reason));
  if (reply.status !== 200) throw new CommandFailure(`${api.url}/status answered ${describeReply(reply)}`);
  const { models } = fieldsOf(reply.json);
  if (!Array.isArray(models) || !models.every(isReport))
    throw new CommandFailure(`${api.url} is no kmodel server of this version: GET /status answered without reports`);
  return models;
}

/** Whether the parts are there that the text is made of. */
function isReport(value: unknown): value is ModelReport {
  const { model, ok, at, log, view, quarantined, partitions, problems } = fieldsOf(value);
  return (
    typeof model === 'string' &&
    typeof ok === 'boolean' &&
    typeof at === 'string' &&
    isObject(log) &&
    isObject(view) &&
    (quarantined === null || typeof quarantined === 'number') &&
    Array.isArray(partitions) &&
    Array.isArray(problems)
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What the command prints: a text for people, or the JSON of GET /status. */
export function statusOutput(reports: readonly ModelReport[], json: boolean): string {
  if (json) return `${JSON.stringify({ ok: allOk(reports), models: reports }, undefined, 2)}\n`;
  return reports.map(reportText).join('\n');
}

/** Whether nothing needs a person. */
export function allOk(reports: readonly ModelReport[]): boolean {
  return reports.every(({ ok }) => ok);
}
