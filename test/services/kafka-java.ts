/** Kafka out of its jars, on the Java of this machine. */
import { randomBytes } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloaded } from './downloads.ts';
import { kafkaSettings, propertiesText, type KafkaPorts } from './kafka-settings.ts';
import { kafkaDownload, type KafkaVersion } from './order.ts';
import { localProgram, temporaryFolder, type Program } from './program.ts';
import { run } from './run.ts';

/** Runs a Java main class that Kafka brings; answers its stdout. */
export type KafkaTool = (mainClass: string, args: readonly string[], input?: string) => Promise<string>;

export interface KafkaInstalled {
  readonly program: Program;
  readonly tool: KafkaTool;
}

/** A small heap and a quick start matter more here than the speed of hours. */
const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const SERVER_FLAGS = ['-Xmx400m', '-Xms64m', ...QUICK_START];
const TOOL_FLAGS = ['-Xmx128m', ...QUICK_START];
const LOG_FLAGS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];

const ANY_CLUSTER_ID = 'kmodel-services-tests0';
const META = 'meta.properties';

/** Kafka's tools on the Java of this machine. */
export function tool(java: string, jars: string): KafkaTool {
  return async (mainClass, args, input = '') =>
    await run(java, [...TOOL_FLAGS, ...LOG_FLAGS, '-cp', join(jars, '*'), mainClass, ...args], { input });
}

/**
 * The folder of an empty, formatted log. Formatting takes a Java of its own, as long as half of a start: so it is done
 * once, and every broker begins with a copy.
 */
export async function formattedStorage(java: string, jars: string, version: KafkaVersion): Promise<string> {
  return await downloaded(`${kafkaDownload(version)}-formatted`, async (folder) => {
    const properties = join(temporaryFolder('kafka-format'), 'server.properties');
    writeFileSync(properties, propertiesText(kafkaSettings({ broker: 1, controller: 2 }, { 'log.dirs': folder })));
    const format = ['format', '--cluster-id', ANY_CLUSTER_ID, '--config', properties];
    await tool(java, jars)('kafka.tools.StorageTool', format);
    rmSync(dirname(properties), { recursive: true });
  });
}

export interface OnJava {
  readonly java: string;
  readonly jars: string;
  readonly formatted: string;
  /** Of a node among others. Default: a cluster of its own, and node 1. */
  readonly node?: { readonly id: number; readonly clusterId: string };
}

export function anyClusterId(): string {
  return randomBytes(16).toString('base64url');
}

/** A broker with an empty log. */
export function onJava(
  { java, jars, formatted, node = { id: 1, clusterId: anyClusterId() } }: OnJava,
  ports: KafkaPorts,
  settings: Readonly<Record<string, string>>,
): KafkaInstalled {
  const folder = temporaryFolder('kafka');
  const log = join(folder, 'log');
  cpSync(formatted, log, { recursive: true });
  const meta = readFileSync(join(log, META), 'utf8')
    .replace(ANY_CLUSTER_ID, node.clusterId)
    .replace(/^node\.id=.*$/m, `node.id=${node.id}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${anyClusterId()}`);
  writeFileSync(join(log, META), meta);
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, propertiesText(kafkaSettings(ports, { ...settings, 'log.dirs': log })));
  const args = [...SERVER_FLAGS, ...LOG_FLAGS, '-cp', join(jars, '*'), 'kafka.Kafka', properties];
  return { program: localProgram({ command: java, args, folder }), tool: tool(java, jars) };
}
