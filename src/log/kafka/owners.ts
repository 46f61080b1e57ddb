/** Who keeps which partition, and who is a member of an older group, as the groups' coordinators tell. */
import {
  type Connection,
  decodeConsumerProtocolAssignment,
  describeGroupsV5,
  findCoordinatorV4,
  FindCoordinatorKeyTypes,
} from '@platformatic/kafka';
import type { Partition } from '../log.ts';
import type { Brokers } from './connection.ts';
import { codesOf, reasonOf } from './failure.ts';
import { isOfTopic, PROTOCOL } from './subscription.ts';

/** The coordinator is loading, unknown yet, or has moved: there is nobody to name for the moment. */
const PASSING: readonly number[] = [14, 15, 16];

/** The members of the group by the partitions of `topic` they are assigned. A name is the client's id and its address. */
export async function readOwners(
  brokers: Brokers,
  topic: string,
  group: string,
): Promise<ReadonlyMap<Partition, string>> {
  try {
    const connection = await coordinatorOf(brokers, group);
    const { groups } = await describeGroupsV5.api.async(connection, [group], false);
    const members = groups.flatMap((each) => (each.protocolType === 'consumer' ? each.members : []));
    return new Map(
      members.flatMap(({ clientId, clientHost, memberAssignment }) => {
        const name = nameOf(clientId, clientHost);
        return assigned(memberAssignment, topic).map((partition) => [partition, name] as const);
      }),
    );
  } catch (error) {
    if (codesOf(error).some((code) => PASSING.includes(code))) return new Map();
    throw new Error(`the owners of group ${group} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** This process may not look at the group. */
const GROUP_AUTHORIZATION_FAILED = 30;
/** A group whose members are joining doesn't say what they read. */
const SETTLED: readonly string[] = ['Stable', 'CompletingRebalance'];

/** `joining`: members are there, and what they read can't be told yet. */
export type OlderMembers = readonly string[] | 'joining';

/**
 * The names of the workers of kmodel in this group that read `topic`. Rejects where the group can't be asked; one that this
 * process has no right to look at has none.
 */
export async function findWorkers(brokers: Brokers, topic: string, group: string): Promise<OlderMembers> {
  try {
    const connection = await coordinatorOf(brokers, group);
    const { groups } = await describeGroupsV5.api.async(connection, [group], false);
    const ours = groups.filter(({ protocolType, members }) => protocolType === 'consumer' && members.length > 0);
    if (ours.some(({ groupState }) => !SETTLED.includes(groupState))) return 'joining';
    return ours
      .filter(({ protocolData }) => protocolData === PROTOCOL)
      .flatMap(({ members }) => members.filter(({ memberMetadata }) => isOfTopic(memberMetadata, topic)))
      .map(({ clientId, clientHost }) => nameOf(clientId, clientHost));
  } catch (error) {
    if (codesOf(error).includes(GROUP_AUTHORIZATION_FAILED)) return [];
    throw new Error(`the members of group ${group} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

function nameOf(clientId: string, clientHost: string): string {
  return `${clientId} (${clientHost.replace(/^\//, '')})`;
}

/** A connection to the broker that coordinates the group. */
export async function coordinatorOf(brokers: Brokers, group: string): Promise<Connection> {
  const { coordinators } = await brokers.ask((connection) =>
    findCoordinatorV4.api.async(connection, FindCoordinatorKeyTypes.GROUP, [group]),
  );
  const nodeId = coordinators[0]?.nodeId ?? -1;
  // Asked so that the addresses of all brokers are known.
  await brokers.count();
  return await brokers.to(nodeId, 'requests');
}

function assigned(assignment: Buffer, topic: string): readonly Partition[] {
  const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment);
  return assignedPartitions.flatMap((each) => (each.topic === topic ? each.partitions : []));
}
