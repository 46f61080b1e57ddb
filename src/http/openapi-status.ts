/** Part of the OpenAPI document: the schema of GET /status. */
import type { PartitionStateName } from '../status/report.ts';
import { COUNT, READINESS, type Schema, strict, TIME } from './openapi-parts.ts';

const LINE: Schema = { type: 'string', minLength: 1 };
const LINES: Schema = { type: 'array', items: LINE };
const COUNT_IF_KNOWN: Schema = { type: ['integer', 'null'], minimum: 0 };

const STATES: Readonly<Record<PartitionStateName, true>> = {
  live: true,
  replaying: true,
  behind: true,
  held: true,
  failing: true,
  unowned: true,
  absent: true,
  unknown: true,
};

/** The answer to GET /status; null stands for what is not known. */
export function statusSchema(): Schema {
  return strict({ ok: { type: 'boolean' }, models: { type: 'array', items: modelReport() } });
}

function modelReport(): Schema {
  return strict({
    model: LINE,
    ok: { type: 'boolean' },
    at: TIME,
    reads: READINESS,
    writes: READINESS,
    log: { anyOf: [logReport(), strict({ problem: LINE })] },
    view: { anyOf: [viewReport(), strict({ problem: LINE })] },
    quarantined: COUNT_IF_KNOWN,
    partitions: { type: 'array', items: partitionReport() },
    problems: LINES,
  });
}

function logReport(): Schema {
  return strict({
    id: LINE,
    settings: { type: 'object', additionalProperties: { type: 'string' } },
    warnings: LINES,
  });
}

function viewReport(): Schema {
  return strict({
    generation: { type: ['string', 'null'] },
    ofThisLog: { type: 'boolean' },
    ofThisModel: { type: 'boolean' },
    incarnation: { type: ['string', 'null'] },
    entities: COUNT_IF_KNOWN,
    doubt: {
      anyOf: [{ type: 'null' }, strict({ reason: LINE, evidence: { type: 'string' }, held: { type: 'boolean' } })],
    },
    rebuilds: { type: 'object', additionalProperties: COUNT },
  });
}

function partitionReport(): Schema {
  return strict({
    partition: COUNT,
    startOffset: COUNT_IF_KNOWN,
    endOffset: COUNT_IF_KNOWN,
    stableEndOffset: COUNT_IF_KNOWN,
    checkpoint: COUNT_IF_KNOWN,
    lag: COUNT_IF_KNOWN,
    owner: { type: ['string', 'null'] },
    state: { enum: Object.keys(STATES) },
    problem: { type: ['string', 'null'] },
  });
}
