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
 * KEYS: root, set of dropped generations, owners, bookkeeping of all partitions, former and new ones. ARGV: layout, the replaced
 * generation or '', the new one, its number of partitions, the former number, logId, fingerprint, modelVersion, indexes,
 * incarnation, rebuilds, starts, the server's run id and how many keys it has evicted.
 * Answers `{id}`, or `{-1}` where the root isn't what the keys were made for. A key of another type fails it before
 * anything is written: it is somebody else's. Deleting comes first, so that a server whose memory is used up can begin.
 */
export const BEGIN = defineScript(`
${CURRENT}
if (root[2] or '0') ~= ARGV[5] then return {-1} end
local found = current(4)
if found and root[3] == ARGV[1] and found ~= ARGV[2] then return {found} end
local former = {root[1] or nil}
for k = 4, #KEYS do former[#former + 1] = redis.call('HGET', KEYS[k], 'generation') or nil end
redis.call('SREM', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[1])
for k = 3, #KEYS do redis.call('DEL', KEYS[k]) end
if #former > 0 then redis.call('SADD', KEYS[2], unpack(former)) end
for p = 1, tonumber(ARGV[4]) do
  redis.call('HSET', KEYS[p + 3], 'generation', ARGV[3], 'logId', ARGV[6], 'fingerprint', ARGV[7], 'epoch', '0',
    'checkpoint', '0')
end
redis.call('HSET', KEYS[1], 'generation', ARGV[3], 'logId', ARGV[6], 'fingerprint', ARGV[7], 'modelVersion', ARGV[8],
  'partitions', ARGV[4], 'indexes', ARGV[9], 'layout', ARGV[1], 'incarnation', ARGV[10], 'rebuilds', ARGV[11], 'starts', ARGV[12],
  'runId', ARGV[13], 'evicted', ARGV[14])
return {ARGV[3]}
`);

/** The server's time in milliseconds. */
export const NOW = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * KEYS: root, the partition's bookkeeping, owners. ARGV: layout, partition, owner's name or ''. Answers `{}` where it is gone;
 * else generation and state, the owner before, and the time.
 */
export const CLAIM = defineScript(`${NOW}
local root = redis.call('HMGET', KEYS[1], 'generation', 'layout')
local generation = redis.call('HGET', KEYS[2], 'generation')
if not generation or root[1] ~= generation or root[2] ~= ARGV[1] then return {} end
local epoch = redis.call('HINCRBY', KEYS[2], 'epoch', 1)
local state = redis.call('HMGET', KEYS[2], 'generation', 'checkpoint', 'epoch', 'live', 'caughtUpAt', 'leaderEpoch', 'tail')
state[8] = redis.call('HGET', KEYS[3], ARGV[2])
state[9] = now()
if ARGV[3] == '' then redis.call('HDEL', KEYS[3], ARGV[2])
else redis.call('HSET', KEYS[3], ARGV[2], epoch .. ' ' .. string.format('%.0f', state[9]) .. ' ' .. ARGV[3]) end
return state
`);

/**
 * KEYS: root, owners, the bookkeeping of the partitions. ARGV: generation, owner's name or '', then partition and epoch of each.
 * A claim that was lost is passed over.
 */
export const SEEN = defineScript(`${NOW}
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
local at = string.format('%.0f', now())
for k = 3, #KEYS do
  local partition, epoch = ARGV[2 * k - 3], ARGV[2 * k - 2]
  local kept = redis.call('HMGET', KEYS[k], 'generation', 'epoch')
  if kept[1] == ARGV[1] and kept[2] == epoch then
    if ARGV[2] == '' then redis.call('HDEL', KEYS[2], partition)
    else redis.call('HSET', KEYS[2], partition, epoch .. ' ' .. at .. ' ' .. ARGV[2]) end
  end
end
return 1
`);

/**
 * KEYS: root. ARGV: generation, the doubts that are expected to be stored or '', the new ones or '', 1 where these keep reads from
 * being answered, 1 where one was released.
 */
export const DOUBT = defineScript(`
local root = redis.call('HMGET', KEYS[1], 'generation', 'doubts')
if root[1] ~= ARGV[1] then return -1 end
if (root[2] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'doubts', ARGV[3], 'refuses', ARGV[4])
if ARGV[5] == '1' then redis.call('HINCRBY', KEYS[1], 'releases', 1) end
return 1
`);

/** KEYS: root. ARGV: generation, run id, evicted keys: where they are counted from. */
export const COUNT_FROM = defineScript(`
if redis.call('HGET', KEYS[1], 'generation') == ARGV[1] then redis.call('HSET', KEYS[1], 'runId', ARGV[2], 'evicted', ARGV[3]) end
return 1
`);

/**
 * KEYS: root, the partitions' bookkeeping, owners, then of each partition the hashes of quarantine, entities and entries, and the
 * sorted sets of the quarantine's order and of the sorts. ARGV: the generation that the keys are of, and how many keys each
 * partition has. Answers `{}` where there is none, `{-1}` where there is another, else the root's fields, the time, the owners,
 * then of each partition its state and the sizes of its keys; -1: it has another type.
 */
export const DESCRIBE = defineScript(`${NOW}
${CURRENT}
if root[1] ~= ARGV[1] then return {-1} end
if not current(2) then return {} end
local partitions, each = tonumber(root[2]), tonumber(ARGV[2])
local function size(command, key)
  local found = redis.pcall(command, key)
  return type(found) == 'number' and found or -1
end
local answer = {
  redis.call('HMGET', KEYS[1], 'logId', 'fingerprint', 'modelVersion', 'incarnation', 'rebuilds', 'starts', 'doubts', 'releases',
    'runId', 'evicted'),
  now(),
  redis.call('HGETALL', KEYS[partitions + 2]),
}
for p = 1, partitions do
  answer[#answer + 1] = redis.call('HMGET', KEYS[p + 1], 'checkpoint', 'epoch', 'live', 'caughtUpAt', 'leaderEpoch', 'tail')
  local before = partitions + 2 + (p - 1) * each
  local sizes = {}
  for k = 1, each do sizes[k] = size(k <= 3 and 'HLEN' or 'ZCARD', KEYS[before + k]) end
  answer[#answer + 1] = sizes
end
return answer
`);

/** KEYS: root. */
export const ROOT = defineScript(
  `return redis.call('HMGET', KEYS[1], 'generation', 'partitions', 'layout', 'indexes')`,
);
