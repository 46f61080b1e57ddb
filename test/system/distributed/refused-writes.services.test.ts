/**
 * Writes that the topic will never take, over HTTP: too large for it, from a machine whose clock is two hours ahead; and a topic
 * that gives records its own time.
 */
import { expect, test } from 'vitest';
import { expectTrueView } from './compare.ts';
import { ask, at } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

const MOST_BODY_BYTES = 1024 * 1024;
const HOUR_MS = 3_600_000;

/** Node's clock, moved: a module that the process loads before all others. */
const clockMovedBy = (milliseconds: number): string => {
  const module = `const now = Date.now; Date.now = () => now() + ${milliseconds};`;
  return `--import=data:text/javascript,${encodeURIComponent(module)}`;
};

test(
  'what is too large is 413 with the limit, a wrong clock 503 LOG_REFUSES; other writes go on',
  { timeout: 180_000 },
  async () => {
    // Kafka's default size: kmodel itself would have made the topic for bodies of 1 MiB.
    const stage = await openStage({ topic: { 'message.timestamp.after.max.ms': String(HOUR_MS) } });
    try {
      const ahead = { NODE_OPTIONS: clockMovedBy(2 * HOUR_MS) };
      const [client, hasty, worker] = await Promise.all([stage.client(), stage.client({ env: ahead }), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const random = randomFrom(11);
      const rest = { ...thingOf(random, 'large'), place: '' };
      const large = { ...rest, place: 'x'.repeat(MOST_BODY_BYTES - Buffer.byteLength(JSON.stringify(rest))) };
      for (const [method, path] of [
        ['POST', ''],
        ['PUT', '/large'],
      ] as const) {
        const refused = await ask(stage, client, method, path, { body: large });
        expect(refused).toMatchObject({ status: 413, code: 'RECORD_TOO_LARGE' });
        expect(refused.body['detail']).toMatch(
          /takes at most 1048588 bytes .*\(max\.message\.bytes\), found 1048\d{3}\.$/,
        );
      }
      expect((await ask(stage, client, 'POST', '', { body: thingOf(random, 'fits') })).status).toBe(201);

      const refused = await ask(stage, hasty, 'POST', '', { body: thingOf(random, 'hasty') });
      expect(refused).toMatchObject({ status: 503, code: 'LOG_REFUSES' });
      expect(refused.body['detail']).toMatch(/needs an operator: .*INVALID_TIMESTAMP.*compare this machine's clock/);
      expect((await ask(stage, client, 'POST', '', { body: thingOf(random, 'on time') })).status).toBe(201);
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);

test(
  'with LogAppendTime the answer to a write and a read of it tell the same updatedAt',
  { timeout: 180_000 },
  async () => {
    const stage = await openStage({ topic: { 'message.timestamp.type': 'LogAppendTime' } });
    try {
      // A clock that is behind shows which time it is.
      const [client, worker] = await Promise.all([
        stage.client({ env: { NODE_OPTIONS: clockMovedBy(-HOUR_MS) } }),
        stage.worker(),
      ]);
      await Promise.all([client.ready(), worker.ready()]);
      const random = randomFrom(12);
      for (let round = 0; round < 5; round += 1) {
        const written = await ask(stage, client, 'PUT', '/same', { body: thingOf(random, `round ${round}`) });
        expect([200, 201]).toContain(written.status);
        const read = await ask(stage, client, 'GET', '/same', at(written));
        expect(read.body).toEqual(written.body);
        expect(Math.abs(Date.parse(String(written.body['updatedAt'])) - Date.now())).toBeLessThan(HOUR_MS / 2);
      }
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);
