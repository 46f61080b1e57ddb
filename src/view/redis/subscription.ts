/** The view's notices: a connection of their own, since a subscribed one takes no other commands. */
import { KmodelError } from '../../errors.ts';
import { readNotice } from './bookkeeping.ts';
import { connect, reasonOf } from './connection.ts';

export interface Subscription {
  close(): void;
}

/**
 * Subscribes to a channel; `tell` hears each notice. Notices sent while the connection was lost are lost: `missed` is
 * called each time it is back. Throws KmodelError REDIS_UNREACHABLE.
 */
export async function subscribe(
  uri: string,
  channel: string,
  tell: (partition: number, checkpoint: number) => void,
  missed: () => void,
): Promise<Subscription> {
  // Whoever opens a view has another connection to the same server, which warns already.
  const client = await connect(uri, () => undefined, missed);
  try {
    await client.subscribe(channel, (text) => {
      const notice = readNotice(text);
      if (notice !== undefined) tell(notice.partition, notice.checkpoint);
    });
  } catch (error) {
    client.destroy();
    throw new KmodelError('REDIS_UNREACHABLE', `Redis does not let us subscribe to ${channel}: ${reasonOf(error)}`);
  }
  return { close: () => client.destroy() };
}
