import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { FetchAnswer, FetchRequest, PartitionAnswer } from './fetch-answer.ts';
import { FETCH_LIMITS, type Fetched, Fetcher, type FetchUse, type Wish } from './fetching.ts';

interface Asked {
  readonly leaderId: number;
  readonly use: FetchUse;
  readonly request: FetchRequest;
  /** The partitions with records; the others are answered without. */
  readonly answer: (withRecords: readonly number[]) => void;
  readonly raw: (answer: FetchAnswer) => void;
  readonly fail: (error: Error) => void;
}

function empty(partition: number): PartitionAnswer {
  return { partition, code: 0, stableEndOffset: 0, aborted: [], divergence: undefined, records: Buffer.alloc(0) };
}

/** A fetcher whose brokers are the test. */
function fetcherUnderTest() {
  const asked: Asked[] = [];
  const fetcher = new Fetcher((leaderId, use, request) => {
    const { promise, resolve, reject } = Promise.withResolvers<FetchAnswer>();
    const answer = (withRecords: readonly number[]): void => {
      const partitions = request.places.map(({ partition }) => {
        const full = withRecords.includes(partition);
        return full ? { ...empty(partition), records: Buffer.alloc(1) } : empty(partition);
      });
      resolve({ code: 0, connectedAt: 7, partitions });
    };
    asked.push({ leaderId, use, request, answer, raw: resolve, fail: reject });
    return promise;
  }, FETCH_LIMITS);
  return { asked, fetcher };
}

function wish(partition: number, more: Partial<Wish> = {}): Wish {
  const signal = new AbortController().signal;
  return {
    leaderId: 1,
    topicUuid: 'topic',
    partition,
    offset: 10 * partition,
    leaderEpoch: 4,
    fetchedEpoch: partition,
    maxBytes: 1000,
    urgent: false,
    signal,
    ...more,
  };
}

const turn = (): Promise<void> => sleep(5);
const partitionsOf = ({ request }: Asked): number[] => request.places.map(({ partition }) => partition);

describe('fetching', () => {
  test('what readers want of one broker goes into one request, what they want of another into its own', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    const fetched = [0, 1, 2].map((partition) => fetcher.fetch(wish(partition)));
    void fetcher.fetch(wish(3, { leaderId: 2 }));
    await turn();
    expect(asked.map((each) => [each.leaderId, each.request.places])).toEqual([
      [
        1,
        [
          { partition: 0, offset: 0, leaderEpoch: 4, fetchedEpoch: 0, maxBytes: 1000 },
          { partition: 1, offset: 10, leaderEpoch: 4, fetchedEpoch: 1, maxBytes: 1000 },
          { partition: 2, offset: 20, leaderEpoch: 4, fetchedEpoch: 2, maxBytes: 1000 },
        ],
      ],
      [2, [{ partition: 3, offset: 30, leaderEpoch: 4, fetchedEpoch: 3, maxBytes: 1000 }]],
    ]);
    asked[0]?.answer([1]);
    const [first, second] = (await Promise.all(fetched)) as Extract<Fetched, { kind: 'answer' }>[];
    expect([first?.answer.records.length, second?.answer.records.length]).toEqual([0, 1]);
  });

  test('who comes while a request waits goes out over the second connection, and waits shortly there', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    void fetcher.fetch(wish(0));
    await turn();
    void fetcher.fetch(wish(1));
    await turn();
    // Both are under way: the third has to wait for one of them.
    void fetcher.fetch(wish(2));
    await turn();
    expect(asked.map((each) => [each.use, each.request.waitMs, partitionsOf(each)])).toEqual([
      ['fetching', FETCH_LIMITS.waitMs, [0]],
      ['fetching-soon', FETCH_LIMITS.soonWaitMs, [1]],
    ]);
    asked[1]?.answer([]);
    await turn();
    expect(partitionsOf(asked[2]!)).toEqual([2]);
  });

  test('one request has each partition once and one incarnation of the topic', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    void fetcher.fetch(wish(0, { offset: 5 }));
    void fetcher.fetch(wish(0, { offset: 9 }));
    void fetcher.fetch(wish(1, { topicUuid: 'made anew' }));
    await turn();
    expect(asked.map((each) => [each.request.topicUuid, each.request.places])).toEqual([
      ['topic', [{ partition: 0, offset: 5, leaderEpoch: 4, fetchedEpoch: 0, maxBytes: 1000 }]],
      ['topic', [{ partition: 0, offset: 9, leaderEpoch: 4, fetchedEpoch: 0, maxBytes: 1000 }]],
    ]);
    asked[0]?.answer([0]);
    await turn();
    expect(asked[2]?.request).toMatchObject({ topicUuid: 'made anew', places: [{ partition: 1 }] });
  });

  test('the urgent goes first, and only the first place, or an answer without any record, proves that there is none', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    const fetched = [wish(0), wish(1, { urgent: true }), wish(2)].map((each) => fetcher.fetch(each));
    await turn();
    expect(partitionsOf(asked[0]!)).toEqual([1, 0, 2]);
    asked[0]?.answer([2]);
    expect(await Promise.all(fetched)).toMatchObject([
      { complete: false, connectedAt: 7 },
      { complete: true },
      { complete: false },
    ]);
    const again = [wish(0), wish(1)].map((each) => fetcher.fetch(each));
    await turn();
    asked[1]?.answer([]);
    expect(await Promise.all(again)).toMatchObject([{ complete: true }, { complete: true }]);
  });

  test('who got records is answered a turn before all who got none, and the next request is for all', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    const order: (number | string)[] = [];
    for (const partition of [0, 1, 2, 3]) {
      void fetcher.fetch(wish(partition)).then(async () => {
        order.push(partition);
        void fetcher.fetch(wish(partition));
        for (let steps = 0; steps < 50; steps += 1) await Promise.resolve();
        order.push(`${partition} done`);
      });
    }
    await turn();
    asked[0]?.answer([2, 3]);
    await turn();
    expect(order).toEqual([2, 3, '2 done', '3 done', 0, 1, '0 done', '1 done']);
    expect(asked.map((each) => partitionsOf(each))).toEqual([
      [0, 1, 2, 3],
      [2, 3, 0, 1],
    ]);
  });

  test('a partition that the answer leaves out is answered by nothing', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    const fetched = fetcher.fetch(wish(0));
    await turn();
    asked[0]?.raw({ code: 0, connectedAt: 7, partitions: [] });
    expect(await fetched).toMatchObject({ kind: 'answer', complete: false, answer: { code: 0, stableEndOffset: -1 } });
  });

  test('a request that fails fails for all in it; the next one goes out all the same', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    const fetched = [0, 1].map((partition) => fetcher.fetch(wish(partition)));
    await turn();
    const error = new Error('connection closed');
    asked[0]?.fail(error);
    expect(await Promise.all(fetched)).toEqual([
      { kind: 'failed', error },
      { kind: 'failed', error },
    ]);
    void fetcher.fetch(wish(0));
    await turn();
    expect(asked).toHaveLength(2);
  });

  test('who has stopped is not fetched for', async () => {
    const { asked, fetcher } = fetcherUnderTest();
    void fetcher.fetch(wish(0, { signal: AbortSignal.abort() }));
    void fetcher.fetch(wish(1));
    await turn();
    expect(asked.map((each) => partitionsOf(each))).toEqual([[1]]);
  });
});
