import { describe, expect, test } from 'vitest';
import { record } from '../log-under-test.conformance.ts';
import { again, Desk, fence, landed, numbers, refused, TIMEOUT_MS, topic, unknown } from './append-desk.conformance.ts';
import { AppendQueue } from './append-queue.ts';

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

  test('while no broker can be reached, a fence that nobody waits behind is tried about once a second', async () => {
    const desk = new Desk();
    void desk.append(record(0, 'a', '1'));
    desk.settle(desk.take(), unknown);
    desk.pass(TIMEOUT_MS);
    let tries = 0;
    for (const end = desk.now + 60_000; desk.now < end; tries++) {
      desk.queue.hold(new Set([0]), 'no broker answers', desk.now);
      desk.now = desk.queue.ready(desk.now).next ?? desk.now;
    }
    expect(tries).toBe(60);
    // Who comes and waits makes it try at once.
    desk.queue.hold(new Set([0]), 'no broker answers', desk.now);
    void desk.append(record(0, 'b', '1'));
    expect(desk.queue.ready(desk.now).lanes).toHaveLength(1);
  });
});
