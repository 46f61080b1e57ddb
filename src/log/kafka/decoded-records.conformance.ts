/** All records of a batch at once, for tests. */
import type { LogRecord } from '../log.ts';
import { BatchRecords, type RecordBatch } from './record-batches.ts';

/** Throws CorruptBatch. */
export function decodedRecords(batch: RecordBatch, partition: number): readonly LogRecord[] {
  const records = new BatchRecords(batch, partition);
  const decoded: LogRecord[] = [];
  for (let record = records.next(); record !== undefined; record = records.next()) decoded.push(record);
  return decoded;
}
