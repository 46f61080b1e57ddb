import { describe, expect, test } from 'vitest';
import type { NewRecord } from '../log.ts';
import { AppendQueue, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_RECORDS } from './append-queue.ts';
import { packRecords, type PackedRecords, type TransactionOutcome, unpackRecords } from './protocol.ts';
import type { AppendingThread } from './writing-thread.ts';

function record(partition: number, bytes = 1): NewRecord {
  return { partition, key: new Uint8Array(bytes), value: null, headers: {}, timestamp: 0 };
}

/** A queue on a thread that `transact` plays; `committed` is what the file holds. */
function queueOn(transact: (packed: PackedRecords, commit: () => Float64Array<ArrayBuffer>) => TransactionOutcome): {
  queue: AppendQueue;
  transactions: number[];
  arrivals: number[];
} {
  const committed = [0, 0];
  const transactions: number[] = [];
  const arrivals: number[] = [];
  const thread: AppendingThread = {
    async append(packed) {
      const records = [...unpackRecords(packed)];
      transactions.push(records.length);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return transact(packed, () =>
        Float64Array.from(
          records.map(({ partition }) => {
            const offset = committed[partition] ?? 0;
            committed[partition] = offset + 1;
            return offset;
          }),
        ),
      );
    },
  };
  const arrived = (partition: number): void => void arrivals.push(partition);
  return {
    queue: new AppendQueue({ logId: 'log', thread, ends: [0, 0], endsInFile: () => committed, arrived }),
    transactions,
    arrivals,
  };
}

describe('group commit', () => {
  test('what arrives while a transaction is under way goes together into the next', async () => {
    const { queue, transactions } = queueOn((_, commit) => ({ kind: 'appended', offsets: commit() }));
    const first = queue.append([record(0)]);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const others = Array.from({ length: 63 }, () => queue.append([record(1)]));
    await Promise.all([first, ...others]);
    expect(transactions).toEqual([1, 63]);
  });

  test('callers that append again as soon as they are answered stay together', async () => {
    const { queue, transactions } = queueOn((_, commit) => ({ kind: 'appended', offsets: commit() }));
    const caller = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) await queue.append([record(0)]);
    };
    await Promise.all(Array.from({ length: 20 }, caller));
    expect(transactions).toEqual([20, 20, 20, 20, 20]);
  });

  test('a transaction is limited in records and bytes, but a call is never divided', async () => {
    const { queue, transactions } = queueOn((_, commit) => ({ kind: 'appended', offsets: commit() }));
    const calls = [MAX_TRANSACTION_RECORDS - 1, 1, 1, MAX_TRANSACTION_RECORDS + 5, 1].map((count) =>
      queue.append(Array.from({ length: count }, () => record(0))),
    );
    const large = [record(0, MAX_TRANSACTION_BYTES), record(0, 1)].map((one) => queue.append([one]));
    await Promise.all([...calls, ...large]);
    expect(transactions).toEqual([MAX_TRANSACTION_RECORDS, 1, MAX_TRANSACTION_RECORDS + 5, 1, 1, 1]);
  });

  test('a transaction that fails is answered to its own appends only', async () => {
    let turn = 0;
    const { queue, arrivals } = queueOn((_, commit) =>
      turn++ === 0 ? { kind: 'unavailable', reason: 'the disk is full' } : { kind: 'appended', offsets: commit() },
    );
    const failed = await Promise.all([queue.append([record(0)]), queue.append([record(1)])]);
    const full = { kind: 'unavailable', reason: 'the disk is full' };
    expect(failed).toEqual([full, full]);
    expect(arrivals).toEqual([]);
    expect(await queue.append([record(1)])).toEqual({
      kind: 'appended',
      logId: 'log',
      records: [{ partition: 1, offset: 0 }],
    });
    expect(arrivals).toEqual([1]);
  });

  test('a partition that does not exist is the caller’s error and is sent nowhere', async () => {
    const { queue, transactions } = queueOn((_, commit) => ({ kind: 'appended', offsets: commit() }));
    await expect(queue.append([record(0), record(2)])).rejects.toThrow(RangeError);
    expect(transactions).toEqual([]);
  });
});

describe('a writing thread that ends without an answer', () => {
  test('before its commit: nothing was appended, and nothing will be', async () => {
    const { queue, transactions } = queueOn(() => {
      throw new Error('out of memory');
    });
    expect(await queue.append([record(0), record(1)])).toEqual({ kind: 'unavailable', reason: 'out of memory' });
    expect(await queue.append([record(0)])).toMatchObject({ kind: 'unavailable' });
    expect(transactions).toHaveLength(1);
  });

  test('after its commit: the file tells that everything was appended, and where', async () => {
    let turn = 0;
    const { queue, arrivals } = queueOn((_, commit) => {
      const offsets = commit();
      if (turn++ === 1) throw new Error('out of memory');
      return { kind: 'appended', offsets };
    });
    await queue.append([record(1), record(1)]);
    expect(await queue.append([record(1), record(0), record(1)])).toEqual({
      kind: 'appended',
      logId: 'log',
      records: [
        { partition: 1, offset: 2 },
        { partition: 0, offset: 0 },
        { partition: 1, offset: 3 },
      ],
    });
    expect(arrivals).toEqual([1, 1, 0]);
    expect(await queue.append([record(0)])).toMatchObject({ kind: 'unavailable' });
  });

  test('with a file that can not be read either: the outcome is uncertain, it promises nothing', async () => {
    const queue = new AppendQueue({
      logId: 'log',
      thread: { append: () => Promise.reject(new Error('out of memory')) },
      ends: [0],
      endsInFile: () => {
        throw new Error('disk I/O error');
      },
      arrived: () => undefined,
    });
    expect(await queue.append([record(0)])).toMatchObject({ kind: 'uncertain' });
  });
});

test('packed records are unpacked as they were', () => {
  const records: readonly NewRecord[] = [
    {
      partition: 3,
      key: Uint8Array.of(1, 2),
      value: Uint8Array.of(9),
      headers: { a: 'ß"' },
      timestamp: 1_700_000_000_001,
    },
    { partition: 0, key: new Uint8Array(0), value: null, headers: {}, timestamp: 0 },
    { partition: 1, key: Uint8Array.of(7), value: new Uint8Array(0), headers: {}, timestamp: 5 },
  ];
  expect([...unpackRecords(packRecords(records))]).toEqual(
    records.map((one) => ({ ...one, headers: JSON.stringify(one.headers) })),
  );
});
