import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedKafka } from '../../../test/services/shared.ts';
import { openBrokers } from './connection.ts';
import { Memberships } from './membership.ts';
import { createTopic, deleteTopic, randomTopic, withAdmin } from './topic-under-test.conformance.ts';

const PARTITIONS = 10;
const ALL = [...Array(PARTITIONS).keys()];
const KEEPING = { prefix: 'view', fingerprint: 'f' };
/** Within so long, others notice who joins and who leaves: at their next heartbeat. Milliseconds. */
const REBALANCED_MS = 30_000;

interface Member {
  /** What it was told last; undefined: nothing yet. */
  readonly now: () => readonly number[] | undefined;
  /** Every set it was told. */
  readonly told: readonly (readonly number[])[];
  readonly commit: (position: ReadonlyMap<number, number>) => Promise<void>;
  /** Resolves when it has left. */
  readonly leave: () => Promise<void>;
}

describe('Membership of a group', () => {
  let topic: string;
  let group: string;
  let members: Member[];
  beforeEach(async () => {
    topic = randomTopic();
    group = `kmodel-test-${randomUUID()}`;
    members = [];
    await createTopic(sharedKafka(), topic, PARTITIONS, {});
  });
  afterEach(async () => {
    await Promise.all(members.map((member) => member.leave()));
    await withAdmin(sharedKafka(), (admin) => admin.deleteGroups({ groups: [group] })).catch(() => undefined);
    await deleteTopic(sharedKafka(), topic);
  });

  function join(clientId = 'kmodel-test', keeping = KEEPING): Member {
    const brokers = openBrokers([sharedKafka()], clientId);
    const memberships = new Memberships({ brokers, topic, partitions: PARTITIONS, keeping });
    const stop = new AbortController();
    const told: (readonly number[])[] = [];
    const running = (async () => {
      for await (const set of memberships.follow(group, stop.signal)) told.push([...set].sort((a, b) => a - b));
    })();
    const member: Member = {
      now: () => told.at(-1),
      told,
      commit: (position) => memberships.commit(group, position),
      leave: async () => {
        stop.abort();
        await running;
        await brokers.close();
      },
    };
    members.push(member);
    return member;
  }

  test('a lone member has every partition', async () => {
    const only = join();
    await until(() => shareOf([only], [10]), REBALANCED_MS);
  });

  test('members that join get their share, as few partitions as possible move, and leaving gives them back at once', async () => {
    const first = join();
    await until(() => shareOf([first], [10]), REBALANCED_MS);
    const second = join();
    await until(() => shareOf([first, second], [5, 5]), REBALANCED_MS);
    const third = join();
    await until(() => shareOf([first, second, third], [3, 3, 4]), REBALANCED_MS);
    // Nobody was told less than it had to give up, nor got anything new.
    expect(third.told).toHaveLength(1);
    for (const { told } of [first, second]) {
      for (const [at, set] of told.entries())
        if (at > 0) expect(told[at - 1]).toEqual(expect.arrayContaining([...set]));
    }
    const [kept, given] = [second.now()!, third.now()!];
    await first.leave();
    await until(() => shareOf([second, third], [5, 5]), REBALANCED_MS);
    expect(second.now()).toEqual(expect.arrayContaining([...kept]));
    expect(third.now()).toEqual(expect.arrayContaining([...given]));
    await second.leave();
    await until(() => shareOf([third], [10]), REBALANCED_MS);
  });

  test('more members than partitions: those without stand by, told that they have none', async () => {
    const many = Array.from({ length: 11 }, () => join());
    await until(() => shareOf(many, [0, ...Array<number>(10).fill(1)]), 2 * REBALANCED_MS);
  });

  test("a killed member's partitions go to the others when its session is over", async () => {
    const path = fileURLToPath(new URL('member-process.conformance.ts', import.meta.url));
    const child = spawn(process.execPath, [path, sharedKafka(), topic, String(PARTITIONS), group]);
    let ofChild: number[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      const line = chunk.toString().trim().split('\n').at(-1);
      ofChild = JSON.parse(line ?? '[]') as number[];
    });
    const stays = join();
    await until(() => ofChild.length === 5 && stays.now()?.length === 5, 3 * REBALANCED_MS);
    child.kill('SIGKILL');
    await until(() => shareOf([stays], [10]), 2 * REBALANCED_MS);
  });

  test('members of one group that keep another view have all partitions of theirs', async () => {
    const [one, other] = [join(), join()];
    const [prefix, definition] = [
      join('kmodel-test', { ...KEEPING, prefix: 'another' }),
      join('kmodel-test', { ...KEEPING, fingerprint: 'another' }),
    ];
    await until(
      () => shareOf([one, other], [5, 5]) && shareOf([prefix], [10]) && shareOf([definition], [10]),
      3 * REBALANCED_MS,
    );
    await other.leave();
    await until(() => [one, prefix, definition].every((each) => shareOf([each], [10])), 3 * REBALANCED_MS);
  });

  test('beside a worker in a group of an older name none joins; once that one has left, it does', async () => {
    const older = join('worker of before');
    await until(() => shareOf([older], [10]), REBALANCED_MS);
    const brokers = openBrokers([sharedKafka()], 'kmodel-test');
    const newer = new Memberships({
      brokers,
      topic,
      partitions: PARTITIONS,
      keeping: KEEPING,
      olderGroups: ['kmodel-test-nobody', group],
    });
    const of = (): AsyncIterator<ReadonlySet<number>> =>
      newer.follow(`${group}.new`, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(of().next()).rejects.toThrow(
      new RegExp(`older version .*${topic}.*${group} \\(worker of before .*stop them first; this worker waits`),
    );
    // Who reads another topic in that group is no matter.
    const stranger = new Memberships({ brokers, topic: `${topic}-other`, partitions: 1, keeping: KEEPING });
    const strange = stranger.follow(group, new AbortController().signal)[Symbol.asyncIterator]();
    await strange.next();
    await older.leave();
    expect((await of().next()).value?.size).toBe(10);
    await Promise.all([newer.close(), stranger.close()]);
    await brokers.close();
  });

  test('a commit of a process that is no member does nothing', async () => {
    const brokers = openBrokers([sharedKafka()], 'kmodel-test');
    const memberships = new Memberships({ brokers, topic, partitions: PARTITIONS, keeping: KEEPING });
    await expect(memberships.commit(group, new Map([[0, 1]]))).resolves.toBeUndefined();
    await brokers.close();
  });

  test('a consumer that is not pulled stays a member, and gets the newest set when it comes back', async () => {
    const brokers = openBrokers([sharedKafka()], 'kmodel-test');
    const memberships = new Memberships({ brokers, topic, partitions: PARTITIONS, keeping: KEEPING });
    const slow = memberships.follow(group, new AbortController().signal);
    expect((await slow.next()).value?.size).toBe(10);
    const second = join();
    await until(() => second.now()?.length === 5, REBALANCED_MS);
    const third = join();
    // Ten partitions for three: who keeps a fourth one is nobody's promise.
    await until(() => (second.now()?.length ?? 10) < 5 && third.now() !== undefined, REBALANCED_MS);
    await sleep(7000);
    const { value } = await slow.next();
    expect([...value!, ...second.now()!, ...third.now()!].sort((a, b) => a - b)).toEqual(ALL);
    await memberships.close();
    expect((await slow.next()).done).toBe(true);
    await brokers.close();
  });
});

/** Whether the members together have each partition once, and shares of these sizes. */
function shareOf(members: readonly Member[], sizes: readonly number[]): boolean {
  const sets = members.map((member) => member.now() ?? []);
  const partitions = sets.flat().sort((a, b) => a - b);
  const found = sets.map(({ length }) => length).sort((a, b) => a - b);
  return partitions.join() === ALL.join() && found.join() === sizes.toSorted((a, b) => a - b).join();
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`it did not come true within ${withinMs} ms: ${holds.toString()}`);
    await sleep(20);
  }
}
