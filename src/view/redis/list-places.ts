/**
 * The first half of the list's script: places, the order of a list, and how sets are read in that order. All of it is Lua
 * that runs inside Redis; list-script.ts goes on with it.
 *
 * A sorted set in its own order is a list in `desc` order; `asc` reads it from its end. What follows counts positions in
 * the order of the list, so that both are one.
 */

/**
 * ARGV from nextArg: limit, order, score and id of the place to go on behind (or two empty texts).
 * KEYS as planOf says.
 */
export const PLACES = `
local limit = tonumber(ARGV[nextArg])
local isDesc = ARGV[nextArg + 1] == 'desc'
-- One more than the page holds, to know whether more follow.
local wanted = limit + 1
local RANGE = isDesc and 'ZRANGE' or 'ZREVRANGE'
local RANK = isDesc and 'ZRANK' or 'ZREVRANK'

-- The place to go on behind, and the place to end at; nil: from the first, to the last.
local after, last
if ARGV[nextArg + 2] ~= '' then
  after = { text = ARGV[nextArg + 2], score = tonumber(ARGV[nextArg + 2]), id = ARGV[nextArg + 3] }
end

-- Lua compares as the server's locale collates. No locale but those that go by bytes has capitals before small letters.
local isCollatedByBytes = 'B' < 'a' and 'Z' < '_' and '-' < '0'
local function isLess(a, b)
  if isCollatedByBytes then return a < b end
  for at = 1, math.min(#a, #b) do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then return x < y end
  end
  return #a < #b
end

local function isAhead(scoreA, idA, scoreB, idB)
  if scoreA ~= scoreB then return (scoreA < scoreB) == isDesc end
  return idA ~= idB and isLess(idA, idB) == isDesc
end

-- The first position from low on, below high, for which isBefore(position) is false, as it is for all behind that.
local function search(low, high, isBefore)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isBefore(middle) then low = middle + 1 else high = middle end
  end
  return low
end

-- How many members of a set are not behind a place. Many can share its score, so their ids are searched, not read.
local function positionInSet(key, place)
  local there = redis.call('ZSCORE', key, place.id)
  if there and tonumber(there) == place.score then return redis.call(RANK, key, place.id) + 1 end
  local low
  if isDesc then low = redis.call('ZCOUNT', key, '-inf', '(' .. place.text)
  else low = redis.call('ZCOUNT', key, '(' .. place.text, '+inf') end
  local high = low + redis.call('ZCOUNT', key, place.text, place.text)
  return search(low, high, function(position)
    return isLess(redis.call(RANGE, key, position, position)[1], place.id) == isDesc
  end)
end

-- A source gives members in the order of the list, from behind the one place to the other: 'read(position, count)' their
-- ids, and their scores if it has them. 'positionOf(place)' is how many of them are not behind it.
local function source(size, positionOf, read)
  return { read = read, position = after and positionOf(after) or 0, stop = last and positionOf(last) or size }
end

local function take(from, count)
  count = math.min(count, from.stop - from.position)
  if count <= 0 then return {}, {} end
  from.position = from.position + count
  return from.read(from.position - count, count)
end

local function sourceOfSet(key, size)
  return source(size, function(place) return positionInSet(key, place) end, function(position, count)
    return redis.call(RANGE, key, position, position + count - 1)
  end)
end

local function idsAndScores(found)
  local ids, scores = {}, {}
  for at = 1, #found / 2 do ids[at], scores[at] = found[2 * at - 1], tonumber(found[2 * at]) end
  return ids, scores
end

-- The same with scores, which take Redis twice as long to write as the ids.
local function sourceOfPlaces(key, size)
  return source(size, function(place) return positionInSet(key, place) end, function(position, count)
    return idsAndScores(redis.call(RANGE, key, position, position + count - 1, 'WITHSCORES'))
  end)
end

-- Ids that are in the order of the list already; 'scoreOf' tells one's score.
local function sourceOfList(ids, scoreOf)
  local positionOf = function(place)
    return search(0, #ids, function(position)
      local id = ids[position + 1]
      return not isAhead(place.score, place.id, scoreOf(id), id)
    end)
  end
  return source(#ids, positionOf, function(position, count)
    local some = {}
    for at = 1, count do some[at] = ids[position + at] end
    return some
  end)
end

local function reversed(list)
  local size = #list
  for at = 1, math.floor(size / 2) do list[at], list[size + 1 - at] = list[size + 1 - at], list[at] end
  return list
end
`;
