/** What a broker will never take is told so, with what an operator must mend; and the log's own time is told. */
import { AclOperations, AclPermissionTypes, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafka } from '../../../test/services/kafka.ts';
import { ownKafka } from '../../../test/services/shared.ts';
import type { Log } from '../log.ts';
import { appended, record, recordsToEnd } from '../log-under-test.conformance.ts';
import { describeOnBothVersions } from './both-versions.conformance.ts';
import { openKafkaLog } from './kafka-log.ts';
import { createTopic, logOptions, randomTopic, withAdmin } from './topic-under-test.conformance.ts';

const opened: Log[] = [];

async function open(address: string, settings: Readonly<Record<string, string>>, topic = randomTopic()): Promise<Log> {
  await createTopic(address, topic, 3, { 'cleanup.policy': 'compact', ...settings });
  const log = await openKafkaLog(logOptions(address, topic, { deliveryTimeoutMs: 5000 }));
  opened.push(log);
  return log;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
});

const HOUR_MS = 3_600_000;

describeOnBothVersions((name, address) => {
  describe(`a topic on ${name}`, () => {
    test('with Kafka’s default size: a record near 1 MiB is too large, and the limit is told; a smaller one is taken', async () => {
      const log = await open(address(), {});
      const of = (bytes: number) => log.append([record(0, 'x', '', { value: new Uint8Array(bytes) })]);
      expect(await of(1_048_570)).toMatchObject({
        kind: 'refused',
        why: 'too-large',
        reason: expect.stringMatching(/takes at most 1048588 bytes .*\(max\.message\.bytes\), found 104\d{4}$/),
      });
      expect(log.appendProblem()).toBeUndefined();
      appended(await of(1_048_000));
    });

    test('a clock two hours ahead, or behind, is refused, and is a problem until something lands', async () => {
      const bounds = {
        'message.timestamp.after.max.ms': String(HOUR_MS),
        'message.timestamp.before.max.ms': String(HOUR_MS),
      };
      const log = await open(address(), bounds);
      for (const off of [2 * HOUR_MS, -2 * HOUR_MS]) {
        const outcome = await log.append([record(0, 'x', '1', { timestamp: Date.now() + off })]);
        expect(outcome).toMatchObject({ kind: 'refused', why: 'time', reason: expect.stringContaining('clock') });
        expect(log.appendProblem()).toContain('INVALID_TIMESTAMP');
      }
      appended(await log.append([record(0, 'x', '1')]));
      expect(log.appendProblem()).toBeUndefined();
    });

    test('with LogAppendTime the answer has the time that readers see', async () => {
      const log = await open(address(), { 'message.timestamp.type': 'LogAppendTime' });
      const old = { timestamp: 1_700_000_000_000 };
      const places = appended(await log.append([record(0, 'a', '1', old), record(0, 'b', '1', old)]));
      const found = await recordsToEnd(log, 0);
      expect(found.map(({ timestamp }) => timestamp)).toEqual(places.map(({ timestamp }) => timestamp));
      expect(Math.abs((places[0]?.timestamp ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    test('with CreateTime the record keeps its own, and the answer has none', async () => {
      const log = await open(address(), { 'message.timestamp.type': 'CreateTime' });
      const [place] = appended(await log.append([record(0, 'a', '1', { timestamp: Date.now() - 1000 })]));
      expect(place?.timestamp).toBeUndefined();
    });
  });
});

describe.skipIf(!ownKafka().includes('4.1'))('a broker with rights', () => {
  let broker: KafkaServer;

  beforeAll(async () => {
    const settings = {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    };
    broker = await startKafka({ settings });
  }, 120_000);
  afterAll(async () => await broker.remove());

  test('a right to write that is taken away is a refusal, and a problem until it is given back', async () => {
    const topic = randomTopic();
    const log = await open(broker.address, {}, topic);
    appended(await log.append([record(0, 'a', '1')]));
    const rule = {
      resourceType: ResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:ANONYMOUS',
      host: '*',
    };
    const write = { ...rule, operation: AclOperations.WRITE, permissionType: AclPermissionTypes.DENY };
    const all = { ...rule, operation: AclOperations.ALL, permissionType: AclPermissionTypes.ALLOW };
    await withAdmin(broker.address, (admin) => admin.createAcls({ creations: [all, write] }));
    await expect
      .poll(async () => await log.append([record(0, 'b', '1')]), { timeout: 20_000 })
      .toMatchObject({ kind: 'refused', why: 'forbidden', reason: expect.stringContaining('AUTHORIZATION_FAILED') });
    expect(log.appendProblem()).toContain('AUTHORIZATION_FAILED');
    await withAdmin(broker.address, (admin) => admin.deleteAcls({ filters: [write] }));
    await expect
      .poll(async () => await log.append([record(0, 'c', '1')]), { timeout: 20_000 })
      .toMatchObject({ kind: 'appended' });
    expect(log.appendProblem()).toBeUndefined();
  });
});
