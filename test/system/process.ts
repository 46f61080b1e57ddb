/** Starts the real program as a child process, as a user would, and kills it as the world would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const LISTENING = /^kmodel \S+ listening on (http:\/\/\S+) /m;
const START_WITHIN_MS = 60_000;

export interface Running {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends the process by the signal and waits until it is gone; answers its exit code. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** A folder that is removed when the test's process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-system-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `kmodel start` on the folder and a free port; resolves when it accepts requests. */
export async function startProcess(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
  cli = CLI,
): Promise<Running> {
  const settings = { KMODEL_DATA_DIR: dataDir, KMODEL_HTTP_PORT: '0', KMODEL_LOG_LEVEL: 'warn', ...env };
  const child = spawn(process.execPath, [cli, 'start'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    const timer = setTimeout(() => reject(new Error(`not listening in time: ${errors}`)), START_WITHIN_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const match = LISTENING.exec(printed);
      if (match !== null) {
        clearTimeout(timer);
        resolve(match[1]!);
      }
    });
    child.once('exit', (code) => reject(new Error(`exited with ${code}: ${errors}`)));
  });
  return {
    url,
    process: child,
    async kill(signal) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}

/** Waits until the process says that it is ready. */
export async function ready(url: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await fetch(`${url}/health/ready`);
    const body = await answer.text();
    if (answer.status === 200) return;
    if (Date.now() > deadline) throw new Error(`not ready in time: ${body}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface Listed {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Walks all pages of the list. */
export async function listAll(
  url: string,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Listed[]> {
  const items: Listed[] = [];
  let after: string | null = null;
  do {
    const parameters = new URLSearchParams({ limit: '1000', ...query, ...(after === null ? {} : { after }) });
    const answer = await fetch(`${url}${path}?${parameters.toString()}`);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as { items: Listed[]; next: string | null };
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}
