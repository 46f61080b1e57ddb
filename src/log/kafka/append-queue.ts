/**
 * What waits to be appended, by partition, and the calls that wait for it: bounded, without sockets or timers. Time comes in
 * as milliseconds of any clock that only grows.
 */
import type { AppendOutcome, NewRecord, Partition } from '../log.ts';
import { encodedSize } from './batch-encoding.ts';
import { Call, type Refusal } from './call.ts';
import type { LaneBatch, LaneSurroundings, LaneTopic, Part } from './lane-batch.ts';
import { Lane } from './lane.ts';

/** How many records may wait, or be under way. */
const MAX_WAITING_RECORDS = 10_000;
/** The same in bytes. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** How many records a request holds at most. */
const MAX_REQUEST_RECORDS = 1000;
/** The same in bytes; a single record may be larger. Below Kafka's default of max.message.bytes, so that it holds for a batch too. */
const MAX_REQUEST_BYTES = 960 * 1024;

export class AppendQueue {
  readonly #lanes: readonly Lane[];
  readonly #timeoutMs: number;
  /** In the order of their deadlines. */
  readonly #calls = new Set<Call>();
  #records = 0;
  #bytes = 0;
  /** Which partition a request begins with, so that none is always last. */
  #turn = 0;

  /** `landsUntil` as a lane's. */
  constructor(partitions: number, timeoutMs: number, landsUntil: LaneSurroundings['landsUntil'] = () => undefined) {
    this.#timeoutMs = timeoutMs;
    const left = ({ bytes }: Part): void => {
      this.#records--;
      this.#bytes -= bytes;
    };
    this.#lanes = Array.from(
      { length: partitions },
      (_, partition) => new Lane(partition, { left, landsUntil, wallClock: Date.now }),
    );
  }

  /** Takes the records in, at least one; `unavailable` at once where they don't fit. Rejects for a partition that is none. */
  async push(records: readonly NewRecord[], now: number): Promise<AppendOutcome> {
    for (const { partition } of records) this.#lane(partition);
    const parts = records.map((record) => ({ record, bytes: encodedSize(record) }));
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const refusal = this.#refusal(records.length, bytes);
    if (refusal !== undefined) return { kind: 'unavailable', reason: refusal };
    const call = new Call(records, now + this.#timeoutMs);
    this.#records += records.length;
    this.#bytes += bytes;
    this.#calls.add(call);
    for (const [index, part] of parts.entries()) this.#lanes[part.record.partition]?.push({ call, index, ...part });
    const outcome = await call.outcome;
    this.#calls.delete(call);
    return outcome;
  }

  /** As the port's settled. */
  settled(partition: Partition): Promise<void> {
    return this.#lane(partition).settled();
  }

  /** How many calls wait for their answer. */
  get calls(): number {
    return this.#calls.size;
  }

  /** Is there nothing left that was answered without an outcome, and may still land? */
  get isSettled(): boolean {
    return this.#lanes.every((lane) => lane.isSettled);
  }

  /** When the next call's time is over. */
  get nextDeadline(): number | undefined {
    const [first] = this.#calls;
    return first?.deadline;
  }

  /** Partitions that can be sent now, and the time when the next other one can. */
  ready(now: number): { readonly lanes: readonly Lane[]; readonly next: number | undefined } {
    const lanes: Lane[] = [];
    let next: number | undefined;
    for (const lane of this.#lanes) {
      const at = lane.readyAt;
      if (at === undefined) continue;
      if (at <= now) lanes.push(lane);
      else next = Math.min(next ?? at, at);
    }
    return { lanes, next };
  }

  /** The batches of one request to the leader of these partitions; they are on the wire from here on. */
  take(partitions: ReadonlySet<Partition>, topic: LaneTopic, now: number): readonly (readonly [Lane, LaneBatch])[] {
    const taken: (readonly [Lane, LaneBatch])[] = [];
    let room = { records: MAX_REQUEST_RECORDS, bytes: MAX_REQUEST_BYTES, empty: true };
    const from = this.#turn++;
    for (let step = 0; step < this.#lanes.length; step++) {
      const lane = this.#lanes[(from + step) % this.#lanes.length];
      if (lane === undefined || !partitions.has(lane.partition)) continue;
      const batch = lane.take(topic, room, now);
      if (batch === undefined) continue;
      taken.push([lane, batch]);
      room = { records: room.records - batch.parts.length, bytes: room.bytes - batch.encoded.length, empty: false };
      if (room.records <= 0 || room.bytes <= 0) break;
    }
    return taken;
  }

  /** Nothing of these partitions can be sent for now: says why. */
  hold(partitions: ReadonlySet<Partition>, reason: string, now: number): void {
    for (const lane of this.#lanes) if (partitions.has(lane.partition)) lane.hold(reason, now);
  }

  /** What waits for these partitions, and what certainly never landed, is refused for good. */
  refuse(partitions: ReadonlySet<Partition>, refusal: Refusal): void {
    for (const lane of this.#lanes) if (partitions.has(lane.partition)) lane.refuse(refusal);
  }

  /** Answers the calls whose time is over. Answers the batches that were given up while on the wire: as a lane's expire. */
  expire(now: number): readonly LaneBatch[] {
    const deadline = this.nextDeadline;
    if (deadline === undefined || deadline > now) return [];
    return this.#expire(now, `the log did not take the records within ${this.#timeoutMs} ms`);
  }

  /** Answers all calls, whatever time they have left, as expire does. */
  expireAll(reason: string): readonly LaneBatch[] {
    return this.#expire(Number.POSITIVE_INFINITY, reason);
  }

  /** Nothing will be sent any more; what isn't settled never will be. */
  end(error: Error): void {
    for (const lane of this.#lanes) lane.end(error);
  }

  #expire(now: number, reason: string): readonly LaneBatch[] {
    return this.#lanes.flatMap((lane) => {
      const trouble = lane.trouble === undefined ? '' : `: ${lane.trouble}`;
      return lane.expire(now, `${reason}${trouble}`) ?? [];
    });
  }

  #lane(partition: Partition): Lane {
    const lane = this.#lanes[partition];
    if (lane !== undefined) return lane;
    throw new RangeError(`partition ${partition} does not exist; there are ${this.#lanes.length}`);
  }

  #refusal(count: number, bytes: number): string | undefined {
    if (this.#records === 0) return undefined;
    if (this.#records + count > MAX_WAITING_RECORDS)
      return `${this.#records} records wait already, at most ${MAX_WAITING_RECORDS} may`;
    if (this.#bytes + bytes > MAX_WAITING_BYTES)
      return `${this.#bytes} bytes wait already, at most ${MAX_WAITING_BYTES} may`;
    return undefined;
  }
}
