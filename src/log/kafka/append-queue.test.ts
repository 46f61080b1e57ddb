import { describe, expect, test } from 'vitest';
import type { AppendOutcome } from '../log.ts';
import { record } from '../log-under-test.conformance.ts';
import { AppendQueue } from './append-queue.ts';
import type { LaneBatch } from './lane-batch.ts';
import type { Lane } from './lane.ts';
import type { Verdict } from './produce-answer.ts';

const topic = { name: 'thing', uuid: 'uuid-1', id: 'log-1' };
const TIMEOUT_MS = 1000;
const again: Verdict = { kind: 'again', reason: 'no leader' };
const unknown: Verdict = { kind: 'unknown', reason: 'the connection broke' };
const refused: Verdict = { kind: 'refused', whole: false, why: 'too-large', reason: 'too large' };

type Taken = readonly (readonly [Lane, LaneBatch])[];

class Desk {
  readonly queue = new AppendQueue(3, TIMEOUT_MS);
  now = 0;
  topic = topic;

  append(...records: Parameters<AppendQueue['push']>[0]): Promise<AppendOutcome> {
    return this.queue.push(records, this.now);
  }

  take(...partitions: readonly number[]): Taken {
    const { lanes } = this.queue.ready(this.now);
    for (const lane of lanes) if (lane.needsProducer) lane.useProducer((lane.producerId ?? 0n) + 1n);
    return this.queue.take(new Set(partitions.length === 0 ? [0, 1, 2] : partitions), this.topic, this.now);
  }

  settle(taken: Taken, verdict: Verdict | ((partition: number) => Verdict)): void {
    for (const [lane, batch] of taken) {
      lane.settle(batch, typeof verdict === 'function' ? verdict(batch.partition) : verdict, this.now);
    }
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.queue.expire(this.now);
  }
}

const landed = (baseOffset: number): Verdict => ({ kind: 'landed', baseOffset, timestamp: undefined });
const numbers = (taken: Taken): readonly string[] =>
  taken.map(([, { partition, firstSequence, parts, encoded }]) => {
    return `${partition}: epoch ${encoded.readInt16BE(51)}, ${firstSequence}+${parts.length}`;
  });

/** What the only batch that was taken must be: a fence. */
function fence(taken: Taken): object {
  expect(taken.map(([, { isFence, parts }]) => [isFence, parts.length])).toEqual([[true, 0]]);
  const encoded = taken[0]?.[1].encoded ?? Buffer.alloc(0);
  const key = /kmodel-pen-\d+/.exec(encoded.toString('latin1'))?.[0];
  return { epoch: encoded.readInt16BE(51), sequence: encoded.readInt32BE(53), key };
}

describe('group commit', () => {
  test('what arrives while a request is under way goes into the next one, numbered on', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    const one = desk.take();
    const later = [desk.append(record(0, 'b', '1'), record(1, 'c', '1')), desk.append(record(0, 'd', '1'))];
    expect(numbers(desk.take(0))).toEqual([]);
    desk.settle(one, landed(5));
    expect(await first).toEqual({ kind: 'appended', logId: 'log-1', records: [{ partition: 0, offset: 5 }] });
    const two = desk.take();
    expect(numbers(two).toSorted()).toEqual(['0: epoch 0, 1+2', '1: epoch 0, 0+1']);
    desk.settle(two, (partition) => landed(partition === 0 ? 6 : 0));
    expect(await Promise.all(later)).toEqual([
      {
        kind: 'appended',
        logId: 'log-1',
        records: [
          { partition: 0, offset: 6 },
          { partition: 1, offset: 0 },
        ],
      },
      { kind: 'appended', logId: 'log-1', records: [{ partition: 0, offset: 7 }] },
    ]);
  });

  test('a request holds at most 1,000 records and about 1 MiB, and keeps a call whole where it can', () => {
    const desk = new Desk();
    void desk.append(...Array.from({ length: 700 }, () => record(0, 'k', 'v')));
    void desk.append(...Array.from({ length: 700 }, () => record(0, 'k', 'v')));
    expect(desk.take()[0]?.[1].parts).toHaveLength(700);

    const large = new Desk();
    const megabyte = { value: new Uint8Array(1024 * 1024) };
    void large.append(record(0, 'small', 'v'));
    void large.append(record(0, 'large', '', megabyte));
    const first = large.take();
    expect(first[0]?.[1].parts).toHaveLength(1);
    large.settle(first, landed(0));
    expect(large.take()[0]?.[1].parts).toHaveLength(1);
  });

  test('one partition’s trouble does not keep the others', async () => {
    const desk = new Desk();
    const stuck = desk.append(record(0, 'a', '1'));
    const fine = desk.append(record(1, 'b', '1'));
    desk.settle(desk.take(), (partition) => (partition === 0 ? unknown : landed(0)));
    expect(await fine).toMatchObject({ kind: 'appended' });
    desk.pass(TIMEOUT_MS);
    expect(await stuck).toMatchObject({ kind: 'uncertain' });
    const next = desk.append(record(1, 'c', '1'));
    desk.settle(desk.take(1), landed(1));
    expect(await next).toMatchObject({ kind: 'appended' });
  });
});

describe('limits', () => {
  test('past 10,000 waiting records an append is refused at once; room comes back', async () => {
    const desk = new Desk();
    const waiting = Array.from({ length: 10 }, () =>
      desk.append(...Array.from({ length: 1000 }, () => record(0, 'k', 'v'))),
    );
    expect(await desk.append(record(1, 'k', 'v'))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('10000'),
    });
    desk.settle(desk.take(), landed(0));
    expect(await waiting[0]).toMatchObject({ kind: 'appended' });
    const next = desk.append(record(1, 'k', 'v'));
    desk.settle(desk.take(1), landed(0));
    expect(await next).toMatchObject({ kind: 'appended' });
  });

  test('past 16 MiB likewise', async () => {
    const desk = new Desk();
    for (let i = 0; i < 16; i++) void desk.append(record(0, 'k', '', { value: new Uint8Array(1024 * 1023) }));
    expect(await desk.append(record(0, 'k', '', { value: new Uint8Array(1024 * 1023) }))).toMatchObject({
      kind: 'unavailable',
    });
  });

  test('a partition that does not exist is the caller’s error', async () => {
    await expect(new Desk().append(record(3, 'k', 'v'))).rejects.toThrow('partition 3 does not exist; there are 3');
  });
});

describe('an attempt whose outcome is unknown', () => {
  test('is made again with the same bytes until it is known; nothing of the partition overtakes it', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    const one = desk.take();
    const second = desk.append(record(0, 'b', '1'));
    desk.settle(one, unknown);
    desk.now += 100;
    const two = desk.take();
    expect(two[0]?.[1].encoded).toBe(one[0]?.[1].encoded);
    desk.settle(two, again);
    desk.now += 200;
    const three = desk.take();
    expect(three[0]?.[1].encoded).toBe(one[0]?.[1].encoded);
    desk.settle(three, landed(9));
    expect(await first).toMatchObject({ kind: 'appended', records: [{ partition: 0, offset: 9 }] });
    const four = desk.take();
    expect(numbers(four)).toEqual(['0: epoch 0, 1+1']);
    desk.settle(four, landed(10));
    expect(await second).toMatchObject({ kind: 'appended' });
  });

  test('past the time its caller is told so and it is given up: a fence goes first, then what comes later', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    const one = desk.take();
    const behind = desk.append(record(0, 'b', '1'));
    desk.settle(one, unknown);
    desk.pass(TIMEOUT_MS);
    expect(await first).toEqual({
      kind: 'uncertain',
      reason: 'the log did not take the records within 1000 ms: the connection broke',
    });
    expect(await behind).toMatchObject({ kind: 'unavailable' });
    const later = desk.append(record(0, 'c', '1'));
    const two = desk.take();
    expect(fence(two)).toEqual({ epoch: 1, sequence: 0, key: 'kmodel-pen-1' });
    expect(desk.take()).toEqual([]);
    desk.settle(two, landed(0));
    const three = desk.take();
    expect(numbers(three)).toEqual(['0: epoch 1, 1+1']);
    desk.settle(three, landed(1));
    expect(await later).toMatchObject({ kind: 'appended', records: [{ partition: 0, offset: 1 }] });
  });

  test('given up while under way, its connection is to be cut, and its answer tells nothing any more', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    const one = desk.take();
    desk.now = TIMEOUT_MS;
    expect(desk.queue.expire(desk.now)).toEqual([one[0]?.[1]]);
    expect(await first).toMatchObject({ kind: 'uncertain' });
    const two = desk.take();
    desk.settle(one, landed(7));
    desk.settle(two, landed(8));
    void desk.append(record(0, 'b', '1'));
    expect(numbers(desk.take())).toEqual(['0: epoch 1, 1+1']);
  });

  test('is kept as long as one of its callers waits', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    desk.now = 500;
    const second = desk.append(record(0, 'b', '1'));
    const one = desk.take();
    desk.now = TIMEOUT_MS;
    expect(desk.queue.expire(desk.now)).toEqual([]);
    expect(await first).toMatchObject({ kind: 'uncertain' });
    desk.settle(one, landed(7));
    expect(await second).toMatchObject({ kind: 'appended', records: [{ partition: 0, offset: 8 }] });
    expect(desk.queue.isSettled).toBe(true);
  });

  test('is settled once it has an outcome, or a fence is acknowledged; each attempt at a fence is new, and the same to the broker', async () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), unknown);
    await desk.queue.settled(0);
    desk.pass(TIMEOUT_MS);
    let settled = false;
    const waiting = desk.queue.settled(0).then(() => (settled = true));
    await desk.queue.settled(1);
    for (const verdict of [unknown, again, unknown, refused]) {
      const taken = desk.take();
      expect(fence(taken)).toEqual({ epoch: 1, sequence: 0, key: 'kmodel-pen-1' });
      desk.settle(taken, verdict);
      await new Promise(setImmediate);
      expect([settled, desk.queue.isSettled]).toEqual([false, false]);
      desk.now += 1000;
    }
    desk.settle(desk.take(), landed(3));
    await waiting;
    expect(desk.queue.isSettled).toBe(true);
  });

  test('a fence that the broker has already is as good as one that lands', async () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), unknown);
    desk.pass(TIMEOUT_MS);
    desk.settle(desk.take(), { kind: 'renumber', reason: 'INVALID_PRODUCER_EPOCH' });
    await desk.queue.settled(0);
    void desk.append(record(0, 'b', '1'));
    expect(numbers(desk.take())).toEqual(['0: epoch 2, 0+1']);
  });

  test('a fence that is refused for good refuses what waits behind it', async () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), unknown);
    desk.pass(TIMEOUT_MS);
    const behind = desk.append(record(0, 'b', '1'));
    desk.settle(desk.take(), { kind: 'refused', whole: true, why: 'forbidden', reason: 'no right to write' });
    expect(await behind).toEqual({ kind: 'refused', why: 'forbidden', reason: 'no right to write' });
  });

  test('the last epoch is left for the fence; after it another producer id writes', async () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    for (let raised = 0; raised < 32_766; raised++) {
      desk.settle(desk.take(), { kind: 'renumber', reason: 'out of order' });
      desk.now += 0.001 + 50;
    }
    const last = desk.take();
    expect(numbers(last)).toEqual(['0: epoch 32766, 0+1']);
    desk.settle(last, unknown);
    desk.pass(10 * TIMEOUT_MS);
    const fencing = desk.take();
    expect(fence(fencing)).toEqual({ epoch: 32_767, sequence: 0, key: 'kmodel-pen-1' });
    desk.settle(fencing, landed(0));
    void desk.append(record(0, 'b', '1'));
    const next = desk.take();
    expect(numbers(next)).toEqual(['0: epoch 0, 0+1']);
    expect(next[0]?.[1].encoded.readBigInt64BE(43)).toBe(2n);
  });

  test('where the log has a bound in time, the caller is told until when its records may land', async () => {
    const queue = new AppendQueue(1, TIMEOUT_MS, (timestamp) => timestamp + 60_000);
    const call = queue.push([record(0, 'a', '1', { timestamp: 500 }), record(0, 'b', '1', { timestamp: 700 })], 0);
    for (const lane of queue.ready(0).lanes) lane.useProducer(1n);
    const [taken] = queue.take(new Set([0]), topic, 0);
    taken?.[0].settle(taken[1], unknown, 0);
    queue.expire(TIMEOUT_MS);
    expect(await call).toMatchObject({ kind: 'uncertain', until: 60_700 });
  });

  test('given up for good, it is fenced by a higher epoch', async () => {
    for (const verdict of [refused, { kind: 'renumber', reason: 'out of order' } as const]) {
      const desk = new Desk();
      const first = desk.append(record(0, 'a', '1'));
      desk.settle(desk.take(), unknown);
      desk.now += 100;
      desk.settle(desk.take(), verdict);
      expect(await first).toMatchObject({ kind: 'uncertain' });
      const second = desk.append(record(0, 'b', '1'));
      desk.now += 1000;
      const fencing = desk.take();
      expect(fence(fencing)).toEqual({ epoch: 1, sequence: 0, key: 'kmodel-pen-1' });
      desk.settle(fencing, landed(0));
      expect(numbers(desk.take())).toEqual(['0: epoch 1, 1+1']);
      void second;
    }
  });

  test('in a topic that was made anew meanwhile it is not sent again', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), unknown);
    const second = desk.append(record(0, 'b', '1'));
    desk.topic = { ...topic, uuid: 'uuid-2', id: 'log-2' };
    desk.now += 100;
    const taken = desk.take();
    expect(await first).toMatchObject({ kind: 'uncertain', reason: expect.stringContaining('deleted') });
    expect(fence(taken)).toEqual({ epoch: 1, sequence: 0, key: 'kmodel-pen-1' });
    desk.settle(taken, landed(0));
    desk.settle(desk.take(), landed(1));
    expect(await second).toMatchObject({ kind: 'appended', logId: 'log-2' });
  });
});

describe('an attempt that certainly landed nothing', () => {
  test('gives its numbers back when its caller’s time is over', async () => {
    const desk = new Desk();
    const first = desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), again);
    desk.pass(TIMEOUT_MS);
    expect(await first).toEqual({
      kind: 'unavailable',
      reason: 'the log did not take the records within 1000 ms: no leader',
    });
    void desk.append(record(0, 'b', '1'));
    desk.now += 1000;
    expect(numbers(desk.take())).toEqual(['0: epoch 0, 0+1']);
  });

  test('a call that the broker refuses is refused; others of its batch are not', async () => {
    const desk = new Desk();
    const calls = ['a', 'bad', 'c', 'd'].map((key) => desk.append(record(0, key, 'v')));
    let offset = 0;
    for (let turn = 0; turn < 10; turn++) {
      const taken = desk.take();
      const parts = taken[0]?.[1].parts ?? [];
      const bad = parts.some((part) => Buffer.from(part.record.key).toString() === 'bad');
      desk.settle(taken, bad ? refused : landed(offset));
      if (!bad) offset += parts.length;
    }
    expect((await Promise.all(calls)).map(({ kind }) => kind)).toEqual(['appended', 'refused', 'appended', 'appended']);
  });

  test('a refused call of several records lands none of them', async () => {
    const desk = new Desk();
    const call = desk.append(record(0, 'a', 'v'), record(0, 'bad', 'v'));
    desk.settle(desk.take(), refused);
    expect(await call).toEqual({ kind: 'refused', why: 'too-large', reason: 'too large' });
  });

  test('part of a call in the log and part of it not is uncertain, and says how many are in', async () => {
    const desk = new Desk();
    const call = desk.append(record(0, 'a', 'v'), record(1, 'b', 'v'));
    desk.settle(desk.take(), (partition) => (partition === 0 ? landed(0) : refused));
    expect(await call).toEqual({ kind: 'uncertain', reason: 'only 1 of 2 records are in the log: too large' });
  });

  test('numbers that the broker does not take are given anew under a higher epoch', () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), { kind: 'renumber', reason: 'out of order' });
    desk.now += 1000;
    expect(numbers(desk.take())).toEqual(['0: epoch 1, 0+1']);
  });
});
