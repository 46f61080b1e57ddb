/** Writes the embedded view. Synchronous: it lives in the view's thread, which owns the one writing connection. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterSighting, refusing, worstOf } from '../../doubts.ts';
import type { ApplyOutcome, Claim, GenerationIdentity, StoredDoubt } from '../view.ts';
import { EntityWriter } from './entity-writer.ts';
import { EntryMerging } from './entry-merging.ts';
import { prepareChange } from './format.ts';
import { type EntryWriter, entryWriter, PendingEntries } from './pending-entries.ts';
import { doubtsOf, stateOf } from './bookkeeping.ts';
import type { PackedUpdate } from './protocol.ts';

/** What became of one update of a transaction: an outcome, or the one line of why it was not applied. */
export type Applied =
  | { readonly kind: 'outcome'; readonly outcome: ApplyOutcome }
  | { readonly kind: 'failed'; readonly why: string };

const APPLIED: Applied = { kind: 'outcome', outcome: { kind: 'applied' } };

export class ViewWriter {
  /** Its steps are the caller's to take, between transactions. */
  readonly merging: EntryMerging;
  readonly #connection: DatabaseSync;
  readonly #entities: EntityWriter;
  readonly #entries: EntryWriter;
  readonly #pending = new PendingEntries();
  readonly #meta: StatementSync;
  readonly #partition: StatementSync;
  readonly #move: StatementSync;
  readonly #seam: StatementSync;
  readonly #raiseEpoch: StatementSync;
  readonly #quarantine: StatementSync;
  readonly #anyQuarantined: StatementSync;
  readonly #supersede: StatementSync;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
    this.#entities = new EntityWriter(connection);
    this.#entries = entryWriter(connection);
    this.merging = new EntryMerging(connection);
    this.#meta = connection.prepare('SELECT generation, log_id, fingerprint, doubts FROM meta');
    this.#partition = connection.prepare('SELECT * FROM partition WHERE partition = ?');
    this.#move = prepareChange(
      connection,
      'UPDATE partition SET checkpoint = ?, live = max(live, ?), caught_up_at = ifnull(?, caught_up_at) WHERE partition = ?',
    );
    this.#seam = prepareChange(connection, 'UPDATE partition SET leader_epoch = ?, tail = ? WHERE partition = ?');
    this.#raiseEpoch = prepareChange(
      connection,
      'UPDATE partition SET epoch = epoch + 1, owner = ?, seen_at = ? WHERE partition = ?',
    );
    this.#quarantine = prepareChange(connection, 'INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#anyQuarantined = connection.prepare('SELECT 1 FROM quarantine WHERE partition = ? LIMIT 1');
    this.#supersede = prepareChange(connection, 'DELETE FROM quarantine WHERE partition = ? AND key = CAST(? AS BLOB)');
  }

  /**
   * Drops everything and begins a generation, unless the one that is there isn't `replaced` any more; `indexes` names what
   * its entries will be for.
   */
  begin(identity: GenerationIdentity, replaced: string | undefined, indexes: string): string {
    const generation = randomUUID();
    return this.#inTransaction(() => {
      const found = this.#meta.get()?.['generation'];
      if (found !== undefined && found !== replaced) return String(found);
      this.#connection.exec(`
        DELETE FROM meta; DELETE FROM partition; DELETE FROM entity; DELETE FROM sort_entry; DELETE FROM quarantine;
        INSERT INTO entry (entry) VALUES ('delete-all');
      `);
      prepareChange(this.#connection, 'INSERT INTO meta VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)').run(
        generation,
        identity.logId,
        identity.fingerprint,
        identity.modelVersion,
        indexes,
        identity.incarnation ?? null,
        identity.rebuilds === undefined ? null : JSON.stringify(identity.rebuilds),
        identity.starts === undefined ? null : JSON.stringify(identity.starts),
      );
      const add = prepareChange(
        this.#connection,
        'INSERT INTO partition (partition, checkpoint, epoch, live) VALUES (?, 0, 0, 0)',
      );
      for (let partition = 0; partition < identity.partitions; partition += 1) add.run(partition);
      return generation;
    });
  }

  claim(partition: number, owner: string | undefined): Claim {
    return this.#inTransaction(() => {
      const former = this.#partition.get(partition);
      const at = Date.now();
      this.#raiseEpoch.run(owner ?? null, owner === undefined ? null : at, partition);
      const generation = this.#meta.get()?.['generation'];
      const row = this.#partition.get(partition);
      if (generation === undefined || former === undefined || row === undefined) return { kind: 'gone' };
      const { owner: before, ...state } = stateOf(former, at);
      const owned = before === undefined ? {} : { owner: before };
      return { kind: 'claimed', generation: String(generation), ...state, epoch: Number(row['epoch']), ...owned };
    });
  }

  /** View.keepSeen, and View.leave where there is no owner. */
  keepSeen(generation: string, claims: ReadonlyMap<number, number>, owner: string | undefined): void {
    this.#inTransaction(() => {
      if (this.#meta.get()?.['generation'] !== generation) return;
      const at = owner === undefined ? null : Date.now();
      const note = prepareChange(
        this.#connection,
        'UPDATE partition SET owner = ?, seen_at = ? WHERE partition = ? AND epoch = ?',
      );
      for (const [partition, epoch] of claims) note.run(owner ?? null, at, partition, epoch);
    });
  }

  latch(generation: string, reason: string, evidence: string): StoredDoubt | undefined {
    return this.#inTransaction(() => {
      const meta = this.#meta.get();
      if (meta?.['generation'] !== generation) return undefined;
      const doubts = afterSighting(doubtsOf(meta['doubts']), reason, evidence, Date.now());
      this.#storeDoubts(doubts);
      return worstOf(doubts);
    });
  }

  release(generation: string, reason: string): void {
    this.#inTransaction(() => {
      const meta = this.#meta.get();
      if (meta?.['generation'] !== generation) return;
      this.#storeDoubts(doubtsOf(meta['doubts']).filter((doubt) => doubt.reason !== reason));
    });
  }

  #storeDoubts(doubts: readonly StoredDoubt[]): void {
    prepareChange(this.#connection, 'UPDATE meta SET doubts = ?, refuses = ?').run(
      doubts.length === 0 ? null : JSON.stringify(doubts),
      refusing(doubts) === undefined ? null : 1,
    );
  }

  /** Applies updates in one transaction; each is in whole or not at all, whatever becomes of the others. */
  applyAll(updates: readonly PackedUpdate[]): Applied[] {
    return this.#inTransaction(() => {
      this.#pending.clear();
      const applied = updates.map((update) => this.#applyOne(update));
      this.#pending.write(this.#entries);
      return applied;
    });
  }

  close(): void {
    this.#connection.close();
  }

  #applyOne(update: PackedUpdate): Applied {
    const refusal = this.#refusal(update);
    if (refusal !== undefined) return { kind: 'outcome', outcome: refusal };
    this.#connection.exec('SAVEPOINT one');
    try {
      if (update.nextOffset < update.fromOffset) throw new RangeError('nextOffset is less than fromOffset');
      const changes = this.#entities.write(update.operations);
      this.#writeQuarantine(update);
      this.#move.run(update.nextOffset, update.live ? 1 : 0, update.caughtUpAt ?? null, update.partition);
      if (update.seam !== undefined || update.nextOffset > update.fromOffset) {
        this.#seam.run(update.seam?.leaderEpoch ?? null, update.seam?.tail ?? null, update.partition);
      }
      this.#connection.exec('RELEASE one');
      this.#pending.take(changes);
      return APPLIED;
    } catch (error) {
      // A full disk ends the whole transaction by itself: then nothing is left to roll back to, and all updates fail.
      if (!this.#connection.isTransaction) throw error;
      this.#connection.exec('ROLLBACK TO one; RELEASE one');
      return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Why the update may not be applied (I4), in the order of the port: gone, fenced, moved. */
  #refusal(update: PackedUpdate): ApplyOutcome | undefined {
    const meta = this.#meta.get();
    const row = this.#partition.get(update.partition);
    const known =
      meta?.['generation'] === update.generation &&
      meta['log_id'] === update.logId &&
      meta['fingerprint'] === update.fingerprint;
    if (!known || row === undefined) return { kind: 'gone' };
    if (row['epoch'] !== update.epoch) return { kind: 'fenced', epoch: Number(row['epoch']) };
    if (row['checkpoint'] !== update.fromOffset) return { kind: 'moved', checkpoint: Number(row['checkpoint']) };
    return undefined;
  }

  #writeQuarantine({ partition, operations, quarantined, released = [] }: PackedUpdate): void {
    if (this.#anyQuarantined.get(partition) !== undefined) {
      for (const id of operations.ids) this.#supersede.run(partition, id);
      for (const { key } of quarantined) this.#supersede.run(partition, key);
      for (const key of released) this.#supersede.run(partition, key);
    }
    for (const record of quarantined) {
      const { offset, key, value, timestamp, reason, detail } = record;
      const headers = JSON.stringify(record.headers);
      this.#quarantine.run(record.partition, offset, key, value, headers, timestamp, reason, detail);
    }
  }

  #inTransaction<T>(work: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }
}
