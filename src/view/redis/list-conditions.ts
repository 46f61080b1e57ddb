/** The second part of the list's script: what the entities of a list have to be, and how that is found out. Lua. */

/** The most words that a longer prefix is looked up by; one that stands for more is looked for in the packed entries. */
const MOST_WORDS = 256;

/** With more words than this it is cheaper to look into an entity's packed entries than to ask each word's set. */
const MOST_WORDS_ASKED = 6;

/** Members that are asked for in one command: Lua hands over 8,000 arguments at most. */
export const SLICE = 1000;

/**
 * A part is what one partition's list is made from: its keys; `sets`, smallest first, which hold every entity of the list;
 * and `checks`, which tell those that belong to it. A check has the `text` to find in the packed entries, and maybe
 * `words`: the sets that the same entities are in (`keys`), and how many these hold together (`size`).
 */
export const CONDITIONS = `
-- What doesn't fit, if anything: then there is no answer.
local broken
local keysEach = tonumber(ARGV[nextArg + 4])
local conditions = {}
for at = nextArg + 5, #ARGV, 3 do
  conditions[#conditions + 1] = { kind = ARGV[at], text = ARGV[at + 1], hasKey = ARGV[at + 2] == 'key' }
end

-- The sets of the words that begin with a prefix; nil: they are too many. A term's set is named like the set of words.
local function wordsFrom(wordsKey, prefix)
  local words = redis.call('ZRANGEBYLEX', wordsKey, '[' .. prefix, '(' .. prefix .. '\\255', 'LIMIT', 0, ${MOST_WORDS + 1})
  if #words > ${MOST_WORDS} then return nil end
  local keys, size = {}, 0
  for at, word in ipairs(words) do
    keys[at] = string.sub(wordsKey, 1, -2) .. 't:' .. word
    size = size + redis.call('SCARD', keys[at])
  end
  return { keys = keys, size = size }
end

-- Adds one condition to a part, with its set, if it has one. False: nothing can match.
local function addCondition(part, condition, set)
  if condition.kind ~= 'set' then
    local check = { text = condition.text }
    if condition.kind == 'words' then
      check.words = wordsFrom(part.words, string.sub(condition.text, 2))
      if check.words and check.words.size == 0 then return false end
    end
    if check.words and #check.words.keys == 1 then
      set = { key = check.words.keys[1], size = check.words.size }
    else
      part.checks[#part.checks + 1] = check
      if set then set.check = check end
    end
  end
  if set then part.sets[#part.sets + 1] = set end
  return true
end

-- The part whose first key is KEYS[first]; nil: nothing can match.
local function partAt(first)
  local part = { entities = KEYS[first], entries = KEYS[first + 1], words = KEYS[first + 2], sort = KEYS[first + 3],
    sets = {}, checks = {} }
  local at = first + 4
  for _, condition in ipairs(conditions) do
    local set
    if condition.hasKey then
      set = { key = KEYS[at], size = redis.call('SCARD', KEYS[at]) }
      at = at + 1
      if set.size == 0 then return nil end
    end
    if not addCondition(part, condition, set) then return nil end
  end
  table.sort(part.sets, function(a, b) return a.size < b.size end)
  return part
end

local function without(all, left)
  local rest = {}
  for _, one in ipairs(all) do
    if one ~= left and one.check ~= left then rest[#rest + 1] = one end
  end
  return rest
end

-- Which of the ids pass a check.
local function passing(part, ids, check)
  local marks = {}
  if check.words and #check.words.keys <= ${MOST_WORDS_ASKED} then
    for _, key in ipairs(check.words.keys) do
      local found = redis.call('SMISMEMBER', key, unpack(ids))
      for at = 1, #ids do marks[at] = marks[at] or found[at] == 1 end
    end
    return marks
  end
  local packed = redis.call('HMGET', part.entries, unpack(ids))
  for at = 1, #ids do marks[at] = packed[at] and string.find(packed[at], check.text, 1, true) end
  return marks
end

local function marked(ids, marks)
  local kept, size = {}, 0
  for at = 1, #ids do
    if marks[at] then
      size = size + 1
      kept[size] = ids[at]
    end
  end
  return kept
end

local function members(key, ids)
  local found = redis.call('SMISMEMBER', key, unpack(ids))
  for at = 1, #ids do found[at] = found[at] == 1 end
  return marked(ids, found)
end

-- Those that stand in all the sets and pass all the checks: at most ${SLICE} at a time.
local function matching(part, ids, sets, checks)
  for _, set in ipairs(sets) do
    if #ids == 0 then break end
    ids = members(set.key, ids)
  end
  for _, check in ipairs(checks) do
    if #ids == 0 then break end
    ids = marked(ids, passing(part, ids, check))
  end
  return ids
end

local function scoresOf(part, ids)
  local scores = {}
  for from = 1, #ids, ${SLICE} do
    local found = redis.call('ZMSCORE', part.sort, unpack(ids, from, math.min(from + ${SLICE - 1}, #ids)))
    for at = 1, #found do
      local score = found[at] and tonumber(found[at])
      if not score then broken = 'an index names ' .. ids[from + at - 1] .. ', which is not in the order of the list' end
      scores[from + at - 1] = score or 0
    end
  end
  return scores
end

-- An order without entities, which none of those with rows is in.
local function lookAtEmpty(part)
  if redis.call('ZCARD', part.sort) > 0 then return end
  local rows = redis.call('HLEN', part.entities)
  if rows > 0 then broken = rows .. ' entities have rows, and the order of the list has none' end
end
`;
