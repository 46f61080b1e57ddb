/**
 * Random accidents under load, by seed, for KMODEL_TEST_CHAOS_SECONDS (120 unless set; `npm run test:chaos` says 600): see
 * accidents.ts. An oracle process (oracle.ts) compares answers with its own fold of the topic all the time.
 *
 * In the end the view equals the fold, no acknowledged write is missing, and status was never `ok` while answers had been wrong for
 * over 5 s. A run in which too little happened fails too. KMODEL_TEST_SEED tells a run again.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { brokerFolder } from '../../src/log/kafka/broker-files.conformance.ts';
import { startKafka } from '../services/kafka.ts';
import { kmodel } from '../system/distributed/commands.ts';
import { expectTrueView } from '../system/distributed/compare.ts';
import type { Load, LoadedWrite } from '../system/distributed/load.ts';
import { openStage, type Stage } from '../system/distributed/stage.ts';
import { randomFrom, storySeed } from '../system/distributed/things.ts';
import { expectWrites } from '../system/distributed/writes.ts';
import { ACCIDENTS, draw, type World } from './accidents.ts';
import { violations, type Round } from './history.ts';
import type { FromOracle, ToOracle } from './oracle.ts';

const SECONDS = Number(process.env['KMODEL_TEST_CHAOS_SECONDS'] ?? '120');
const GRACE_MS = 5_000;
const WHOLE_AGAIN_WITHIN_MS = 90_000;
/** What a run must have done at least, a minute of it. */
const FLOOR = { accidents: 3, effects: 2, acknowledged: 300, right: 200 };

/** The oracle as the test sees it. */
interface Oracle {
  readonly rounds: readonly Round[];
  tell(message: ToOracle): void;
  end(): Promise<void>;
}

function startOracle(stage: Stage): Oracle {
  const rounds: Round[] = [];
  const child: ChildProcess = fork(fileURLToPath(new URL('oracle.ts', import.meta.url)), {
    env: {
      ...process.env,
      ORACLE_BROKERS: stage.brokers,
      ORACLE_TOPIC: stage.topic.name,
      ORACLE_PARTITIONS: String(stage.model.partitions),
    },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.on('message', (message: FromOracle) => {
    if (message.kind === 'round') rounds.push(message.round);
  });
  return {
    rounds,
    tell: (message) => void (child.connected && child.send(message)),
    async end() {
      if (child.connected) child.send({ kind: 'end' } satisfies ToOracle);
      await Promise.race([ended, sleep(40_000)]);
      child.kill('SIGKILL');
    },
  };
}

/** What the writes of a load came to, given that some were at stake when the log was set back. */
interface Stakes {
  /** Acknowledged writes that the log may have lost. */
  readonly lost: Set<LoadedWrite>;
  from: number | undefined;
}

test(`kmodel under ${SECONDS} s of accidents`, { timeout: (SECONDS + 600) * 1000 }, async () => {
  const seed = storySeed();
  console.log(`chaos: seed ${seed} (KMODEL_TEST_SEED=${seed} tells it again)`);
  const random = randomFrom(seed);
  const [stage, otherKafka] = await Promise.all([
    openStage({ ownKafka: {}, ownRedis: {}, topic: { 'min.compaction.lag.ms': '36000000' } }),
    startKafka(),
  ]);
  const oracle = startOracle(stage);
  const counts = new Map<string, { made: number; effect: number }>();
  try {
    await Promise.all([stage.client(), stage.client(), stage.worker(), stage.worker()]);
    oracle.tell({ kind: 'clients', urls: stage.clients.map(({ url }) => url) });
    await Promise.all([...stage.clients, ...stage.workers].map((one) => one.ready(60_000)));

    const loads: Load[] = [];
    const stakes: Stakes = { lost: new Set(), from: undefined };
    const startLoad = (): void => void loads.push(stage.load({ forMs: (SECONDS + 300) * 1000, perSecond: 60 }));
    const writes = (): LoadedWrite[] => loads.flatMap((load) => [...load.writes]);
    startLoad();

    const whole = async (): Promise<void> => {
      await wholeAgain(stage);
    };
    const world: World = {
      stage,
      random,
      otherKafka,
      kafkaFolder: (await brokerFolder(stage.brokers))!,
      stake: () => (stakes.from = writes().length),
      async revive(role) {
        await (role === 'client' ? stage.client() : stage.worker());
        oracle.tell({ kind: 'clients', urls: stage.clients.map(({ url }) => url) });
      },
      async quietly(work) {
        await loads.at(-1)!.stop();
        await whole();
        oracle.tell({ kind: 'blind' });
        const at = stakes.from ?? 0;
        for (const write of writes().slice(at)) stakes.lost.add(write);
        try {
          return await work();
        } finally {
          oracle.tell({ kind: 'sees' });
          startLoad();
        }
      },
      async decide(how) {
        const before = writes().slice(stakes.from ?? 0);
        await expect.poll(() => isHeld(stage), { timeout: 60_000, interval: 500 }).toBe(true);
        oracle.tell({ kind: 'sees' });
        const args = how === 'recover' ? ['recover'] : ['rebuild', '--accept-loss'];
        const ran = await kmodel(stage, args);
        expect(ran.code, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(0);
        await whole();
        if (how === 'recover') await expectRecovered(stage, before);
      },
    };

    // To look at some kinds of accidents alone.
    const only = process.env['KMODEL_TEST_CHAOS_ONLY']?.split(',');
    const chosen = ACCIDENTS.filter(({ name }) => only === undefined || only.includes(name));
    const until = Date.now() + SECONDS * 1000;
    while (Date.now() < until) {
      const accident = draw(random, chosen);
      console.log(`chaos: ${accident.name}`);
      const effect = await accident.run(world);
      const count = counts.get(accident.name) ?? { made: 0, effect: 0 };
      counts.set(accident.name, { made: count.made + 1, effect: count.effect + (effect ? 1 : 0) });
      // Half of the time the next one comes before the last is over.
      if (random() < 0.5) await whole();
      else await sleep(random() * 4000);
    }
    await whole();
    await Promise.all(loads.map((load) => load.stop()));
    await oracle.end();

    const total = { made: 0, effect: 0 };
    for (const { made, effect } of counts.values()) {
      total.made += made;
      total.effect += effect;
    }
    const all = writes();
    const acknowledged = all.filter(({ outcome }) => outcome === 'acknowledged');
    const right = oracle.rounds.reduce((sum, round) => sum + round.right, 0);
    const wrong = oracle.rounds.filter((round) => round.wrong.length > 0);
    console.log(
      [
        `chaos: ${total.made} accidents, ${total.effect} took effect: ${[...counts].map(([name, { made, effect }]) => `${name} ${effect}/${made}`).join(', ')}`,
        `chaos: ${all.length} writes, ${acknowledged.length} acknowledged, ${stakes.lost.size} at stake in a log set back`,
        `chaos: ${oracle.rounds.length} rounds of the oracle, ${right} right answers, ${wrong.length} rounds with a wrong one`,
        ...wrong.slice(0, 5).map((round) => `  ${new Date(round.at).toISOString()} ok=${round.ok}: ${round.wrong[0]}`),
      ].join('\n'),
    );
    expect(violations(oracle.rounds, GRACE_MS).slice(0, 3)).toEqual([]);
    await expectTrueView(stage, { withinMs: WHOLE_AGAIN_WITHIN_MS });
    expectWrites(
      all.filter((write) => !stakes.lost.has(write)),
      await stage.records(),
    );
    const minutes = SECONDS / 60;
    expect(total.made).toBeGreaterThanOrEqual(FLOOR.accidents * minutes);
    expect(total.effect).toBeGreaterThanOrEqual(FLOOR.effects * minutes);
    expect(acknowledged.length).toBeGreaterThanOrEqual(FLOOR.acknowledged * minutes);
    expect(right).toBeGreaterThanOrEqual(FLOOR.right * minutes);
  } finally {
    await oracle.end();
    await stage.close();
    await otherKafka.remove();
  }
});

/** What status says of the story's model, asked of any client. */
async function statusOf(stage: Stage): Promise<{ readonly ok: boolean; readonly text: string } | undefined> {
  for (const client of stage.clients) {
    try {
      const status = await client.status();
      return { ok: status.ok, text: JSON.stringify(status.models[0]?.problems ?? []) };
    } catch {
      // Another one may answer.
    }
  }
  return undefined;
}

async function isHeld(stage: Stage): Promise<boolean> {
  return /--accept-loss/.test((await statusOf(stage))?.text ?? '');
}

/**
 * Waits until status says ok and reads are answered. Where status asks for a person, the person does what it says: a rebuild
 * that came too often to be automatic.
 */
async function wholeAgain(stage: Stage): Promise<void> {
  const until = Date.now() + WHOLE_AGAIN_WITHIN_MS;
  let last = 'no answer';
  while (Date.now() < until) {
    const status = await statusOf(stage);
    last = status?.text ?? 'no answer';
    if (status?.ok === true) return;
    if (/kmodel rebuild(?! --accept-loss)/.test(last) && !/--accept-loss/.test(last)) await kmodel(stage, ['rebuild']);
    await sleep(300);
  }
  throw new Error(`the view is not whole again within ${WHOLE_AGAIN_WITHIN_MS / 1000} s: ${last}`);
}

/** Of each id that was written at stake: what the last of its writes said is what the view shows, if all outcomes are known. */
async function expectRecovered(stage: Stage, atStake: readonly LoadedWrite[]): Promise<void> {
  const byId = Map.groupBy(atStake, ({ id }) => id);
  const client = stage.clients[0]!;
  const problems: string[] = [];
  for (const [id, writes] of byId) {
    if (id === '' || writes.some(({ outcome }) => outcome === 'unknown')) continue;
    const last = writes
      .filter(({ outcome }) => outcome === 'acknowledged')
      .sort((a, b) => a.offset! - b.offset!)
      .at(-1);
    if (last === undefined) continue;
    const answer = await fetch(`${client.url}${stage.path}/${encodeURIComponent(id)}`);
    const mark = answer.status === 404 ? undefined : ((await answer.json()) as { mark?: string }).mark;
    if (mark !== last.mark) problems.push(`${id}: ${last.mark} was acknowledged, ${mark} (${answer.status}) is there`);
  }
  expect(problems.slice(0, 5), `${problems.length} of ${byId.size} ids`).toEqual([]);
}
