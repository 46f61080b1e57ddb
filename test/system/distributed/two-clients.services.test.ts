/**
 * I8, I9: a write through one client is read through the other at its position: one entity, a list, a search, and its
 * absence after a delete. Without a position too, soon.
 */
import { expect, test } from 'vitest';
import type { WireEntity, WireList } from '../../../src/http/wire.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const ROUNDS = 40;

test('what one client writes, the other reads at its position', { timeout: 300_000 }, async () => {
  const stage = await openStage();
  try {
    const [one, other, worker] = await Promise.all([stage.client(), stage.client(), stage.worker()]);
    await Promise.all([one.ready(), other.ready(), worker.ready()]);
    const random = randomFrom(7);
    const ask = async (
      { url }: RoleProcess,
      method: string,
      path: string,
      position?: string,
      body?: object,
    ): Promise<Response> =>
      await fetch(`${url}${stage.path}${path}`, {
        method,
        headers: {
          ...(position === undefined ? {} : { 'kmodel-position': position }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const positionOf = (answer: Response): string => answer.headers.get('kmodel-position')!;
    const ids = async (answer: Response): Promise<string[]> =>
      ((await answer.json()) as WireList).items.map(({ id }) => id);

    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [writing, reading] = round % 2 === 0 ? [one, other] : [other, one];
      const company = `company ${round}`;
      const fields = { ...thingOf(random, `m${round}`), company, title: `round${round} story` };
      const posted = await ask(writing, 'POST', '', undefined, fields);
      expect(posted.status).toBe(201);
      const { id } = (await posted.json()) as WireEntity;
      const began = performance.now();
      const read = await ask(reading, 'GET', `/${id}`, positionOf(posted));
      seconds.push(performance.now() - began);
      expect([read.status, await read.json()]).toEqual([200, expect.objectContaining({ id, mark: `m${round}` })]);
      for (const query of [`?company=${encodeURIComponent(company)}`, `?q=round${round}+story`, '?limit=1']) {
        expect(await ids(await ask(reading, 'GET', query, positionOf(posted)))).toEqual([id]);
      }
      // The other one changes it: createdAt stays.
      const put = await ask(reading, 'PUT', `/${id}`, positionOf(posted), { ...fields, title: 'another title' });
      expect(put.status).toBe(200);
      expect(await ids(await ask(writing, 'GET', `?q=round${round}`, positionOf(put)))).toEqual([]);
      if (round % 4 !== 0) continue;
      const deleted = await ask(writing, 'DELETE', `/${id}`, positionOf(put));
      expect(deleted.status).toBe(204);
      expect((await ask(reading, 'GET', `/${id}`, positionOf(deleted))).status).toBe(404);
      expect(
        await ids(await ask(reading, 'GET', `?company=${encodeURIComponent(company)}`, positionOf(deleted))),
      ).toEqual([]);
    }
    seconds.sort((a, b) => a - b);
    console.log(
      `read at the position: median ${seconds[ROUNDS / 2]!.toFixed(1)} ms, longest ${seconds.at(-1)!.toFixed(1)} ms`,
    );
    const fold = await expectTrueView(stage);
    expect(fold.entities.size).toBe((ROUNDS * 3) / 4);
  } finally {
    await stage.close();
  }
});
