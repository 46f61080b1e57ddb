import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { record } from '../log-under-test.conformance.ts';
import { type LogFile, openLogFile } from './log-file.ts';
import { packRecords } from './protocol.ts';
import { RecordWriter } from './record-writer.ts';

const SQLITE_FULL = 13;
const SQLITE_IOERR_FSYNC = 1034;

let directory = '';
let file: LogFile;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kmodel-writer-'));
  const rules = { minCompactionLagMs: 0, deleteRetentionMs: 0, compactionIntervalMs: 0, maxBytes: undefined };
  file = openLogFile({ path: join(directory, 'log.db'), partitions: 1, ...rules });
});

afterEach(async () => {
  file.connection.close();
  await rm(directory, { recursive: true });
});

/** The file on a disk that fails at the next commit; `then` happens right after it. */
function failing(errcode: number, then: () => void = () => undefined): LogFile {
  let failed = false;
  const connection = new Proxy(file.connection, {
    get(real, name) {
      const value: unknown = Reflect.get(real, name, real);
      if (name === 'exec') {
        return (sql: string): void => {
          if (sql !== 'COMMIT' || failed) return real.exec(sql);
          failed = true;
          then();
          throw Object.assign(new Error('disk I/O error'), { errcode });
        };
      }
      return typeof value === 'function' ? (value.bind(real) as unknown) : value;
    },
  });
  return { ...file, connection };
}

function settled(): unknown {
  return file.connection.prepare('SELECT settled FROM meta').get()?.['settled'];
}

describe('a commit that fails', () => {
  const packed = packRecords([record(0, 'a', '1')]);

  test('for want of room is undone, and the next one gets its offset', () => {
    const writer = new RecordWriter(failing(SQLITE_FULL));
    expect(writer.append(packed)).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('disk I/O') });
    expect(settled()).toBe(0);
    expect(writer.append(packed)).toEqual({ kind: 'appended', offsets: Float64Array.of(0) });
  });

  test('at the flush is answered only after another commit has taken its place', () => {
    const writer = new RecordWriter(failing(SQLITE_IOERR_FSYNC));
    expect(writer.append(packed)).toMatchObject({ kind: 'unavailable' });
    expect(settled()).toBe(1);
    expect(writer.append(packed)).toEqual({ kind: 'appended', offsets: Float64Array.of(0) });
  });

  test('and can not be replaced is uncertain: nothing is promised either way', () => {
    const writer = new RecordWriter(
      failing(SQLITE_IOERR_FSYNC, () => file.connection.exec('ROLLBACK; PRAGMA query_only = TRUE')),
    );
    expect(writer.append(packed)).toMatchObject({ kind: 'uncertain' });
  });
});
