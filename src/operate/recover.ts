/**
 * `kmodel recover`: appends to a log that has lost records what only the held view still has, then begins a new generation of a
 * new incarnation. Clients refuse writes meanwhile, since the view is held. Run again after a failure it goes on: what was
 * appended is in the log, and later than what the view has.
 */
import { doubtEntry, isHeld } from '../doubts.ts';
import type { Log, NewRecord, Partition } from '../log/log.ts';
import { partitionOf } from '../log/partitioner.ts';
import type { Model } from '../model/model.ts';
import { HEADER_CREATED, HEADER_REQUEST, HEADER_VERSION, utf8 } from '../model/record.ts';
import type { QuarantinePlace, StoredEntity, View } from '../view/view.ts';
import { absenceOf, idOfKeyBytes, type Parting, standingOf } from './comparison.ts';
import { keysOf, latin1, type NewestRecord } from './log-keys.ts';
import { beginByHand, heldGeneration, Refused } from './rebuild.ts';

/** What of the view and the log there is, and what was done about it. */
export interface Recovered {
  /** Entities that the log has, in the view or not. */
  readonly inLog: number;
  readonly inView: number;
  /** Entities that only the view had: appended. */
  readonly lost: number;
  /** Entities whose delete only the view had seen: a tombstone is appended. */
  readonly deleted: number;
  /** Entities of the log that the view lacks, of which it can't be told whether their delete was lost: they stay. */
  readonly unsure: number;
  /** Undefined: a dry run, which changes nothing. */
  readonly generation: string | undefined;
}

/** So many records are appended at once. */
const AT_ONCE = 500;
/** So many records in quarantine are read at once. */
const QUARANTINE_PAGE = 1000;

/** Throws Refused where the view isn't held, or the log doesn't take a record; KmodelError where log or view can't be asked. */
export async function recover(model: Model, log: Log, view: View, dryRun: boolean): Promise<Recovered> {
  const held = await heldGeneration(model, log, view);
  const partitions = [...Array(held.partitions).keys()];
  const quarantined = await quarantinedKeys(view);
  const comparison = new Comparison(model, log, view, quarantined, held.id);
  let firstLostAt: number | undefined;
  for (const partition of partitions) {
    const found = await comparison.parting(partition);
    if (found.firstLostAt !== undefined) firstLostAt = Math.min(firstLostAt ?? Infinity, found.firstLostAt);
  }
  const counts = { inLog: 0, inView: 0, lost: 0, deleted: 0, unsure: 0 };
  for (const partition of partitions) await comparison.act(partition, firstLostAt, counts, dryRun);
  if (dryRun) return { ...counts, generation: undefined };
  const generation = await beginByHand(model, log, view, { newIncarnation: true, why: 'kmodel recover' });
  return { ...counts, generation };
}

async function quarantinedKeys(view: View): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  let after: QuarantinePlace | undefined;
  do {
    const page = await view.quarantine(after, QUARANTINE_PAGE);
    for (const { key } of page.records) keys.add(latin1(key));
    after = page.next;
  } while (after !== undefined);
  return keys;
}

/** Whether its row could be read; what can't be read is no reason to delete anything. */
function isReadable({ value }: StoredEntity): boolean {
  return value !== '';
}

type Counts = { -readonly [Name in Exclude<keyof Recovered, 'generation'>]: number };

class Comparison {
  readonly #model: Model;
  readonly #log: Log;
  readonly #view: View;
  readonly #quarantined: ReadonlySet<string>;
  readonly #generation: string;
  readonly #commonUpTo = new Map<Partition, number>();

  constructor(model: Model, log: Log, view: View, quarantined: ReadonlySet<string>, generation: string) {
    this.#model = model;
    this.#log = log;
    this.#view = view;
    this.#quarantined = quarantined;
    this.#generation = generation;
  }

  /** Where log and view part in this partition. */
  async parting(partition: Partition): Promise<Parting> {
    const keys = await keysOf(this.#log, partition);
    let commonUpTo = 0;
    let firstLostAt: number | undefined;
    for await (const entities of this.#view.everything(partition)) {
      for (const entity of entities.filter(isReadable)) {
        const newest = keys.get(latin1(utf8(entity.id)));
        const standing = standingOf(entity, newest);
        if (standing === 'same') commonUpTo = Math.max(commonUpTo, newest!.offset + 1);
        if (standing === 'lost') firstLostAt = Math.min(firstLostAt ?? Infinity, entity.updatedAt);
      }
    }
    this.#commonUpTo.set(partition, commonUpTo);
    return { commonUpTo, firstLostAt };
  }

  /** Appends what the partition lacks, and counts. */
  async act(partition: Partition, firstLostAt: number | undefined, counts: Counts, dryRun: boolean): Promise<void> {
    const keys = new Map(await keysOf(this.#log, partition));
    for (const { isTombstone } of keys.values()) if (!isTombstone) counts.inLog += 1;
    const inView = new Set<string>();
    for await (const entities of this.#view.everything(partition)) {
      const standings = entities.map((entity) => [entity, this.#seeOnce(entity, inView, keys)] as const);
      const lost = standings.flatMap(([entity, standing]) =>
        standing === 'lost' && isReadable(entity) ? [entity] : [],
      );
      counts.lost += lost.length;
      if (!dryRun) await this.#append(lost.map((entity) => this.#recordOf(entity)));
    }
    counts.inView += inView.size;
    const mayLackRows = await this.#checkStillHeld();
    const parting = { commonUpTo: this.#commonUpTo.get(partition) ?? 0, firstLostAt };
    const gone: NewRecord[] = [];
    for (const [key, newest] of keys) {
      if (newest.isTombstone || inView.has(key) || !this.#isEntitys(key, partition)) continue;
      if (mayLackRows || absenceOf(newest, parting) === 'unsure') counts.unsure += 1;
      else gone.push({ partition, key: Buffer.from(key, 'latin1'), value: null, headers: {}, timestamp: Date.now() });
    }
    counts.deleted += gone.length;
    if (!dryRun) await this.#append(gone);
  }

  /**
   * What a view lacks that was dropped while it was read was not deleted: throws Refused. Answers whether the view has lost rows
   * by itself, as far as is known (evictions, contradictions): then what it lacks need not have been deleted either.
   */
  async #checkStillHeld(): Promise<boolean> {
    const { generation, doubt, doubts = [] } = await this.#view.describe();
    if (generation?.id === this.#generation && isHeld(doubt))
      return doubts.some(({ reason }) => doubtEntry(reason).ends === 'rebuild');
    throw new Refused(
      'expected the view to be held all the time, found that it is not any more; look at kmodel status',
    );
  }

  /** A scan may bring an entity twice. */
  #seeOnce(entity: StoredEntity, seen: Set<string>, keys: ReadonlyMap<string, NewestRecord>): string {
    const key = latin1(utf8(entity.id));
    if (seen.has(key)) return 'seen';
    seen.add(key);
    return standingOf(entity, keys.get(key));
  }

  /** Whether the view would have the key's entity, if it had not been deleted: what is in quarantine it can't have. */
  #isEntitys(key: string, partition: Partition): boolean {
    const id = idOfKeyBytes(key);
    if (id === undefined || this.#quarantined.has(key)) return false;
    return partitionOf(utf8(id), this.#model.partitions, this.#model.partitioner) === partition;
  }

  #recordOf({ id, value, createdAt, updatedAt, partition, request }: StoredEntity): NewRecord {
    const headers = {
      [HEADER_CREATED]: String(createdAt),
      [HEADER_VERSION]: String(this.#model.version),
      ...(request === undefined ? {} : { [HEADER_REQUEST]: request }),
    };
    return { partition, key: utf8(id), value: utf8(value), headers, timestamp: Math.max(Date.now(), updatedAt) };
  }

  async #append(records: readonly NewRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += AT_ONCE) {
      const outcome = await this.#log.append(records.slice(from, from + AT_ONCE));
      if (outcome.kind !== 'appended')
        throw new Refused(
          `the log did not take the records (${outcome.reason}); mend that, then run kmodel recover again`,
        );
    }
  }
}
