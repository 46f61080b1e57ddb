/** What `npm run services` takes and what it prints; no process is touched here. */
import { parseArgs } from 'node:util';
import type { KafkaVersion, RedisVersion } from '../test/services/order.ts';

export interface ServicesOptions {
  readonly kafka: KafkaVersion;
  /** Any that is found first. */
  readonly redis: RedisVersion | undefined;
  /** 9092 and 6379 where they are free, else any free ones. */
  readonly kafkaPort: number | undefined;
  readonly redisPort: number | undefined;
}

export type ParsedServices =
  | { readonly kind: 'run'; readonly options: ServicesOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const SERVICES_USAGE = `usage: npm run services -- [options]

Starts a real Kafka and a real Redis on this machine, until Ctrl-C. What they store goes with them.

  --kafka 4.1|3.9      the version of Kafka (4.1)
  --redis 7|6.2        the version of Redis (the first one found)
  --kafka-port PORT    9092 where it is free, else any free port
  --redis-port PORT    6379 where it is free, else any free port
  --help`;

const HIGHEST_PORT = 65_535;

export function parseServices(args: readonly string[]): ParsedServices {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        kafka: { type: 'string', default: '4.1' },
        redis: { type: 'string' },
        'kafka-port': { type: 'string' },
        'redis-port': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const options = {
      kafka: oneOf<KafkaVersion>('--kafka', values.kafka, ['4.1', '3.9']),
      redis: values.redis === undefined ? undefined : oneOf<RedisVersion>('--redis', values.redis, ['7', '6.2']),
      kafkaPort: port('--kafka-port', values['kafka-port']),
      redisPort: port('--redis-port', values['redis-port']),
    };
    return { kind: 'run', options };
  } catch (error) {
    return { kind: 'wrong', problem: (error as Error).message };
  }
}

function oneOf<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === given);
  if (word === undefined) throw new Error(`${option} takes ${words.join(' or ')}, not ${JSON.stringify(given)}`);
  return word;
}

function port(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (number >= 1 && number <= HIGHEST_PORT) return number;
  throw new Error(`${option} takes a whole number from 1 to ${HIGHEST_PORT}, not ${JSON.stringify(given)}`);
}

/** The addresses, and the same as a configuration file and as variables. */
export function servicesText(
  kafka: { readonly address: string; readonly version: string },
  redis: { readonly uri: string; readonly version: string },
): string {
  const { hostname, port } = new URL(redis.uri);
  return `
Kafka ${kafka.version}  ${kafka.address}
Redis ${redis.version}  ${redis.uri}

For \`kmodel client\` and \`kmodel worker\`, a file such as services.edn:

{:redis    {:spec {:host "${hostname}" :port ${port}}}
 :producer {:bootstrap.servers "${kafka.address}"}
 :consumer {:group.id "kmodel"}}

or variables:

export KMODEL_REDIS_URI=${redis.uri} KMODEL_PRODUCER_BOOTSTRAP_SERVERS=${kafka.address}

For the tests: export KMODEL_TEST_KAFKA=${kafka.address} KMODEL_TEST_REDIS=${redis.uri}

Ctrl-C stops both and removes what they stored.
`;
}
