/** The roles `client` and `worker` as processes of the compiled program. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { drop, keep } from '../../test/services/keeper.ts';
import { programOf, type Tree } from '../tree.ts';

const LISTENING = /^kmodel \S+ (?:client|worker) listening on (http:\/\/\S+)$/m;
const START_WITHIN_MS = 30_000;

export type Role = 'client' | 'worker';

export interface RoleProcess {
  readonly url: string;
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts a role of the tree's program; resolves when it listens. Rejects with what it printed where it ends, or takes too long. */
export async function startRole(tree: Tree, role: Role, env: Readonly<Record<string, string>>): Promise<RoleProcess> {
  const child = spawn(process.execPath, [programOf(tree), role], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = child.pid!;
  const kept = { kind: 'process', pid } as const;
  keep(kept);
  child.once('exit', () => drop(kept));
  const url = await listening(child, role);
  return {
    url,
    pid,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

function listening(child: ChildProcess, role: Role): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the ${role} does not listen in time: ${printed}`));
    }, START_WITHIN_MS);
    child.stdout!.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const match = LISTENING.exec(printed);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]!);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the ${role} ended with ${code ?? signal}: ${printed}`));
    });
  });
}
