/**
 * The log loses its end, and is written to again, with the worker off or on: the view is held, nothing is dropped, nothing is
 * written, status says why and names the ways on; these are tried.
 */
import { afterEach, expect, test } from 'vitest';
import { brokerFolder, copyOfFolder } from '../../../src/log/kafka/broker-files.conformance.ts';
import { kmodel } from './commands.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { ask } from './requests.ts';
import { openStage, type Stage } from './stage.ts';
import { randomFrom, storySeed, thingOf } from './things.ts';

const WITHIN_MS = 60_000;
const random = randomFrom(storySeed());
let stage: Stage | undefined;

afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function put(client: RoleProcess, id: string, mark: string): Promise<void> {
  const answer = await ask(stage!, client, 'PUT', `/${id}`, { body: thingOf(random, mark), wait: 20 });
  expect([200, 201], JSON.stringify(answer)).toContain(answer.status);
}

async function markOf(client: RoleProcess, id: string): Promise<unknown> {
  const answer = await ask(stage!, client, 'GET', `/${id}`, { wait: 20 });
  return answer.status === 200 ? answer.body['mark'] : answer.status;
}

async function problems(client: RoleProcess): Promise<string> {
  return JSON.stringify((await client.status()).models[0]!.problems);
}

/** 20 things, of which the log then loses the last change of ten, and five that were new; meanwhile three were deleted. */
async function setBack(workerOn: boolean): Promise<{ client: RoleProcess }> {
  stage = await openStage({ ownKafka: {}, topic: { 'min.compaction.lag.ms': '36000000' } });
  const folder = (await brokerFolder(stage.brokers))!;
  const [client, worker] = await Promise.all([stage.client(), stage.worker()]);
  await Promise.all([client.ready(), worker.ready()]);
  for (let n = 0; n < 20; n += 1) await put(client, `t${n}`, `first-${n}`);
  await stage.settle();
  const server = stage.kafkaServer!;
  await server.stop();
  const copy = copyOfFolder(folder);
  await server.start();
  for (let n = 0; n < 10; n += 1) await put(client, `t${n}`, `second-${n}`);
  for (let n = 20; n < 25; n += 1) await put(client, `t${n}`, `second-${n}`);
  for (const n of [15, 16, 17])
    expect(await ask(stage, client, 'DELETE', `/t${n}`, { wait: 20 })).toMatchObject({ status: 204 });
  await stage.settle();
  if (!workerOn) expect(await worker.kill('SIGTERM')).toBe(0);
  await server.stop();
  copy.putBack();
  await server.start();
  if (!workerOn) {
    // More is written than was lost: by its length the log is all that it was. Other producers ask no client of kmodel.
    const more = Array.from({ length: 200 }, (_, n) => ({ key: `new-${n}`, value: thingOf(random, `new-${n}`) }));
    await stage.topic.produce(more);
    await stage.worker();
  }
  return { client };
}

async function expectHeld(client: RoleProcess): Promise<void> {
  await expect
    .poll(() => problems(client), { timeout: WITHIN_MS, interval: 200 })
    .toMatch(/kmodel recover.*--accept-loss/);
  expect((await client.status()).ok).toBe(false);
  // A client looks at the view once a second.
  await expect
    .poll(async () => (await ask(stage!, client, 'PUT', '/t1', { body: thingOf(random, 'refused') })).code, {
      timeout: WITHIN_MS,
    })
    .toBe('VIEW_HELD');
  expect((await ask(stage!, client, 'GET', '/t1')).status).toBe(503);
  const refused = await kmodel(stage!, ['rebuild']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/kmodel: the view is held: .*kmodel recover.*kmodel rebuild --accept-loss/);
}

async function served(client: RoleProcess): Promise<void> {
  await expect
    .poll(async () => (await ask(stage!, client, 'GET', '?limit=1')).status, { timeout: WITHIN_MS })
    .toBe(200);
}

test(
  'worker off, refilled: what only the view has is recovered, what was written since stays',
  { timeout: 240_000 },
  async () => {
    const { client } = await setBack(false);
    await expectHeld(client);
    const dry = await kmodel(stage!, ['recover', '--dry-run']);
    expect(dry.stdout).toMatch(/the log has 220 entities, the view \d+/);
    const ran = await kmodel(stage!, ['recover']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/15 that only the view had are appended, and 3 deletes/);
    await served(client);
    await expectTrueView(stage!);
    for (const n of [0, 9, 20, 24]) expect(await markOf(client, `t${n}`)).toBe(`second-${n}`);
    for (const n of [10, 19]) expect(await markOf(client, `t${n}`)).toBe(`first-${n}`);
    for (const n of [15, 16, 17]) expect(await markOf(client, `t${n}`)).toBe(404);
    expect(await markOf(client, 'new-7')).toBe('new-7');
    expect(await problems(client)).toBe('[]');
    // A position of before names another incarnation.
    const old = { position: `0=1;log=${await stage!.topic.id()}` };
    expect(await ask(stage!, client, 'GET', '/t1', old)).toMatchObject({ status: 409 });
  },
);

test(
  'worker on: the view is held, and with the loss accepted it is what the log is',
  { timeout: 240_000 },
  async () => {
    const { client } = await setBack(true);
    await expectHeld(client);
    const ran = await kmodel(stage!, ['rebuild', stage!.model.name, '--accept-loss']);
    expect(ran.code, ran.stderr).toBe(0);
    await served(client);
    await expectTrueView(stage!);
    for (const n of [0, 15]) expect(await markOf(client, `t${n}`)).toBe(`first-${n}`);
    expect(await markOf(client, 't20')).toBe(404);
    await put(client, 't0', 'again');
    await expect.poll(() => markOf(client, 't0'), { timeout: WITHIN_MS }).toBe('again');
    expect(await problems(client)).toBe('[]');
  },
);
