/**
 * Compaction with Kafka's rules: of each key the newest record stays; a tombstone goes `deleteRetentionMs` after it was
 * first cleaned; a partition's newest record always stays; offsets never change.
 */
import { type LogFile, recordTable } from './log-file.ts';

/** A step looks at this many records at most. */
export const MAX_STEP_RECORDS = 2000;
const MIN_STEP_RECORDS = 20;
/** Steps over long values are made smaller until they take about as long as this: appends wait for one step at most. */
const STEP_TARGET_MS = 20;

export interface CompactionRules {
  readonly minCompactionLagMs: number;
  readonly deleteRetentionMs: number;
}

/**
 * Compacts everything that stands in the file now, as of the time `nowMs`. Each step is a transaction of its own; the
 * generator yields after it how many records it removed, so that the caller can let appends in between. A failed step is
 * rolled back and thrown; what earlier steps did stays.
 */
export function* compact(file: LogFile, rules: CompactionRules, nowMs: number): Generator<number> {
  const pace = new Pace();
  for (const [partition, end] of [...file.ends].entries()) {
    const next = (): number | undefined => cleanableEnd(file, rules, nowMs, { partition, end, records: pace.records });
    for (let to = next(); to !== undefined; to = next()) {
      const until = to;
      const removed = pace.measure(() => inTransaction(file, () => cleanWindow(file, partition, until, nowMs)));
      file.cleaned[partition] = until;
      yield removed;
    }
  }
  const cleanedUntilMs = nowMs - rules.deleteRetentionMs;
  for (const partition of file.ends.keys()) {
    while (hasTombstones(file, partition, cleanedUntilMs)) {
      const limit = Math.floor(pace.records);
      yield pace.measure(() => inTransaction(file, () => removeTombstones(file, partition, cleanedUntilMs, limit)));
    }
  }
}

/** How many records the next step may look at. */
class Pace {
  records = MAX_STEP_RECORDS;

  measure(step: () => number): number {
    const start = performance.now();
    const removed = step();
    const tooLong = performance.now() - start > STEP_TARGET_MS;
    this.records = Math.min(MAX_STEP_RECORDS, Math.max(MIN_STEP_RECORDS, this.records * (tooLong ? 0.5 : 2)));
    return removed;
  }
}

interface Dirty {
  readonly partition: number;
  readonly end: number;
  readonly records: number;
}

/** Where the next step of a partition ends, an offset; undefined where nothing (more) can be cleaned. */
function cleanableEnd(file: LogFile, rules: CompactionRules, nowMs: number, dirty: Dirty): number | undefined {
  const { partition, end } = dirty;
  const from = file.cleaned[partition] ?? end;
  if (from >= end) return undefined;
  const table = recordTable(partition);
  const next = file.connection
    .prepare(`SELECT place FROM ${table} WHERE place >= ? AND place < ? ORDER BY place LIMIT 1 OFFSET ?`)
    .get(from, end, Math.floor(dirty.records));
  let to = next === undefined ? end : Number(next['place']);
  if (rules.minCompactionLagMs > 0) {
    // The range ends before the first record that is too young: what stands behind it supersedes nothing either.
    const young = file.connection
      .prepare(`SELECT place FROM ${table} WHERE place >= ? AND place < ? AND timestamp > ? ORDER BY place LIMIT 1`)
      .get(from, to, nowMs - rules.minCompactionLagMs);
    if (young !== undefined) to = Number(young['place']);
  }
  return to > from ? to : undefined;
}

/** Removes what the records from the cleaned offset to `to` supersede, among themselves and below. */
function cleanWindow(file: LogFile, partition: number, to: number, nowMs: number): number {
  const { connection, cleaned } = file;
  const table = recordTable(partition);
  const window = [cleaned[partition] ?? 0, to] as const;
  const among = connection
    .prepare(
      `DELETE FROM ${table} WHERE place >= ? AND place < ?
         AND place NOT IN (SELECT max(place) FROM ${table} WHERE place >= ? AND place < ? GROUP BY key)`,
    )
    .run(...window, ...window);
  const below = connection
    .prepare(
      `DELETE FROM ${table} WHERE place IN (
         SELECT newest.place FROM ${table} AS dirty CROSS JOIN newest
         WHERE dirty.place >= ? AND dirty.place < ? AND newest.partition = ? AND newest.key = dirty.key)`,
    )
    .run(...window, partition);
  connection
    .prepare(
      `INSERT INTO newest SELECT ?, key, place FROM ${table} WHERE place >= ? AND place < ?
         ON CONFLICT DO UPDATE SET place = excluded.place`,
    )
    .run(partition, ...window);
  connection
    .prepare(`UPDATE ${table} SET cleaned_at = ? WHERE place >= ? AND place < ? AND value IS NULL`)
    .run(nowMs, ...window);
  connection.prepare('UPDATE partition_state SET cleaned_offset = ? WHERE partition = ?').run(to, partition);
  return Number(among.changes) + Number(below.changes);
}

/** The tombstones first cleaned at a moment or before, without the partition's newest record, which always stays. */
function expired(partition: number): string {
  return `FROM ${recordTable(partition)} INDEXED BY cleaned_${partition} WHERE cleaned_at <= ?
    AND place < (SELECT end_offset - 1 FROM partition_state WHERE partition = ${partition})`;
}

function hasTombstones(file: LogFile, partition: number, cleanedUntilMs: number): boolean {
  return file.connection.prepare(`SELECT 1 ${expired(partition)} LIMIT 1`).get(cleanedUntilMs) !== undefined;
}

function removeTombstones(file: LogFile, partition: number, cleanedUntilMs: number, limit: number): number {
  const { connection } = file;
  const tombstones = `${expired(partition)} ORDER BY cleaned_at, place LIMIT ?`;
  connection
    .prepare(`DELETE FROM newest WHERE partition = ? AND key IN (SELECT key ${tombstones})`)
    .run(partition, cleanedUntilMs, limit);
  const { changes } = connection
    .prepare(`DELETE FROM ${recordTable(partition)} WHERE place IN (SELECT place ${tombstones})`)
    .run(cleanedUntilMs, limit);
  return Number(changes);
}

function inTransaction(file: LogFile, step: () => number): number {
  const { connection } = file;
  connection.exec('BEGIN IMMEDIATE');
  try {
    const removed = step();
    connection.exec('COMMIT');
    return removed;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}
