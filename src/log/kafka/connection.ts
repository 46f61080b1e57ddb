/**
 * The way to the brokers: pools of connections, one for each use, and the topic's metadata. A broker answers the requests
 * of one connection in turn, so whatever may wait there (a fetch, a produce request, joining a group) has a pool of its own.
 */
import { apiVersionsV3, type Broker, type Connection, ConnectionPool, metadataV12 } from '@platformatic/kafka';
import { CODE, codesOf, reasonOf } from './failure.ts';

/** What a connection is for. `requests`: everything that is answered at once. */
export type Use = 'requests' | 'appending' | 'fetching' | 'fetching-soon' | 'joining' | 'membership';

/** How long a request may stay unanswered before its connection is given up. Milliseconds. */
const REQUEST_TIMEOUT_MS: Readonly<Record<Use, number>> = {
  requests: 5000,
  appending: 10_000,
  fetching: 5000,
  'fetching-soon': 5000,
  // The coordinator answers JoinGroup when all members have joined, or their time is over.
  joining: 30_000,
  membership: 5000,
};

const CONNECT_TIMEOUT_MS = 3000;

/** So often the system asks a broker that is idle: what lies between keeps the connection in mind, and one that is dead is noticed. */
const KEEP_ALIVE_MS = 10_000;

/** How many requests of one connection may be under way; the broker works on them one by one. */
const MAX_INFLIGHTS = 100;

/** The topic as the brokers know it: which incarnation, and who leads its partitions. */
export interface TopicState {
  readonly name: string;
  /** Kafka's topic id as a UUID with hyphens, as the library's requests take it. */
  readonly uuid: string;
  /** The same as 22 characters base64url, as Kafka's own tools show it; the port's log id. */
  readonly id: string;
  /** By partition number. */
  readonly partitions: readonly PartitionState[];
  /** Brokers that are up. */
  readonly brokers: readonly number[];
}

export interface PartitionState {
  /** -1 where there is no leader now. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** The brokers that hold it, the preferred leader first. */
  readonly replicas: readonly number[];
}

/** No broker answered; `message` is one line. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Brokers {
  readonly clientId: string;
  /** A live connection to the broker with this id. Rejects where its address isn't known (ask `topic` first) or it can't be reached. */
  to(nodeId: number, use: Use): Promise<Connection>;
  /** Asks one broker after the other until one answers; a protocol error is an answer. Rejects with Unreachable. */
  ask<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer>;
  /** The topic as it is now, never from memory; undefined where there is none. */
  topic(name: string): Promise<TopicState | undefined>;
  /** The topic as each broker sees it, and whether all of them answered that any of them knows. */
  topicFromEach(name: string): Promise<{ readonly states: readonly TopicState[]; readonly all: boolean }>;
  /** The same, as one broker sees it. */
  topicSeenBy(connection: Connection, name: string): Promise<TopicState | undefined>;
  /** How many brokers are up. */
  count(): Promise<number>;
  /** The newest version of an API (by its number) that this broker takes. */
  newestVersion(connection: Connection, apiKey: number): Promise<number>;
  close(): Promise<void>;
}

/** Connects to nobody yet. `brokers` are `host:port`. */
export function openBrokers(brokers: readonly string[], clientId: string): Brokers {
  return new BrokerPools(brokers, clientId);
}

class BrokerPools implements Brokers {
  readonly clientId: string;
  readonly #bootstrap: readonly Broker[];
  readonly #pools = new Map<Use, ConnectionPool>();
  readonly #addresses = new Map<number, Broker>();
  readonly #versions = new WeakMap<Connection, Promise<ReadonlyMap<number, number>>>();
  /** Which address `ask` tries first: the one that answered last. */
  #preferred = 0;
  #closed = false;

  constructor(brokers: readonly string[], clientId: string) {
    this.#bootstrap = brokers.map((address) => brokerAt(address));
    this.clientId = clientId;
  }

  async to(nodeId: number, use: Use): Promise<Connection> {
    const address = this.#addresses.get(nodeId);
    if (address === undefined) throw new Unreachable(`broker ${nodeId} is not up`);
    return await this.#pool(use).get(address);
  }

  async ask<Answer>(request: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const addresses = this.#known();
    const failures: unknown[] = [];
    for (let turn = 0; turn < addresses.length; turn++) {
      const place = (this.#preferred + turn) % addresses.length;
      try {
        const answer = await request(await this.#pool('requests').get(addresses[place] as Broker));
        this.#preferred = place;
        return answer;
      } catch (error) {
        if (codesOf(error).length > 0) throw error;
        failures.push(error);
      }
      if (this.#closed) break;
    }
    throw new Unreachable(`no broker of ${shown(this.#bootstrap)} answers: ${reasonOf(new AggregateError(failures))}`);
  }

  async topic(name: string): Promise<TopicState | undefined> {
    return await this.ask(async (connection) => await this.topicSeenBy(connection, name));
  }

  async topicFromEach(name: string): Promise<{ readonly states: readonly TopicState[]; readonly all: boolean }> {
    const listed = [...this.#addresses];
    const answers = await Promise.allSettled(
      listed.map(async ([, address]) => await this.topicSeenBy(await this.#pool('requests').get(address), name)),
    );
    const states = answers.flatMap((each) =>
      each.status === 'fulfilled' && each.value !== undefined ? [each.value] : [],
    );
    const answered = new Set(listed.flatMap(([id], at) => (answers[at]?.status === 'fulfilled' ? [id] : [])));
    return { states, all: states.every(({ brokers }) => brokers.every((id) => answered.has(id))) };
  }

  async count(): Promise<number> {
    const { brokers } = await this.ask((connection) => metadataV12.api.async(connection, [], false, false));
    this.#learn(brokers);
    return brokers.length;
  }

  async topicSeenBy(connection: Connection, name: string): Promise<TopicState | undefined> {
    const found = await metadata(connection, name);
    this.#learn(found.brokers);
    const topic = found.topics.find((each) => each.name === name);
    if (topic === undefined || topic.errorCode === CODE.UNKNOWN_TOPIC_OR_PARTITION) return undefined;
    const partitions = [...topic.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex);
    return {
      name,
      uuid: topic.topicId,
      id: shortId(topic.topicId),
      partitions: partitions.map(({ leaderId, leaderEpoch, replicaNodes }) => ({
        leaderId,
        leaderEpoch,
        replicas: replicaNodes,
      })),
      brokers: found.brokers.map(({ nodeId }) => nodeId),
    };
  }

  async newestVersion(connection: Connection, apiKey: number): Promise<number> {
    let versions = this.#versions.get(connection);
    if (versions === undefined) {
      versions = apiVersionsV3.api
        .async(connection, 'kmodel', '1')
        .then(({ apiKeys }) => new Map(apiKeys.map((each) => [each.apiKey, each.maxVersion])));
      versions.catch(() => this.#versions.delete(connection));
      this.#versions.set(connection, versions);
    }
    return (await versions).get(apiKey) ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#pools.values()].map((pool) => pool.close()));
  }

  #learn(brokers: readonly metadataV12.MetadataResponseBroker[]): void {
    this.#addresses.clear();
    for (const { nodeId, host, port } of brokers) this.#addresses.set(nodeId, { host, port });
  }

  #pool(use: Use): ConnectionPool {
    if (this.#closed) throw new Unreachable('the log is closed');
    let pool = this.#pools.get(use);
    if (pool === undefined) {
      const requestTimeout = REQUEST_TIMEOUT_MS[use];
      pool = new ConnectionPool(this.clientId, {
        connectTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout,
        maxInflights: MAX_INFLIGHTS,
      });
      // A connection that breaks says so to each request under way; without a listener its event would end the process.
      pool.on('connecting', ({ connection }) => connection.on('error', () => {}));
      pool.on('connect', ({ connection }) => connection.socket.setKeepAlive(true, KEEP_ALIVE_MS));
      this.#pools.set(use, pool);
    }
    return pool;
  }

  /** The addresses of the configuration first, then what the brokers told. */
  #known(): readonly Broker[] {
    const known = new Map([...this.#bootstrap, ...this.#addresses.values()].map((each) => [shown([each]), each]));
    return [...known.values()];
  }
}

/** The answer is wanted as it is, also where it names errors: which topic it says is unknown, who has no leader. */
async function metadata(connection: Connection, topic: string): Promise<metadataV12.MetadataResponse> {
  try {
    return await metadataV12.api.async(connection, [topic], false, false);
  } catch (error) {
    const { response } = error as { response?: metadataV12.MetadataResponse };
    const harmless: readonly number[] = [CODE.UNKNOWN_TOPIC_OR_PARTITION, CODE.LEADER_NOT_AVAILABLE];
    const codes = codesOf(error);
    if (response === undefined || codes.some((code) => !harmless.includes(code) && code !== 9 && code !== 72))
      throw error;
    return response;
  }
}

/** Kafka's own short form of a topic id: the UUID's 16 bytes in base64url. */
export function shortId(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

function brokerAt(address: string): Broker {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

function shown(brokers: readonly Broker[]): string {
  return brokers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
}
