/**
 * A topic with another number of partitions than the model says: kmodel tells how to copy what is in it to a topic of another
 * name. The commands are run as they are printed, and nothing is lost.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withoutReserved } from '../../../src/model/record.ts';
import { kmodel, runPrinted } from './commands.ts';
import { expectTrueView } from './compare.ts';
import type { RoleProcess } from './processes.ts';
import { type Answer, ask } from './requests.ts';
import { openStage, type ProcessOptions, type Stage } from './stage.ts';
import { randomFrom, thingOf } from './things.ts';
import { storyTopic } from './topic.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const run = promisify(execFile);
const THINGS = 60;

type Fields = Readonly<Record<string, unknown>>;

/** A shell in a folder of its own, whose `kmodel` speaks to the client; runs a line as a person would. */
async function shellOf(stage: Stage): Promise<{
  run(line: string, client: RoleProcess): Promise<string>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'kmodel-story-'));
  const program = join(folder, 'kmodel');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  await chmod(program, 0o755);
  return {
    async run(line, { url }) {
      const env = {
        ...process.env,
        ...stage.variables(),
        KMODEL_HTTP_PORT: new URL(url).port,
        PATH: `${folder}:${process.env['PATH']}`,
      };
      return (await run('sh', ['-c', line], { cwd: folder, env, timeout: 120_000 })).stdout;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Id → the entity's own fields, of all entities that the client shows. */
async function shown(stage: Stage, client: RoleProcess): Promise<ReadonlyMap<string, Fields>> {
  const { body, status } = await ask(stage, client, 'GET', '?limit=1000');
  expect(status).toBe(200);
  const items = body['items'] as readonly Fields[];
  return new Map(items.map((entity) => [String(entity['id']), withoutReserved(entity)]));
}

async function startBoth(
  stage: Stage,
  options?: ProcessOptions,
): Promise<{ client: RoleProcess; worker: RoleProcess }> {
  const [client, worker] = await Promise.all([stage.client(options), stage.worker(options)]);
  await Promise.all([client.ready(), worker.ready()]);
  return { client, worker };
}

/** Things, some of them changed, some deleted; answers what is left. */
async function fill(stage: Stage, client: RoleProcess): Promise<ReadonlyMap<string, Fields>> {
  const random = randomFrom(43);
  const left = new Map<string, Fields>();
  for (let n = 0; n < THINGS; n += 1) {
    const id = `thing ${n}/é`;
    const path = `/${encodeURIComponent(id)}`;
    let body = thingOf(random, `m${n}`);
    expect((await ask(stage, client, 'PUT', path, { body })).status).toBe(201);
    if (n % 5 === 0)
      expect((await ask(stage, client, 'PUT', path, { body: (body = thingOf(random, 'new')) })).status).toBe(200);
    if (n % 7 === 0) expect((await ask(stage, client, 'DELETE', path)).status).toBe(204);
    else left.set(id, JSON.parse(JSON.stringify(body)) as Fields);
  }
  await expectTrueView(stage);
  return left;
}

const definition = (partitions: number, topic?: string): ProcessOptions => ({
  env: {
    KMODEL_TEST_MODEL_PARTITIONS: String(partitions),
    ...(topic === undefined ? {} : { KMODEL_TEST_MODEL_TOPIC: topic }),
  },
});

const commandIn = (message: string, name: 'export' | 'import'): string =>
  new RegExp(`run: (kmodel ${name} [^;]+) ;`).exec(message)![1]!;

test('a model that wants more partitions than its topic has', { timeout: 240_000 }, async () => {
  const stage = await openStage({ partitions: 4 });
  const shell = await shellOf(stage);
  const copied = storyTopic(stage.brokers, `${stage.topic.name}-2`, 6);
  try {
    const first = await startBoth(stage);
    const wanted = await fill(stage, first.client);
    await Promise.all([first.client.kill('SIGTERM'), first.worker.kill('SIGTERM')]);

    const refused = await kmodel(stage, ['topic'], definition(6));
    expect(refused.code).toBe(1);
    const message = refused.stderr;
    expect(message).toContain('expected 6 partitions, found 4');
    expect(message).not.toContain('--delete');
    await expect(stage.worker(definition(6))).rejects.toThrow(commandIn(message, 'export'));

    const [, before] = /start client and worker with partitions: (\d+)/.exec(message)!;
    const again = await startBoth(stage, definition(Number(before)));
    expect(await shown(stage, again.client)).toEqual(wanted);
    await shell.run(commandIn(message, 'export'), again.client);
    await Promise.all([again.client.kill('SIGTERM'), again.worker.kill('SIGTERM')]);

    const [, partitions, topic] = /set partitions: (\d+) and topic: '([^']+)' in the model, start them/.exec(message)!;
    expect([partitions, topic]).toEqual(['6', copied.name]);
    const after = await startBoth(stage, definition(Number(partitions), topic));
    expect(await shell.run(commandIn(message, 'import'), after.client)).toBe(`${wanted.size} imported, 0 failed\n`);
    expect(await shown(stage, after.client)).toEqual(wanted);
    // And the topic of before holds what it held.
    expect((await stage.records()).length).toBeGreaterThan(wanted.size);
  } finally {
    await stage.close();
    await shell.remove();
    await copied.remove().catch(() => undefined);
    await copied.close();
  }
});

test('a topic that was given more partitions than the model has', { timeout: 240_000 }, async () => {
  const stage = await openStage({ ownKafka: {}, partitions: 3 });
  const shell = await shellOf(stage);
  try {
    const { client, worker } = await startBoth(stage);
    const wanted = await fill(stage, client);
    const { name } = stage.topic;
    const alter = `kafka-topics.sh --bootstrap-server ${stage.brokers} --alter --topic ${name} --partitions 5`;
    await runPrinted(stage.kafkaServer!, alter);

    // Until the client has looked at the topic again it takes writes, and they are true: this one changes nothing.
    const [id, body] = [...wanted][0]!;
    const put = (): Promise<Answer> => ask(stage, client, 'PUT', `/${encodeURIComponent(id)}`, { body });
    await expect.poll(async () => String((await put()).body['detail']), { timeout: 30_000 }).toContain('kmodel export');
    const late = await put();
    expect(late).toMatchObject({ status: 503, code: 'LOG_REFUSES' });
    const message = String(late.body['detail']);
    expect(message).toContain('expected 3 partitions, found 5');
    expect(await shown(stage, client)).toEqual(wanted);
    const { models } = await client.status();
    expect(models[0]).toMatchObject({ ok: false, reads: 'ready', writes: 'unavailable' });
    expect(models[0]!.problems.join('\n')).toContain(commandIn(message, 'export'));
    await shell.run(commandIn(message, 'export'), client);
    await Promise.all([client.kill('SIGTERM'), worker.kill('SIGTERM')]);

    const [, topic] = /set topic: '([^']+)' in the model, start them/.exec(message)!;
    const after = await startBoth(stage, definition(3, topic));
    expect(await shell.run(commandIn(message, 'import'), after.client)).toBe(`${wanted.size} imported, 0 failed\n`);
    expect(await shown(stage, after.client)).toEqual(wanted);
  } finally {
    await stage.close();
    await shell.remove();
  }
});
