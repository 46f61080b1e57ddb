/**
 * What becomes of a write whose outcome its caller never learned: `A` writes v1 over a link that fails, `B` writes v2 beside
 * it and is acknowledged. Once A has reached the partition again, v1 can't land any more, with or without a later write of A.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { freePorts } from '../../../test/services/ports.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import type { Log } from '../log.ts';
import { appended, pause, record, recordsToEnd, shown } from '../log-under-test.conformance.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';
import { Network } from './network-under-test.conformance.ts';
import { logOptions, randomTopic, setTopic } from './topic-under-test.conformance.ts';

const opened: Log[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
});

async function open(address: string, topic: string, more: Partial<KafkaLogOptions> = {}): Promise<Log> {
  const log = await openKafkaLog(logOptions(address, topic, { create: true, deliveryTimeoutMs: 1500, ...more }));
  opened.push(log);
  return log;
}

/** The records without the fences; a fence is `|`. */
async function story(log: Log): Promise<readonly string[]> {
  return shown(await recordsToEnd(log, 0)).map((each) => (each.startsWith('kmodel-pen-') ? '|' : each.split('@')[0]!));
}

describe.skipIf(!ownKafka().includes('4.1'))('a broker that has forgotten the producer', () => {
  let broker: KafkaServer;
  let network: Network;
  /** Without a batch for so long a producer is forgotten. */
  const FORGOTTEN_MS = 1500;

  beforeAll(async () => {
    const [port] = (await freePorts(1)) as [number];
    network = await Network.open(port);
    const settings = {
      'advertised.listeners': `PLAINTEXT://${network.address}`,
      'producer.id.expiration.ms': String(FORGOTTEN_MS),
      'producer.id.expiration.check.interval.ms': '200',
    };
    broker = await startKafka({ port, settings });
  }, 120_000);
  afterEach(() => network.heal());
  afterAll(async () => {
    await network.close();
    await broker.remove();
  });

  test('takes the next write with its numbers, once, and a fence where one is owed', async () => {
    const log = await open(network.address, randomTopic(), { deliveryTimeoutMs: 3000 });
    for (const value of ['0', '1', '2']) {
      appended(await log.append([record(0, 'x', value)]));
      await pause(3 * FORGOTTEN_MS);
    }
    network.drop();
    expect(await log.append([record(0, 'x', '3')])).toMatchObject({ kind: 'uncertain' });
    await pause(2 * FORGOTTEN_MS);
    network.recover();
    network.cut();
    await log.settled(0);
    await pause(3 * FORGOTTEN_MS);
    appended(await log.append([record(0, 'x', '4')]));
    expect(await story(log)).toEqual(['x=0', 'x=1', 'x=2', '|', 'x=4']);
  });
});

describe.each(['3.9', '4.1'] as const)('Kafka %s', (version) => {
  describe.skipIf(!ownKafka().includes(version))('behind a network that fails', () => {
    let broker: KafkaServer;
    let network: Network;

    beforeAll(async () => {
      const [port] = (await freePorts(1)) as [number];
      network = await Network.open(port);
      const settings = { 'advertised.listeners': `PLAINTEXT://${network.address}` };
      broker = await startKafka({ version, port, settings });
    }, 120_000);
    afterEach(async () => {
      await broker.resume();
      network.heal();
    });
    afterAll(async () => {
      await network.close();
      await broker.remove();
    });

    /** A and B on one topic that holds v0; A's link fails as told, v1 through A is uncertain, v2 through B acknowledged. */
    async function uncertain(fail: (client: string) => void): Promise<{ a: Log; b: Log }> {
      const topic = randomTopic();
      const a = await open(network.address, topic, { clientId: 'client-a' });
      const b = await open(network.address, topic, { clientId: 'client-b', deliveryTimeoutMs: 30_000 });
      appended(await a.append([record(0, 'x', '0')]));
      fail('client-a');
      expect(await a.append([record(0, 'x', '1')])).toMatchObject({ kind: 'uncertain' });
      appended(await b.append([record(0, 'x', '2')]));
      return { a, b };
    }

    test('a link that drops everything, healed: the next write of A is behind a fence, and v1 is nowhere', async () => {
      const { a, b } = await uncertain((client) => network.drop(client));
      network.recover();
      network.cut();
      appended(await a.append([record(0, 'y', '1')]));
      expect(await story(b)).toEqual(['x=0', 'x=2', '|', 'y=1']);
    });

    test('a link that drops everything, healed: A fences by itself, without a later write', async () => {
      const { a, b } = await uncertain((client) => network.drop(client));
      let settled = false;
      const waiting = a.settled(0).then(() => (settled = true));
      await pause(500);
      expect(settled).toBe(false);
      network.recover();
      await waiting;
      expect(await story(b)).toEqual(['x=0', 'x=2', '|']);
      expect((await a.endOf(0)).endOffset).toBe(3);
    });

    test('a link that keeps the bytes and delivers them after A has reached the partition again: they land no more', async () => {
      const { a, b } = await uncertain((client) => network.hold(client));
      network.recover();
      await a.settled(0);
      network.deliver();
      await pause(1000);
      appended(await b.append([record(0, 'y', '1')]));
      appended(await a.append([record(0, 'z', '1')]));
      expect(await story(b)).toEqual(['x=0', 'x=2', '|', 'y=1', 'z=1']);
    });

    test('what arrives before A’s fence can still land (it does until there is a pen); after the fence nothing changes', async () => {
      const { a, b } = await uncertain((client) => network.hold(client));
      network.deliver();
      network.recover();
      await a.settled(0);
      const then = await story(b);
      expect([
        ['x=0', 'x=2', '|'],
        ['x=0', 'x=2', 'x=1', '|'],
      ]).toContainEqual(then);
      await pause(500);
      expect(await story(b)).toEqual(then);
    });

    test('with a bound in time, a write of a process that is gone lands no more after the moment that it was told', async () => {
      const topic = randomTopic();
      const a = await open(network.address, topic, { clientId: 'client-a' });
      const b = await open(network.address, topic, { clientId: 'client-b', deliveryTimeoutMs: 30_000 });
      await setTopic(broker.address, topic, { 'message.timestamp.before.max.ms': '4000' });
      await expect
        .poll(async () => (await a.describe()).settings['message.timestamp.before.max.ms'], { timeout: 20_000 })
        .toBe('4000');
      appended(await a.append([record(0, 'x', '0')]));
      network.hold('client-a');
      const sent = record(0, 'x', '1');
      const outcome = await a.append([sent]);
      expect(outcome).toMatchObject({ kind: 'uncertain', until: sent.timestamp + 4000 });
      appended(await b.append([record(0, 'x', '2')]));
      await pause(sent.timestamp + 5000 - Date.now());
      network.deliver();
      await pause(1000);
      appended(await b.append([record(0, 'y', '1')]));
      expect(await story(b)).toEqual(['x=0', 'x=2', 'y=1']);
    });

    test('a broker that is stopped with the request in its buffer: v1 lands once or never, and never behind the fence', async () => {
      const topic = randomTopic();
      const a = await open(network.address, topic, { clientId: 'client-a' });
      const b = await open(network.address, topic, { clientId: 'client-b', deliveryTimeoutMs: 30_000 });
      appended(await a.append([record(0, 'x', '0')]));
      appended(await b.append([record(1, 'x', '0')]));
      await broker.pause();
      expect(await a.append([record(0, 'x', '1')])).toMatchObject({ kind: 'uncertain' });
      const second = b.append([record(0, 'x', '2')]);
      await pause(300);
      await broker.resume();
      appended(await second);
      await a.settled(0);
      appended(await a.append([record(0, 'y', '1')]));
      const found = await story(b);
      expect(found.filter((each) => each === '|')).toHaveLength(1);
      expect(found.filter((each) => each === 'x=1').length).toBeLessThanOrEqual(1);
      expect(found.indexOf('x=1')).toBeLessThan(found.indexOf('|'));
      expect(found.at(-1)).toBe('y=1');
    });
  });
});
