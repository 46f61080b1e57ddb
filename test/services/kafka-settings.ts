/** The settings of a one-node Kafka (KRaft) for tests: everything happens soon, and little memory is taken. */

export interface KafkaPorts {
  readonly broker: number;
  readonly controller: number;
}

/** Later entries of `more` win. `listenOn` is the address that the broker binds to. */
export function kafkaSettings(
  ports: KafkaPorts,
  more: Readonly<Record<string, string>>,
  listenOn = '127.0.0.1',
): Readonly<Record<string, string>> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://${listenOn}:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    // Compaction that a test can wait for.
    'log.cleaner.backoff.ms': '200',
    'log.cleaner.dedupe.buffer.size': '20000000',
    'log.initial.task.delay.ms': '500',
    // A broker that was killed is let in again when its session has run out.
    'broker.session.timeout.ms': '5000',
    'broker.heartbeat.interval.ms': '1000',
    ...more,
  };
}

/** The text of a Java properties file. */
export function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** The environment variables that Kafka's own container image turns into its properties file. */
export function containerVariables(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const variable = (key: string): string =>
    `KAFKA_${key.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`;
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [variable(key), value]));
}

/** For a broker that nobody kills: it stays a member though the machine holds it up for seconds. */
export const PATIENT: Readonly<Record<string, string>> = {
  'broker.session.timeout.ms': '20000',
  'broker.heartbeat.interval.ms': '1000',
};
