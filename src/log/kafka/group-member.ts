/** One member of a consumer group, in requests of the classic group protocol: join, sync, heartbeat, leave, commit. */
import {
  type Connection,
  decodeConsumerProtocolAssignment,
  findCoordinatorV4,
  FindCoordinatorKeyTypes,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  offsetCommitV9,
  syncGroupV5,
} from '@platformatic/kafka';
import type { Offset, Partition } from '../log.ts';
import type { Brokers, Use } from './connection.ts';
import { codesOf } from './failure.ts';
import { type Keeping, PROTOCOL, sharesOf, subscriptionOf } from './subscription.ts';

const PROTOCOL_TYPE = 'consumer';

const MEMBER_ID_REQUIRED = 79;
/** The coordinator has forgotten this member, or its generation is over. */
const UNKNOWN_MEMBER_ID = 25;
const ILLEGAL_GENERATION = 22;

export interface GroupTiming {
  /** A member that isn't heard for so long is out of the group. Milliseconds. */
  readonly sessionTimeoutMs: number;
  /** In a rebalance, members that don't join again for so long are out. Milliseconds. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatMs: number;
}

export interface GroupOptions {
  readonly brokers: Brokers;
  readonly topic: string;
  readonly partitions: number;
  /** Which view this member keeps: it shares partitions only with those that keep the same one. */
  readonly keeping: Keeping;
  readonly group: string;
  readonly timing: GroupTiming;
}

export class GroupMember {
  readonly #options: GroupOptions;
  #coordinator: number | undefined;
  #memberId = '';
  #generation = -1;
  /** What it was given, and in which generation. */
  #owned: readonly Partition[];
  #ownedSince = -1;
  #left = false;

  /** `owned`: what an earlier member of this process had, so that it gets the same again. */
  constructor(options: GroupOptions, owned: ReadonlySet<Partition>) {
    this.#options = options;
    this.#owned = [...owned];
  }

  /** Joins, or joins again, and answers what this member is to keep. Rejects with the coordinator's error. */
  async join(): Promise<ReadonlySet<Partition>> {
    const connection = await this.#connection('joining');
    const joined = await this.#noting(() => this.#enter(connection));
    this.#memberId = joined.memberId;
    this.#generation = joined.generationId;
    const shares = joined.leader === joined.memberId ? sharesOf(joined.members) : [];
    const { group } = this.#options;
    const { assignment } = await this.#noting(() =>
      syncGroupV5.api.async(connection, group, this.#generation, this.#memberId, null, PROTOCOL_TYPE, PROTOCOL, shares),
    );
    const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment);
    this.#owned = assignedPartitions.flatMap(({ topic, partitions }) =>
      topic === this.#options.topic ? partitions : [],
    );
    this.#ownedSince = this.#generation;
    return new Set(this.#owned);
  }

  /** Rejects where the member has to join again, or the coordinator can't be asked. */
  async heartbeat(): Promise<void> {
    const connection = await this.#connection('membership');
    await this.#noting(() =>
      heartbeatV4.api.async(connection, this.#options.group, this.#generation, this.#memberId, null),
    );
  }

  /** The others take over at once. This object can't join again. */
  async leave(): Promise<void> {
    this.#left = true;
    if (this.#memberId === '') return;
    const connection = await this.#connection('membership');
    const member = { memberId: this.#memberId, groupInstanceId: null, reason: 'the worker stops' };
    this.#memberId = '';
    await leaveGroupV5.api.async(connection, this.#options.group, [member]);
  }

  /** Stores offsets for Kafka's own tools. Rejects where this process is no member any more, or a rebalance is under way. */
  async commit(position: ReadonlyMap<Partition, Offset>): Promise<void> {
    if (this.#memberId === '' || position.size === 0) return;
    const connection = await this.#connection('membership');
    const partitions = [...position].map(([partitionIndex, offset]) => ({
      partitionIndex,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }));
    const { topic, group } = this.#options;
    await offsetCommitV9.api.async(connection, group, this.#generation, this.#memberId, null, [
      { name: topic, partitions },
    ]);
  }

  /** The coordinator has to be found anew. */
  forgetCoordinator(): void {
    this.#coordinator = undefined;
  }

  /** The first time, the coordinator only names the member, which asks again under that name. */
  async #enter(connection: Connection): Promise<joinGroupV9.JoinGroupResponse> {
    try {
      return await this.#askToJoin(connection);
    } catch (error) {
      const { response } = nestedResponse(error);
      if (!codesOf(error).includes(MEMBER_ID_REQUIRED) || response === undefined) throw error;
      this.#memberId = response.memberId;
      // It has been left meanwhile: a name that nobody uses would hold up the others for a whole session.
      if (this.#left) {
        await this.leave();
        throw error;
      }
      return await this.#askToJoin(connection);
    }
  }

  #askToJoin(connection: Connection): Promise<joinGroupV9.JoinGroupResponse> {
    const { topic, partitions, keeping, group, timing } = this.#options;
    const had = { owned: this.#owned, generation: this.#ownedSince };
    const metadata = subscriptionOf({ topic, partitions, ...keeping }, had);
    const protocols = [{ name: PROTOCOL, metadata }];
    const { sessionTimeoutMs, rebalanceTimeoutMs } = timing;
    return joinGroupV9.api.async(
      connection,
      group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      this.#memberId,
      null,
      PROTOCOL_TYPE,
      protocols,
      null,
    );
  }

  /** A member that is unknown joins under a new name. */
  async #noting<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    try {
      return await request();
    } catch (error) {
      const codes = codesOf(error);
      if (codes.includes(UNKNOWN_MEMBER_ID)) this.#memberId = '';
      if (codes.includes(UNKNOWN_MEMBER_ID) || codes.includes(ILLEGAL_GENERATION)) this.#generation = -1;
      throw error;
    }
  }

  async #connection(use: Use): Promise<Connection> {
    const { brokers, group, topic } = this.#options;
    if (this.#coordinator === undefined) {
      const { coordinators } = await brokers.ask((connection) =>
        findCoordinatorV4.api.async(connection, FindCoordinatorKeyTypes.GROUP, [group]),
      );
      // Asked so that the addresses of all brokers are known.
      await brokers.topic(topic);
      this.#coordinator = coordinators[0]?.nodeId;
    }
    return await brokers.to(this.#coordinator ?? -1, use);
  }
}

function nestedResponse(error: unknown): { readonly response?: joinGroupV9.JoinGroupResponse } {
  return error as { response?: joinGroupV9.JoinGroupResponse };
}
