/** Whether workers of an older version keep a topic's view, as the coordinator of the group that they knew tells. */
import { type Connection, describeGroupsV5, findCoordinatorV4, FindCoordinatorKeyTypes } from '@platformatic/kafka';
import type { Brokers } from './connection.ts';
import { codesOf, reasonOf } from './failure.ts';
import { isOfTopic, PROTOCOL } from './subscription.ts';

/** This process may not look at the group. */
const GROUP_AUTHORIZATION_FAILED = 30;
/** In any other state a group doesn't say what its members read. */
const STABLE = 'Stable';

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
    if (ours.some(({ groupState }) => groupState !== STABLE)) return 'joining';
    return ours
      .filter(({ protocolData }) => protocolData === PROTOCOL)
      .flatMap(({ members }) => members.filter(({ memberMetadata }) => isOfTopic(memberMetadata, topic)))
      .map(({ clientId, clientHost }) => `${clientId} (${clientHost.replace(/^\//, '')})`);
  } catch (error) {
    if (codesOf(error).includes(GROUP_AUTHORIZATION_FAILED)) return [];
    throw new Error(`the members of group ${group} can not be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** A connection to the broker that coordinates the group. */
async function coordinatorOf(brokers: Brokers, group: string): Promise<Connection> {
  const { coordinators } = await brokers.ask((connection) =>
    findCoordinatorV4.api.async(connection, FindCoordinatorKeyTypes.GROUP, [group]),
  );
  const nodeId = coordinators[0]?.nodeId ?? -1;
  // Asked so that the addresses of all brokers are known.
  await brokers.count();
  return await brokers.to(nodeId, 'requests');
}
