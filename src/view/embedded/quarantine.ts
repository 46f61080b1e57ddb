/** Reads the quarantine of the embedded view. */
import {
  QUARANTINE_PAGE_BYTES,
  type QuarantinedRecord,
  type QuarantineNote,
  type QuarantinePage,
  type QuarantinePlace,
} from '../view.ts';
import type { Row, Statements } from './statements.ts';

/** View.quarantine, within one read transaction. */
export function quarantinePage(
  statements: Statements,
  after: QuarantinePlace | undefined,
  limit: number,
): QuarantinePage {
  const sql = `SELECT *, length(key) + ifnull(length(value), 0) + length(headers) AS bytes FROM quarantine
    WHERE (partition, "offset") > (?, ?) ORDER BY partition, "offset" LIMIT ?`;
  const { partition = -1, offset = -1 } = after ?? {};
  const records: QuarantinedRecord[] = [];
  let bytes = 0;
  for (const row of statements.iterate(sql, partition, offset, limit + 1)) {
    bytes += Number(row['bytes']);
    const last = records.at(-1);
    if (last !== undefined && (records.length === limit || bytes > QUARANTINE_PAGE_BYTES)) {
      return { records, next: { partition: last.partition, offset: last.offset } };
    }
    records.push(recordOf(row));
  }
  return { records, next: undefined };
}

/** What is said of the id, whose newest record is in the quarantine of its partition; undefined: it isn't. */
export function noteOf(statements: Statements, partition: number, id: string): QuarantineNote | undefined {
  const sql = 'SELECT "offset", reason, detail FROM quarantine WHERE partition = ? AND key = CAST(? AS BLOB)';
  const row = statements.get(sql, partition, id);
  if (row === undefined) return undefined;
  return { partition, offset: Number(row['offset']), reason: String(row['reason']), detail: String(row['detail']) };
}

function recordOf(row: Row): QuarantinedRecord {
  return {
    partition: Number(row['partition']),
    offset: Number(row['offset']),
    key: row['key'] as Uint8Array,
    value: row['value'] as Uint8Array | null,
    headers: JSON.parse(String(row['headers'])) as Record<string, string>,
    timestamp: Number(row['timestamp']),
    reason: String(row['reason']),
    detail: String(row['detail']),
  };
}
