/** `kmodel topic` and `kmodel status` on a real Kafka and a real Redis. */
import { randomUUID } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sharedKafka, sharedRedis } from '../../test/services/shared.ts';
import { loadConfig } from '../config/load.ts';
import { defineModel } from '../model/define.ts';
import type { Model } from '../model/model.ts';
import { DISTRIBUTED } from './distributed.ts';
import { inspectModels } from './status.ts';
import { checkTopics } from './topic.ts';

const name = `status-${randomUUID()}`;
const withPartitions = (partitions: number): Model =>
  defineModel({ name, schema: z.strictObject({ text: z.string() }), partitions });
const model = withPartitions(2);

function config(env: Readonly<Record<string, string>> = {}) {
  const services = {
    KMODEL_PRODUCER_BOOTSTRAP_SERVERS: sharedKafka(),
    KMODEL_REDIS_URI: sharedRedis(),
    KMODEL_REDIS_PREFIX: name,
    KMODEL_CONSUMER_GROUP_ID: name,
  };
  return loadConfig({ file: undefined, env: { ...services, ...env } }).config;
}

async function topic(of: Model) {
  const printed: string[] = [];
  const reported: string[] = [];
  const fit = await checkTopics(
    [of],
    config(),
    DISTRIBUTED,
    (text) => printed.push(text),
    (line) => reported.push(line),
  );
  return { fit, printed: printed.join(''), reported: reported.join('') };
}

const status = async (env: Readonly<Record<string, string>> = {}) =>
  (await inspectModels([model], config(env), DISTRIBUTED))[0];

let created = false;
afterAll(async () => {
  if (!created) return;
  const admin = new Admin({ clientId: name, bootstrapBrokers: [sharedKafka()] });
  await admin.deleteTopics({ topics: [name] });
  await admin.close();
});

test('a topic is made by kmodel topic and by nothing that only looks', async () => {
  const before = await status();
  expect(before?.ok).toBe(false);
  expect(before?.log).toMatchObject({ problem: expect.stringContaining(name) });
  expect((await status())?.log).toEqual(before?.log);

  const made = await topic(model);
  created = true;
  expect(made).toMatchObject({ fit: true, reported: '' });
  expect(made.printed).toContain(`topic ${name}: fits (2 partitions)\n`);
  expect(made.printed).toContain('cleanup.policy=compact');
  expect(await topic(model)).toEqual(made);

  const after = await status();
  expect(after?.log).toMatchObject({ id: /^log +(\S+)$/m.exec(made.printed)?.[1] });
  expect(after?.view).toMatchObject({ generation: null, ofThisLog: false, ofThisModel: false });
  expect(after?.partitions.map(({ endOffset, owner, state }) => [endOffset, owner, state])).toEqual([
    [0, null, 'absent'],
    [0, null, 'absent'],
  ]);
  expect(after?.problems).toEqual(['the view has no generation yet: a worker begins it, so start one']);
});

test('a topic with other partitions than the model says is refused with the command that mends it', async () => {
  const { fit, printed, reported } = await topic(withPartitions(3));
  expect({ fit, printed }).toEqual({ fit: false, printed: '' });
  expect(reported).toContain(`--alter --topic ${name} --partitions 3`);
});

test('a Redis that can not be reached hides nothing of the topic', async () => {
  const report = await status({ KMODEL_REDIS_URI: 'redis://127.0.0.1:1' });
  expect(report?.log).toMatchObject({ id: expect.any(String) });
  expect(report?.view).toMatchObject({ problem: expect.stringContaining('127.0.0.1:1') });
  expect(report?.partitions).toHaveLength(2);
});

test('a Kafka that can not be reached is told within seconds', async () => {
  const report = await status({ KMODEL_PRODUCER_BOOTSTRAP_SERVERS: '127.0.0.1:1' });
  expect(report?.log).toMatchObject({ problem: expect.stringContaining('127.0.0.1:1') });
  expect(report?.ok).toBe(false);
});
