/** A part of the View port: the records that can't be applied, as the view keeps and tells them. */

/** A record that can't be applied, kept where people can see it (I6). */
export interface QuarantinedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
  /** A short code in capitals, such as `SCHEMA` or `WRONG_PARTITION`. */
  readonly reason: string;
  /** One line for people: what was expected, what was found. */
  readonly detail: string;
}

/** What is said of a key whose newest record is in quarantine. */
export type QuarantineNote = Pick<QuarantinedRecord, 'partition' | 'offset' | 'reason' | 'detail'>;

/** Where a page of the quarantine ended. */
export interface QuarantinePlace {
  readonly partition: number;
  readonly offset: number;
}

export interface QuarantinePage {
  readonly records: readonly QuarantinedRecord[];
  /** The place of the last record where more follow, else undefined. */
  readonly next: QuarantinePlace | undefined;
}

/** A page of the quarantine holds about so many bytes of keys, values and headers at most, or one record. */
export const QUARANTINE_PAGE_BYTES = 1024 * 1024;
