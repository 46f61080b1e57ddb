/** A Redis of one node that a test may stop, kill and start again. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import { redisFromApt } from './debian.ts';
import { lookAround, redisVersion } from './machine.ts';
import { redisFromMaven } from './maven.ts';
import { noRedis, redisWays, type RedisVersion, type RedisWay } from './order.ts';
import { freePorts } from './ports.ts';
import { containerProgram, localProgram, pullImage, temporaryFolder, type Program } from './program.ts';
import { lifecycle, startedOnFreePorts, type Lifecycle } from './server.ts';
import { firstThatWorks } from './ways.ts';

export interface RedisServer extends Lifecycle {
  /** `redis://127.0.0.1:port`; the same after every start. */
  readonly uri: string;
  /** Such as `7.0.15`. */
  readonly version: string;
}

export interface RedisOptions {
  /** 7 takes every later one; without it, any that kmodel works with. */
  readonly version?: RedisVersion;
  /** Arguments of the server, such as `['--maxmemory', '4mb']`, before those below. */
  readonly settings?: readonly string[];
  /** Any free one by default. */
  readonly port?: number;
}

/** What was written is there after a restart, also after a SIGKILL: answers wait for the write to the file. */
const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];

/** What a way gives: a program for a port and arguments. */
interface Installation {
  readonly version: string;
  program(port: number, args: readonly string[]): Program;
}

const installations = new Map<RedisVersion | undefined, Promise<Installation>>();

/**
 * Finds the best way to a Redis of one's own and downloads what it needs, once. Rejects with `NothingFound` when there is
 * none.
 */
export async function installRedis(version: RedisVersion | undefined): Promise<Installation> {
  const known = installations.get(version);
  if (known !== undefined) return await known;
  const installing = (async () => {
    const found = await lookAround(undefined);
    return await firstThatWorks(redisWays(found, version, true), install, (failures) =>
      noRedis(version, found, failures),
    );
  })();
  installations.set(version, installing);
  return await installing;
}

async function install(way: RedisWay): Promise<Installation> {
  if (way.kind === 'given') throw new Error('a given server is never started');
  if (way.kind === 'path') return await onMachine({ command: way.path, env: {} });
  if (way.kind === 'maven') return await onMachine({ command: await redisFromMaven(way.binary), env: {} });
  if (way.kind === 'apt') return await onMachine(await redisFromApt());
  const image = `redis:${way.version}`;
  await pullImage(image);
  return { version: way.version, program: (port, args) => inContainer(image, port, args) };
}

interface Binary {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

async function onMachine({ command, env }: Binary): Promise<Installation> {
  // Asking for the version also shows whether the program runs here at all.
  const version = await redisVersion(command, env);
  return {
    version,
    program(port, args) {
      const folder = temporaryFolder('redis');
      const all = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args];
      return localProgram({ command, args: all, env, folder });
    },
  };
}

function inContainer(image: string, port: number, args: readonly string[]): Program {
  const open = ['--bind', '0.0.0.0', '--protected-mode', 'no'];
  return containerProgram({
    name: `kmodel-redis-${randomUUID()}`,
    image,
    port,
    args: ['redis-server', '--port', String(port), ...open, ...args],
  });
}

/** Starts a Redis that nobody else uses; resolves when it answers. Rejects with what to install when there is no way. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const installation = await installRedis(options.version);
  return await startedOnFreePorts(async () => {
    const port = options.port ?? (await freePorts(1))[0]!;
    const program = installation.program(port, [...SETTINGS, ...(options.settings ?? [])]);
    const uri = `redis://127.0.0.1:${port}`;
    const { version } = installation;
    return { uri, version, ...lifecycle(`Redis ${version}`, program, async () => await answersPing(uri)) };
  });
}

/** Whether a Redis answers there, and is done with loading. */
export async function answersPing(uri: string): Promise<boolean> {
  // No way to connect again by itself: the answer is about now. A password in the address is used.
  const client = createClient({ url: uri, socket: { reconnectStrategy: false, connectTimeout: PING_WITHIN_MS } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    if (client.isOpen) client.destroy();
  }
}

const PING_WITHIN_MS = 2000;
