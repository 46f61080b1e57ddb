import { expect, test } from 'vitest';
import { type Commands, removeDropped } from './dropping.ts';
import { droppedKey, partitionKeys, rootKey } from './layout.ts';

const NAMES = { prefix: 'app.x', model: 'note' };
const STEP = 500;

/** A server of keys, which counts its scans. */
class Server implements Commands {
  readonly keys = new Set<string>();
  readonly dropped = new Set<string>();
  scans = 0;

  async run(): Promise<unknown> {
    return ['current', '1', '3'];
  }

  async send([name, ...args]: readonly string[]): Promise<unknown> {
    if (name === 'SMEMBERS') return [...this.dropped];
    if (name === 'SREM') for (const each of args.slice(1)) this.dropped.delete(each);
    if (name === 'UNLINK') for (const key of args) this.keys.delete(key);
    if (name !== 'SCAN') return 1;
    this.scans += 1;
    // As Redis': what was there all the time is told, though others vanish meanwhile.
    this.#order ??= [...this.keys];
    const from = Number(args[0]);
    const to = from + STEP;
    const next = to >= this.#order.length ? '0' : String(to);
    return [next, this.#order.slice(from, to).filter((key) => key.startsWith('app.x:{note/') && this.keys.has(key))];
  }

  #order: string[] | undefined;
}

test('the keys of all dropped generations go in one pass, however many they are, and no other key', async () => {
  const server = new Server();
  const others = [rootKey(NAMES), droppedKey(NAMES), 'app.x:{note/0}', 'other:{note/0}:g1:e', 'app.x:{notes/0}:g1:e'];
  for (const key of others) server.keys.add(key);
  for (let partition = 0; partition < 10; partition += 1) {
    for (let n = 0; n < 100; n += 1) {
      server.keys.add(partitionKeys(NAMES, 'current', partition).filter('tag', `g1:${n}`));
      others.push(partitionKeys(NAMES, 'current', partition).filter('tag', `g1:${n}`));
    }
    for (let generation = 0; generation < 100; generation += 1) {
      const keys = partitionKeys(NAMES, `g${generation}`, partition);
      for (const key of [keys.entities, keys.sort('createdAt'), keys.term('current')]) server.keys.add(key);
    }
  }
  for (let generation = 0; generation < 100; generation += 1) server.dropped.add(`g${generation}`);
  // A root that was begun meanwhile: its generation is not dropped, whatever the list says.
  server.dropped.add('current');
  const all = server.keys.size;
  await removeDropped(server, NAMES, new AbortController().signal);
  expect([...server.keys].sort()).toEqual(others.toSorted());
  expect([...server.dropped]).toEqual(['current']);
  expect(server.scans).toBe(Math.ceil(all / STEP));
});
