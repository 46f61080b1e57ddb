import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { freePorts } from '../../../test/services/ports.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import type { AppendOutcome, Log } from '../log.ts';
import { appended, pause, record, recordsToEnd, shown } from '../log-under-test.conformance.ts';
import { describeOnBothVersions } from './both-versions.conformance.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';
import { Network } from './network-under-test.conformance.ts';
import {
  addPartitions,
  createTopic,
  deleteTopic,
  logOptions,
  randomTopic,
  setTopic,
} from './topic-under-test.conformance.ts';

const opened: Log[] = [];

async function open(address: string, topic: string, more: Partial<KafkaLogOptions> = {}): Promise<Log> {
  const log = await openKafkaLog(logOptions(address, topic, { create: true, deliveryTimeoutMs: 1500, ...more }));
  opened.push(log);
  return log;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
});

const kinds = async (outcomes: readonly Promise<AppendOutcome>[]): Promise<readonly string[]> =>
  (await Promise.all(outcomes)).map(({ kind }) => kind);

describe.skipIf(!ownKafka().includes('4.1'))('a broker that can be cut off', () => {
  let broker: KafkaServer;
  let network: Network;

  beforeAll(async () => {
    const [port] = (await freePorts(1)) as [number];
    network = await Network.open(port);
    const settings = { 'advertised.listeners': `PLAINTEXT://${network.address}` };
    broker = await startKafka({ port, settings });
  }, 120_000);
  afterEach(() => network.heal());
  afterAll(async () => {
    await network.close();
    await broker.remove();
  });

  test('a write whose answer is lost is sent again, and is in the log once', async () => {
    const log = await open(network.address, randomTopic());
    appended(await log.append([record(0, 'a', '1')]));
    network.loseAnswers();
    const lost = [log.append([record(0, 'b', '1')]), log.append([record(1, 'c', '1')])];
    await pause(200);
    network.cut();
    network.heal();
    expect(appended(await lost[0]!)).toEqual([{ partition: 0, offset: 1 }]);
    expect(appended(await lost[1]!)).toEqual([{ partition: 1, offset: 0 }]);
    expect(appended(await log.append([record(0, 'd', '1')]))).toEqual([{ partition: 0, offset: 2 }]);
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=1@0', 'b=1@1', 'd=1@2']);
  });

  test('a write that arrives late, after it was sent again, is in the log once', async () => {
    const log = await open(network.address, randomTopic());
    appended(await log.append([record(0, 'a', '1')]));
    network.hold();
    const held = log.append([record(0, 'b', '1')]);
    await pause(200);
    network.cut();
    await pause(300);
    network.heal();
    expect(appended(await held)).toEqual([{ partition: 0, offset: 1 }]);
    for (let i = 2; i < 12; i++)
      expect(appended(await log.append([record(0, 'c', String(i))]))).toEqual([{ partition: 0, offset: i }]);
    expect((await recordsToEnd(log, 0)).map(({ offset }) => offset)).toEqual([...Array(12).keys()]);
  });

  test('a write without an answer in time is uncertain; it may land, once, before the fence, and later ones land behind it', async () => {
    const log = await open(network.address, randomTopic());
    appended(await log.append([record(0, 'a', '1')]));
    network.hold();
    const stuck = log.append([record(0, 'b', '1')]);
    await pause(100);
    const behind = log.append([record(0, 'c', '1')]);
    expect(await stuck).toMatchObject({ kind: 'uncertain' });
    expect(await behind).toMatchObject({ kind: 'unavailable' });
    const later = log.append([record(0, 'd', '1')]);
    network.heal();
    const [place] = appended(await later);
    const found = shown(await recordsToEnd(log, 0));
    expect(found.filter((each) => !each.startsWith('kmodel-pen-'))).toEqual(
      found.length === 4 ? ['a=1@0', 'b=1@1', `d=1@${place?.offset}`] : ['a=1@0', `d=1@${place?.offset}`],
    );
    expect(found.at(-2)).toMatch(/^kmodel-pen-\d+×@/);
  });

  test('a write that never reached a broker is unavailable, and does not appear later', async () => {
    const log = await open(network.address, randomTopic());
    appended(await log.append([record(0, 'a', '1')]));
    network.refuse();
    await pause(100);
    const outcome = await log.append([record(0, 'b', '1')]);
    expect(outcome).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(/^[^\n]+$/) });
    await expect(log.describe()).rejects.toThrow(/no broker of .+ answers/);
    network.heal();
    expect(appended(await log.append([record(0, 'c', '1')]))).toEqual([{ partition: 0, offset: 1 }]);
    expect(shown(await recordsToEnd(log, 0))).toEqual(['a=1@0', 'c=1@1']);
  });

  test('a full queue refuses at once, and takes again when it has drained', async () => {
    const log = await open(network.address, randomTopic(), { deliveryTimeoutMs: 8000 });
    appended(await log.append([record(0, 'first', '1')]));
    network.hold();
    const waiting = Array.from({ length: 100 }, (_, call) =>
      log.append(Array.from({ length: 100 }, (_, i) => record(0, `k${call}-${i}`, 'v'))),
    );
    let settled = 0;
    for (const call of waiting) void call.then(() => (settled += 1));
    expect(await log.append([record(1, 'too much', 'v')])).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('10000'),
    });
    expect(settled).toBe(0);
    network.heal();
    expect(new Set(await kinds(waiting))).toEqual(new Set(['appended']));
    expect(await log.append([record(1, 'fits', 'v')])).toMatchObject({ kind: 'appended' });
    expect((await recordsToEnd(log, 0)).map(({ offset }) => offset)).toEqual([...Array(10_001).keys()]);
  });

  test('close waits for what is under way, no longer than ten seconds, whatever the delivery timeout', async () => {
    const log = await open(network.address, randomTopic(), { deliveryTimeoutMs: 60_000 });
    appended(await log.append([record(0, 'a', '1')]));
    network.hold();
    // More than what the socket's buffers take: it is never written whole.
    const outcome = log.append([...Array(16).keys()].map((at) => record(0, `b${at}`, 'x'.repeat(900_000))));
    await pause(100);
    const start = performance.now();
    await log.close();
    // Far below the delivery timeout; the promise of ten seconds has room for a slow machine.
    expect(performance.now() - start).toBeLessThan(50_000);
    expect(await outcome).toMatchObject({ kind: 'uncertain' });
  });

  test('a thousand appends while the broker is killed and comes back: every outcome is true', async () => {
    const topic = randomTopic();
    const log = await open(network.address, topic, { deliveryTimeoutMs: 60_000 });
    const done: { key: string; outcome: AppendOutcome }[] = [];
    const caller = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        const key = `${name}-${turn}`;
        done.push({ key, outcome: await log.append([record(name % 3, key, 'v')]) });
        await pause(20);
      }
    };
    const writing = Promise.all(Array.from({ length: 50 }, (_, name) => caller(name)));
    await pause(150);
    await broker.stop('SIGKILL');
    await pause(1500);
    await broker.start();
    await writing;
    expect(done).toHaveLength(1000);
    const places = new Map<string, string[]>();
    for (const partition of [0, 1, 2]) {
      const found = (await recordsToEnd(log, partition)).map(
        ({ key, offset }) => [Buffer.from(key).toString(), offset] as const,
      );
      for (const [key, offset] of found) places.set(key, [...(places.get(key) ?? []), `${partition}@${offset}`]);
      for (const caller of Array(50).keys()) {
        const turns = found.filter(([key]) => key.startsWith(`${caller}-`)).map(([key]) => Number(key.split('-')[1]));
        expect(turns).toEqual(turns.toSorted((a, b) => a - b));
      }
    }
    for (const { key, outcome } of done) {
      const expected =
        outcome.kind === 'appended' ? outcome.records.map(({ partition, offset }) => `${partition}@${offset}`) : [];
      if (outcome.kind !== 'uncertain') expect([key, places.get(key) ?? []]).toEqual([key, expected]);
    }
    expect(done.filter(({ outcome }) => outcome.kind === 'appended').length).toBeGreaterThan(900);
  }, 120_000);
});

describeOnBothVersions((name, address) => {
  describe(`a topic on ${name}`, () => topicStories(address));
});

function topicStories(address: () => string): void {
  const topics: string[] = [];
  const newTopic = (): string => {
    const topic = randomTopic();
    topics.push(topic);
    return topic;
  };
  afterEach(async () => {
    await Promise.all(topics.splice(0).map((topic) => deleteTopic(address(), topic).catch(() => undefined)));
  });

  test('a record that is too large is refused for good, with the limit; its neighbours land', async () => {
    const log = await open(address(), newTopic());
    const outcomes = ['a', 'large', 'b'].map((key) =>
      log.append([record(0, key, '', { value: new Uint8Array(key === 'large' ? 3 * 1024 * 1024 : 10) })]),
    );
    expect(await kinds(outcomes)).toEqual(['appended', 'refused', 'appended']);
    expect(await outcomes[1]).toMatchObject({
      why: 'too-large',
      reason: expect.stringContaining('takes at most 2097152 bytes'),
    });
    expect(log.appendProblem()).toBeUndefined();
    expect((await recordsToEnd(log, 0)).map(({ key }) => Buffer.from(key).toString())).toEqual(['a', 'b']);
  });

  test('a deleted topic takes nothing; made anew it is another log, and outcomes say so', async () => {
    const topic = newTopic();
    const log = await open(address(), topic);
    const { id } = await log.describe();
    expect(await log.append([record(0, 'a', '1')])).toMatchObject({ kind: 'appended', logId: id });
    await deleteTopic(address(), topic);
    await pause(300);
    expect(await log.append([record(0, 'b', '1')])).toMatchObject({ kind: 'unavailable' });
    await pause(1000);
    await expect(log.describe()).rejects.toThrow(`there is no topic ${topic}`);
    const start = performance.now();
    expect(await log.append([record(0, 'c', '1')])).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('deleted'),
    });
    expect(performance.now() - start).toBeLessThan(500);

    await createTopic(address(), topic, 3, { 'cleanup.policy': 'compact' });
    await pause(1200);
    const anew = await log.describe();
    expect(anew.id).not.toBe(id);
    const outcome = await log.append([record(0, 'd', '1')]);
    expect(outcome).toEqual({ kind: 'appended', logId: anew.id, records: [{ partition: 0, offset: 0 }] });
  });

  test('a topic that is made anew between two writes never takes one under the old log’s name', async () => {
    const topic = newTopic();
    const log = await open(address(), topic, { deliveryTimeoutMs: 5000 });
    const state = { writing: true };
    const outcomes: { key: string; outcome: AppendOutcome }[] = [];
    const writing = (async () => {
      for (let i = 0; state.writing; i++) {
        outcomes.push({ key: `k${i}`, outcome: await log.append([record(0, `k${i}`, 'v')]) });
      }
    })();
    await pause(200);
    await deleteTopic(address(), topic);
    await createTopic(address(), topic, 3, { 'cleanup.policy': 'compact' });
    const { id } = await log.describe();
    const inNew = (): number =>
      outcomes.filter(({ outcome }) => outcome.kind === 'appended' && outcome.logId === id).length;
    await expect.poll(inNew, { timeout: 20_000 }).toBeGreaterThan(3);
    state.writing = false;
    await writing;
    const places = new Map(
      (await recordsToEnd(log, 0)).map(({ key, offset }) => [Buffer.from(key).toString(), offset]),
    );
    for (const { key, outcome } of outcomes) {
      if (outcome.kind === 'appended' && outcome.logId === id) expect(places.get(key)).toBe(outcome.records[0]?.offset);
      else if (outcome.kind !== 'uncertain') expect(places.has(key)).toBe(false);
    }
  });

  test('the first write after the topic was made anew in a pause is never answered in the old log’s name', async () => {
    const topic = newTopic();
    const log = await open(address(), topic);
    const { id } = await log.describe();
    appended(await log.append([record(0, 'a', '1')]));
    await deleteTopic(address(), topic);
    await createTopic(address(), topic, 3, { 'cleanup.policy': 'compact' });
    const first = await log.append([record(0, 'b', '1')]);
    const second = await log.append([record(0, 'c', '1')]);
    const anew = (await log.describe()).id;
    expect(anew).not.toBe(id);
    if (first.kind === 'appended') expect(first.logId).toBe(anew);
    else expect(first.kind).toBe('uncertain');
    expect(second).toMatchObject({ kind: 'appended', logId: anew });
    // Where it is not known in which topic the first one landed, a fence follows it.
    const found = (await recordsToEnd(log, 0)).map(({ key }) => Buffer.from(key).toString());
    expect(found.filter((key) => !key.startsWith('kmodel-pen-'))).toEqual(['b', 'c']);
  });

  test('partitions added while it is open: writes are refused, and name both counts as the description does', async () => {
    const topic = newTopic();
    const log = await open(address(), topic);
    appended(await log.append([record(0, 'a', '1')]));
    await addPartitions(address(), topic, 2);
    await pause(1200);
    expect((await log.describe()).unfit).toMatch(/expected 3 partitions, found 5/);
    expect(await log.append([record(0, 'b', '1')])).toMatchObject({
      kind: 'refused',
      why: 'unfit',
      reason: expect.stringContaining('expected 3 partitions, found 5'),
    });
    expect(log.appendProblem()).toContain('expected 3 partitions, found 5');
  });

  test('two that create the topic at once both open it', async () => {
    const topic = newTopic();
    const logs = await Promise.all([open(address(), topic), open(address(), topic), open(address(), topic)]);
    const ids = await Promise.all(logs.map(async (log) => (await log.describe()).id));
    expect(new Set(ids).size).toBe(1);
    expect(await logs[0]?.describe()).toMatchObject({
      settings: { 'cleanup.policy': 'compact', 'replication.factor': '1' },
      warnings: [],
    });
  });

  test('an unfit topic is refused with the command that mends it', async () => {
    const topic = newTopic();
    await createTopic(address(), topic, 3, { 'cleanup.policy': 'compact,delete' });
    const refusal = open(address(), topic);
    await expect(refusal).rejects.toMatchObject({
      code: 'TOPIC_UNFIT',
      message: `topic ${topic}: expected cleanup.policy=compact, found cleanup.policy=compact,delete; run: kafka-configs.sh --bootstrap-server ${address()} --entity-type topics --entity-name ${topic} --alter --add-config cleanup.policy=compact`,
    });
    await setTopic(address(), topic, { 'cleanup.policy': 'compact' });
    await pause(300);
    await open(address(), topic);
    await expect(open(address(), topic, { partitions: 4 })).rejects.toMatchObject({
      code: 'TOPIC_UNFIT',
      message: expect.stringContaining(`--alter --topic ${topic} --partitions 4`),
    });
  });

  test('an absent topic that is not to be made is refused with the command that makes it', async () => {
    await expect(open(address(), newTopic(), { create: false })).rejects.toMatchObject({
      code: 'TOPIC_UNFIT',
      message: expect.stringMatching(/run: kafka-topics\.sh .* --create .* --config cleanup\.policy=compact/),
    });
  });
}

test('a broker that is not there is named', async () => {
  await expect(open('127.0.0.1:1', randomTopic())).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message: expect.stringMatching(/^no broker of 127\.0\.0\.1:1 answers: [^\n]+$/),
  });
});
