/** GET /health/live: the process answers. GET /health/ready: each model's view is complete, log and view answer. */
import type { FastifyInstance } from 'fastify';
import type { AskStatus, ModelStatus } from '../status/status.ts';
import { queryText } from './paths.ts';
import { refuseParameters } from './query.ts';
import { JSON_TYPE } from './reads.ts';
import type { WireModelHealth, WireReadiness } from './wire.ts';

/** A model by its name, and how to ask for its state. */
export interface ModelHealth {
  readonly name: string;
  readonly status: AskStatus;
}

/** Adds both routes. */
export function addHealth(app: FastifyInstance, models: readonly ModelHealth[]): void {
  app.get('/health/live', (request, reply) => {
    refuseParameters(queryText(request));
    reply.header('cache-control', 'no-store').type(JSON_TYPE).send('{"status":"live"}');
  });

  app.get('/health/ready', async (request, reply) => {
    refuseParameters(queryText(request));
    const found = await Promise.all(models.map(async ({ name, status }) => [name, healthOf(await status())] as const));
    const readiness = readinessOf(found);
    reply.code(readiness.status === 'ready' ? 200 : 503).header('cache-control', 'no-store');
    if (readiness.status === 'starting') reply.header('retry-after', '1');
    return reply.type(JSON_TYPE).send(JSON.stringify(readiness));
  });
}

function readinessOf(models: readonly (readonly [string, WireModelHealth])[]): WireReadiness {
  return { status: models.every(([, { ready }]) => ready) ? 'ready' : 'starting', models: Object.fromEntries(models) };
}

function healthOf({ ready, quarantined, partitions, problem }: ModelStatus): WireModelHealth {
  return {
    ready,
    quarantined,
    partitions: partitions.map(({ problem: one, ...partition }) => ({
      ...partition,
      ...(one === undefined ? {} : { problem: one }),
    })),
    ...(problem === undefined ? {} : { problem }),
  };
}
