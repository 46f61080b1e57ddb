/** Reads the quarantine. */
import { QUARANTINE_PAGE_BYTES, type QuarantinePage, type QuarantinePlace, type QuarantinedRecord } from '../view.ts';
import { findRoot } from './generations.ts';
import { partitionKeys, type ViewNames } from './layout.ts';
import { unpackRecord } from './quarantine-record.ts';
import { defineScript, type Scripts } from './script.ts';

/**
 * KEYS: the order of the quarantine, the quarantine. ARGV: the offset to begin behind, or `-inf`; how many at most; how many
 * bytes at most, but for the first where the last of ARGV says that there is none yet. Answers whether the bytes were too
 * many for the next one, then packed records by offset.
 */
const PAGE = defineScript(`
local first = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[1])
local left, isEmpty = tonumber(ARGV[3]), ARGV[4] == '1'
local answer = {0}
for at = first, first + tonumber(ARGV[2]) - 1 do
  local key = redis.call('ZRANGE', KEYS[1], at, at)[1]
  if not key then return answer end
  left = left - redis.call('HSTRLEN', KEYS[2], key)
  if left < 0 and not isEmpty then
    answer[1] = 1
    return answer
  end
  isEmpty = false
  answer[#answer + 1] = redis.call('HGET', KEYS[2], key) or nil
end
return answer
`);

/** View.quarantine. */
export async function readQuarantine(
  scripts: Scripts,
  names: ViewNames,
  after: QuarantinePlace | undefined,
  limit: number,
): Promise<QuarantinePage> {
  const root = await findRoot(scripts, names);
  const records: QuarantinedRecord[] = [];
  let bytes = 0;
  let isFull = false;
  for (let partition = after?.partition ?? 0; partition < (root?.partitions ?? 0); partition += 1) {
    // One more than the page holds, to know whether more follow.
    const wanted = limit + 1 - records.length;
    if (isFull || wanted <= 0) break;
    const keys = partitionKeys(names, root?.generation ?? '', partition);
    const behind = partition === after?.partition ? String(after.offset) : '-inf';
    const args = [behind, String(wanted), String(QUARANTINE_PAGE_BYTES - bytes), records.length === 0 ? '1' : '0'];
    const reply = await scripts.run(PAGE, [keys.quarantineOrder, keys.quarantine], args);
    const [tooMany, ...found] = reply as [number, ...string[]];
    isFull = tooMany === 1;
    for (const text of found) bytes += Buffer.byteLength(text);
    records.push(...found.map(unpackRecord));
  }
  return pageOf(records, limit, isFull);
}

function pageOf(records: QuarantinedRecord[], limit: number, isFull: boolean): QuarantinePage {
  const more = isFull || records.length > limit;
  const shown = records.slice(0, limit);
  const last = shown.at(-1);
  const next = more && last !== undefined ? { partition: last.partition, offset: last.offset } : undefined;
  return { records: shown, next };
}
