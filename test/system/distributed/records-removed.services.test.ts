/**
 * Records are removed from the topic by other means than compaction: while it was set to delete, or by hand. While it deletes,
 * clients write nothing into it; afterwards the view is held, since it may have the last copies. It goes on answering reads, and
 * the ways on that are named work.
 */
import { afterEach, expect, test } from 'vitest';
import { deleteRecords } from '../../../src/log/kafka/reader-under-test.conformance.ts';
import { setTopic } from '../../../src/log/kafka/topic-under-test.conformance.ts';
import { kmodel, runPrinted } from './commands.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, storySeed, thingOf } from './things.ts';

const WITHIN_MS = 60_000;
const THINGS = 40;
const random = randomFrom(storySeed());
let stage: Stage | undefined;
/** How many things were acknowledged: between two looks of a client, what it will refuse is still taken. */
let acknowledged = 0;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

interface Begun {
  readonly client: RoleProcess;
  readonly worker: RoleProcess;
}

/** A broker of the story's own that looks every second for what it may delete, two partitions, and things in the view. */
async function begin(): Promise<Begun> {
  stage = await openStage({ ownKafka: { settings: { 'log.retention.check.interval.ms': '1000' } }, partitions: 2 });
  const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
  await Promise.all([client.ready(), worker.ready()]);
  for (let n = 0; n < THINGS; n += 1) {
    const put = await ask(stage, client, 'PUT', `/t${n}`, { body: thingOf(random, `mark-${n}`), wait: 20 });
    expect(put.status, JSON.stringify(put)).toBe(201);
  }
  acknowledged = THINGS;
  await stage.settle();
  return { client, worker };
}

async function post(client: RoleProcess): Promise<string> {
  const { status, code } = await ask(stage!, client, 'POST', '', { body: thingOf(random, 'posted') });
  if (status === 201) acknowledged += 1;
  return `${status} ${code}`;
}

async function marks(client: RoleProcess): Promise<number> {
  const list = await ask(stage!, client, 'GET', '?limit=1000', { wait: 20 });
  return list.status === 200 ? (list.body['items'] as readonly object[]).length : -list.status;
}

async function problems(client: RoleProcess): Promise<string> {
  return (await client.status()).models[0]!.problems.join('\n');
}

/** The view is held, its reads go on, and status names the ways on. */
async function expectHeld(client: RoleProcess): Promise<void> {
  await expect
    .poll(() => problems(client), { timeout: WITHIN_MS, interval: 200 })
    .toMatch(/removed from the log by other means than compaction[^]*kmodel recover[^]*--accept-loss/);
  await expect.poll(() => post(client), { timeout: WITHIN_MS }).toBe('503 VIEW_HELD');
  expect(await marks(client)).toBeGreaterThanOrEqual(THINGS);
}

test(
  'while the topic deletes nothing is written to it; what it deleted is recovered from the view',
  { timeout: 240_000 },
  async () => {
    const { client } = await begin();
    await setTopic(stage!.brokers, stage!.topic.name, { 'cleanup.policy': 'delete' });
    await expect.poll(() => post(client), { timeout: WITHIN_MS }).toBe('503 LOG_REFUSES');
    await stage!.settle();
    await setTopic(stage!.brokers, stage!.topic.name, { 'retention.ms': '1' });
    const ends = await stage!.topic.ends();
    const startsAtTheEnd = async (): Promise<boolean> =>
      (await client.status()).models[0]!.partitions.every(
        ({ partition, startOffset }) => startOffset === ends.get(partition)!.end,
      );
    await expect.poll(startsAtTheEnd, { timeout: WITHIN_MS, interval: 300 }).toBe(true);
    // The log is empty now. What the view has can be read, also what was written before the change was seen.
    const inView = await marks(client);
    expect(inView).toBe(acknowledged);
    const [, mend] = /found cleanup\.policy=delete; run: (kafka-configs\.sh [^\n;]+)/.exec(await problems(client))!;
    await runPrinted(stage!.kafkaServer!, mend!);
    await setTopic(stage!.brokers, stage!.topic.name, { 'retention.ms': '604800000' });
    await expectHeld(client);

    const dry = await kmodel(stage!, ['recover', '--dry-run']);
    expect(dry.stdout).toContain(`entities, the view ${inView}`);
    const ran = await kmodel(stage!, ['recover']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain(`${inView} that only the view had are appended`);
    await expect.poll(() => marks(client), { timeout: WITHIN_MS }).toBe(acknowledged);
    await expectTrueView(stage!);
    await expect.poll(() => post(client), { timeout: WITHIN_MS }).toMatch(/^201/);
    expect(await problems(client)).toBe('');
  },
);

test(
  'removed by hand while no worker was there: held at the next start; with the loss accepted, the view is what the log is',
  { timeout: 240_000 },
  async () => {
    const { client, worker } = await begin();
    expect(await worker.kill('SIGTERM')).toBe(0);
    await setTopic(stage!.brokers, stage!.topic.name, { 'cleanup.policy': 'delete' });
    await deleteRecords(stage!.brokers, stage!.topic.name, 10);
    await setTopic(stage!.brokers, stage!.topic.name, { 'cleanup.policy': 'compact' });
    await stage!.worker();
    await expectHeld(client);
    const refused = await kmodel(stage!, ['rebuild']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--accept-loss') });
    const ran = await kmodel(stage!, ['rebuild', '--accept-loss']);
    expect(ran.code, ran.stderr).toBe(0);
    await expect.poll(() => marks(client), { timeout: WITHIN_MS }).toBe(acknowledged - 10);
    await expectTrueView(stage!);
    await expect.poll(() => post(client), { timeout: WITHIN_MS }).toMatch(/^201/);
    expect(await problems(client)).toBe('');
  },
);
