/** What the topic's records come to, plainly: of each key the last one counts. Nothing here is kmodel's. */
import type { RawRecord } from './raw-records.ts';

export interface FoldedEntity {
  readonly id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly partition: number;
  readonly offset: number;
  readonly request: string | undefined;
}

export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface Fold {
  readonly entities: ReadonlyMap<string, FoldedEntity>;
  /** The poison records that no newer good one of their key and partition has ended. */
  readonly quarantined: readonly Place[];
}

/** Folds the records. The story knows which of them are poison: these leave the entity as it was. */
export function foldOf(records: readonly RawRecord[], poison: readonly Place[] = []): Fold {
  const bad = new Set(poison.map(placeText));
  const entities = new Map<string, FoldedEntity>();
  const quarantined = new Map<string, Place>();
  for (const record of [...records].sort((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const { partition, offset, key } = record;
    const lane = `${partition} ${key}`;
    if (bad.has(placeText(record))) {
      quarantined.set(lane, { partition, offset });
      continue;
    }
    quarantined.delete(lane);
    const entity = entityOf(record);
    // A tombstone in another partition than the key's is none of the entity.
    if (entity !== undefined) entities.set(entity.id, entity);
    else if (entities.get(key ?? '')?.partition === partition) entities.delete(key ?? '');
  }
  return { entities, quarantined: [...quarantined.values()] };
}

function placeText({ partition, offset }: Place): string {
  return `${partition}-${offset}`;
}

function entityOf({ key, value, headers, timestamp, partition, offset }: RawRecord): FoldedEntity | undefined {
  if (value === null) return undefined;
  if (key === null)
    throw new Error(`a record without a key that the story does not name as poison: ${partition}-${offset}`);
  const created = headers['kmodel-created'];
  return {
    id: key,
    fields: JSON.parse(value) as Record<string, unknown>,
    createdAt: created === undefined ? timestamp : Number(created),
    updatedAt: timestamp,
    partition,
    offset,
    request: headers['kmodel-request'],
  };
}
