/** What the tests of the Redis view share: views under a prefix of their own, and what stands under it. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { type IndexNames, partitionByName } from '../view-under-test.conformance.ts';
import type { View } from '../view.ts';
import { openRedisView, type RedisViewOptions } from './redis-view.ts';

/** A plain client of the server. */
export type PlainClient = Awaited<ReturnType<typeof plainClient>>;

export async function plainClient(uri: string) {
  const client = createClient({ url: uri, RESP: 2 });
  // Servers are killed and stopped in these tests.
  client.on('error', () => undefined);
  return client.connect();
}

/** Views under one random prefix of one server. */
export class RedisUnderTest {
  readonly uri: string;
  readonly prefix = `test-[*?]-${randomUUID()}`;
  readonly client: PlainClient;
  readonly warnings: string[] = [];
  readonly #opened: View[] = [];
  #models = 0;

  private constructor(uri: string, client: PlainClient) {
    this.uri = uri;
    this.client = client;
  }

  static async at(uri: string): Promise<RedisUnderTest> {
    return new RedisUnderTest(uri, await plainClient(uri));
  }

  /** The name of a model that no other test has. */
  newModel(): string {
    this.#models += 1;
    return `m${this.#models}`;
  }

  async open(model: string, indexes: IndexNames, more: Partial<RedisViewOptions> = {}): Promise<View> {
    const view = await openRedisView({
      uri: this.uri,
      prefix: this.prefix,
      model,
      ...indexes,
      search: true,
      partitionOf: partitionByName,
      warn: (line) => this.warnings.push(line),
      ...more,
    });
    this.#opened.push(view);
    return view;
  }

  /** The keys that hold the given text. */
  async keys(holding: string): Promise<string[]> {
    const found = new Set<string>();
    const pattern = `${this.prefix}:*${holding}`.replaceAll(/[[\]?]/g, '\\$&');
    for await (const keys of this.client.scanIterator({ MATCH: `${pattern}*`, COUNT: 5000 })) {
      for (const key of keys) if (key.startsWith(this.prefix) && key.includes(holding)) found.add(key);
    }
    return [...found].sort();
  }

  async closeViews(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((view) => view.close()));
  }

  /** Closes all views and removes all keys. */
  async cleanup(): Promise<void> {
    await this.closeViews();
    for (const key of await this.keys('')) await this.client.unlink(key);
    this.client.destroy();
  }
}

/** Whatever stands under the keys of a model, without the names of generations and the counts of attempts. */
export async function contentsOf({ client, keys }: Pick<RedisUnderTest, 'client'> & { keys: readonly string[] }) {
  const contents: Record<string, unknown> = {};
  for (const key of keys) {
    const name = key.replace(/(\}:)[^:]+:/, '$1').replace(/^.*?\{[^/]*/, '');
    const type = await client.type(key);
    if (type === 'zset') contents[name] = await client.zRangeWithScores(key, 0, -1);
    if (type === 'set') contents[name] = (await client.sMembers(key)).sort();
    if (type === 'hash') contents[name] = sortedFields(await client.hGetAll(key));
  }
  return contents;
}

function sortedFields(fields: Readonly<Record<string, string>>): [string, string][] {
  const counted = new Set(['generation', 'epoch', 'checkpoint']);
  return Object.entries(fields)
    .filter(([name]) => !counted.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
