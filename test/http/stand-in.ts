/**
 * A writer and a reader in memory, for tests of the HTTP layer alone: the view follows the log when the test says so, and
 * log and view can be made to fail.
 */
import type { Model } from '../../src/model/model.ts';
import { covers, type Position } from '../../src/position.ts';
import { type Doubt, isHeld, refusing } from '../../src/doubts.ts';
import { logIdOf } from '../../src/incarnation.ts';
import type { ServedLog } from '../../src/http/served.ts';
import type { Demand, Reader, ReadOutcome } from '../../src/reader/reader.ts';
import type { ModelStatus, Readiness } from '../../src/status/status.ts';
import type { Page, QuarantineNote, StoredEntity } from '../../src/view/view.ts';
import type { NotAppended, Writer } from '../../src/writer/writer.ts';

export interface StandIn {
  readonly model: Model;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly log: ServedLog;
  readonly status: () => Promise<ModelStatus>;
  /** What the parts answer; a test changes it. */
  readonly state: {
    log: 'ok' | 'unavailable' | 'uncertain' | 'too-large' | 'forbidden' | 'silent';
    /** With `uncertain`: until when a write may land. */
    until: number | undefined;
    view: 'ok' | 'not-ready' | 'unavailable' | 'foreign';
    /** What makes the view doubtful, and held if a person has to end it. */
    doubt: Doubt | undefined;
    /** Of the log that view and writes are of. */
    incarnation: string;
    /** Resolves when nothing is uncertain any more. */
    settled: Promise<void>;
    following: boolean;
    reads: Readiness;
    writes: Readiness;
    throws: boolean;
    /** By id, what is in quarantine. */
    readonly quarantined: Map<string, QuarantineNote>;
  };
  /** Lets the view apply everything. */
  follow(): void;
  readonly appended: () => number;
}

export function standIn(model: Model): StandIn {
  const state: StandIn['state'] = {
    log: 'ok',
    until: undefined,
    view: 'ok',
    doubt: undefined,
    incarnation: 'stand-in',
    settled: Promise.resolve(),
    following: true,
    reads: 'ready',
    writes: 'ready',
    throws: false,
    quarantined: new Map(),
  };
  const log: (StoredEntity | { id: string; partition: number; offset: number; value: null })[] = [];
  const entities = new Map<string, StoredEntity>();
  const applied = new Map<number, number>([
    [0, 0],
    [1, 0],
  ]);
  const waiting = new Set<() => void>();
  const partitionOf = (id: string): number => id.length % 2;

  const follow = (): void => {
    for (const record of log) {
      if (record.offset < (applied.get(record.partition) ?? 0)) continue;
      if (record.value === null) entities.delete(record.id);
      else entities.set(record.id, record);
      applied.set(record.partition, record.offset + 1);
    }
    for (const wake of waiting) wake();
  };
  const nextOffset = (partition: number): number => log.filter((record) => record.partition === partition).length;
  const acknowledge = (partition: number, offset: number): Position => {
    if (state.following) follow();
    return new Map([[partition, offset + 1]]);
  };

  async function read<T>(demand: Demand, value: () => T): Promise<ReadOutcome<T>> {
    if (state.throws) throw new Error('secret internals');
    if (state.view === 'not-ready') return { kind: 'not-ready' };
    if (state.view === 'unavailable') return { kind: 'unavailable', reason: 'stand-in' };
    const logId = state.incarnation;
    const refused = refusing(state.doubt === undefined ? [] : [state.doubt]);
    if (refused !== undefined) return { kind: 'doubtful', doubt: refused };
    if (state.view === 'foreign') return { kind: 'foreign', logId: 'of-another-cluster' };
    if (demand.logId !== undefined && demand.logId !== logId) return { kind: 'other-log', logId };
    const deadline = performance.now() + demand.waitMs;
    while (!covers(applied, demand.position)) {
      const left = deadline - performance.now();
      if (left <= 0 || demand.signal?.aborted === true) return { kind: 'behind', logId, position: new Map(applied) };
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      const timer = setTimeout(resolve, left);
      demand.signal?.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      clearTimeout(timer);
      waiting.delete(resolve);
    }
    return { kind: 'read', logId, position: new Map(applied), value: value() };
  }

  const notAppended = (kind: Exclude<StandIn['state']['log'], 'ok'>): NotAppended => {
    const reason = 'stand-in';
    if (kind === 'unavailable' || kind === 'silent') return { kind: 'unavailable', reason };
    if (kind === 'uncertain') return { kind, reason, ...(state.until === undefined ? {} : { until: state.until }) };
    return { kind: 'refused', why: kind, reason };
  };

  const writer: Writer = {
    get logId() {
      return logIdOf(state.incarnation);
    },
    refresh: async () => undefined,
    partitionOf,
    settled: () => state.settled,
    async endOf(id) {
      if (state.log === 'unavailable') throw new Error('stand-in');
      if (state.log === 'silent') return new Promise(() => undefined);
      const partition = partitionOf(id);
      return new Map([[partition, nextOffset(partition)]]);
    },
    async put({ id, fields, createdAt, request }) {
      if (state.log !== 'ok') return notAppended(state.log);
      const partition = partitionOf(id);
      const now = Date.now();
      const entity = {
        id,
        value: JSON.stringify(fields),
        createdAt: createdAt ?? now,
        updatedAt: now,
        partition,
        offset: nextOffset(partition),
        request,
      };
      log.push(entity);
      return { kind: 'written', entity, position: acknowledge(partition, entity.offset) };
    },
    async delete(id) {
      if (state.log !== 'ok') return notAppended(state.log);
      const partition = partitionOf(id);
      const offset = nextOffset(partition);
      log.push({ id, partition, offset, value: null });
      return { kind: 'deleted', position: acknowledge(partition, offset) };
    },
  };
  const page = (limit: number): Page => {
    const all = [...entities.values()];
    const last = all[limit - 1];
    const next = last === undefined || all.length <= limit ? undefined : { value: last.createdAt, id: last.id };
    return { entities: all.slice(0, limit), next };
  };
  return {
    model,
    writer,
    log: {
      get incarnation() {
        return state.incarnation;
      },
      refresh: async () => undefined,
      get held() {
        return isHeld(state.doubt) ? state.doubt : undefined;
      },
    },
    reader: {
      async get(id, demand) {
        const answer = await read(demand, () => entities.get(id));
        const quarantined = state.quarantined.get(id);
        if (answer.kind !== 'read' || answer.value !== undefined || quarantined === undefined) return answer;
        return { ...answer, quarantined };
      },
      list: ({ limit }, demand) => read(demand, () => page(limit)),
      close: async () => undefined,
    },
    status: async () => ({
      reads: state.reads,
      writes: state.writes,
      quarantined: 0,
      partitions: [],
      keeps: false,
      problems: state.reads === 'ready' ? [] : ['stand-in'],
    }),
    state,
    follow,
    appended: () => log.length,
  };
}
