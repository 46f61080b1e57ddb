import { describe, expect, test } from 'vitest';
import { Mailbox } from './mailbox.ts';

describe('a mailbox', () => {
  test('hands out the newest of what was put in since the last time', async () => {
    const box = new Mailbox<number>();
    const taking = box.take();
    const first = taking.next();
    box.put(1);
    expect(await first).toEqual({ done: false, value: 1 });
    box.put(2);
    box.put(3);
    expect(await taking.next()).toEqual({ done: false, value: 3 });
  });

  test('ends at once, whoever waits', async () => {
    const box = new Mailbox<number>();
    const waiting = box.take();
    const next = waiting.next();
    box.end();
    expect(await next).toMatchObject({ done: true });
    const late = new Mailbox<number>();
    late.put(1);
    late.end();
    expect(await late.take().next()).toMatchObject({ done: true });
  });

  test('fails after the newest is taken', async () => {
    const box = new Mailbox<number>();
    box.put(1);
    box.fail(new Error('lost'));
    const taking = box.take();
    expect(await taking.next()).toEqual({ done: false, value: 1 });
    await expect(taking.next()).rejects.toThrow('lost');
  });
});
