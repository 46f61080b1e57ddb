/** A Kafka of several brokers on the Java of this machine, each of which a test may stop and start again. */
import { anyClusterId, formattedStorage, type KafkaTool, onJava, tool } from './kafka-java.ts';
import { answersMetadata } from './kafka.ts';
import { lookAround } from './machine.ts';
import { kafkaJars } from './maven.ts';
import { kafkaWays, type KafkaVersion } from './order.ts';
import { freePorts } from './ports.ts';
import { lifecycle, type Lifecycle } from './server.ts';

export interface KafkaCluster {
  /** Of all brokers, in the order of their ids, from 1 on. */
  readonly addresses: readonly string[];
  /** By id. Broker 1 is the controller too: without it nothing is elected. */
  broker(id: number): Lifecycle;
  /** Runs one of Kafka's own tools. */
  readonly tool: KafkaTool;
  remove(): Promise<void>;
}

const QUICK: Readonly<Record<string, string>> = {
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'replica.lag.time.max.ms': '3000',
  // Groups outlive each of the brokers.
  'offsets.topic.replication.factor': '3',
};

/** Starts the brokers; undefined on a machine without Java, where they can't reach each other. */
export async function startKafkaCluster(count: number, version: KafkaVersion): Promise<KafkaCluster | undefined> {
  const way = kafkaWays(await lookAround(undefined), version, true).find(({ kind }) => kind === 'java');
  if (way?.kind !== 'java') return undefined;
  const { java } = way;
  const jars = await kafkaJars(version);
  const formatted = await formattedStorage(java, jars, version);
  const [controller, ...ports] = await freePorts(count + 1);
  const clusterId = anyClusterId();
  const nodes = ports.map((port, at) => {
    const id = at + 1;
    const listener = `PLAINTEXT://127.0.0.1:${port}`;
    const settings = {
      ...QUICK,
      'node.id': String(id),
      ...(id === 1 ? {} : { 'process.roles': 'broker', listeners: listener }),
    };
    const installed = { java, jars, formatted, node: { id, clusterId } };
    const { program } = onJava(installed, { broker: port, controller: controller! }, settings);
    return lifecycle(`Kafka ${version}, broker ${id}`, program, () => answersMetadata(`127.0.0.1:${port}`));
  });
  const remove = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.remove()));
  };
  try {
    await nodes[0]!.start();
    await Promise.all(nodes.slice(1).map((node) => node.start()));
  } catch (error) {
    await remove();
    throw error;
  }
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  return { addresses, broker: (id) => nodes[id - 1]!, tool: tool(java, jars), remove };
}
