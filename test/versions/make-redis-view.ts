/**
 * Makes what a version's view holds in Redis, as its own code writes it:
 *
 *     node test/versions/make-redis-view.ts <folder of a clone of that version> test/versions/<version>/redis-view.json
 *
 * It was run once for each version, with `npm install` done in the clone, and with a Redis of its own. Later programs must build
 * such a view anew.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@redis/client';
import type { openRedisView } from '../../src/view/redis/redis-view.ts';
import { Build, deletion, put, quarantined } from '../../src/view/view-under-test.conformance.ts';
import { startRedis } from '../services/redis.ts';
import { type HeldView, OPENED, VIEW_NAMES } from './redis-view.ts';

const [tree, file] = process.argv.slice(2);
if (tree === undefined || file === undefined) throw new Error('expected two arguments: a clone, and a file to make');

const ofClone = (await import(pathToFileURL(join(resolve(tree), 'src/view/redis/redis-view.ts')).href)) as {
  openRedisView: typeof openRedisView;
};
const redis = await startRedis();
const view = await ofClone.openRedisView({ ...OPENED, uri: redis.uri, ...VIEW_NAMES });
const build = await Build.live(view, 2);
const more = { terms: ['engineer', 'en'], filters: { tag: ['tea', 'x'] }, sorts: { pay: 7 } };
await build.apply([put('a', more), put('b', more), put('c')], { quarantined: [quarantined(3, 'bad')], nextOffset: 4 });
await build.apply([deletion('b')]);
await build.apply([put('1:d', { partition: 1, ...more })], { partition: 1 });
await view.close();

const client = createClient({ url: redis.uri, RESP: 2 });
await client.connect();
const held: HeldView = {};
for (const key of (await client.keys('*')).sort()) {
  const type = await client.type(key);
  if (type === 'hash') held[key] = { type, fields: { ...(await client.hGetAll(key)) } };
  else if (type === 'set') held[key] = { type, members: (await client.sMembers(key)).sort() };
  else if (type === 'zset')
    held[key] = {
      type,
      places: (await client.sendCommand(['ZRANGE', key, '0', '-1', 'WITHSCORES'])) as unknown as string[],
    };
  else throw new Error(`expected a hash or a set at ${key}, found a ${type}`);
}
client.destroy();
await redis.remove();
writeFileSync(file, `${JSON.stringify(held, undefined, 1)}\n`);
