/** In which order Kafka and Redis are looked for; decisions only, what the machine has comes in. */

export type KafkaVersion = '4.1' | '3.9';
export type RedisVersion = '6.2' | '7';

/** What this machine has. Whether a Docker engine answers turns out when it is asked. */
export interface Found {
  /** The address that the environment gives. */
  readonly given: string | undefined;
  /** The program and its major version. */
  readonly java: { readonly path: string; readonly version: number } | undefined;
  readonly maven: boolean;
  readonly docker: boolean;
  /** Debian's and its children's package tools. */
  readonly apt: boolean;
  /** Names of the downloads that are kept already. */
  readonly downloads: ReadonlySet<string>;
  /** Servers on the PATH, in the order of preference. */
  readonly redis: readonly { readonly path: string; readonly version: string }[];
  /** Node's `platform` and `arch`. */
  readonly system: { readonly platform: string; readonly arch: string };
}

export type KafkaWay =
  | { readonly kind: 'given'; readonly address: string }
  | { readonly kind: 'java'; readonly java: string }
  | { readonly kind: 'docker' };

export type RedisWay =
  | { readonly kind: 'given'; readonly address: string }
  | { readonly kind: 'path'; readonly path: string; readonly version: string }
  | { readonly kind: 'maven'; readonly binary: string }
  | { readonly kind: 'apt' }
  | { readonly kind: 'docker'; readonly version: RedisVersion };

const LEAST_JAVA = 17;
const LEAST_REDIS: readonly [number, number] = [6, 2];

/** The exact releases that are downloaded: the newest of their line when they were tried. */
export const KAFKA_RELEASES: Readonly<Record<KafkaVersion, string>> = { '4.1': '4.1.2', '3.9': '3.9.2' };
export const MAVEN_REDIS = 'com.github.codemonstur:embedded-redis:1.4.3';

export function kafkaDownload(version: KafkaVersion): string {
  return `kafka-${KAFKA_RELEASES[version]}`;
}
export const REDIS_FROM_MAVEN = 'redis-6.2';
export const REDIS_FROM_APT = 'redis-7';

/** The ways to a Kafka, best first. A server of one's own is never a given one: whoever asks for it will kill it. */
export function kafkaWays(found: Found, version: KafkaVersion, own: boolean): readonly KafkaWay[] {
  const ways: KafkaWay[] = [];
  if (!own && found.given !== undefined) return [{ kind: 'given', address: found.given }];
  const jars = found.maven || found.downloads.has(kafkaDownload(version));
  if (found.java !== undefined && found.java.version >= LEAST_JAVA && jars) {
    ways.push({ kind: 'java', java: found.java.path });
  }
  if (found.docker) ways.push({ kind: 'docker' });
  return ways;
}

/** The ways to a Redis of the version (or any one that kmodel takes), best first. */
export function redisWays(found: Found, version: RedisVersion | undefined, own: boolean): readonly RedisWay[] {
  if (!own && found.given !== undefined) return [{ kind: 'given', address: found.given }];
  const ways: RedisWay[] = [];
  for (const server of found.redis) {
    if (isRedis(server.version, version)) ways.push({ kind: 'path', ...server });
  }
  const binary = mavenBinary(found.system);
  if (version !== '7' && binary !== undefined && (found.maven || found.downloads.has(REDIS_FROM_MAVEN))) {
    ways.push({ kind: 'maven', binary });
  }
  if (version !== '6.2' && (found.apt || found.downloads.has(REDIS_FROM_APT))) ways.push({ kind: 'apt' });
  if (found.docker) ways.push({ kind: 'docker', version: version ?? '7' });
  return ways;
}

/** `7` takes every later one, and Valkey, which begins after it. */
function isRedis(has: string, wanted: RedisVersion | undefined): boolean {
  const [major = 0, minor = 0] = has.split('.').map(Number);
  if (wanted === '6.2') return major === 6 && minor === 2;
  if (wanted === '7') return major >= 7;
  return major > LEAST_REDIS[0] || (major === LEAST_REDIS[0] && minor >= LEAST_REDIS[1]);
}

const MAVEN_BINARIES: ReadonlyMap<string, string> = new Map([
  ['linux x64', 'redis-server-6.2.6-v5-linux-amd64'],
  ['linux arm64', 'redis-server-6.2.7-linux-arm64'],
  ['darwin x64', 'redis-server-6.2.6-v5-darwin-amd64'],
  ['darwin arm64', 'redis-server-6.2.6-v5-darwin-arm64'],
]);

/** The server's file inside the Maven artifact, for systems that it has one for. */
export function mavenBinary({ platform, arch }: Found['system']): string | undefined {
  return MAVEN_BINARIES.get(`${platform} ${arch}`);
}

/** Why there is no Kafka, and what to do about it: a few sentences for a person. */
export function noKafka(version: KafkaVersion, found: Found, failures: readonly string[]): string {
  const reasons = [
    ...javaLack(found),
    ...lack('Maven (mvn)', found.maven),
    ...lack('Docker', found.docker),
    ...failures,
  ];
  return (
    `No Kafka ${version} found: ${reasons.join('; ')}. ` +
    'Install Java 17 or newer and Maven, or Docker, or set KMODEL_TEST_KAFKA=host:port.'
  );
}

function javaLack({ java }: Found): readonly string[] {
  if (java === undefined) return ['no Java'];
  return java.version < LEAST_JAVA ? [`only Java ${java.version} (${LEAST_JAVA} or newer is needed)`] : [];
}

/** Why there is no such Redis, and what to do about it: a few sentences for a person. */
export function noRedis(version: RedisVersion | undefined, found: Found, failures: readonly string[]): string {
  const others = found.redis.map(({ path, version }) => `${path} is ${version}`);
  const reasons = [
    ...(others.length > 0 ? others : ['no redis-server and no valkey-server on the PATH']),
    ...(version === '7' ? [] : mavenLack(found)),
    ...lack('Docker', found.docker),
    ...failures,
  ];
  const install = version === '6.2' ? 'Maven' : version === '7' ? 'redis-server 7 or newer' : 'redis-server, or Maven';
  return (
    `No Redis${version === undefined ? '' : ` ${version}`} found: ${reasons.join('; ')}. ` +
    `Install ${install}, or Docker, or set KMODEL_TEST_REDIS=redis://host:port.`
  );
}

function mavenLack({ maven, system }: Found): readonly string[] {
  if (mavenBinary(system) !== undefined) return lack('Maven (mvn)', maven);
  return [`Maven has no Redis for ${system.platform} on ${system.arch}`];
}

function lack(what: string, there: boolean): readonly string[] {
  return there ? [] : [`no ${what}`];
}
