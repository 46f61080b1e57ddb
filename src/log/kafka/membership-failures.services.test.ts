import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import { openBrokers } from './connection.ts';
import { Memberships } from './membership.ts';
import { createTopic, randomTopic } from './topic-under-test.conformance.ts';

const PARTITIONS = 4;

describe.skipIf(ownKafka().length === 0)('Membership while the coordinator is away', () => {
  let kafka: KafkaServer;
  const topic = randomTopic();
  beforeAll(async () => {
    // A killed broker comes back when its former session is over.
    kafka = await startKafka({
      settings: { 'broker.session.timeout.ms': '1000', 'broker.heartbeat.interval.ms': '200' },
    });
    await createTopic(kafka.address, topic, PARTITIONS, {});
  }, 120_000);
  afterAll(async () => {
    await kafka.remove();
  });

  function memberships(giveUpMs: number): Memberships {
    return new Memberships({
      brokers: openBrokers([kafka.address], 'kmodel-test'),
      topic,
      partitions: PARTITIONS,
      keeping: { prefix: 'view', fingerprint: 'f' },
      giveUpMs,
    });
  }

  test('members outlive its restart, and none is told anything but what is shared out afterwards', async () => {
    const group = `kmodel-test-${randomUUID()}`;
    const [one, other] = [memberships(60_000), memberships(60_000)];
    const told: (readonly number[])[][] = [[], []];
    const stop = new AbortController();
    const running = [one, other].map(async (each, at) => {
      for await (const set of each.follow(group, stop.signal)) told[at]!.push([...set]);
    });
    const shared = (): boolean => told.every((sets) => sets.at(-1)?.length === 2);
    while (!shared()) await sleep(50);
    await kafka.stop('SIGKILL');
    await kafka.start();
    // Longer than a session: by then both are members again.
    await sleep(7000);
    expect(shared()).toBe(true);
    expect(told.flatMap((sets) => sets.at(-1)!).sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    stop.abort();
    await Promise.all(running);
    await Promise.all([one.close(), other.close()]);
  }, 60_000);

  test('a coordinator that stays away makes the membership reject; the next one asks for the same partitions', async () => {
    const group = `kmodel-test-${randomUUID()}`;
    const [one, other] = [memberships(1000), memberships(60_000)];
    const first = one.follow(group, new AbortController().signal);
    expect((await first.next()).value?.size).toBe(4);
    const stop = new AbortController();
    let ofOther: ReadonlySet<number> = new Set();
    const running = (async () => {
      for await (const set of other.follow(group, stop.signal)) ofOther = set;
    })();
    const kept = (await first.next()).value!;
    const lost = first.next();
    await kafka.stop('SIGKILL');
    await expect(lost).rejects.toThrow(`the membership in group ${group} failed: `);
    await kafka.start();
    const again = one.follow(group, new AbortController().signal);
    let set = (await again.next()).value!;
    while (set.size !== 2) set = (await again.next()).value!;
    expect([...set].sort((a, b) => a - b)).toEqual([...kept].sort((a, b) => a - b));
    while (ofOther.size !== 2) await sleep(50);
    await again.return();
    stop.abort();
    await running;
  }, 60_000);
});
