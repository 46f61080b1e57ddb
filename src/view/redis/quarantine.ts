/** Reads the quarantine. */
import type { QuarantinedRecord } from '../view.ts';
import { findRoot } from './generations.ts';
import { partitionKeys, type ViewNames } from './layout.ts';
import { unpackRecord } from './quarantine-record.ts';
import { defineScript, type Scripts } from './script.ts';

/** KEYS: the order of the quarantine, the quarantine. ARGV: how many at most. Answers packed records by offset. */
const FIRST = defineScript(`
local records = {}
for i, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)) do records[i] = redis.call('HGET', KEYS[2], key) end
return records
`);

/** Records by partition and offset, at most `limit`. */
export async function readQuarantine(scripts: Scripts, names: ViewNames, limit: number): Promise<QuarantinedRecord[]> {
  const root = await findRoot(scripts, names);
  const records: QuarantinedRecord[] = [];
  for (let partition = 0; partition < (root?.partitions ?? 0) && records.length < limit; partition += 1) {
    const keys = partitionKeys(names, root?.generation ?? '', partition);
    const args = [String(limit - records.length)];
    const found = (await scripts.run(FIRST, [keys.quarantineOrder, keys.quarantine], args)) as string[];
    records.push(...found.map(unpackRecord));
  }
  return records;
}
