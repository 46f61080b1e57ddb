/** What a load was told against what the topic holds. */
import { expect } from 'vitest';
import type { LoadedWrite } from './load.ts';
import type { RawRecord } from './raw-records.ts';

/**
 * Each acknowledged write is the record at its place, each refused one is nowhere, and an unknown one stands there at most
 * once. The topic must not have been compacted.
 */
export function expectWrites(writes: readonly LoadedWrite[], records: readonly RawRecord[]): void {
  const byPlace = new Map(records.map((record) => [`${record.partition}-${record.offset}`, record]));
  const byMark = new Map<string, number>();
  for (const { value } of records) {
    const mark = value === null ? undefined : (JSON.parse(value) as { mark: string }).mark;
    if (mark !== undefined) byMark.set(mark, (byMark.get(mark) ?? 0) + 1);
  }
  const problems: string[] = [];
  for (const write of writes) {
    const { outcome, id, mark, partition, offset } = write;
    const times = mark === undefined ? undefined : (byMark.get(mark) ?? 0);
    if (outcome === 'acknowledged') {
      const record = byPlace.get(`${partition}-${offset}`);
      const found = record === undefined ? undefined : markOf(record);
      if (record?.key !== id || found !== mark || times !== (mark === undefined ? undefined : 1)) {
        problems.push(
          `acknowledged ${JSON.stringify(write)}, the topic holds ${JSON.stringify(record)}, ${times} times`,
        );
      }
    } else if (times !== undefined && times > (outcome === 'refused' ? 0 : 1)) {
      problems.push(`${outcome} ${JSON.stringify(write)}, the topic holds it ${times} times`);
    }
  }
  expect(problems.slice(0, 10), `${problems.length} writes`).toEqual([]);
}

function markOf({ value }: RawRecord): string | undefined {
  return value === null ? undefined : (JSON.parse(value) as { mark: string }).mark;
}
