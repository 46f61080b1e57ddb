/** The roles `client` and `worker` as processes, run as a user would and killed as the world would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WireModelHealth, WireReadiness, WireStatus } from '../../../src/http/wire.ts';
import { drop, keep } from '../../services/keeper.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const LISTENING = /^kmodel \S+ (?:client|worker) listening on (http:\/\/\S+)$/m;
/** Compiled code is kept between processes: half of what a start costs. */
const COMPILED = join(tmpdir(), 'kmodel-compiled');
const START_WITHIN_MS = 60_000;
const READY_WITHIN_MS = 60_000;
const TERM_WITHIN_MS = 10_000;

export type Role = 'client' | 'worker';

export interface RoleProcess {
  readonly role: Role;
  readonly url: string;
  readonly process: ChildProcess;
  /** When it was started, until it listened: milliseconds. */
  readonly startMs: number;
  /** Waits until GET /health/ready answers 200. */
  ready(withinMs?: number): Promise<void>;
  /** What GET /health/ready says of the story's model, ready or not. */
  health(): Promise<WireModelHealth>;
  /** GET /status. */
  status(): Promise<WireStatus>;
  /** Ends it by the signal (default SIGKILL) and waits until it is gone; answers its exit code. Works on a paused one. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** SIGSTOP: it is alive and does nothing. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Whether it has not ended. */
  alive(): boolean;
  /** What it wrote to stderr: its log. */
  errors(): string;
}

/** Starts a role; resolves when it listens. Rejects with its log where it ends or doesn't listen in time. */
export async function startRole(role: Role, env: Readonly<Record<string, string>>): Promise<RoleProcess> {
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, role], {
    detached: true,
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kept = { kind: 'process', pid: child.pid! } as const;
  keep(kept);
  child.once('exit', () => drop(kept));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const url = await listening(child, role, () => errors);
  return {
    ...control(child),
    role,
    url,
    process: child,
    startMs: performance.now() - began,
    errors: () => errors,
    ...asked(url, role, () => errors),
  };
}

async function listening(child: ChildProcess, role: Role, errors: () => string): Promise<string> {
  return await new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the ${role} does not listen in time: ${printed}${errors()}`));
    }, START_WITHIN_MS);
    const settle = (decide: () => void): void => {
      clearTimeout(timer);
      decide();
    };
    child.stdout!.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const match = LISTENING.exec(printed);
      if (match !== null) settle(() => resolve(match[1]!));
    });
    child.once('exit', (code, signal) =>
      settle(() => reject(new Error(`the ${role} ended with ${code ?? signal}: ${printed}${errors()}`))),
    );
  });
}

function control(child: ChildProcess): Pick<RoleProcess, 'kill' | 'pause' | 'resume' | 'alive'> {
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    alive,
    async kill(signal = 'SIGKILL') {
      if (!alive()) return child.exitCode;
      const gone = once(child, 'exit');
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), TERM_WITHIN_MS);
      await gone;
      clearTimeout(timer);
      return child.exitCode;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

function asked(url: string, role: Role, errors: () => string): Pick<RoleProcess, 'ready' | 'health' | 'status'> {
  const readiness = async (): Promise<Response> => await fetch(`${url}/health/ready`);
  return {
    async ready(withinMs = READY_WITHIN_MS) {
      const deadline = Date.now() + withinMs;
      for (;;) {
        const answer = await readiness();
        const body = await answer.text();
        if (answer.status === 200) return;
        if (Date.now() > deadline)
          throw new Error(`the ${role} is not ready in time: ${body}\n${errors().slice(-3000)}`);
        await sleep(20);
      }
    },
    async health() {
      const { models } = (await (await readiness()).json()) as WireReadiness;
      return Object.values(models)[0]!;
    },
    status: async () => (await (await fetch(`${url}/status`)).json()) as WireStatus,
  };
}
