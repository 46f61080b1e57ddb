/** Whether a server can hold a view. Pure, but for the asking. */
import { KmodelError } from '../../errors.ts';

type Send = (command: readonly string[]) => Promise<unknown>;

/** What a server says of itself. */
export interface ServerReport {
  readonly version: string;
  readonly isCluster: boolean;
  /** Undefined where it tells nobody. */
  readonly policy: string | undefined;
}

/** Asks a server. Rejects where it can't be asked. */
export async function askServer(send: Send): Promise<ServerReport> {
  const lines = infoLines(String(await send(['INFO', 'server'])) + String(await send(['INFO', 'cluster'])));
  return {
    version: lines.get('redis_version') ?? '0',
    isCluster: lines.get('cluster_enabled') === '1',
    policy: await askPolicy(send),
  };
}

/** What the server does where memory is used up. Managed services forbid CONFIG; INFO says the same. */
export async function askPolicy(send: Send): Promise<string | undefined> {
  try {
    const reply = (await send(['CONFIG', 'GET', 'maxmemory-policy'])) as string[];
    if (reply[1] !== undefined) return reply[1];
  } catch {
    // Asked below.
  }
  return infoLines(String(await send(['INFO', 'memory']))).get('maxmemory_policy');
}

/**
 * Throws KmodelError REDIS_UNFIT where the server is a replica: what it shows is older than what was applied by an unknown time,
 * and nothing can be written there.
 */
export async function checkRole(send: Send): Promise<void> {
  const problem = replicaProblem(String(await send(['INFO', 'replication'])));
  if (problem !== undefined) throw new KmodelError('REDIS_UNFIT', problem);
}

/** Why the server is not to be used, by what `INFO replication` says; undefined: it is a master. */
export function replicaProblem(info: string): string | undefined {
  const lines = infoLines(info);
  if (lines.get('role') !== 'slave') return undefined;
  const master = `${lines.get('master_host')}:${lines.get('master_port')}`;
  return `it is a replica (of ${master}), and a view is kept and read at the master: let :redis lead there`;
}

/** Why the server can't hold a view, in one line; undefined: it can. */
export function unfitness({ version, isCluster, policy }: ServerReport): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) return `it is version ${version}; 6.2 or newer is needed`;
  if (isCluster) return 'it runs in cluster mode, which is not supported yet: use a single server';
  return evictionProblem(policy);
}

/** A server that evicts keys silently loses entities. */
export function evictionProblem(policy: string | undefined): string | undefined {
  if (policy === undefined || policy === 'noeviction') return undefined;
  return (
    `its maxmemory-policy is ${policy}, by which it loses keys when memory is used up: run ` +
    `redis-cli CONFIG SET maxmemory-policy noeviction (and write maxmemory-policy noeviction into redis.conf)`
  );
}

/** Throws KmodelError REDIS_UNFIT where the server can't hold a view. */
export async function checkServer(send: Send): Promise<void> {
  const problem = unfitness(await askServer(send));
  if (problem !== undefined) throw new KmodelError('REDIS_UNFIT', `this Redis can not hold a view: ${problem}`);
}

function infoLines(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').map((line) => line.split(':') as [string, string?]);
  return new Map(lines.map(([name, value = '']) => [name, value]));
}
