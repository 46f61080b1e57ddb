/**
 * The script that applies one update to one partition: all or nothing (I2), fenced (I4).
 *
 * Redis runs a script alone, but doesn't undo one that fails in the middle. So it looks first: at the fence, at the
 * types of the keys that everything goes through, and at memory. What still can fail are the sets of filters and terms,
 * where somebody else made a key of another type under that name; they come first, before anything that an entity's next
 * update relies on. Then the script notes beside each entity its former entries together with the new ones, so that an
 * apply that comes later, of the same batch or of another, takes all of them out and puts the right ones in; and marks
 * the partition as `mending`, so that nobody reads it before such an apply has done so.
 */
import { defineScript } from './script.ts';

/** Lua's `unpack` can't take more than about 8,000 values; even, so that no pair is parted. */
const SLICE = 4000;

/** The arguments that come before the lists; see apply-call.ts for their order. */
export const FIXED_ARGUMENTS = 17;
/** KEYS before the sorts: bookkeeping, entities, entries, words, quarantine, quarantine's order. */
export const FIXED_KEYS = 6;

const FENCE = `
local kept = redis.call('HMGET', KEYS[1], 'generation', 'logId', 'fingerprint', 'epoch', 'checkpoint', 'seal',
  'mending')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] or kept[3] ~= ARGV[3] then return {'gone'} end
if kept[4] ~= ARGV[4] then return {'fenced', kept[4]} end
if kept[5] ~= ARGV[5] then return {'moved', kept[5]} end
if ARGV[9] ~= '' and kept[6] ~= ARGV[9] then return {'again'} end
`;

/** Nothing was written yet when one of these fails. HSET of what is there anyway: refused where memory is used up. */
const LOOK_FIRST = `
local puts, deletes, sorts = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local quarantined, indexed = tonumber(ARGV[14]), ARGV[15] ~= ''
local function wrong(key, type)
  local found = redis.call('TYPE', key).ok
  if found == type or found == 'none' then return end
  return 'WRONGTYPE ' .. key .. ' is a ' .. found .. ' and not a ' .. type .. ': somebody else wrote it'
end
local problem = wrong(KEYS[2], 'hash') or wrong(KEYS[5], 'hash') or wrong(KEYS[6], 'zset')
if indexed then problem = problem or wrong(KEYS[3], 'hash') or wrong(KEYS[4], 'zset') end
for s = 1, sorts do problem = problem or wrong(KEYS[${FIXED_KEYS} + s], 'zset') end
if problem then return redis.error_reply(problem) end
if puts + quarantined > 0 then redis.call('HSET', KEYS[1], 'checkpoint', kept[5]) end
`;

const LISTS = `
local unpack, match = unpack, string.match
local count = puts + deletes
local at = ${FIXED_ARGUMENTS}
local ranked = {}
for i = 1, puts do
  local id = at + 2 * i - 1
  ranked[2 * i - 1] = '-' .. match(ARGV[id + 1], '^%d+')
  ranked[2 * i] = ARGV[id]
end
local removed = {}
for i = 1, deletes do removed[i] = ARGV[at + 2 * puts + i] end
local function idOf(i)
  if i <= puts then return ranked[2 * i] end
  return removed[i - puts]
end
local firstScore = at + 2 * puts + deletes
local firstPacked = firstScore + (sorts - 1) * puts
local firstQuarantined = firstPacked + (indexed and count or 0)
local function all(command, key, list)
  local length = #list
  for from = 1, length, ${SLICE} do
    redis.call(command, key, unpack(list, from, math.min(from + ${SLICE - 1}, length)))
  end
end
`;

/** The sets of filters, prefixes and terms; the words' come last. */
const SETS = `
local function leave(key, program, place, leaves)
  if leaves == 1 then
    redis.call('ZREM', key, idOf(program[place + 1]))
  elseif leaves > 1 then
    local list = {}
    for j = 1, leaves do list[j] = idOf(program[place + j]) end
    all('ZREM', key, list)
  end
end
local function enter(key, program, place, enters)
  if enters == 1 then
    local i = 2 * program[place + 1]
    redis.call('ZADD', key, ranked[i - 1], ranked[i])
  elseif enters > 1 then
    local list = {}
    for j = 1, enters do
      local i = 2 * program[place + j]
      list[2 * j - 1] = ranked[i - 1]
      list[2 * j] = ranked[i]
    end
    all('ZADD', key, list)
  end
end
local function moveSets()
  local program = cmsgpack.unpack(ARGV[15])
  local firstWord, wordFrom, place = program[1], program[2], 3
  local come, gone = {}, {}
  for k = ${FIXED_KEYS} + sorts + 1, #KEYS do
    local key, leaves = KEYS[k], program[place]
    leave(key, program, place, leaves)
    place = place + leaves + 1
    local enters = program[place]
    enter(key, program, place, enters)
    place = place + enters + 1
    if k >= firstWord and enters > 0 then
      come[#come + 1] = '0'
      come[#come + 1] = string.sub(key, wordFrom)
    elseif k >= firstWord and redis.call('EXISTS', key) == 0 then
      gone[#gone + 1] = string.sub(key, wordFrom)
    end
  end
  all('ZREM', KEYS[4], gone)
  all('ZADD', KEYS[4], come)
end
`;

const SORTS = `
local function moveSorts()
  all('ZADD', KEYS[${FIXED_KEYS + 1}], ranked)
  all('ZREM', KEYS[${FIXED_KEYS + 1}], removed)
  for s = 2, sorts do
    local list, from = {}, firstScore + (s - 2) * puts
    for i = 1, puts do
      list[2 * i - 1] = ARGV[from + i]
      list[2 * i] = ranked[2 * i]
    end
    all('ZADD', KEYS[${FIXED_KEYS} + s], list)
    all('ZREM', KEYS[${FIXED_KEYS} + s], removed)
  end
end
`;

const ENTRIES = `
local function keepEntries()
  local list, length, none = {}, 0, {}
  for i = 1, count do
    local packed = ARGV[firstPacked + i]
    if packed == '' then
      none[#none + 1] = idOf(i)
    else
      list[length + 1] = idOf(i)
      list[length + 2] = packed
      length = length + 2
    end
  end
  all('HSET', KEYS[3], list)
  all('HDEL', KEYS[3], none)
end
`;

const VALUES = `
local function release()
  if redis.call('HLEN', KEYS[5]) == 0 then return end
  local ids = {}
  for i = 1, count do ids[i] = idOf(i) end
  all('HDEL', KEYS[5], ids)
  all('ZREM', KEYS[6], ids)
end
local function keepValues()
  local last = at + 2 * puts
  for first = at + 1, last, ${SLICE} do
    redis.call('HSET', KEYS[2], unpack(ARGV, first, math.min(first + ${SLICE - 1}, last)))
  end
  all('HDEL', KEYS[2], removed)
  release()
  for i = 1, quarantined do
    local from = firstQuarantined + 3 * i - 2
    redis.call('ZADD', KEYS[6], ARGV[from], ARGV[from + 1])
    redis.call('HSET', KEYS[5], ARGV[from + 1], ARGV[from + 2])
  end
end
`;

const CHECKPOINT = `
local function moveCheckpoint()
  local marks = {'checkpoint', ARGV[6], 'seal', ARGV[10]}
  if ARGV[7] ~= '' then marks[#marks + 1] = 'live' marks[#marks + 1] = ARGV[7] end
  if ARGV[8] ~= '' then marks[#marks + 1] = 'caughtUpAt' marks[#marks + 1] = ARGV[8] end
  redis.call('HSET', KEYS[1], unpack(marks))
  if kept[7] then redis.call('HDEL', KEYS[1], 'mending') end
end
`;

/** A user of Redis may be forbidden to publish: readers find out later then, and the update stands. */
const RUN = `
local done, failure = pcall(function()
  if indexed then moveSets() end
  moveSorts()
  if indexed then keepEntries() end
  keepValues()
  moveCheckpoint()
end)
if not done then
  redis.call('HSET', KEYS[1], 'mending', '1')
  for i = 1, indexed and count or 0 do
    local former = redis.call('HGET', KEYS[3], idOf(i)) or ''
    redis.call('HSET', KEYS[3], idOf(i), former .. '\\0' .. ARGV[firstPacked + i])
  end
  return redis.error_reply(type(failure) == 'table' and failure.err or tostring(failure))
end
if ARGV[17] ~= '' then redis.pcall('PUBLISH', ARGV[16], ARGV[17]) end
return {'applied'}
`;

export const APPLY = defineScript([FENCE, LOOK_FIRST, LISTS, SETS, SORTS, ENTRIES, VALUES, CHECKPOINT, RUN].join(''));
