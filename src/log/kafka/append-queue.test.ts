import { describe, expect, test } from 'vitest';
import { record } from '../log-under-test.conformance.ts';
import { again, Desk, landed, numbers, refused, TIMEOUT_MS, unknown } from './append-desk.conformance.ts';

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
