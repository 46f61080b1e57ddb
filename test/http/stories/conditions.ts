import { expect, test } from 'vitest';
import { entityOf, positionOf, problemOf } from '../client.ts';
import type { Stage } from '../suite.ts';

/** If-None-Match on reads; conditions on writes. */
export function conditionStories({ client, path, sample, mark }: Stage): void {
  test('If-None-Match answers 304 where the entity is still the same', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const address = `${path}/${entityOf(posted).id}`;
    const etag = posted.headers.get('etag') ?? '';
    const position = positionOf(posted);
    for (const tags of [etag, `W/${etag}`, `"0-x", ${etag}`, '*']) {
      const answer = await client().send(address, { headers: { 'if-none-match': tags, 'kmodel-position': position } });
      expect([tags, answer.status, answer.text]).toEqual([tags, 304, '']);
      expect(answer.headers.get('etag')).toBe(etag);
    }
    for (const tags of ['"0-x"', `"${etag.slice(1, -1)}0"`, '']) {
      const answer = await client().send(address, { headers: { 'if-none-match': tags, 'kmodel-position': position } });
      expect([tags, answer.status]).toEqual([tags, 200]);
    }
    const put = await client().send(address, { method: 'PUT', body: sample(2, mark()) });
    const changed = await client().send(address, {
      headers: { 'if-none-match': etag, 'kmodel-position': positionOf(put) },
    });
    expect(changed.status).toBe(200);
  });

  test('an ETag without its quotes is refused, not taken for another entity', async () => {
    const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
    const headers = { 'if-none-match': entityOf(posted).version, 'kmodel-position': positionOf(posted) };
    const answer = await client().send(`${path}/${entityOf(posted).id}`, { headers });
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
  });

  test.each(['if-match', 'if-none-match', 'if-unmodified-since', 'if-modified-since'])(
    '%s on a write is refused: to ignore it could lose an update',
    async (name) => {
      const posted = await client().send(path, { method: 'POST', body: sample(1, mark()) });
      const address = `${path}/${entityOf(posted).id}`;
      for (const method of ['PUT', 'DELETE']) {
        const answer = await client().send(address, {
          method,
          headers: { [name]: '"0-0"' },
          ...(method === 'PUT' ? { body: sample(2, mark()) } : {}),
        });
        expect([answer.status, problemOf(answer).code]).toEqual([400, 'HEADER_INVALID']);
      }
      const got = await client().send(address, { headers: { 'kmodel-position': positionOf(posted) } });
      expect(entityOf(got)).toEqual(entityOf(posted));
    },
  );
}
