/** A Kafka of one node (KRaft) that a test may stop, kill and start again. */
import { randomUUID } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import { formattedStorage, onJava, type KafkaInstalled, type KafkaTool } from './kafka-java.ts';
import { containerVariables, kafkaSettings, type KafkaPorts } from './kafka-settings.ts';
import { lookAround } from './machine.ts';
import { kafkaJars } from './maven.ts';
import { KAFKA_RELEASES, kafkaWays, noKafka, type KafkaVersion, type KafkaWay } from './order.ts';
import { freePorts } from './ports.ts';
import { containerProgram, pullImage } from './program.ts';
import { run } from './run.ts';
import { lifecycle, startedOnFreePorts, type Lifecycle } from './server.ts';
import { firstThatWorks } from './ways.ts';

export interface KafkaServer extends Lifecycle {
  /** `127.0.0.1:port`; the same after every start. */
  readonly address: string;
  /** Such as `4.1.2`. */
  readonly version: string;
  /**
   * Runs one of Kafka's own Java tools, such as `kafka.tools.ConsoleConsumer`, with `input` as its stdin; answers its
   * stdout. Rejects with all of its output when it exits with another code than 0, or takes more than a minute.
   */
  tool(mainClass: string, args: readonly string[], input?: string): Promise<string>;
}

export interface KafkaOptions {
  /** The line of releases; 4.1 by default. */
  readonly version?: KafkaVersion;
  /** Settings of the broker, before those of kafka-settings.ts. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Any free one by default. */
  readonly port?: number;
}

/** What a way gives: a program and its tools, for ports and settings. */
type Installation = (ports: KafkaPorts, settings: Readonly<Record<string, string>>) => KafkaInstalled;

const installations = new Map<KafkaVersion, Promise<Installation>>();

/**
 * Finds the best way to a Kafka of one's own and downloads what it needs, once. Rejects with `NothingFound` when there is
 * none.
 */
export async function installKafka(version: KafkaVersion): Promise<Installation> {
  const known = installations.get(version);
  if (known !== undefined) return await known;
  const installing = (async () => {
    const found = await lookAround(undefined);
    return await firstThatWorks(
      kafkaWays(found, version, true),
      async (way) => await install(way, version),
      (failures) => noKafka(version, found, failures),
    );
  })();
  installations.set(version, installing);
  return await installing;
}

async function install(way: KafkaWay, version: KafkaVersion): Promise<Installation> {
  if (way.kind === 'given') throw new Error('a given server is never started');
  if (way.kind === 'java') {
    const { java } = way;
    const jars = await kafkaJars(version);
    const formatted = await formattedStorage(java, jars, version);
    return (ports, settings) => onJava({ java, jars, formatted }, ports, settings);
  }
  const image = `apache/kafka:${KAFKA_RELEASES[version]}`;
  await pullImage(image);
  return (ports, settings) => inContainer(image, ports, settings);
}

/** Starts a Kafka that nobody else uses; resolves when it answers. Rejects with what to install when there is no way. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const version = options.version ?? '4.1';
  const installation = await installKafka(version);
  return await startedOnFreePorts(async () => {
    const [broker, controller] = await freePorts(2);
    const ports = { broker: options.port ?? broker!, controller: controller! };
    const { program, tool } = installation(ports, options.settings ?? {});
    const address = `127.0.0.1:${ports.broker}`;
    return {
      address,
      version: KAFKA_RELEASES[version],
      tool,
      ...lifecycle(`Kafka ${version}`, program, async () => await answersMetadata(address)),
    };
  });
}

function inContainer(image: string, ports: KafkaPorts, settings: Readonly<Record<string, string>>): KafkaInstalled {
  const name = `kmodel-kafka-${randomUUID()}`;
  const env = containerVariables(kafkaSettings(ports, settings, '0.0.0.0'));
  const tool: KafkaTool = async (mainClass, args, input = '') =>
    await run('docker', ['exec', '--interactive', name, '/opt/kafka/bin/kafka-run-class.sh', mainClass, ...args], {
      input,
    });
  return { program: containerProgram({ name, image, port: ports.broker, env }), tool };
}

/** Whether a broker answers for itself: an open port alone could be one that knows no topic yet. */
export async function answersMetadata(address: string): Promise<boolean> {
  const admin = new Admin({
    clientId: 'kmodel-services',
    bootstrapBrokers: address.split(','),
    retries: 0,
    timeout: 5000,
    connectTimeout: 2000,
  });
  try {
    const { brokers } = await admin.metadata({ topics: [], forceUpdate: true });
    return brokers.size > 0;
  } catch {
    return false;
  } finally {
    await admin.close();
  }
}
