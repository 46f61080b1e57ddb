/**
 * The scripts of an update: one looks before its transaction, one ends it, and one is the whole update where it can be. See
 * apply.ts for why that is one step.
 */
import { HEAD_DIGITS } from './row.ts';

/** Lua's `unpack` can't take more than about 8,000 values. */
const SLICE = 4000;

/**
 * A key that somebody else made, of another type than ours: then the view can't be what its checkpoint says. So the
 * partition's bookkeeping is deleted: there is no generation any more, nobody reads it, and the worker begins a new one.
 */
const SPOILED = `
local function spoiled(key, expected)
  local found = redis.call('TYPE', key).ok
  if found == expected or found == 'none' then return nil end
  redis.call('DEL', KEYS[1])
  return {'spoiled', key .. ' is a ' .. found .. ' and not a ' .. expected}
end
`;

/** Compares the bookkeeping with the fence, which is the first five of ARGV (I4), and begins the answer. */
const FENCE = `${SPOILED}
local kept = redis.call('HMGET', KEYS[1], 'generation', 'logId', 'fingerprint', 'epoch', 'checkpoint')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] or kept[3] ~= ARGV[3] then return {'gone'} end
if kept[4] ~= ARGV[4] then return {'fenced', kept[4]} end
if kept[5] ~= ARGV[5] then return {'moved', kept[5]} end
for k = 2, 4 do
  local problem = spoiled(KEYS[k], 'hash')
  if problem then return problem end
end
local answer = {'ours', redis.call('HLEN', KEYS[4])}
`;

/** Adds to the answer what is stored of the ids, which are the sixth of ARGV to `lastId`. */
const STORED = `
local packs = lastId > 5 and redis.call('EXISTS', KEYS[3]) == 1
for from = 6, lastId, ${SLICE} do
  local to = math.min(from + ${SLICE - 1}, lastId)
  local rows = redis.call('HMGET', KEYS[2], unpack(ARGV, from, to))
  local packed = packs and redis.call('HMGET', KEYS[3], unpack(ARGV, from, to)) or {}
  for i = 1, #rows do
    if rows[i] or packed[i] then
      local head = ''
      if rows[i] then
        local length = tonumber(string.sub(rows[i], 1, ${HEAD_DIGITS})) or 0
        head = string.sub(rows[i], ${HEAD_DIGITS + 1}, ${HEAD_DIGITS} + length)
        if head == '' then head = '!' end
      end
      answer[#answer + 1] = from + i - 7
      answer[#answer + 1] = head
      answer[#answer + 1] = packed[i] or ''
    end
  end
end
`;

/**
 * KEYS: bookkeeping, entities, entries, quarantine. ARGV: generation, logId, fingerprint, epoch, fromOffset, then the ids of
 * which something may be stored. Answers `{'gone'}`, `{'fenced', epoch}`, `{'moved', checkpoint}` or `{'spoiled', why}`;
 * else `{'ours'}`, how many records are in quarantine, and the places of ids of which anything is stored, from 0, each with
 * the head of its row (empty: it has none; `!`: the row is none) and what is packed beside it.
 */
export const LOOK = `${FENCE}
local lastId = #ARGV
${STORED}
return answer
`;

/**
 * The look of an update that is one put; and the whole of it, where nothing is stored of the entity and nothing is in
 * quarantine: then what changes is known without looking.
 *
 * KEYS: bookkeeping, entities, entries, quarantine, words, the sorts, and the sets that the entity is to stand in. ARGV: the
 * fence, the id, its row, what is packed beside it, channel, notice, numbers of sorts and of words; then a score for each sort,
 * each word behind a zero, and the fields of the bookkeeping with their values. Answers as LOOK does, or `{'applied', torn}`: 1
 * where an order had the entity all the same.
 *
 * A script is not undone where a command in it fails. Want of memory, and that the server takes no writes, make the first one
 * fail. A key of another type makes the view one that nobody reads, whatever of the update is in it.
 */
export const LOOK_OR_APPLY = `${FENCE}
local id, lastId = ARGV[6], 6
${STORED}
if #answer > 2 or answer[2] > 0 then return answer end
local sorts, words = tonumber(ARGV[11]), tonumber(ARGV[12])
local firstWord = 13 + sorts
local firstMark = firstWord + 2 * words
local problem
local torn = 0
local function write(expected, command, key, ...)
  if problem then return end
  local reply = redis.pcall(command, key, ...)
  if type(reply) == 'table' then problem = spoiled(key, expected) or reply end
  return reply
end
for k = 6 + sorts, #KEYS do write('set', 'SADD', KEYS[k], id) end
if words > 0 then write('zset', 'ZADD', KEYS[5], unpack(ARGV, firstWord, firstMark - 1)) end
if ARGV[8] ~= '' then write('hash', 'HSET', KEYS[3], id, ARGV[8]) end
for i = 1, sorts do
  if write('zset', 'ZADD', KEYS[5 + i], ARGV[12 + i], id) == 0 then torn = 1 end
end
write('hash', 'HSET', KEYS[2], id, ARGV[7])
if problem then return problem end
redis.call('HSET', KEYS[1], unpack(ARGV, firstMark))
if ARGV[10] ~= '' then redis.pcall('PUBLISH', ARGV[9], ARGV[10]) end
return {'applied', torn}
`;

/**
 * KEYS: bookkeeping, entities, entries, quarantine (hashes); words, quarantine's order, sorts (sorted sets); a key that
 * nobody has; sets that the transaction has changed, once more those of words that may be gone. ARGV: number of sorts, channel,
 * notice, then the words that may be gone. Answers `{'applied'}`, or `{'spoiled', why}`: a transaction goes on where one of its commands fails, and what can
 * fail here is only a key of another type.
 *
 * No command here takes memory, so that none is refused where that is used up. A user may be forbidden to publish: readers
 * find out later then, and the update stands.
 */
export const FINISH = `${SPOILED}
local firstSet = 8 + tonumber(ARGV[1])
for k = 2, firstSet - 2 do
  local problem = spoiled(KEYS[k], k <= 4 and 'hash' or 'zset')
  if problem then return problem end
end
-- What nobody has less something: nothing, or an error where one of them is no set. One call costs less than one for each.
for from = firstSet, #KEYS, ${SLICE} do
  if redis.pcall('SDIFF', KEYS[firstSet - 1], unpack(KEYS, from, math.min(from + ${SLICE - 1}, #KEYS))).err then
    for k = firstSet, #KEYS do
      local problem = spoiled(KEYS[k], 'set')
      if problem then return problem end
    end
  end
end
local words = #ARGV - 3
for i = 1, words do
  if redis.call('EXISTS', KEYS[#KEYS - words + i]) == 0 then redis.call('ZREM', KEYS[5], ARGV[3 + i]) end
end
if ARGV[3] ~= '' then redis.pcall('PUBLISH', ARGV[2], ARGV[3]) end
return {'applied'}
`;
