/** The scripts about generations: begin, claim, describe. Each is one atomic step. */
import { defineScript } from './script.ts';

/**
 * KEYS[1] is the root, KEYS[first] … KEYS[last] the partitions' bookkeeping. A view has a generation only where the root
 * and every partition agree on it: where somebody deleted one of the keys there is none, and it is begun anew.
 */
const CURRENT = `
local root = redis.call('HMGET', KEYS[1], 'generation', 'partitions', 'layout')
local function current(first)
  if not root[1] then return nil end
  for p = 1, tonumber(root[2]) do
    local key = KEYS[first + p - 1]
    if not key or redis.call('HGET', key, 'generation') ~= root[1] then return nil end
  end
  return root[1]
end
`;

/**
 * KEYS: root, set of dropped generations, bookkeeping of all partitions, former and new ones. ARGV: layout, the replaced
 * generation or '', the new one, its number of partitions, the former number, logId, fingerprint, modelVersion, indexes.
 * Answers `{id}`, or `{-1}` where the root isn't what the keys were made for. A key of another type fails it before
 * anything is written: it is somebody else's. Deleting comes first, so that a server whose memory is used up can begin.
 */
export const BEGIN = defineScript(`
${CURRENT}
if (root[2] or '0') ~= ARGV[5] then return {-1} end
local found = current(3)
if found and root[3] == ARGV[1] and found ~= ARGV[2] then return {found} end
local former = {root[1] or nil}
for k = 3, #KEYS do former[#former + 1] = redis.call('HGET', KEYS[k], 'generation') or nil end
redis.call('SREM', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[1])
for k = 3, #KEYS do redis.call('DEL', KEYS[k]) end
if #former > 0 then redis.call('SADD', KEYS[2], unpack(former)) end
for p = 1, tonumber(ARGV[4]) do
  redis.call('HSET', KEYS[p + 2], 'generation', ARGV[3], 'logId', ARGV[6], 'fingerprint', ARGV[7], 'epoch', '0',
    'checkpoint', '0')
end
redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'logId', ARGV[6], 'fingerprint', ARGV[7], 'modelVersion', ARGV[8],
  'partitions', ARGV[4], 'indexes', ARGV[9], 'layout', ARGV[1])
return {ARGV[3]}
`);

/** KEYS: root, the partition's bookkeeping. ARGV: layout. Answers `{}` where it is gone. */
export const CLAIM = defineScript(`
local root = redis.call('HMGET', KEYS[1], 'generation', 'layout')
local generation = redis.call('HGET', KEYS[2], 'generation')
if not generation or root[1] ~= generation or root[2] ~= ARGV[1] then return {} end
redis.call('HINCRBY', KEYS[2], 'epoch', 1)
return redis.call('HMGET', KEYS[2], 'generation', 'checkpoint', 'epoch', 'live', 'caughtUpAt')
`);

/**
 * KEYS: root, the partitions' bookkeeping, their quarantines. ARGV: the generation that the keys are of. Answers `{}`
 * where there is none, `{-1}` where there is another, else the root's fields, then each partition's and its count.
 */
export const DESCRIBE = defineScript(`
${CURRENT}
if root[1] ~= ARGV[1] then return {-1} end
if not current(2) then return {} end
local answer = {redis.call('HMGET', KEYS[1], 'logId', 'fingerprint', 'modelVersion')}
local partitions = tonumber(root[2])
for p = 1, partitions do
  answer[#answer + 1] = redis.call('HMGET', KEYS[p + 1], 'checkpoint', 'epoch', 'live', 'caughtUpAt')
  answer[#answer + 1] = redis.call('HLEN', KEYS[p + 1 + partitions])
end
return answer
`);

/** KEYS: root. */
export const ROOT = defineScript(`return redis.call('HMGET', KEYS[1], 'generation', 'partitions', 'layout')`);
