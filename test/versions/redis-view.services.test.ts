/** A view that an earlier version left in Redis is built anew: nothing of it is served, and nothing of it stays. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisUnderTest } from '../../src/view/redis/redis-view-under-test.conformance.ts';
import { Build, IDENTITY, ids, INDEXES, listing, put } from '../../src/view/view-under-test.conformance.ts';
import { sharedRedis } from '../services/shared.ts';
import { type HeldView, VIEW_NAMES } from './redis-view.ts';

let redis: RedisUnderTest;
beforeAll(async () => {
  redis = await RedisUnderTest.at(sharedRedis());
});
afterAll(async () => redis.cleanup());

/** Writes what was held under the prefix of this test. */
async function restore(held: HeldView): Promise<void> {
  for (const [name, value] of Object.entries(held)) {
    const key = name.replace(VIEW_NAMES.prefix, () => redis.prefix);
    if (value.type === 'hash') await redis.client.hSet(key, { ...value.fields });
    else if (value.type === 'set') await redis.client.sAdd(key, [...value.members]);
    else await redis.client.sendCommand(['ZADD', key, ...[...value.places].reverse()]);
  }
}

describe.each(['0.1.0'])('a view of version %s', (version) => {
  test('is none: it is begun anew, and what was there is removed', async () => {
    const held = JSON.parse(readFileSync(new URL(`${version}/redis-view.json`, import.meta.url), 'utf8')) as HeldView;
    await restore(held);
    const root = held[`${VIEW_NAMES.prefix}:${VIEW_NAMES.model}`];
    const generation = (root?.type === 'hash' ? root.fields['generation'] : undefined) ?? '';
    expect((await redis.keys(`:${generation}:`)).length).toBeGreaterThan(10);
    const view = await redis.open(VIEW_NAMES.model, INDEXES);
    expect(await view.get('a')).toEqual({ kind: 'not-ready' });
    expect(await view.list(listing())).toEqual({ kind: 'not-ready' });
    expect(await view.claim(0)).toEqual({ kind: 'gone' });
    expect((await view.describe()).generation).toBeUndefined();
    await view.keepSeen(generation, new Map([[0, 1]]), 'me');

    expect(await view.begin(IDENTITY, undefined)).not.toBe(generation);
    const build = await Build.live(view, 2);
    await build.apply([put('new')]);
    expect(await ids(view)).toEqual(['new']);
    expect((await view.quarantine(undefined, 10)).records).toEqual([]);
    await expect.poll(() => redis.keys(`:${generation}:`), { timeout: 30_000 }).toEqual([]);
  });
});
