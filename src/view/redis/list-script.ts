/**
 * The list's script: the next places of each partition, merged to a page, and the page's rows. One partition's places are
 * found in one of three ways, whichever is likely to cost least:
 *
 * - *walk*: read the set of the sort, which is in the order of the list, and ask the other sets for each member, until
 *   there are enough.
 * - *intersect*: have Redis intersect all sets, which is faster for a member, but is done for all of them.
 * - *unite*: have Redis unite the sets of the few words that a longer prefix stands for, and sort what is in them.
 *
 * With m matches among n entities a walk to the first page costs about n/m, and an intersection m: the dearer way is never
 * taken, so what is taken costs about √n at most.
 *
 * A walk that finds less than was expected is given up for the cheaper of the others, and later partitions know of it.
 */
import { CONDITIONS, SLICE } from './list-conditions.ts';
import { PLACES } from './list-places.ts';
import { READ_HEAD } from './reading.ts';
import { defineScript, type Script } from './script.ts';

/** What one member costs, in microseconds; only the ratios matter. */
export interface Costs {
  /** Reading it along a set. */
  readonly read: number;
  /** Asking one more set for it. */
  readonly ask: number;
  /** One check. */
  readonly check: number;
  /** Intersecting, for each set, of each member of the smallest. */
  readonly intersect: number;
  /** For each that all sets have. */
  readonly match: number;
  /** Uniting, of each member of each set: with its score, and its place among the others. */
  readonly unite: number;
}

/** As measured with Redis 7.0, 200,000 entities in 10 partitions. */
const MEASURED: Costs = { read: 0.4, ask: 0.3, check: 1, intersect: 0.1, match: 1.6, unite: 5 };

/** Members that a walk is taken to have read at its beginning, when only the sizes of the sets are known. */
const FIRST_GUESS = 20;

const WAYS = `
-- How many members were walked, and how many of them matched, in all partitions.
local walked, matched = 0, 0
-- How many places a partition is likely to give: later ones give only those ahead of the page's end.
local share = wanted

-- Sets without scores count nothing: the sum is the score of the sort.
local function intersection(part)
  local call = { 'ZINTER', #part.sets + 1 }
  for _, set in ipairs(part.sets) do call[#call + 1] = set.key end
  call[#call + 1] = part.sort
  call[#call + 1] = 'WEIGHTS'
  for _ = 1, #part.sets do call[#call + 1] = 0 end
  call[#call + 1] = 1
  local ids = redis.call(unpack(call))
  if not isDesc then reversed(ids) end
  return sourceOfList(ids, function(id) return tonumber(redis.call('ZSCORE', part.sort, id)) end)
end

local function union(part, words)
  local ids, scores = redis.call('SUNION', unpack(words.keys)), {}
  for at, score in ipairs(scoresOf(part, ids)) do scores[ids[at]] = score end
  table.sort(ids, function(a, b) return isAhead(scores[a], a, scores[b], b) end)
  return sourceOfList(ids, function(id) return scores[id] end)
end

-- Ids and scores of a source's members that match, until there are enough. Of a walk, isDear(found) may end it without.
local function collect(part, from, sets, checks, isDear)
  local ids, scores = {}, {}
  local most = 4 * (math.ceil(share) + 4)
  while from.position < from.stop and #ids < wanted do
    if isDear and isDear(#ids) then return nil end
    local position = from.position
    local hits = isDear and matched / walked or 1
    local count = math.ceil(((#ids < share and share or wanted) - #ids) / math.max(hits, 0.001)) + 4
    local some, theirs = take(from, math.min(count, most, ${SLICE}))
    if #sets + #checks > 0 then some, theirs = matching(part, some, sets, checks), nil end
    if isDear then walked, matched = walked + from.position - position, matched + #some end
    for at = 1, #some do
      ids[#ids + 1] = some[at]
      if theirs then scores[#ids] = theirs[at] end
    end
    most = 2 * most
  end
  if #scores < #ids then scores = scoresOf(part, ids) end
  return ids, scores
end

-- The cheaper way that isn't a walk: its cost, and the way; nil: there is none. 'likely' is how many match.
local function otherWay(part, fewest, likely)
  local cost, way
  if #part.sets > 0 then
    cost = part.sets[1].size * costs.intersect * (#part.sets + 1) + likely * (costs.match + costs.check * #part.checks)
    way = function() return collect(part, intersection(part), {}, part.checks) end
  end
  if fewest then
    local uniting = fewest.words.size * costs.unite
    if not cost or uniting < cost then
      cost = uniting
      way = function()
        return collect(part, union(part, fewest.words), without(part.sets, fewest), without(part.checks, fewest))
      end
    end
  end
  return cost, way
end

-- The check with words whose sets hold the fewest.
local function fewestWords(part)
  local fewest
  for _, check in ipairs(part.checks) do
    if check.words and (not fewest or check.words.size < fewest.words.size) then fewest = check end
  end
  return fewest
end

-- What a member costs that is walked, of 'all' entities: whoever isn't in one set isn't asked for in the next.
local function walkCost(part, sets, all)
  local cost, left = costs.read, 1
  for _, set in ipairs(sets) do
    cost = cost + costs.ask * left
    left = left * math.min(1, set.size / all)
  end
  return cost + costs.check * #part.checks * left
end

-- Those of a first page without conditions: no score behind the page's end is read, and nothing has to be searched for.
local function firstPlaces(part)
  local range, from, to = 'ZRANGEBYSCORE', '-inf', '+inf'
  if not isDesc then range, from, to = 'ZREVRANGEBYSCORE', to, from end
  if last then to = last.text end
  local found = redis.call(range, part.sort, from, to, 'WITHSCORES', 'LIMIT', 0, wanted)
  if #found == 0 then lookAtEmpty(part) end
  return idsAndScores(found)
end

-- The next places of one partition, at least as many as the page can take.
local function placesOf(part)
  local sets = part.sets
  local isPlain = #sets + #part.checks == 0
  if isPlain and not after then return firstPlaces(part) end
  local all = redis.call('ZCARD', part.sort)
  if all == 0 then
    lookAtEmpty(part)
    return {}, {}
  end
  if isPlain then return collect(part, sourceOfPlaces(part.sort, all), {}, {}) end
  local fewest = fewestWords(part)
  local most = math.min(sets[1] and sets[1].size or all, fewest and fewest.words.size or all)
  if walked == 0 then walked, matched = ${FIRST_GUESS}, ${FIRST_GUESS} * math.min(1, most / all) end
  local each = walkCost(part, sets, all)
  local from, way = sourceOfSet(part.sort, all), nil
  local ids, scores = collect(part, from, sets, part.checks, function(found)
    local hits = math.max(matched / walked, 1e-6)
    local cost
    cost, way = otherWay(part, fewest, math.min(most, hits * all))
    return cost and math.min((share - found) / hits, from.stop - from.position) * each > cost
  end)
  if ids then return ids, scores end
  return way()
end
`;

const PAGE = `
-- The page so far: places of all partitions that were looked at, in order, at most as many as wanted.
local page = { ids = {}, scores = {}, from = {} }

local function merge(ids, scores, partition)
  local old = page
  page = { ids = {}, scores = {}, from = {} }
  local a, b = 1, 1
  while #page.ids < wanted and (old.ids[a] or ids[b]) do
    local to = #page.ids + 1
    if not ids[b] or (old.ids[a] and isAhead(old.scores[a], old.ids[a], scores[b], ids[b])) then
      page.ids[to], page.scores[to], page.from[to] = old.ids[a], old.scores[a], old.from[a]
      a = a + 1
    else
      page.ids[to], page.scores[to], page.from[to] = ids[b], scores[b], partition
      b = b + 1
    end
  end
  if #page.ids == wanted then
    last = { id = page.ids[wanted], score = page.scores[wanted], text = string.format('%.17g', page.scores[wanted]) }
  end
end

for partition = 1, partitions do
  local part = partAt(nextKey + (partition - 1) * keysEach)
  share = wanted / partition
  if part then
    local ids, scores = placesOf(part)
    merge(ids, scores, partition)
  end
end

local shown = math.min(limit, #page.ids)
local rows = {}
for partition = 1, partitions do
  local ids, places = {}, {}
  for at = 1, shown do
    if page.from[at] == partition then ids[#ids + 1], places[#places + 1] = page.ids[at], at end
  end
  if #ids > 0 then
    local found = redis.call('HMGET', KEYS[nextKey + (partition - 1) * keysEach], unpack(ids))
    for at, place in ipairs(places) do rows[place] = found[at] end
  end
end

if broken then return {-3, broken} end
answer[#answer + 1] = #page.ids > limit and 1 or 0
for at = 1, shown do
  answer[#answer + 1] = page.ids[at]
  answer[#answer + 1] = string.format('%.17g', page.scores[at])
  answer[#answer + 1] = rows[at]
end
return answer
`;

/** The script with other costs: for tests that want one way or the other. */
export function listScript(costs: Costs): Script {
  const table = Object.entries(costs).map(([name, cost]) => `${name} = ${cost}`);
  return defineScript([READ_HEAD, `local costs = { ${table.join(', ')} }`, PLACES, CONDITIONS, WAYS, PAGE].join('\n'));
}

/** KEYS and ARGV behind the head's as planOf says. Adds to the answer: 1 where more follow, then id, score and row of each. */
export const LIST: Script = listScript(MEASURED);
