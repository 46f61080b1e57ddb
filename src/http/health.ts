/** GET /health/live: the process answers. GET /health/ready: whether reads, or writes, are answered. */
import type { FastifyInstance } from 'fastify';
import type { AskStatus, ModelStatus, Readiness } from '../status/status.ts';
import { queryText } from './paths.ts';
import { chosenParameter, refuseParameters } from './query.ts';
import { JSON_TYPE } from './reads.ts';
import type { WireModelHealth, WireReadiness } from './wire.ts';

/** A model by its name, and how to ask for its state. */
export interface ModelHealth {
  readonly name: string;
  readonly status: AskStatus;
}

/** What ?for= takes; the first one is asked for where it is absent. */
export const READY_FOR = ['reads', 'writes'] as const;
export type ReadyFor = (typeof READY_FOR)[number];

/** From best to worst. */
const ORDER: readonly Readiness[] = ['ready', 'degraded', 'starting', 'unavailable'];

/**
 * Adds both routes. `enough`: what counts as ready. A degraded API answers still, and to take it away would mend nothing; a
 * degraded worker gets no requests, and who starts the next one after it waits until all is well.
 */
export function addHealth(app: FastifyInstance, models: readonly ModelHealth[], enough: readonly Readiness[]): void {
  app.get('/health/live', (request, reply) => {
    refuseParameters(queryText(request));
    reply.header('cache-control', 'no-store').type(JSON_TYPE).send('{"status":"live"}');
  });

  app.get('/health/ready', async (request, reply) => {
    const wanted = chosenParameter(queryText(request), 'for', READY_FOR);
    const found = await Promise.all(models.map(async ({ name, status }) => [name, await status()] as const));
    const worst = (side: ReadyFor): Readiness =>
      found.reduce<Readiness>(
        (so, [, { [side]: one }]) => (ORDER.indexOf(one) > ORDER.indexOf(so) ? one : so),
        'ready',
      );
    const readiness: WireReadiness = {
      status: worst(wanted),
      reads: worst('reads'),
      writes: worst('writes'),
      models: Object.fromEntries(found.map(([name, one]) => [name, healthOf(one, enough.includes(one[wanted]))])),
    };
    const isReady = enough.includes(readiness.status);
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store');
    if (!isReady) reply.header('retry-after', '1');
    return reply.type(JSON_TYPE).send(JSON.stringify(readiness));
  });
}

function healthOf({ reads, writes, quarantined, partitions, problems }: ModelStatus, ready: boolean): WireModelHealth {
  return {
    ready,
    reads,
    writes,
    quarantined,
    partitions: partitions.map(({ problem: one, ...partition }) => ({
      ...partition,
      ...(one === undefined ? {} : { problem: one }),
    })),
    problems,
  };
}
