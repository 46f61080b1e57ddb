/** kmodel's commands run as a person would, and the commands that kmodel prints run as they were printed. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KafkaServer } from '../../services/kafka.ts';
import type { ProcessOptions, Stage } from './stage.ts';

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const WITHIN_MS = 60_000;

export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kmodel …` with the stage's settings; resolves when it has ended, whatever its exit code. */
export async function kmodel(stage: Stage, args: readonly string[], options?: ProcessOptions): Promise<Printed> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...stage.variables(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: WITHIN_MS,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** What each of Kafka's scripts starts. */
const CLASSES: Readonly<Record<string, string>> = {
  'kafka-configs.sh': 'kafka.admin.ConfigCommand',
  'kafka-topics.sh': 'org.apache.kafka.tools.TopicCommand',
  'kafka-reassign-partitions.sh': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
};

type Tool = KafkaServer['tool'];

/** Runs a command of Kafka's own tools, such as `kafka-topics.sh --list …`, exactly as it is written. */
export async function runPrinted({ tool }: { readonly tool: Tool }, command: string): Promise<string> {
  const [script, ...args] = command.trim().split(/\s+/);
  const mainClass = CLASSES[script!];
  if (mainClass === undefined) throw new Error(`${script} is none of Kafka's scripts that stories run: ${command}`);
  return await tool(mainClass, args);
}

/** The same for `echo '…' > file && command file`: the file is made in the folder, and the command is told where it is. */
export async function runPrintedWithFile(
  { tool }: { readonly tool: Tool },
  line: string,
  folder: string,
): Promise<string> {
  const [, text, file, command] = /^echo '([^']*)' > (\S+) && (.*)$/.exec(line.trim())!;
  const path = join(folder, file!);
  writeFileSync(path, text!);
  return await runPrinted({ tool }, command!.replace(` ${file} `, ` ${path} `));
}
