/** The two scripts of an update: one looks before its transaction, one ends it. See apply.ts for why that is one step. */
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

/**
 * KEYS: bookkeeping, entities, entries, quarantine. ARGV: generation, logId, fingerprint, epoch, fromOffset, then the ids of
 * which something may be stored. Answers `{'gone'}`, `{'fenced', epoch}`, `{'moved', checkpoint}` or `{'spoiled', why}`;
 * else `{'ours'}`, how many records are in quarantine, and the places of ids of which anything is stored, from 0, each with
 * the head of its row and what is packed beside it.
 */
export const LOOK = `${SPOILED}
local kept = redis.call('HMGET', KEYS[1], 'generation', 'logId', 'fingerprint', 'epoch', 'checkpoint')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] or kept[3] ~= ARGV[3] then return {'gone'} end
if kept[4] ~= ARGV[4] then return {'fenced', kept[4]} end
if kept[5] ~= ARGV[5] then return {'moved', kept[5]} end
for k = 2, 4 do
  local problem = spoiled(KEYS[k], 'hash')
  if problem then return problem end
end
local answer = {'ours', redis.call('HLEN', KEYS[4])}
local packs = #ARGV > 5 and redis.call('EXISTS', KEYS[3]) == 1
for from = 6, #ARGV, ${SLICE} do
  local to = math.min(from + ${SLICE - 1}, #ARGV)
  local rows = redis.call('HMGET', KEYS[2], unpack(ARGV, from, to))
  local packed = packs and redis.call('HMGET', KEYS[3], unpack(ARGV, from, to)) or {}
  for i = 1, #rows do
    if rows[i] or packed[i] then
      local head = ''
      if rows[i] then
        head = string.sub(rows[i], ${HEAD_DIGITS + 1}, ${HEAD_DIGITS} + tonumber(string.sub(rows[i], 1, ${HEAD_DIGITS})))
      end
      answer[#answer + 1] = from + i - 7
      answer[#answer + 1] = head
      answer[#answer + 1] = packed[i] or ''
    end
  end
end
return answer
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
