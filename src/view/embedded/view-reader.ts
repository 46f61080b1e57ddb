/** Reads the embedded view through a read-only connection of the calling thread. Each read is of one moment (I8). */
import type { DatabaseSync } from 'node:sqlite';
import type {
  ListQuery,
  Page,
  PartitionState,
  QuarantineNote,
  QuarantinePage,
  QuarantinePlace,
  Read,
  StoredEntity,
  ViewDescription,
} from '../view.ts';
import { refusing, worstOf } from '../../doubts.ts';
import { incarnationText } from '../../incarnation.ts';
import { doubtsOf, identityOf, stateOf } from './bookkeeping.ts';
import { checksumOf } from './checksum.ts';
import { COLUMNS, entityOf } from './entity-row.ts';
import { listByCreation } from './list-by-creation.ts';
import { listBySort } from './list-by-sort.ts';
import { noteOf, quarantinePage } from './quarantine.ts';
import { Statements } from './statements.ts';
import { matchText } from './tokens.ts';

/** The names of the model's indexes. */
export interface ViewIndexes {
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
}

/** The indexes as one text: a generation that was begun for others doesn't answer reads. */
export function indexesText({ filters, sorts }: ViewIndexes): string {
  return JSON.stringify([filters, sorts]);
}

/** So many entities come with one step of everything. */
const AT_ONCE = 1000;

/** A prefix that more terms start with is left to FTS5 as it is: naming them would cost more than it saves. */
const MOST_EXPANDED = 16;

export class ViewReader {
  readonly #statements: Statements;
  readonly #indexes: ViewIndexes;
  readonly #indexesText: string;
  readonly #partitionOf: (id: string) => number;

  constructor(connection: DatabaseSync, indexes: ViewIndexes, partitionOf: (id: string) => number) {
    this.#partitionOf = partitionOf;
    this.#statements = new Statements(connection);
    this.#indexes = indexes;
    this.#indexesText = indexesText(indexes);
  }

  get(id: string): Read<StoredEntity | undefined> {
    let quarantined: QuarantineNote | undefined;
    const read = this.#read(() => {
      const row = this.#statements.get(`SELECT ${COLUMNS} FROM entity e WHERE e.id = ?`, id);
      if (row !== undefined) return entityOf(row);
      quarantined = noteOf(this.#statements, this.#partitionOf(id), id);
      return undefined;
    });
    return read.kind !== 'read' || quarantined === undefined ? read : { ...read, quarantined };
  }

  list(query: ListQuery): Read<Page> {
    const unknown = Object.keys(query.filters).find((name) => !this.#indexes.filters.includes(name));
    if (unknown !== undefined) throw new RangeError(`there is no filter index ${unknown}`);
    const sort = this.#indexes.sorts.indexOf(query.sort);
    if (sort < 0 && query.sort !== 'createdAt') throw new RangeError(`there is no sort index ${query.sort}`);
    return this.#read(() => this.#page(query, sort));
  }

  describe(): ViewDescription {
    return this.#statements.inOneMoment(() => {
      const now = Date.now();
      const meta = this.#statements.get('SELECT * FROM meta');
      const partitions = new Map<number, PartitionState>();
      for (const row of this.#statements.all('SELECT * FROM partition ORDER BY partition')) {
        partitions.set(Number(row['partition']), stateOf(row, now));
      }
      const quarantined = Number(this.#statements.get('SELECT count(*) AS records FROM quarantine')?.['records']);
      if (meta === undefined) return { generation: undefined, partitions, quarantined };
      const doubts = doubtsOf(meta['doubts']);
      const doubt = worstOf(doubts);
      const generation = identityOf(meta, partitions.size);
      return { generation, partitions, quarantined, ...(doubt === undefined ? {} : { doubt, doubts }) };
    });
  }

  quarantine(after: QuarantinePlace | undefined, limit: number): QuarantinePage {
    return this.#statements.inOneMoment(() => quarantinePage(this.#statements, after, limit));
  }

  /** The next entities of the partition by id. */
  everything(partition: number, after: string | undefined): readonly StoredEntity[] {
    const sql = `SELECT ${COLUMNS} FROM entity e WHERE e.partition = ? AND e.id > ? ORDER BY e.id LIMIT ${AT_ONCE}`;
    return this.#statements.all(sql, partition, after ?? '').map(entityOf);
  }

  checksum(): string {
    return this.#statements.inOneMoment(() => checksumOf(this.#statements, this.#indexes.sorts));
  }

  close(): void {
    this.#statements.close();
  }

  #page(query: ListQuery, sort: number): Page {
    const match = matchText(query.terms, query.filters, (prefix) => this.#termsFrom(prefix));
    const { order, after, limit } = query;
    if (sort < 0) {
      const entities = listByCreation(this.#statements, { match, order, after, wanted: limit + 1 });
      return pageOf(
        entities.map((entity) => ({ entity, value: entity.createdAt })),
        limit,
      );
    }
    return pageOf(listBySort(this.#statements, { sort, match, order, after, wanted: limit + 1 }), limit);
  }

  /** The indexed terms that start with the prefix, where they are few. */
  #termsFrom(prefix: string): readonly string[] | undefined {
    const sql = 'SELECT term FROM temp.entry_term WHERE term >= ? AND term < ? LIMIT ?';
    const rows = this.#statements.all(sql, prefix, `${prefix}\u{10ffff}`, MOST_EXPANDED + 1);
    return rows.length > MOST_EXPANDED ? undefined : rows.map((row) => String(row['term']));
  }

  #read<T>(read: () => T): Read<T> {
    return this.#statements.inOneMoment(() => {
      const meta = this.#statements.get('SELECT log_id, incarnation, indexes, refuses, doubts FROM meta');
      if (meta === undefined || meta['indexes'] !== this.#indexesText) return { kind: 'not-ready' };
      const doubt = meta['refuses'] === 1 ? refusing(doubtsOf(meta['doubts'])) : undefined;
      if (doubt !== undefined) return { kind: 'doubtful', doubt };
      const position = new Map<number, number>();
      for (const row of this.#statements.all('SELECT partition, checkpoint, live FROM partition ORDER BY partition')) {
        if (row['live'] !== 1) return { kind: 'not-ready' };
        position.set(Number(row['partition']), Number(row['checkpoint']));
      }
      const logId = incarnationText(String(meta['log_id']), Number(meta['incarnation'] ?? 0));
      return { kind: 'read', logId, position, value: read() };
    });
  }
}

/** A page of what was found, one more than the limit where more follow. */
function pageOf(
  found: readonly { readonly entity: StoredEntity; readonly value: number | null }[],
  limit: number,
): Page {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = found.length > limit && last !== undefined ? { value: last.value, id: last.entity.id } : undefined;
  return { entities: shown.map(({ entity }) => entity), next };
}
