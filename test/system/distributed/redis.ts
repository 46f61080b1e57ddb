/** What a story's prefix holds in Redis, asked straight. */
import { createClient } from '@redis/client';
import type { Model } from '../../../src/model/model.ts';
import { partitionKey, rootKey, type ViewNames } from '../../../src/view/redis/layout.ts';

export interface StoryRedis {
  readonly names: ViewNames;
  command(...args: readonly string[]): Promise<unknown>;
  /** Many commands at once; replies in their order. */
  commands(all: readonly (readonly string[])[]): Promise<unknown[]>;
  /** All keys that begin with the prefix. */
  keys(): Promise<string[]>;
  /** The live generation and its log; undefined where there is none. */
  root(): Promise<{ readonly generation: string; readonly logId: string } | undefined>;
  /** Each partition's checkpoint and live mark. */
  checkpoints(): Promise<
    ReadonlyMap<number, { readonly checkpoint: number; readonly live: boolean; readonly epoch: number }>
  >;
  /** Deletes all keys with the prefix. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const AT_ONCE = 500;

/** Connects; again by itself, after the server was away. */
export async function storyRedis(uri: string, prefix: string, model: Model): Promise<StoryRedis> {
  const client = createClient({ url: uri, RESP: 2, socket: { reconnectStrategy: 100 } });
  // A server that a story stops is no error of the story.
  client.on('error', () => undefined);
  await client.connect();
  const names = { prefix, model: model.name };
  const command: StoryRedis['command'] = async (...args) => await client.sendCommand([...args]);
  const commands: StoryRedis['commands'] = async (all) => {
    const replies: unknown[] = [];
    for (let from = 0; from < all.length; from += AT_ONCE) {
      replies.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map((args) => command(...args)))));
    }
    return replies;
  };
  const keys = async (): Promise<string[]> => {
    const found = new Set<string>();
    let cursor = '0';
    do {
      const [next, some] = (await command('SCAN', cursor, 'MATCH', `${prefix}:*`, 'COUNT', '5000')) as [
        string,
        string[],
      ];
      for (const key of some) found.add(key);
      cursor = next;
    } while (cursor !== '0');
    return [...found];
  };
  return {
    names,
    command,
    commands,
    keys,
    async root() {
      const [generation, logId] = (await command('HMGET', rootKey(names), 'generation', 'logId')) as (string | null)[];
      return typeof generation === 'string' && typeof logId === 'string' ? { generation, logId } : undefined;
    },
    async checkpoints() {
      const asked = Array.from({ length: model.partitions }, (_, at) => [
        'HMGET',
        partitionKey(names, at),
        'checkpoint',
        'live',
        'epoch',
      ]);
      const replies = (await commands(asked)) as (string | null)[][];
      return new Map(
        replies.flatMap(([checkpoint, live, epoch], at) =>
          typeof checkpoint === 'string'
            ? [[at, { checkpoint: Number(checkpoint), live: live === '1', epoch: Number(epoch) }] as const]
            : [],
        ),
      );
    },
    async clear() {
      const all = await keys();
      for (let from = 0; from < all.length; from += AT_ONCE)
        await command('UNLINK', ...all.slice(from, from + AT_ONCE));
    },
    close: async () => {
      client.destroy();
      return await Promise.resolve();
    },
  };
}
