/** The port's `membership` and `commit` on Kafka: this process as a member of consumer groups. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineLoop, repeat } from '../../core/loop.ts';
import type { Offset, Partition } from '../log.ts';
import { orAborted } from './aborting.ts';
import type { Brokers } from './connection.ts';
import { codesOf, reasonOf } from './failure.ts';
import { GroupMember, type GroupTiming } from './group-member.ts';
import { Mailbox } from './mailbox.ts';
import { findWorkers } from './older-workers.ts';
import type { Keeping } from './subscription.ts';

/** A killed worker's partitions are shared out again within the session timeout and a heartbeat. */
export const GROUP_TIMING: GroupTiming = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000, heartbeatMs: 1500 };

/** While the coordinator can't be asked for so long, members try again; then they reject. Milliseconds. */
const GIVE_UP_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** How long leaving may take. Milliseconds. */
const LEAVE_MS = 2000;

/** The coordinator answers so where the group is being shared out anew, or has forgotten the member: join again. */
const JOIN_AGAIN: ReadonlySet<number> = new Set([22, 25, 27]);
/** It is loading, not there yet, or another one now: try again. */
const COORDINATOR_MOVES: ReadonlySet<number> = new Set([7, 13, 14, 15, 16]);

export interface MembershipOptions {
  readonly brokers: Brokers;
  readonly topic: string;
  readonly partitions: number;
  /** Which view this process keeps; members of a group share partitions only where it is the same. */
  readonly keeping: Keeping;
  /** Names that the group had in older versions: while a worker of this topic is a member there, this one doesn't join. */
  readonly olderGroups?: readonly string[];
  readonly timing?: GroupTiming;
  /** How long the coordinator may stay out of reach. Milliseconds, default 10,000. */
  readonly giveUpMs?: number;
}

/** The groups that this process is a member of. */
export class Memberships {
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, GroupMember>();
  /** What this process had last in each group: it asks for the same when it comes back. */
  readonly #owned = new Map<string, ReadonlySet<Partition>>();
  readonly #closed = new AbortController();
  readonly #following = new Set<Promise<void>>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /**
   * As the port's `membership`. The set stays as it was until the next one is known. Ends when the group was left (or two
   * seconds after `signal` aborted). Rejects where the coordinator couldn't be asked for 10 seconds, or refuses, and where an
   * older worker of this topic is a member of a group that has another name: the two would take the partitions from each other.
   */
  async *follow(group: string, signal: AbortSignal): AsyncGenerator<ReadonlySet<Partition>, void, undefined> {
    const stop = new AbortController();
    const until = AbortSignal.any([signal, this.#closed.signal, stop.signal]);
    if (until.aborted) return;
    await this.#refuseBesideOlder(until);
    const box = new Mailbox<ReadonlySet<Partition>>();
    const following = this.#keep(group, until, box);
    this.#following.add(following);
    try {
      yield* box.take();
    } finally {
      stop.abort();
      await following;
      this.#following.delete(following);
    }
  }

  /** As the port's `commit`; does nothing where this process is no member of the group. */
  async commit(group: string, position: ReadonlyMap<Partition, Offset>): Promise<void> {
    await this.#members.get(group)?.commit(position);
  }

  /** Leaves all groups. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#following);
  }

  async #refuseBesideOlder(until: AbortSignal): Promise<void> {
    const { brokers, topic, olderGroups = [] } = this.#options;
    for (const group of olderGroups) {
      const found = await findSettled(brokers, topic, group, until);
      if (found.length === 0) continue;
      throw new Error(
        `workers of an older version keep the view of topic ${topic}, in consumer group ${group} (${found.join(', ')}): ` +
          'stop them first; this worker waits for that',
      );
    }
  }

  /** Runs beside whoever takes from the box, so that heartbeats go on while it works. Never rejects. */
  async #keep(group: string, until: AbortSignal, box: Mailbox<ReadonlySet<Partition>>): Promise<void> {
    const timing = this.#options.timing ?? GROUP_TIMING;
    const member = new GroupMember({ ...this.#options, group, timing }, this.#owned.get(group) ?? new Set());
    this.#members.set(group, member);
    try {
      const patience = new Patience(this.#options.giveUpMs ?? GIVE_UP_MS);
      await stayMember(member, timing, patience, until, (partitions) => {
        this.#owned.set(group, partitions);
        box.put(partitions);
      });
      box.end();
    } catch (error) {
      box.fail(new Error(`the membership in group ${group} failed: ${reasonOf(error)}`, { cause: error }));
    } finally {
      if (this.#members.get(group) === member) this.#members.delete(group);
      const limit = new AbortController();
      const left = member.leave().catch(() => undefined);
      await Promise.race([left, sleep(LEAVE_MS, undefined, { signal: limit.signal }).catch(() => undefined)]);
      limit.abort();
    }
  }
}

/** A group whose members are still joining is looked at again, so often and after so long. Milliseconds. */
const LOOKS = 10;
const LOOK_AGAIN_MS = 500;

/** Who is in the group. One whose members never settle is somebody else's: kmodel's do within a second. */
async function findSettled(
  brokers: Brokers,
  topic: string,
  group: string,
  until: AbortSignal,
): Promise<readonly string[]> {
  for (let looks = 0; looks < LOOKS && !until.aborted; looks += 1) {
    const found = await findWorkers(brokers, topic, group);
    if (found !== 'joining') return found;
    await pause(LOOK_AGAIN_MS, until);
  }
  return [];
}

/** Each turn pauses by itself: until the next heartbeat, or 0, 0.1, 0.2 … 1 s after a failure. */
const MEMBER = defineLoop('kafka.membership', { everyMs: 1_500 });

/** Joins whenever that is due, and tells each new set, until `until` aborts. */
async function stayMember(
  member: GroupMember,
  timing: GroupTiming,
  patience: Patience,
  until: AbortSignal,
  tell: (partitions: ReadonlySet<Partition>) => void,
): Promise<void> {
  let known: ReadonlySet<Partition> | undefined;
  let joined = false;
  await repeat(MEMBER, until, async () => {
    try {
      if (!joined) {
        const partitions = await orAborted(member.join(), until);
        if (partitions === undefined) return 'done';
        joined = true;
        if (known === undefined || !isSame(known, partitions)) tell(partitions);
        known = partitions;
      } else await orAborted(member.heartbeat(), until);
      patience.renew();
      await pause(timing.heartbeatMs, until);
    } catch (error) {
      const codes = codesOf(error);
      if (codes.some((code) => JOIN_AGAIN.has(code))) joined = false;
      else if (codes.length > 0 && !codes.every((code) => COORDINATOR_MOVES.has(code))) throw error;
      else member.forgetCoordinator();
      await pause(patience.pauseAfter(error), until);
    }
    return 'go-on';
  });
}

function isSame(a: ReadonlySet<Partition>, b: ReadonlySet<Partition>): boolean {
  return a.size === b.size && a.isSubsetOf(b);
}

/** How long to go on trying. */
class Patience {
  readonly #giveUpMs: number;
  #failingSince: number | undefined;
  #pauseMs = 0;

  constructor(giveUpMs: number) {
    this.#giveUpMs = giveUpMs;
  }

  renew(): void {
    this.#failingSince = undefined;
    this.#pauseMs = 0;
  }

  /** Throws the error where it has lasted too long. The first pause is none: joining again is no failure. */
  pauseAfter(error: unknown): number {
    this.#failingSince ??= performance.now();
    if (performance.now() - this.#failingSince >= this.#giveUpMs) throw error;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    return pauseMs;
  }
}

async function pause(milliseconds: number, until: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal: until }).catch(() => undefined);
}
