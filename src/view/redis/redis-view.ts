/** The Redis view: the View port over one Redis server, for as many processes as one likes. */
import { atMost } from '../../core/at-most.ts';
import { KmodelError } from '../../errors.ts';
import { Notices } from '../notices.ts';
import type {
  ApplyOutcome,
  Claim,
  GenerationIdentity,
  ListQuery,
  Page,
  Position,
  QuarantinePage,
  QuarantinePlace,
  Read,
  StoredDoubt,
  StoredEntity,
  View,
  ViewDescription,
  ViewUpdate,
} from '../view.ts';
import { ownerText } from '../trust.ts';
import { Applier } from './apply.ts';
import { Alarm } from './alarm.ts';
import { databaseOf, reasonOf } from './client.ts';
import { Connection } from './connection.ts';
import { checksumOf } from './contents.ts';
import { entitiesOf } from './everything.ts';
import { DoubtStore } from './doubt-store.ts';
import { doubted } from './doubted.ts';
import { startDropping } from './dropping.ts';
import { beginGeneration, claimPartition, describeGeneration, noteSeen, type OwnIndexes } from './generations.ts';
import { Gets } from './get.ts';
import { noticesChannel, type ViewNames } from './layout.ts';
import { type Limits, LIMITS } from './limits.ts';
import { listFrom } from './list.ts';
import { Pipes } from './pipes.ts';
import { makePolicyWatch, type PolicyWatch } from './policy-watch.ts';
import { readQuarantine } from './quarantine.ts';
import { indexesText, Reading } from './reading.ts';
import { checkServer } from './server-check.ts';
import { noteStandingBy, readStandingBy } from './standing.ts';
import { subscribe, type Subscription } from './subscription.ts';

export interface RedisViewOptions {
  /** redis:// or rediss://, with password and db. */
  readonly uri: string;
  /** Every key begins with it. */
  readonly prefix: string;
  readonly model: string;
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
  readonly search: boolean;
  /** The partition that an id's entity is in. */
  readonly partitionOf: (id: string) => number;
  /** False: `moved` will never be asked for, so Redis need not tell this process of each update. Default true. */
  readonly notices?: boolean;
  /** Takes one line for the operator. */
  readonly warn: (line: string) => void;
  /** Default: LIMITS. */
  readonly limits?: Partial<Limits>;
}

/** A checksum is of one moment: where the view moves meanwhile it is made again, so many times. */
const MOST_CHECKSUMS = 5;

/** What is under way when a view is closed may take so long to end. Milliseconds. */
const CLOSE_WITHIN_MS = 1_500;

/**
 * Opens the view of a model; what there is of it stays. Throws KmodelError REDIS_UNREACHABLE, or REDIS_UNFIT with the
 * command that mends it.
 */
export async function openRedisView(options: RedisViewOptions): Promise<View> {
  const { uri, prefix, model, notices: isTold = true, warn } = options;
  const notices = new Notices();
  const limits = { ...LIMITS, ...options.limits };
  const alarm = new Alarm();
  const policy = makePolicyWatch({ lookMs: limits.lookMs, demoted: (problem) => alarm.demoted(problem) });
  const connection = await Connection.open({ uri, limits, alarm, warn, onAgain: () => policy.forget() });
  try {
    await checkServer((command) => connection.send(command)).catch((error: unknown) => {
      throw error instanceof KmodelError && error.code === 'REDIS_UNFIT' ? error : unreachable(error);
    });
    const channel = noticesChannel({ prefix, model, database: databaseOf(uri) });
    const tell = (partition: number, checkpoint: number): void => notices.tell(partition, checkpoint);
    const missed = (): void => notices.wake();
    const subscription = isTold ? await subscribe({ uri, channel, limits, alarm, tell, missed }) : undefined;
    const view = new RedisView(options, { limits, alarm, connection, subscription, notices, policy });
    // What became of the view while nobody looked is known before the first read; whoever asks next hears why it can't be.
    await view.describe().catch(() => undefined);
    return view;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A missing password, say: it is reached, but answers nothing. */
function unreachable(error: unknown): KmodelError {
  return new KmodelError('REDIS_UNREACHABLE', reasonOf(error), { cause: error });
}

/** What is there before the view is. */
interface Parts {
  readonly limits: Limits;
  readonly alarm: Alarm;
  readonly connection: Connection;
  readonly subscription: Subscription | undefined;
  readonly notices: Notices;
  readonly policy: PolicyWatch;
}

class RedisView implements View {
  /** Each term stands in two sets; 2,000 entries keep Redis busy for about 10 ms. */
  readonly entriesPerUpdate = 2_000;
  /** Nothing here ends for ever while the process lives: connections are made anew. */
  readonly gone = new Promise<Error>(() => undefined);
  readonly #options: RedisViewOptions;
  readonly #names: ViewNames;
  readonly #own: OwnIndexes;
  readonly #connection: Connection;
  readonly #subscription: Subscription | undefined;
  readonly #notices: Notices;
  readonly #policy: PolicyWatch;
  readonly #doubts: DoubtStore;
  readonly #reading: Reading;
  readonly #pipes: Pipes;
  readonly #applier: Applier;
  readonly #gets: Gets;
  readonly #dropping: ReturnType<typeof startDropping>;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: RedisViewOptions, { limits, alarm, connection, subscription, notices, policy }: Parts) {
    const { uri, prefix, model, filters, sorts, search, partitionOf, warn } = options;
    this.#options = options;
    this.#names = { prefix, model, database: databaseOf(uri) };
    this.#own = { sorts, text: indexesText(options) };
    this.#connection = connection;
    this.#subscription = subscription;
    this.#notices = notices;
    this.#policy = policy;
    this.#doubts = new DoubtStore(connection, this.#names);
    this.#reading = new Reading(connection, this.#names, this.#own.text, this.#doubts);
    this.#pipes = new Pipes(uri, limits, alarm);
    const hasSets = search || filters.length > 0;
    const doubt = this.#doubts.sight.bind(this.#doubts);
    const { applyMs: limitMs } = limits;
    this.#applier = new Applier(this.#pipes, { names: this.#names, sorts, hasSets, limitMs, warn, doubt });
    this.#gets = new Gets(this.#reading, this.#names, partitionOf);
    this.#dropping = startDropping(connection, this.#names);
  }

  async begin(identity: GenerationIdentity, replaced: string | undefined): Promise<string> {
    return this.#do(async () => {
      const id = await beginGeneration(this.#connection, this.#names, identity, replaced, this.#own.text);
      this.#dropping.look();
      return id;
    });
  }

  async claim(partition: number, owner = ''): Promise<Claim> {
    return this.#do(() => claimPartition(this.#connection, this.#names, partition, owner));
  }

  async keepSeen(
    generation: string,
    claims: ReadonlyMap<number, number>,
    owner: string,
    problem?: string,
  ): Promise<void> {
    return this.#do(() => noteSeen(this.#connection, this.#names, generation, claims, ownerText(owner, problem)));
  }

  async leave(generation: string, claims: ReadonlyMap<number, number>): Promise<void> {
    return this.#do(() => noteSeen(this.#connection, this.#names, generation, claims, ''));
  }

  async standBy(name: string, why: string): Promise<void> {
    return this.#do(() => noteStandingBy(this.#connection, this.#names, name, why));
  }

  async latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined> {
    return this.#do(() => this.#doubts.latch(generation, reason, evidence));
  }

  async release(generation: string, reason: string): Promise<void> {
    return this.#do(() => this.#doubts.release(generation, reason));
  }

  async apply(update: ViewUpdate): Promise<ApplyOutcome> {
    return this.#do(() =>
      this.#applier.apply(update).catch((error: unknown) => {
        throw error instanceof RangeError || error instanceof KmodelError ? error : this.#connection.told(error);
      }),
    );
  }

  async get(id: string): Promise<Read<StoredEntity | undefined>> {
    return this.#do(() => this.#gets.get(id));
  }

  async list(query: ListQuery): Promise<Read<Page>> {
    return this.#do(() => listFrom(this.#reading, this.#names, this.#options, query));
  }

  moved(signal: AbortSignal): AsyncIterable<Position> {
    return this.#notices.subscribe(signal);
  }

  async describe(): Promise<ViewDescription> {
    return this.#do(async () => {
      const [described, standingBy] = await Promise.all([
        describeGeneration(this.#connection, this.#names, this.#own),
        readStandingBy(this.#connection, this.#names),
      ]);
      const view = await doubted(described, this.#connection, this.#names, this.#doubts);
      await this.#policy.check(this.#connection);
      return standingBy.length === 0 ? view : { ...view, standingBy };
    });
  }

  async quarantine(after: QuarantinePlace | undefined, limit: number): Promise<QuarantinePage> {
    return this.#do(() => readQuarantine(this.#connection, this.#names, after, limit));
  }

  everything(partition: number): AsyncIterable<readonly StoredEntity[]> {
    return entitiesOf(this.#connection, this.#names, partition);
  }

  async checksum(): Promise<string> {
    return this.#do(async () => {
      for (let tries = 0; tries < MOST_CHECKSUMS; tries += 1) {
        const { view: before } = await describeGeneration(this.#connection, this.#names, this.#own);
        const { id: generation = '', partitions = 0 } = before.generation ?? {};
        const contents = { names: this.#names, generation, partitions, sorts: this.#options.sorts };
        const checksum = await checksumOf(this.#connection, contents);
        const { view: after } = await describeGeneration(this.#connection, this.#names, this.#own);
        if (placesText(before) === placesText(after)) return checksum;
      }
      throw new KmodelError('VIEW_UNAVAILABLE', 'the view moves on while its checksum is made');
    });
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#notices.close();
    this.#subscription?.close();
    // What is cut off is as after a crash: an update is done whole, or not at all.
    await atMost(CLOSE_WITHIN_MS, Promise.all([this.#dropping.stop(), ...this.#underWay]));
    this.#pipes.close();
    this.#connection.close();
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new KmodelError('VIEW_UNAVAILABLE', 'the view is closed');
    const doing = work();
    const settled = doing.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.add(settled);
    try {
      return await doing;
    } finally {
      this.#underWay.delete(settled);
    }
  }
}

function placesText({ generation, partitions }: ViewDescription): string {
  return JSON.stringify([generation?.id, [...partitions.values()].map(({ checkpoint }) => checkpoint)]);
}
