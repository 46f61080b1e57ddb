/**
 * The embedded view: one SQLite file, `view.db`. Writes run in a thread of their own and share transactions; reads run
 * in the calling thread on a connection of their own and never wait for writes.
 */
import { KmodelError } from '../../errors.ts';
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
  StandingBy,
  StoredDoubt,
  StoredEntity,
  View,
  ViewDescription,
  ViewUpdate,
} from '../view.ts';
import { ownerText, STANDING_BY_MS } from '../trust.ts';
import { openForReading, viewFile } from './format.ts';
import { Notices } from '../notices.ts';
import { packUpdate } from './protocol.ts';
import { ThreadClient } from './thread-client.ts';
import { indexesText, type ViewIndexes, ViewReader } from './view-reader.ts';

export interface EmbeddedViewOptions extends ViewIndexes {
  /** The partition that an id's entity is in. */
  readonly partitionOf: (id: string) => number;
  /** An existing directory; the caller sees to it that no other process uses it. */
  readonly directory: string;
}

/**
 * Opens the view of a directory, or makes an empty one. A file of another format version is dropped, and answers as a
 * view without generation. Rejects with DATA_DIR_UNUSABLE where the file can't be used; the message says that it can be
 * deleted. A generation that was begun for other filters or sorts reads as not ready.
 */
export async function openEmbeddedView(options: EmbeddedViewOptions): Promise<View> {
  const file = viewFile(options.directory);
  const thread = await ThreadClient.start(file);
  try {
    return new EmbeddedView(thread, new ViewReader(openForReading(file), options, options.partitionOf), options);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

class EmbeddedView implements View {
  /** It has a thread of its own, and reads go on beside it. */
  readonly entriesPerUpdate = Number.POSITIVE_INFINITY;
  readonly gone: Promise<Error>;
  readonly #thread: ThreadClient;
  readonly #reader: ViewReader;
  readonly #indexes: ViewIndexes;
  readonly #notices = new Notices();
  /** One process uses the file, so nobody else is to learn of it. */
  readonly #standingBy = new Map<string, { readonly why: string; readonly at: number }>();
  #closing: Promise<void> | undefined;

  constructor(thread: ThreadClient, reader: ViewReader, indexes: ViewIndexes) {
    this.#thread = thread;
    this.gone = thread.died;
    this.#reader = reader;
    this.#indexes = indexes;
  }

  async begin(identity: GenerationIdentity, replaced: string | undefined): Promise<string> {
    this.#refuseClosed();
    return this.#thread.begin(identity, replaced, indexesText(this.#indexes));
  }

  async claim(partition: number, owner?: string): Promise<Claim> {
    this.#refuseClosed();
    return this.#thread.claim(partition, owner);
  }

  async keepSeen(
    generation: string,
    claims: ReadonlyMap<number, number>,
    owner: string,
    problem?: string,
  ): Promise<void> {
    this.#refuseClosed();
    await this.#thread.keepSeen(generation, claims, ownerText(owner, problem));
  }

  async leave(generation: string, claims: ReadonlyMap<number, number>): Promise<void> {
    this.#refuseClosed();
    await this.#thread.keepSeen(generation, claims, undefined);
  }

  async standBy(name: string, why: string): Promise<void> {
    this.#refuseClosed();
    this.#standingBy.set(name, { why: why.replaceAll(/\s+/g, ' '), at: performance.now() });
  }

  async latch(generation: string, reason: string, evidence: string): Promise<StoredDoubt | undefined> {
    this.#refuseClosed();
    return this.#thread.latch(generation, reason, evidence);
  }

  async release(generation: string, reason: string): Promise<void> {
    this.#refuseClosed();
    await this.#thread.release(generation, reason);
  }

  async apply(update: ViewUpdate): Promise<ApplyOutcome> {
    this.#refuseClosed();
    const outcome = await this.#thread.apply(packUpdate(update, this.#indexes.sorts));
    if (outcome.kind === 'applied') this.#notices.tell(update.partition, update.nextOffset);
    return outcome;
  }

  async get(id: string): Promise<Read<StoredEntity | undefined>> {
    return this.#readNow(() => this.#reader.get(id));
  }

  async list(query: ListQuery): Promise<Read<Page>> {
    return this.#readNow(() => this.#reader.list(query));
  }

  moved(signal: AbortSignal): AsyncIterable<Position> {
    return this.#notices.subscribe(signal);
  }

  async describe(): Promise<ViewDescription> {
    const described = this.#readNow(() => this.#reader.describe());
    const standingBy = this.#standingNow();
    return standingBy.length === 0 ? described : { ...described, standingBy };
  }

  #standingNow(): readonly StandingBy[] {
    const now = performance.now();
    const noted = [...this.#standingBy].map(([name, { why, at }]) => ({ name, why, seenMsAgo: now - at }));
    return noted.filter(({ seenMsAgo }) => seenMsAgo < STANDING_BY_MS).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async quarantine(after: QuarantinePlace | undefined, limit: number): Promise<QuarantinePage> {
    return this.#readNow(() => this.#reader.quarantine(after, limit));
  }

  async *everything(partition: number): AsyncIterable<readonly StoredEntity[]> {
    let after: string | undefined;
    do {
      const entities = this.#readNow(() => this.#reader.everything(partition, after));
      yield entities;
      after = entities.at(-1)?.id;
    } while (after !== undefined);
  }

  async checksum(): Promise<string> {
    return this.#readNow(() => this.#reader.checksum());
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#notices.close();
    this.#reader.close();
    await this.#thread.close();
  }

  #readNow<T>(read: () => T): T {
    this.#refuseClosed();
    try {
      return read();
    } catch (error) {
      if (error instanceof RangeError || error instanceof KmodelError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new KmodelError('VIEW_UNAVAILABLE', `the view's file can not be read (${why})`, { cause: error });
    }
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new KmodelError('VIEW_UNAVAILABLE', 'the view is closed');
  }
}
