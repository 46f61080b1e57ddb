/** What comes from Maven's repositories: Kafka's jars, and a Redis binary. Each once, then kept. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloaded, isDownloaded } from './downloads.ts';
import { KAFKA_RELEASES, kafkaDownload, MAVEN_REDIS, REDIS_FROM_MAVEN, type KafkaVersion } from './order.ts';
import { run } from './run.ts';

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const WITHIN_MS = 900_000;

function announce(what: string): void {
  process.stderr.write(`kmodel: downloading ${what} by Maven, once; it can take 3 minutes\n`);
}

async function maven(goal: string, settings: Readonly<Record<string, string>>, pom?: string): Promise<void> {
  // A folder of its own: Maven would read the pom.xml of the working directory.
  const folder = mkdtempSync(join(tmpdir(), 'kmodel-maven-'));
  try {
    if (pom !== undefined) writeFileSync(join(folder, 'pom.xml'), pom);
    const definitions = Object.entries(settings).map(([key, value]) => `-D${key}=${value}`);
    await run('mvn', ['--batch-mode', '--quiet', `${PLUGIN}:${goal}`, ...definitions], {
      cwd: folder,
      withinMs: WITHIN_MS,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function kafkaPom(release: string): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return [
    '<project><modelVersion>4.0.0</modelVersion><groupId>kmodel</groupId><artifactId>kafka-for-tests</artifactId>',
    '<version>1</version><dependencies>',
    dependency('org.apache.kafka', 'kafka_2.13', release),
    dependency('org.apache.kafka', 'kafka-tools', release),
    dependency('org.slf4j', 'slf4j-simple', '1.7.36'),
    '</dependencies></project>',
  ].join('\n');
}

/** The folder with Kafka's jars. */
export async function kafkaJars(version: KafkaVersion): Promise<string> {
  const name = kafkaDownload(version);
  if (!isDownloaded(name)) announce(`Kafka ${KAFKA_RELEASES[version]}`);
  return await downloaded(name, async (folder) => {
    await maven('copy-dependencies', { outputDirectory: folder }, kafkaPom(KAFKA_RELEASES[version]));
    if (readdirSync(folder).length === 0) throw new Error('Maven copied no jars');
  });
}

/** The path of the Redis 6.2 server. */
export async function redisFromMaven(binary: string): Promise<string> {
  if (!isDownloaded(REDIS_FROM_MAVEN)) announce('Redis 6.2');
  const folder = await downloaded(REDIS_FROM_MAVEN, async (folder) => {
    await maven('unpack', { artifact: MAVEN_REDIS, outputDirectory: folder, 'mdep.unpack.includes': binary });
    chmodSync(join(folder, binary), 0o755);
  });
  return join(folder, binary);
}
