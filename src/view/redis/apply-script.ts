/**
 * The script that applies one update to one partition: all or nothing (I2), fenced (I4).
 *
 * Redis runs a script alone, but doesn't undo one that fails in the middle. So it looks first: at the fence, at the
 * types of the keys that everything goes through, and at memory. What still can fail are the sets of filters and terms,
 * where somebody else made a key of another type under that name; they come first, before anything that an entity's next
 * update relies on. Then the script notes beside each entity the entries that it was to have, so that an apply that comes
 * later, of the same batch or of another, takes these and the former ones out and puts the right ones in; and marks the
 * partition as `mending`, so that nobody reads it before such an apply has done so.
 */
import { BEFORE_PLACES } from './apply-call.ts';
import { HEAD_DIGITS, termSet } from './layout.ts';
import { defineScript } from './script.ts';

/** Lua's `unpack` can't take more than about 8,000 values; a multiple of 6, so that no pair and no three are parted. */
const SLICE = 3996;

/** KEYS before the sorts: bookkeeping, entities, entries, words, quarantine, quarantine's order. */
const FIXED_KEYS = 6;

/**
 * ARGV: generation, logId, fingerprint, epoch, fromOffset, nextOffset, live mark, caughtUpAt, the seal that was read, the
 * new seal, what the keys of sets begin with (empty: the model has none), channel, notice, and the lists of
 * apply-call.ts in MessagePack.
 */
const FENCE = `
local kept = redis.call('HMGET', KEYS[1], 'generation', 'logId', 'fingerprint', 'epoch', 'checkpoint', 'seal',
  'mending')
if kept[1] ~= ARGV[1] or kept[2] ~= ARGV[2] or kept[3] ~= ARGV[3] then return {'gone'} end
if kept[4] ~= ARGV[4] then return {'fenced', kept[4]} end
if kept[5] ~= ARGV[5] then return {'moved', kept[5]} end
if ARGV[9] ~= '' and kept[6] ~= ARGV[9] then return {'again'} end
`;

const LISTS = `
local unpack = unpack
local lists = cmsgpack.unpack(ARGV[14])
local rows, deletes, quarantined, entries, without, sets, words = unpack(lists, 1, ${BEFORE_PLACES})
local puts, indexed = #rows / 2, ARGV[11] ~= ''
local function all(command, key, list)
  local length = #list
  for from = 1, length, ${SLICE} do
    redis.call(command, key, unpack(list, from, math.min(from + ${SLICE - 1}, length)))
  end
end
local function idOf(i)
  if i <= puts then return rows[2 * i - 1] end
  return deletes[i - puts]
end
`;

/** Nothing was written yet when one of these fails. HSET of what is there anyway: refused where memory is used up. */
const LOOK_FIRST = `
local function wrong(key, type)
  local found = redis.call('TYPE', key).ok
  if found == type or found == 'none' then return end
  return 'WRONGTYPE ' .. key .. ' is a ' .. found .. ' and not a ' .. type .. ': somebody else wrote it'
end
local problem = wrong(KEYS[2], 'hash') or wrong(KEYS[5], 'hash') or wrong(KEYS[6], 'zset')
if indexed then problem = problem or wrong(KEYS[3], 'hash') or wrong(KEYS[4], 'zset') end
for k = ${FIXED_KEYS + 1}, #KEYS do problem = problem or wrong(KEYS[k], 'zset') end
if problem then return redis.error_reply(problem) end
if #rows + #quarantined > 0 then redis.call('HSET', KEYS[1], 'checkpoint', kept[5]) end
`;

/** The sets of filters, prefixes and terms; then those of words, which are kept in order too. */
const SETS = `
local function change(command, key, program, place, count)
  if count == 1 then
    redis.call(command, key, idOf(program[place + 1]))
  elseif count > 1 then
    local ids = {}
    for j = 1, count do ids[j] = idOf(program[place + j]) end
    all(command, key, ids)
  end
  return place + count + 1
end
local function moveSets(program, prefix, each)
  local place = 1
  while place <= #program do
    local name = program[place]
    local key = prefix .. name
    place = change('SREM', key, program, place + 1, program[place + 1])
    local enters = program[place]
    place = change('SADD', key, program, place, enters)
    if each then each(name, key, enters) end
  end
end
local function moveWords()
  local come, gone = {}, {}
  moveSets(words, ARGV[11] .. '${termSet('')}', function(word, key, enters)
    if enters > 0 then
      come[#come + 1] = '0'
      come[#come + 1] = word
    elseif redis.call('EXISTS', key) == 0 then
      gone[#gone + 1] = word
    end
  end)
  all('ZREM', KEYS[4], gone)
  all('ZADD', KEYS[4], come)
end
`;

const SORTS = `
local function moveSorts()
  for k = ${FIXED_KEYS + 1}, #KEYS do
    all('ZADD', KEYS[k], lists[k + ${BEFORE_PLACES - FIXED_KEYS}])
    all('ZREM', KEYS[k], deletes)
  end
end
`;

const VALUES = `
local function release()
  if redis.call('HLEN', KEYS[5]) == 0 then return end
  local ids = {}
  for i = 1, puts + #deletes do ids[i] = idOf(i) end
  all('HDEL', KEYS[5], ids)
  all('ZREM', KEYS[6], ids)
end
local function keepValues()
  all('HSET', KEYS[2], rows)
  all('HDEL', KEYS[2], deletes)
  release()
  for i = 1, #quarantined, 3 do
    redis.call('ZADD', KEYS[6], quarantined[i], quarantined[i + 1])
    redis.call('HSET', KEYS[5], quarantined[i + 1], quarantined[i + 2])
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

/** What the apply was about to store, behind what is stored: see index-entries.ts. */
const NOTE = `
local function note(id, text)
  redis.call('HSET', KEYS[3], id, (redis.call('HGET', KEYS[3], id) or '') .. '\0' .. text)
end
local function noteAll()
  local terms = {}
  for i = 1, #entries, 2 do terms[entries[i]] = entries[i + 1] end
  for i = 1, #rows, 2 do
    local length = tonumber(string.sub(rows[i + 1], 1, ${HEAD_DIGITS}))
    note(rows[i], string.sub(rows[i + 1], ${HEAD_DIGITS + 1}, ${HEAD_DIGITS} + length) .. (terms[rows[i]] or ''))
  end
  for i = 1, #deletes do note(deletes[i], '') end
end
`;

/** A user of Redis may be forbidden to publish: readers find out later then, and the update stands. */
const RUN = `
local done, failure = pcall(function()
  if indexed then
    moveSets(sets, ARGV[11])
    moveWords()
  end
  moveSorts()
  all('HSET', KEYS[3], entries)
  all('HDEL', KEYS[3], without)
  keepValues()
  moveCheckpoint()
end)
if not done then
  redis.call('HSET', KEYS[1], 'mending', '1')
  if indexed then noteAll() end
  return redis.error_reply(type(failure) == 'table' and failure.err or tostring(failure))
end
if ARGV[13] ~= '' then redis.pcall('PUBLISH', ARGV[12], ARGV[13]) end
return {'applied'}
`;

export const APPLY = defineScript([FENCE, LISTS, LOOK_FIRST, SETS, SORTS, VALUES, CHECKPOINT, NOTE, RUN].join(''));
