/** Prepared statements by their text: a query has few shapes, and preparing one costs more than running it. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;
export type Parameter = string | number | null;

export class Statements {
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  all(sql: string, ...parameters: Parameter[]): Row[] {
    return this.#statement(sql).all(...parameters);
  }

  get(sql: string, ...parameters: Parameter[]): Row | undefined {
    return this.#statement(sql).get(...parameters);
  }

  /** Rows as they are found; leaving the loop ends the statement. */
  iterate(sql: string, ...parameters: Parameter[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...parameters);
  }

  /** As iterate, with rows as arrays and integers as bigints. */
  iterateArrays(sql: string, ...parameters: Parameter[]): Iterable<SQLOutputValue[]> {
    const statement = this.#statement(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    return statement.iterate(...parameters) as Iterable<unknown> as Iterable<SQLOutputValue[]>;
  }

  /** Runs `read` in one read transaction: everything it sees is of one moment. */
  inOneMoment<T>(read: () => T): T {
    this.#connection.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#connection.exec('COMMIT');
    }
  }

  close(): void {
    this.#prepared.clear();
    this.#connection.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
