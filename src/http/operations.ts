/** GET /status: what log and view look like, for people and tools. GET /metrics: what the process counts, for Prometheus. */
import type { FastifyInstance } from 'fastify';
import { queryText } from './paths.ts';
import { refuseParameters } from './query.ts';
import { JSON_TYPE } from './reads.ts';
import type { WireModelReport, WireStatus } from './wire.ts';

/** Asks for the reports of the process's models, each bounded in time. */
export type AskReports = () => Promise<readonly WireModelReport[]>;

/** What the process counts, in the text format that `contentType` names. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Adds GET /status. It answers 200 also where something needs a person: readiness is another question. */
export function addStatus(app: FastifyInstance, report: AskReports): void {
  app.get('/status', async (request, reply) => {
    refuseParameters(queryText(request));
    const models = await report();
    const status: WireStatus = { ok: models.every(({ ok }) => ok), models };
    return reply.header('cache-control', 'no-store').type(JSON_TYPE).send(JSON.stringify(status));
  });
}

/** Adds GET /metrics. */
export function addMetrics(app: FastifyInstance, metrics: MetricsText): void {
  app.get('/metrics', async (request, reply) => {
    refuseParameters(queryText(request));
    const text = await metrics.text();
    return reply.header('cache-control', 'no-store').type(metrics.contentType).send(text);
  });
}
