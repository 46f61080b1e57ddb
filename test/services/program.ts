/** A server's process, or its container: launched, ended by a signal, launched again with what it stored. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drop, keep } from './keeper.ts';
import { run } from './run.ts';

export type EndSignal = 'SIGTERM' | 'SIGKILL';

export interface Program {
  launch(): Promise<void>;
  running(): Promise<boolean>;
  /** Resolves when it is gone. One that a SIGTERM doesn't end in 30 s is killed. */
  end(signal: EndSignal): Promise<void>;
  /** Stopped, but not ended: its connections stay open, and nobody answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Removes what it stored; it isn't running. */
  remove(): Promise<void>;
  /** Everything it printed since it was last launched. */
  printed(): Promise<string>;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its own folder, removed with it; its output goes to `out.txt` in there. */
  readonly folder: string;
}

/** A new folder for what a server stores. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `kmodel-${name}-`));
}

const TERM_WITHIN_MS = 30_000;

/** A process of this machine, in a group of its own, so that a Ctrl-C at the terminal reaches us alone. */
export function localProgram({ command, args, env, folder }: Command): Program {
  keep({ kind: 'folder', path: folder });
  const output = join(folder, 'out.txt');
  let child: ChildProcess | undefined;
  const alive = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;
  const signalTo = (signal: 'SIGSTOP' | 'SIGCONT'): void => void (alive() && child!.kill(signal));
  return {
    async launch() {
      const file = openSync(output, 'w');
      const started = spawn(command, [...args], {
        detached: true,
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ['ignore', file, file],
      });
      closeSync(file);
      child = started;
      await once(started, 'spawn');
      const kept = { kind: 'process', pid: started.pid! } as const;
      keep(kept);
      started.once('exit', () => drop(kept));
      // A test that forgot to stop its server must still be able to end.
      started.unref();
    },
    running: () => Promise.resolve(alive()),
    async end(signal) {
      if (!alive()) return;
      const gone = once(child!, 'exit');
      child!.ref();
      child!.kill(signal);
      const timer = setTimeout(() => child!.kill('SIGKILL'), TERM_WITHIN_MS);
      await gone;
      clearTimeout(timer);
    },
    pause: async () => signalTo('SIGSTOP'),
    resume: async () => signalTo('SIGCONT'),
    remove() {
      rmSync(folder, { recursive: true, force: true });
      drop({ kind: 'folder', path: folder });
      return Promise.resolve();
    },
    printed: () => Promise.resolve(existsSync(output) ? readFileSync(output, 'utf8') : ''),
  };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  /** Listened on inside under the same number, so that the address a server tells its clients is right. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

const PULL_WITHIN_MS = 600_000;

/** Brings the image onto this machine; rejects when no engine answers. */
export async function pullImage(image: string): Promise<void> {
  const there = await run('docker', ['images', '--quiet', image]);
  if (there.trim() !== '') return;
  process.stderr.write(`kmodel: pulling the image ${image}, once\n`);
  await run('docker', ['pull', '--quiet', image], { withinMs: PULL_WITHIN_MS });
}

/** The arguments that make the container, without starting it. */
export function createArguments({ name, image, port, env = {}, args = [] }: Container): readonly string[] {
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
  return ['create', '--name', name, '--publish', `127.0.0.1:${port}:${port}`, ...variables, image, ...args];
}

/** A container by the Docker command line: its volume lasts from `launch` to `launch`, until `remove`. */
export function containerProgram(container: Container): Program {
  const { name } = container;
  let made = false;
  const running = async (): Promise<boolean> =>
    made && (await run('docker', ['inspect', '--format', '{{.State.Running}}', name])).trim() === 'true';
  return {
    async launch() {
      if (!made) {
        keep({ kind: 'container', name });
        await run('docker', createArguments(container));
        made = true;
      }
      await run('docker', ['start', name]);
    },
    running,
    async end(signal) {
      if (!(await running())) return;
      await run('docker', ['kill', '--signal', signal, name]);
      const deadline = Date.now() + TERM_WITHIN_MS;
      while (Date.now() < deadline && (await running())) await sleep(100);
      if (await running()) await run('docker', ['kill', name]);
    },
    pause: async () => void (await run('docker', ['pause', name])),
    resume: async () => void (await run('docker', ['unpause', name])),
    async remove() {
      if (made) await run('docker', ['rm', '--force', '--volumes', name]);
      made = false;
      drop({ kind: 'container', name });
    },
    printed: async () => (made ? await run('sh', ['-c', 'docker logs "$1" 2>&1', 'sh', name]) : ''),
  };
}
