import { expect, test, vi } from 'vitest';
import type { StoredDoubt, ViewDescription } from '../view/view.ts';
import type { Writer } from '../writer/writer.ts';
import { watchLog } from './served-log.ts';

function parts(logId: string) {
  const log = { id: logId, asked: 0, answers: true };
  const view: { generation: ViewDescription['generation']; doubt: StoredDoubt | undefined; fails: boolean } = {
    generation: undefined,
    doubt: undefined,
    fails: false,
  };
  let known = logId;
  const writer: Pick<Writer, 'logId' | 'refresh'> = {
    get logId() {
      return known;
    },
    async refresh() {
      log.asked += 1;
      if (!log.answers) throw new Error('no answer');
      known = log.id;
    },
  };
  const describe = async (): Promise<ViewDescription> => {
    if (view.fails) throw new Error('no answer');
    const { generation, doubt } = view;
    return { generation, partitions: new Map(), quarantined: 0, ...(doubt === undefined ? {} : { doubt }) };
  };
  return { log, view, writer: writer as Writer, describe };
}

const generation = (logId: string, incarnation?: number): ViewDescription['generation'] => ({
  id: 'g',
  logId,
  fingerprint: 'f',
  modelVersion: 1,
  partitions: 1,
  ...(incarnation === undefined ? {} : { incarnation }),
});

test('writes are named by the incarnation of the view, where it is of this log', async () => {
  const { log, view, writer, describe } = parts('L');
  view.generation = generation('L', 2);
  const watched = await watchLog(writer, { describe });
  expect(watched.incarnation).toBe('L.2');
  watched.see('L.3');
  expect(watched.incarnation).toBe('L.3');
  log.id = 'M';
  view.fails = true;
  await watched.refresh();
  expect(watched.incarnation).toBe('M');
  log.answers = false;
  await expect(watched.refresh()).rejects.toThrow('no answer');
  watched.stop();
});

test('a view of another log is not this one; the log is asked before that is said, once a second at most', async () => {
  const { log, writer, describe } = parts('L');
  const watched = await watchLog(writer, { describe });
  expect([await watched.isThisLog('L'), await watched.isThisLog('L.4')]).toEqual([true, true]);
  expect(log.asked).toBe(0);
  expect(await watched.isThisLog('M')).toBe(false);
  for (let reads = 0; reads < 20; reads += 1) await watched.isThisLog('M');
  expect(log.asked).toBe(1);
  log.id = 'M';
  await expect.poll(() => watched.isThisLog('M')).toBe(true);
  watched.stop();
});

test('a hold is seen by the paced look, and ends with it', async () => {
  vi.useFakeTimers();
  try {
    const { view, writer, describe } = parts('L');
    view.generation = generation('L');
    const watched = await watchLog(writer, { describe });
    expect(watched.held).toBeUndefined();
    view.doubt = { reason: 'LOG_SHORTER', evidence: '', seen: 2, firstAt: 0, lastAt: 5_000 };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watched.held?.reason).toBe('LOG_SHORTER');
    view.doubt = { ...view.doubt, reason: 'EVICTED' };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watched.held).toBeUndefined();
    watched.stop();
  } finally {
    vi.useRealTimers();
  }
});
