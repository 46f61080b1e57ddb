import { describe, expect, test } from 'vitest';
import { makePolicyWatch } from './policy-watch.ts';
import { askServer, checkServer, replicaProblem, unfitness } from './server-check.ts';

const FIT = { version: '7.0.15', isCluster: false, policy: 'noeviction' };

/** A server that answers INFO, and CONFIG only where `config` is given. */
function server(info: string, config?: string) {
  return async ([command]: readonly (string | Buffer)[]): Promise<unknown> => {
    if (command === 'INFO') return info;
    if (config === undefined) throw new Error('NOPERM this user has no permissions to run the config command');
    return ['maxmemory-policy', config];
  };
}

describe('whether a server can hold a view', () => {
  test.each([
    ['6.2.0', undefined],
    ['7.4.1', undefined],
    ['8.0.0', undefined],
    ['6.0.16', 'version 6.0.16'],
    ['5.0.0', 'version 5.0.0'],
  ])('version %s', (version, problem) => {
    if (problem === undefined) expect(unfitness({ ...FIT, version })).toBeUndefined();
    else expect(unfitness({ ...FIT, version })).toContain(problem);
  });

  test('not one in cluster mode, nor one that evicts keys: with the command that mends it', () => {
    expect(unfitness({ ...FIT, isCluster: true })).toContain('cluster mode');
    expect(unfitness({ ...FIT, policy: 'volatile-lru' })).toContain('redis-cli CONFIG SET maxmemory-policy noeviction');
    expect(unfitness({ ...FIT, policy: undefined })).toBeUndefined();
  });

  test('where CONFIG is forbidden, INFO says it', async () => {
    const info = 'redis_version:7.0.1\r\ncluster_enabled:0\r\nmaxmemory_policy:allkeys-random\r\n';
    expect(await askServer(server(info))).toEqual({ version: '7.0.1', isCluster: false, policy: 'allkeys-random' });
    await expect(checkServer(server(info))).rejects.toMatchObject({ code: 'REDIS_UNFIT' });
    await checkServer(server(info, 'noeviction'));
  });
});

test('a replica is told from a master, with the way to it', () => {
  expect(replicaProblem('# Replication\r\nrole:master\r\nconnected_slaves:0\r\n')).toBeUndefined();
  const replica = '# Replication\r\nrole:slave\r\nmaster_host:10.0.0.2\r\nmaster_port:6380\r\n';
  expect(replicaProblem(replica)).toContain('it is a replica (of 10.0.0.2:6380)');
});

test('a server that was demoted is found by the next look, as long as it is a replica', async () => {
  let role = 'master';
  let now = 0;
  const answer = ([command]: readonly string[]) => (command === 'INFO' ? `role:${role}\r\n` : ['', 'noeviction']);
  const commands = { send: async (command: readonly string[]) => answer(command), run: async () => null };
  const told: Error[] = [];
  const watch = makePolicyWatch({ lookMs: 10_000, demoted: (problem) => void told.push(problem), now: () => now });
  await watch.check(commands);
  role = 'slave';
  await watch.check(commands);
  now = 10_001;
  await expect(watch.check(commands)).rejects.toMatchObject({ code: 'VIEW_UNAVAILABLE' });
  await expect(watch.check(commands)).rejects.toThrow('a replica');
  role = 'master';
  await watch.check(commands);
  expect(told).toHaveLength(2);
});

test('the policy is asked again after ten seconds, at once after a reconnect, and as long as it is a bad one', async () => {
  let policy = 'noeviction';
  let now = 0;
  const commands = { send: async () => ['maxmemory-policy', policy], run: async () => null };
  const watch = makePolicyWatch({ lookMs: 10_000, demoted: () => undefined, now: () => now });
  await watch.check(commands);
  policy = 'allkeys-lru';
  now = 9_999;
  await watch.check(commands);
  now = 10_001;
  await expect(watch.check(commands)).rejects.toThrow('maxmemory-policy is allkeys-lru');
  policy = 'noeviction';
  await watch.check(commands);
  policy = 'allkeys-lru';
  watch.forget();
  await expect(watch.check(commands)).rejects.toThrow('allkeys-lru');
});
