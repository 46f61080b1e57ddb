/**
 * The append queue against a broker that keeps Kafka's rules for idempotent producers, over a network that loses answers,
 * and delivers requests late, out of order or never: what an outcome says is true, whatever happens.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AppendOutcome } from '../log.ts';
import { record } from '../log-under-test.conformance.ts';
import { AppendQueue } from './append-queue.ts';
import { sequenceAfter } from './batch-encoding.ts';
import type { LaneBatch, LaneTopic } from './lane-batch.ts';
import type { Lane } from './lane.ts';
import { judgeAnswer } from './produce-answer.ts';
import type { ProduceAnswer } from './produce-request.ts';

const PARTITIONS = 2;
const TIMEOUT_MS = 500;

/** What the broker remembers of a producer in a partition. */
interface Remembered {
  epoch: number;
  lastSequence: number;
  batches: { first: number; count: number; baseOffset: number }[];
}

/** One incarnation of a topic: `names` by partition, in the order they landed. */
class SimulatedTopic {
  readonly id: string;
  readonly names: string[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly #producers = new Map<string, Remembered>();

  constructor(id: string) {
    this.id = id;
  }

  /** As a leader appends (ProducerAppendInfo and ProducerStateManager of Kafka): duplicates of the last five are known. */
  append({ partition, parts, encoded, firstSequence, isFence }: LaneBatch): ProduceAnswer {
    const answer = (code: number, baseOffset = -1): ProduceAnswer => ({
      partition,
      code,
      baseOffset,
      logAppendTime: -1,
      message: '',
    });
    const epoch = encoded.readInt16BE(51);
    const key = `${partition}/${encoded.readBigInt64BE(43)}`;
    const known = this.#producers.get(key);
    const count = isFence ? 1 : parts.length;
    if (known !== undefined) {
      if (epoch < known.epoch) return answer(47);
      if (epoch > known.epoch && firstSequence !== 0) return answer(45);
      if (epoch === known.epoch) {
        const same = known.batches.find((each) => each.first === firstSequence && each.count === count);
        if (same !== undefined) return answer(0, same.baseOffset);
        if (firstSequence !== sequenceAfter(known.lastSequence, 1)) return answer(45);
      }
    }
    const names = this.names[partition] as string[];
    const baseOffset = names.length;
    if (isFence) names.push('fence');
    for (const part of parts) names.push(Buffer.from(part.record.key).toString());
    const batches = known?.epoch === epoch ? known.batches.slice(-4) : [];
    batches.push({ first: firstSequence, count, baseOffset });
    this.#producers.set(key, { epoch, lastSequence: sequenceAfter(firstSequence, count - 1), batches });
    return answer(0, baseOffset);
  }
}

type Step =
  | { readonly kind: 'append'; readonly partitions: readonly number[] }
  | {
      readonly kind: 'send';
      readonly fate: 'fine' | 'answer lost' | 'late' | 'never' | 'no leader' | 'few replicas' | 'too large';
    }
  | { readonly kind: 'deliver'; readonly which: number }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  | { readonly kind: 'made anew' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      partitions: fc.array(fc.nat(PARTITIONS - 1), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      fate: fc.constantFrom('fine', 'fine', 'answer lost', 'late', 'never', 'no leader', 'few replicas', 'too large'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver' as const), which: fc.nat(5) }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), milliseconds: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'made anew' as const }) },
);

class World {
  readonly #queue = new AppendQueue(PARTITIONS, TIMEOUT_MS);
  readonly #byId: boolean;
  readonly topics: SimulatedTopic[] = [new SimulatedTopic('log-0')];
  /** Requests that the network still holds; the producer has given them up. */
  #late: { readonly topic: LaneTopic; readonly batch: LaneBatch }[] = [];
  #now = 0;
  #made = 0;
  readonly calls: {
    readonly names: readonly string[];
    readonly partitions: readonly number[];
    readonly outcome: Promise<AppendOutcome>;
    answered: AppendOutcome | undefined;
    /** Where its records were when what was uncertain was settled for the first time after its answer. */
    settledAt: readonly string[] | undefined;
  }[] = [];

  constructor(byId: boolean) {
    this.#byId = byId;
  }

  get #topic(): SimulatedTopic {
    return this.topics.at(-1) as SimulatedTopic;
  }

  run(todo: Step): void {
    if (todo.kind === 'append') this.#append(todo.partitions);
    else if (todo.kind === 'send') this.#send(todo.fate);
    else if (todo.kind === 'deliver') this.#deliver(todo.which);
    else if (todo.kind === 'made anew') this.topics.push(new SimulatedTopic(`log-${this.topics.length}`));
    else this.#pass(todo.milliseconds);
  }

  /** The network heals: whatever can be known becomes known, and every call is answered. What it held arrives at the very end. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 40; turn++) {
      this.#pass(100);
      this.#send('fine');
    }
    await this.look();
    while (this.#late.length > 0) this.#deliver(0);
  }

  /** From the moment at which what was uncertain is settled, nothing of it may land. */
  async look(): Promise<void> {
    await new Promise(setImmediate);
    if (!this.#queue.isSettled) return;
    for (const call of this.calls) {
      if (call.answered?.kind === 'uncertain') call.settledAt ??= call.names.flatMap((name) => this.places(name));
    }
  }

  /** Where a record is, in the topics of this log, or of all. */
  places(name: string, logId?: string): readonly string[] {
    return this.topics.flatMap(({ id, names }) =>
      (logId === undefined || logId === id ? names : []).flatMap((each, partition) =>
        each.flatMap((found, offset) => (found === name ? [`${id}/${partition}@${offset}`] : [])),
      ),
    );
  }

  #append(partitions: readonly number[]): void {
    const names = partitions.map(() => `record-${this.#made++}`);
    const records = names.map((name, index) => record(partitions[index] ?? 0, name, 'v'));
    const outcome = this.#queue.push(records, this.#now);
    const call: World['calls'][number] = { names, partitions, outcome, answered: undefined, settledAt: undefined };
    this.calls.push(call);
    void outcome.then((answered) => (call.answered = answered));
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#queue.expire(this.#now);
  }

  #send(fate: Extract<Step, { kind: 'send' }>['fate']): void {
    const { lanes } = this.#queue.ready(this.#now);
    for (const lane of lanes) if (lane.needsProducer) lane.useProducer(7n);
    const { id } = this.#topic;
    const topic = { name: 'thing', uuid: id, id };
    const taken = this.#queue.take(new Set([0, 1]), topic, this.#now);
    for (const [lane, batch] of taken) this.#settle(lane, batch, topic, fate);
  }

  #settle(lane: Lane, batch: LaneBatch, topic: LaneTopic, fate: Extract<Step, { kind: 'send' }>['fate']): void {
    const refusals: Record<string, number> = { 'no leader': 6, 'few replicas': 19, 'too large': 10 };
    const code = refusals[fate];
    const { partition } = batch;
    if (code !== undefined)
      return lane.settle(
        batch,
        judgeAnswer({ partition, code, baseOffset: -1, logAppendTime: -1, message: '' }),
        this.#now,
      );
    if (fate === 'fine') return lane.settle(batch, judgeAnswer(this.#topic.append(batch)), this.#now);
    if (fate === 'answer lost') this.#topic.append(batch);
    if (fate === 'late') this.#late.push({ topic, batch });
    lane.settle(batch, { kind: 'unknown', reason: fate }, this.#now);
  }

  /** A late request reaches the broker: whichever topic has the name then, or the one it names by id. */
  #deliver(which: number): void {
    const [request] = this.#late.splice(which, 1);
    if (request === undefined) return;
    if (!this.#byId || request.topic.id === this.#topic.id) this.#topic.append(request.batch);
  }
}

/** By name, a late request of the old topic can reach the new one, before anything else does: outcomes are true for their log. */
async function check(world: World, byId: boolean): Promise<void> {
  const place = (name: string, logId?: string): readonly string[] => world.places(name, logId);
  for (const { names, outcome, settledAt } of world.calls) {
    const found = await outcome;
    if (found.kind === 'appended') {
      const said = found.records.map(({ partition, offset }) => [`${found.logId}/${partition}@${offset}`]);
      expect(names.map((name) => place(name, byId ? undefined : found.logId))).toEqual(said);
    } else if (found.kind === 'unavailable' || found.kind === 'refused') {
      expect(names.flatMap((name) => place(name))).toEqual([]);
    } else {
      for (const name of names) {
        for (const { id } of world.topics) expect(place(name, id).length).toBeLessThanOrEqual(1);
      }
      // Everything is settled at the end, for the network is fine then.
      if (byId) expect(names.flatMap((name) => place(name))).toEqual(settledAt);
    }
  }
  // In each partition of each topic, what is appended stands in the order in which it was given.
  for (const { names } of world.topics) {
    for (const each of names) {
      const order = each.filter((name) => name !== 'fence').map((name) => Number(name.slice('record-'.length)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  }
}

test.each([true, false])(
  'every outcome is true, and the order is kept (requests name the topic by id: %s)',
  async (byId) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const world = new World(byId);
        for (const each of steps) {
          world.run(each);
          await world.look();
        }
        await world.finish();
        await check(world, byId);
      }),
      { numRuns: 1500 },
    );
  },
  60_000,
);
