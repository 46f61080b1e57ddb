/** A model as the HTTP server is given it: what it reads from, writes to and asks for its state. */
import type { Model } from '../model/model.ts';
import type { Reader } from '../reader/reader.ts';
import type { AskStatus } from '../status/status.ts';
import type { Writer } from '../writer/writer.ts';

/** Which log writes land in. */
export interface ServedLog {
  /** The log's incarnation as it was last seen: the writer knows the log's id, and the view how often it had lost records. */
  readonly incarnation: string;
  /** Asks both. Rejects where the log doesn't answer; where the view doesn't, what it last said will do. */
  refresh(): Promise<void>;
}

export interface ServedModel {
  readonly model: Model;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly log: ServedLog;
  readonly status: AskStatus;
}
