/**
 * One judgement: what /health/ready, /status, the metrics and `kmodel status` say is the same, whatever is away. A client stays
 * ready for reads while only writes are away; a worker that can't write to the view is seen by everybody.
 */
import { expect, test } from 'vitest';
import type { WireReadiness } from '../../../src/http/wire.ts';
import { kmodel } from './commands.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';

/** Long enough for an answer of before to be too old, and for both tries of a question. */
const SEEN_WITHIN_MS = 60_000;

async function readiness({ url }: RoleProcess, of = ''): Promise<WireReadiness & { code: number; ms: number }> {
  const began = performance.now();
  const answer = await fetch(`${url}/health/ready${of}`);
  const body = (await answer.json()) as WireReadiness;
  return { ...body, code: answer.status, ms: performance.now() - began };
}

const valueOf = async ({ url }: RoleProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
};

test(
  'with a frozen broker a client reads on, is ready for that, and says what is away',
  { timeout: 240_000 },
  async () => {
    const stage = await openStage({ ownKafka: {}, env: { KMODEL_PRODUCER_DELIVERY_TIMEOUT_MS: '1500' } });
    try {
      const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
      await Promise.all([client.ready(), worker.ready()]);
      const body = thingOf(randomFrom(31), 'before');
      const posted = await ask(stage, client, 'POST', '', { body });
      const path = `/${String(posted.body['id'])}`;
      await ask(stage, client, 'GET', path, { position: posted.position });

      await stage.kafkaServer!.pause();
      let slowest = 0;
      const codes = new Set<number>();
      await expect
        .poll(
          async () => {
            const [now, read] = [await readiness(client), await ask(stage, client, 'GET', path)];
            expect([read.status, now.code]).toEqual([200, 200]);
            codes.add(now.code);
            slowest = Math.max(slowest, now.ms);
            return now.writes;
          },
          { timeout: SEEN_WITHIN_MS, interval: 300 },
        )
        .toBe('unavailable');
      expect(slowest).toBeLessThan(10_000);
      expect(await readiness(client, '?for=writes')).toMatchObject({ code: 503, status: 'unavailable' });
      const { models } = await client.status();
      expect(models[0]).toMatchObject({ ok: false, writes: 'unavailable' });
      expect(['ready', 'degraded']).toContain(models[0]!.reads);
      expect(models[0]!.problems.join('\n')).toContain('log: ');
      expect([await valueOf(client, 'kmodel_writes_ready')]).toEqual([0]);
      expect(JSON.stringify(await readiness(client))).not.toContain('starting');

      await stage.kafkaServer!.resume();
      await expect
        .poll(async () => (await readiness(client, '?for=writes')).status, { timeout: SEEN_WITHIN_MS })
        .toBe('ready');
      await Promise.all([client.ready(), worker.ready()]);
      expect(client.errors()).toMatch(/writes are unavailable/);
      await expect.poll(() => client.errors(), { timeout: 15_000 }).toMatch(/writes are ready again/);
      await expectTrueView(stage);
    } finally {
      await stage.close();
    }
  },
);

test('a Redis that is out of memory is told by status and readiness alike', { timeout: 240_000 }, async () => {
  const stage = await openStage({ ownRedis: {} });
  try {
    const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
    await Promise.all([client.ready(), worker.ready()]);
    const random = randomFrom(37);
    await ask(stage, client, 'POST', '', { body: thingOf(random, 'one') });
    await stage.settle();
    await stage.redis.command('CONFIG', 'SET', 'maxmemory', '1');
    for (let n = 0; n < 40; n += 1) await ask(stage, client, 'POST', '', { body: thingOf(random, `more${n}`) });

    await expect.poll(async () => (await worker.status()).ok, { timeout: SEEN_WITHIN_MS }).toBe(false);
    const own = (await worker.status()).models[0]!;
    expect(own.problems.join('\n')).toMatch(/failing: .*(OOM|memory)/);
    expect((await readiness(worker)).code).toBe(503);
    // A worker can't even note in the view that it lives: to others it looks as if it were gone, and they say so.
    await expect.poll(async () => (await client.status()).ok, { timeout: SEEN_WITHIN_MS }).toBe(false);
    const other = (await client.status()).models[0]!;
    expect(other).toMatchObject({ reads: 'degraded', writes: 'degraded' });
    expect(other.problems.join('\n')).toMatch(/was not seen lately \(.*can not write to the view/);
    expect(await readiness(client)).toMatchObject({ code: 200, status: 'degraded' });
    const seen = await kmodel(stage, ['status']);
    expect(seen).toMatchObject({ code: 1 });
    expect(seen.stdout).toContain('can not write to the view');

    await stage.redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await worker.ready(SEEN_WITHIN_MS);
    await expect.poll(async () => (await client.status()).ok, { timeout: SEEN_WITHIN_MS }).toBe(true);
    expect(await readiness(client)).toMatchObject({ code: 200, status: 'ready', writes: 'ready' });
    expect((await kmodel(stage, ['status'])).code).toBe(0);
    await expectTrueView(stage);
  } finally {
    await stage.close();
  }
});
