/**
 * What the members of a group tell each other when they join: what they keep, and what they had. Two members share
 * partitions only if they keep the same view: that of one topic, under one prefix, by one definition. Pure.
 */
import {
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka';
import type { Partition } from '../log.ts';
import { type Claimant, shareOut } from './assignment.ts';

/** The way of sharing out (assignment.ts); members of one group must agree on it. */
export const PROTOCOL = 'kmodel-sticky';
/** Of Kafka's consumer protocol: the first version that says what a member had, and since when. */
const SUBSCRIPTION_VERSION = 2;
/** The first byte of what kmodel adds. A member that says something else, or nothing, gets no partition. */
const KEEPING_VERSION = 1;
/** The most partitions that another member is believed to have. */
const MOST_PARTITIONS = 100_000;

/** Which view a member keeps, beside its topic. */
export interface Keeping {
  /** Where the view stands: what begins all of its keys. */
  readonly prefix: string;
  /** The fingerprint of the model's definition. */
  readonly fingerprint: string;
}

/** The view that a member keeps. */
export interface KeptView extends Keeping {
  readonly topic: string;
  readonly partitions: number;
}

/** What a member had, and in which generation of the group it was given that; -1: in none. */
export interface Had {
  readonly owned: readonly Partition[];
  readonly generation: number;
}

/** A member's metadata, for the coordinator to hand on. */
export function subscriptionOf(view: KeptView, { owned, generation }: Had): Buffer {
  const { topic, partitions, prefix, fingerprint } = view;
  return encodeConsumerProtocolSubscription({
    version: SUBSCRIPTION_VERSION,
    topics: [topic],
    userData: Buffer.concat([
      Buffer.of(KEEPING_VERSION),
      Buffer.from(JSON.stringify([topic, partitions, prefix, fingerprint])),
    ]),
    ownedPartitions: [{ topic, partitions: [...owned] }],
    generationId: generation,
  });
}

/** The view that the metadata's member keeps; undefined where it doesn't say so in a form that is known here. */
export function keptViewOf(metadata: Buffer): KeptView | undefined {
  try {
    const { userData } = decodeConsumerProtocolSubscription(metadata);
    if (userData[0] !== KEEPING_VERSION) return undefined;
    const [topic, partitions, prefix, fingerprint] = JSON.parse(userData.toString('utf8', 1)) as unknown[];
    if (typeof topic !== 'string' || typeof prefix !== 'string' || typeof fingerprint !== 'string') return undefined;
    if (typeof partitions !== 'number' || !Number.isInteger(partitions)) return undefined;
    if (partitions < 1 || partitions > MOST_PARTITIONS) return undefined;
    return { topic, partitions, prefix, fingerprint };
  } catch {
    // Another program's bytes: it gets no partition.
    return undefined;
  }
}

/** Whether the metadata is of a member that reads this topic. */
export function isOfTopic(metadata: Buffer, topic: string): boolean {
  try {
    return decodeConsumerProtocolSubscription(metadata).topics.includes(topic);
  } catch {
    return false;
  }
}

/** A member as the coordinator tells of it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly metadata: Buffer;
}

/** Every member's share, as the coordinator hands it on: those that keep one view share all of its topic's partitions. */
export function sharesOf(members: readonly JoinedMember[]): { memberId: string; assignment: Buffer }[] {
  const byView = Map.groupBy(members, ({ metadata }) => JSON.stringify(keptViewOf(metadata)));
  return [...byView.values()].flatMap((alike) => {
    const view = keptViewOf(alike[0]!.metadata);
    if (view === undefined) return alike.map(({ memberId }) => ({ memberId, assignment: assignmentOf([]) }));
    const claimants = alike.map((member) => claimantOf(member, view.topic));
    return [...shareOut(claimants, view.partitions)].map(([memberId, partitions]) => ({
      memberId,
      assignment: assignmentOf([{ topic: view.topic, partitions: [...partitions] }]),
    }));
  });
}

function assignmentOf(assignedPartitions: { topic: string; partitions: number[] }[]): Buffer {
  return encodeConsumerProtocolAssignment({ version: SUBSCRIPTION_VERSION, assignedPartitions });
}

function claimantOf({ memberId, metadata }: JoinedMember, topic: string): Claimant {
  const { ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
  const owned = ownedPartitions.flatMap((each) => (each.topic === topic ? each.partitions : []));
  return { memberId, owned, generation: generationId };
}
