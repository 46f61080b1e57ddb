/**
 * What a topic came to at any position: every record is kept, so that an answer can be judged at the position that it
 * names, however much was written since. Pure, and nothing here is kmodel's.
 */
import type { RawRecord } from '../system/distributed/raw-records.ts';

/** An entity at a position; undefined where there was none. */
export interface Known {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly place: string;
}

/** Partition → nextOffset. */
export type At = ReadonlyMap<number, number>;

/** A key that stands for no entity: kmodel's own records are of no concern to readers. */
const isOwn = (key: string): boolean => key.startsWith('kmodel-pen-') || key.startsWith('\0');

export class History {
  readonly #byKey = new Map<string, RawRecord[]>();
  readonly #read = new Map<number, number>();

  /** Records of a partition come in their order; a consumer that lost its place brings some of them again. */
  add(record: RawRecord): void {
    if (record.offset < (this.#read.get(record.partition) ?? 0)) return;
    this.#read.set(record.partition, record.offset + 1);
    if (record.key === null || isOwn(record.key)) return;
    const records = this.#byKey.get(record.key) ?? [];
    records.push(record);
    this.#byKey.set(record.key, records);
  }

  /** Whether everything below the position has been read; `ends` of the topic count as read, whatever stands last there. */
  hasRead(position: At, ends: At = new Map()): boolean {
    return [...position].every(
      ([partition, next]) => Math.max(this.#read.get(partition) ?? 0, ends.get(partition) ?? 0) >= next,
    );
  }

  /** The ids that any record was ever written for. */
  ids(): readonly string[] {
    return [...this.#byKey.keys()];
  }

  get(id: string, position: At): Known | undefined {
    const records = this.#byKey.get(id) ?? [];
    const last = records.findLast(({ partition, offset }) => offset < (position.get(partition) ?? 0));
    if (last === undefined || last.value === null) return undefined;
    const created = last.headers['kmodel-created'];
    return {
      id,
      fields: JSON.parse(last.value) as Record<string, unknown>,
      createdAt: created === undefined ? last.timestamp : Number(created),
      updatedAt: last.timestamp,
      place: `${last.partition}-${last.offset}`,
    };
  }

  /** All entities at the position, newest first, equal times by id. */
  list(position: At): readonly Known[] {
    const all = this.ids().flatMap((id) => this.get(id, position) ?? []);
    return all.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
  }
}

/** An entity as the API shows it. */
export interface Shown {
  readonly id: string;
  readonly version: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly [field: string]: unknown;
}

/** One line where the answer isn't what the history says; undefined where it is. */
export function difference(id: string, shown: Shown | undefined, known: Known | undefined): string | undefined {
  if (shown === undefined && known === undefined) return undefined;
  if (shown === undefined) return `${id}: not found, the topic says ${known!.place}`;
  if (known === undefined) return `${id}: shown as ${shown.version}, the topic says nothing`;
  const { id: _id, version, createdAt, updatedAt, ...fields } = shown;
  const [partition, offset] = version.split('-');
  const found = canonical({ ...fields, createdAt, updatedAt, place: `${partition}-${offset}` });
  const wanted = canonical({
    ...known.fields,
    createdAt: new Date(known.createdAt).toISOString(),
    updatedAt: new Date(known.updatedAt).toISOString(),
    place: known.place,
  });
  return found === wanted ? undefined : `${id}: shown as ${found}, the topic says ${wanted}`;
}

function canonical(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** One look of the oracle: what a client answered about a moment, and what its status said at that moment. */
export interface Round {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly right: number;
  readonly wrong: readonly string[];
  /** Whether GET /status said `ok`; undefined: no answer. */
  readonly ok: boolean | undefined;
}

/**
 * The rounds in which status said `ok` although answers had been wrong for longer than `graceMs`. Answers count as right again
 * with the first round that has right ones and no wrong one.
 */
export function violations(rounds: readonly Round[], graceMs: number): readonly Round[] {
  const found: Round[] = [];
  let since: number | undefined;
  for (const round of [...rounds].sort((a, b) => a.at - b.at)) {
    if (round.wrong.length > 0) {
      since ??= round.at;
      if (round.at - since > graceMs && round.ok === true) found.push(round);
    } else if (round.right > 0) since = undefined;
  }
  return found;
}
