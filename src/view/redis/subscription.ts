/** The view's notices: a connection of their own, since a subscribed one takes no other commands. */
import { KmodelError } from '../../errors.ts';
import type { Alarm } from './alarm.ts';
import { readNotice } from './bookkeeping.ts';
import { type Client, reasonOf } from './client.ts';
import type { Limits } from './limits.ts';
import { Link } from './link.ts';

export interface Subscription {
  close(): void;
}

export interface SubscriptionOptions {
  readonly uri: string;
  readonly channel: string;
  readonly limits: Limits;
  readonly alarm: Alarm;
  /** Hears each notice. */
  readonly tell: (partition: number, checkpoint: number) => void;
  /** Called each time the connection is back: notices sent meanwhile are lost. */
  readonly missed: () => void;
}

function ping(client: Client): Promise<unknown> {
  return client.sendCommand(['PING']);
}

/** Subscribes to a channel. Throws KmodelError REDIS_UNREACHABLE. */
export async function subscribe(options: SubscriptionOptions): Promise<Subscription> {
  const { uri, channel, limits, alarm, tell, missed } = options;
  const hear = (text: string): void => {
    const notice = readNotice(text);
    if (notice !== undefined) tell(notice.partition, notice.checkpoint);
  };
  const prepare = async (client: Client): Promise<void> => {
    await client.subscribe(channel, hear).catch((error: unknown) => {
      throw new KmodelError('REDIS_UNREACHABLE', `Redis does not let us subscribe to ${channel}: ${reasonOf(error)}`);
    });
  };
  // There is another connection to the same server, which warns already.
  const link = await Link.open({ uri, limits, prepare, check: ping, warn: () => undefined, onAgain: missed });
  alarm.join({ leave: (reason) => link.leave(reason), prove: () => link.prove() });
  return { close: () => link.close() };
}
