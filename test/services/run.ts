/** Runs a tool to its end, and finds tools. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { drop, keep } from './keeper.ts';

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After this many milliseconds the tool is killed; one minute by default. */
  readonly withinMs?: number;
}

const WITHIN_MS = 60_000;
const SHOWN_CHARACTERS = 3000;

/** Resolves with the tool's stdout when it exits with 0; rejects with its command, its exit and its last output. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(command, [...args], {
    detached: true,
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) keep({ kind: 'process', pid });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  // A tool may end without having read everything: its exit tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const withinMs = options.withinMs ?? WITHIN_MS;
  const timer = setTimeout(() => process.kill(-pid!, 'SIGKILL'), withinMs);
  try {
    const how = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code === 0 ? '' : `exit ${code ?? signal}`));
    });
    if (how === '') return stdout;
    const shown = `${stdout}\n${stderr}`.trim().slice(-SHOWN_CHARACTERS);
    throw new Error(`${[command, ...args].join(' ')}: ${how}${shown === '' ? '' : `\n${shown}`}`);
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) drop({ kind: 'process', pid });
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program that the PATH has. */
export function onPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram);
}
